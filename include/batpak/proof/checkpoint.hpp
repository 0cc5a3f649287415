// Checkpoint: how long a log is and the root over all of it, in the words of C2SP tlog-checkpoint.
//
// Three lines: the origin, the size, the root in base64. Signed, it is a note that any program for
// transparency logs reads, and the whole history up to that size in one signature: a reader that
// keeps one sees every later change to what it covers.
//
// Threads: immutable values
// Errors:  parse(), open(): refuse
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/proof/keys.hpp"
#include "batpak/proof/note.hpp"
#include "batpak/proof/tree.hpp"
#include "batpak/proof/trust_policy.hpp"

namespace batpak::proof {

struct Checkpoint {
    std::string origin{};
    TreeHead head{};

    // Lines after the third are allowed, and mean nothing here.
    [[nodiscard]] static Checked<Checkpoint> parse(std::string_view text);
    std::string text() const;
    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A checkpoint that somebody trusts, with the note that it came in.
class SignedCheckpoint {
public:
    // What the policy says of it: the key of its origin has signed, and as many witnesses as the
    // quorum asks for. A line of a key that nobody named is passed over; a bad line of a named key
    // refuses the whole.
    [[nodiscard]] static Checked<SignedCheckpoint> open(std::string_view note,
                                                        const TrustPolicy& policy);

    const Checkpoint& checkpoint() const noexcept { return checkpoint_; }
    const TreeHead& head() const noexcept { return checkpoint_.head; }
    const std::string& note() const noexcept { return note_; }
    // How many of the policy's witnesses have signed, and when the last one saw it, in seconds
    // since 1970.
    std::uint32_t witnesses() const noexcept { return witnesses_; }
    std::optional<std::uint64_t> witnessed_at() const noexcept { return witnessed_at_; }

private:
    SignedCheckpoint() = default;

    Checkpoint checkpoint_;
    std::string note_;
    std::uint32_t witnesses_ = 0;
    std::optional<std::uint64_t> witnessed_at_;
};

}  // namespace batpak::proof
