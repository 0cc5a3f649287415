// A name is declared before it is used, so no group can be its own member, and one pass over the
// groups in their order answers for all of them.
#include "batpak/proof/trust_policy.hpp"

#include <algorithm>
#include <functional>

#include "proof/lines.hpp"

namespace batpak::proof {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return words;
        const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        line.remove_prefix(end);
    }
}

}  // namespace

class TrustPolicy::Parser {
public:
    Checked<TrustPolicy> run(std::string_view text) {
        std::string whole(text);
        if (!whole.ends_with('\n')) whole += '\n';
        Lines lines(whole);
        for (std::size_t number = 1; !lines.at_end(); ++number) {
            const std::vector<std::string_view> words = words_of(*lines.next());
            if (words.empty() || words[0].starts_with('#')) continue;
            if (const char* const fault = read(words)) {
                return refuse(Reason::Malformed,
                              "line " + std::to_string(number) + " of the policy: " + fault);
            }
        }
        if (policy_.logs_.empty()) return refuse(Reason::Malformed, "the policy names no log");
        // A line that was lost must not mean that no witness is asked for.
        if (!has_quorum_) {
            return refuse(Reason::Malformed,
                          "the policy has no line `quorum`: `quorum none` asks for no witness");
        }
        return std::move(policy_);
    }

private:
    using Words = std::vector<std::string_view>;

    // What is wrong with the line, or null.
    const char* read(const Words& words) {
        if (words[0] == "log") return read_log(words);
        if (words[0] == "witness") return read_witness(words);
        if (words[0] == "group") return read_group(words);
        if (words[0] == "quorum") return read_quorum(words);
        return "a line begins with log, witness, group or quorum";
    }

    // A third word is a URL, which the format allows and which nothing here asks.
    const char* read_log(const Words& words) {
        if (words.size() < 2 || words.size() > 3) return "it is: log VKEY";
        if (policy_.logs_.size() == kEntriesMax) return "32 logs are the most";
        Checked<VerifierKey> key = VerifierKey::parse(words[1]);
        if (!key || key->type() != KeyType::Ed25519) return "that is no key of a log";
        policy_.logs_.push_back(*std::move(key));
        return nullptr;
    }

    const char* read_witness(const Words& words) {
        if (words.size() < 3 || words.size() > 4) return "it is: witness NAME VKEY";
        if (policy_.witnesses_.size() == kEntriesMax) return "32 witnesses are the most";
        if (!is_new(words[1])) return "the name is taken";
        Checked<VerifierKey> key = VerifierKey::parse(words[2]);
        if (!key || key->type() != KeyType::Cosignature) return "that is no key of a witness";
        // One key under two names would count as two witnesses.
        for (const Witness& other : policy_.witnesses_) {
            if (other.key.public_key() == key->public_key()) return "the witness is there already";
        }
        policy_.witnesses_.push_back({std::string(words[1]), *std::move(key)});
        return nullptr;
    }

    const char* read_group(const Words& words) {
        if (words.size() < 4) return "it is: group NAME any|all|COUNT MEMBER...";
        if (policy_.groups_.size() == kEntriesMax) return "32 groups are the most";
        if (!is_new(words[1])) return "the name is taken";
        Group group{.name = std::string(words[1])};
        for (const std::string_view member : std::span(words).subspan(3)) {
            if (!is_known(member)) return "a member is declared before the group";
            // In two groups, one signature would count twice.
            if (!members_.emplace(member).second) return "a name is a member once";
            group.members.emplace_back(member);
        }
        const std::optional<std::uint64_t> count = parse_decimal(words[2]);
        group.needs = words[2] == "any"   ? 1
                      : words[2] == "all" ? group.members.size()
                                          : static_cast<std::size_t>(count.value_or(0));
        if (group.needs == 0 || group.needs > group.members.size())
            return "a group asks for 1 member up to all of them";
        policy_.groups_.push_back(std::move(group));
        return nullptr;
    }

    const char* read_quorum(const Words& words) {
        if (words.size() != 2) return "it is: quorum NAME|none";
        if (has_quorum_) return "there is one quorum";
        has_quorum_ = true;
        if (words[1] == "none") return nullptr;
        if (!is_known(words[1])) return "the quorum is a witness or group that was declared";
        policy_.quorum_ = std::string(words[1]);
        return nullptr;
    }

    bool is_known(std::string_view name) const {
        return std::ranges::find(policy_.witnesses_, name, &Witness::name) !=
                   policy_.witnesses_.end() ||
               std::ranges::find(policy_.groups_, name, &Group::name) != policy_.groups_.end();
    }
    bool is_new(std::string_view name) const { return name != "none" && !is_known(name); }

    TrustPolicy policy_;
    std::set<std::string, std::less<>> members_;
    bool has_quorum_ = false;
};

Checked<TrustPolicy> TrustPolicy::parse(std::string_view text) { return Parser().run(text); }

TrustPolicy TrustPolicy::of_logs(std::vector<VerifierKey> keys) {
    TrustPolicy policy;
    policy.logs_ = std::move(keys);
    return policy;
}

// An empty quorum is `quorum none`: the log's own signature is enough.
bool TrustPolicy::is_quorum(const std::set<std::string>& signed_by) const {
    if (quorum_.empty()) return true;
    std::set<std::string> holds = signed_by;
    for (const Group& group : groups_) {
        const auto count = std::ranges::count_if(
            group.members, [&](const std::string& member) { return holds.contains(member); });
        if (static_cast<std::size_t>(count) >= group.needs) holds.insert(group.name);
    }
    return holds.contains(quorum_);
}

}  // namespace batpak::proof
