// TrustPolicy: which keys a verifier believes, and how many of them, as C2SP tlog-policy.
//
//     log VKEY                          a log's key; its name is the origin
//     witness NAME VKEY                 a witness's key, and a name for it in this file
//     group NAME any|all|COUNT NAME...  so many of these witnesses and groups
//     quorum NAME|none                  what must have signed
//
// A hash begins a comment line. Nothing in a proof can add to what is written here: keys come from
// the verifier, never from the thing that is checked.
//
// Threads: immutable value
// Errors:  parse(): refuses, Malformed, with the line
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/proof/keys.hpp"

namespace batpak::proof {

class TrustPolicy {
public:
    static constexpr std::size_t kEntriesMax = 32;  // of logs, of witnesses and of groups, each

    [[nodiscard]] static Checked<TrustPolicy> parse(std::string_view text);
    // Believes these keys, each a log's, and asks for no witness.
    static TrustPolicy of_logs(std::vector<VerifierKey> keys);

    struct Witness {
        std::string name;
        VerifierKey key;
    };

    const std::vector<VerifierKey>& logs() const noexcept { return logs_; }
    const std::vector<Witness>& witnesses() const noexcept { return witnesses_; }
    // Whether the witnesses of these names are enough.
    bool is_quorum(const std::set<std::string>& signed_by) const;

private:
    struct Group {
        std::string name;
        std::size_t needs = 0;
        std::vector<std::string> members;
    };
    class Parser;

    std::vector<VerifierKey> logs_;
    std::vector<Witness> witnesses_;
    std::vector<Group> groups_;  // each after those that it names
    std::string quorum_;         // empty: none
};

}  // namespace batpak::proof
