// A checkpoint is text, and what is believed of it hangs on who signed it. open() asks in this
// order, so that a refusal names the first thing that is missing:
//
//     the note's form -> the origin is a log of the policy -> that log signed it -> the quorum
//
// Signatures of keys that the policy does not name are passed over, and a line that claims to be of
// one of its keys and is not refuses the note: no honest writer made it.
#include "batpak/proof/checkpoint.hpp"

#include <algorithm>

#include "proof/base64.hpp"
#include "proof/lines.hpp"

namespace batpak::proof {

// Lines after the third are extensions of other programs, which are signed with it and mean nothing
// here.
Checked<Checkpoint> Checkpoint::parse(std::string_view text) {
    Lines lines(text);
    const auto origin = lines.next();
    const auto size = lines.next();
    const auto root = lines.next();
    if (!root || origin->empty()) {
        return refuse(Reason::Malformed, "a checkpoint has three lines: origin, size, root");
    }
    const std::optional<std::uint64_t> events = parse_decimal(*size);
    const std::optional<Hash> hash = hash_from_base64(*root);
    if (!events) return refuse(Reason::Malformed, "the size of a checkpoint is a decimal number");
    if (!hash) return refuse(Reason::Malformed, "the root of a checkpoint is 32 bytes of base64");
    while (!lines.at_end()) {
        const auto extension = lines.next();
        if (!extension || extension->empty())
            return refuse(Reason::Malformed, "no line of a checkpoint is empty");
    }
    return Checkpoint{.origin = std::string(*origin), .head = {*events, *hash}};
}

std::string Checkpoint::text() const {
    return origin + "\n" + std::to_string(head.size) + "\n" + to_base64(head.root.view()) + "\n";
}

Checked<SignedCheckpoint> SignedCheckpoint::open(std::string_view note, const TrustPolicy& policy) {
    BATPAK_TRY(const Note parsed, Note::parse(note));
    SignedCheckpoint opened;
    BATPAK_TRY(opened.checkpoint_, Checkpoint::parse(parsed.text));
    const auto is_of_origin = [&](const VerifierKey& key) {
        return key.name() == opened.checkpoint_.origin;
    };
    if (std::ranges::none_of(policy.logs(), is_of_origin)) {
        return refuse(Reason::UnknownOrigin, "the policy has no key of this log");
    }
    // Whether the key has signed; a line that names it and is not its own refuses the note.
    const auto signed_by = [&](const VerifierKey& key) -> Checked<const NoteSignature*> {
        const NoteSignature* found = nullptr;
        for (const NoteSignature& line : parsed.signatures) {
            if (!key.is_named_by(line)) continue;
            if (!key.verifies(parsed.text, line)) {
                return refuse(Reason::BadSignature, "the signature of " + key.name() + " is bad");
            }
            found = &line;
        }
        return found;
    };
    bool is_signed = false;
    for (const VerifierKey& key : policy.logs()) {
        if (!is_of_origin(key)) continue;
        BATPAK_TRY(const NoteSignature* const line, signed_by(key));
        is_signed = is_signed || line != nullptr;
    }
    if (!is_signed) return refuse(Reason::NoTrustedSignature, "the log has not signed it");
    // A witness that signed twice counts once. Its latest time is kept.
    std::set<std::string> witnesses;
    for (const TrustPolicy::Witness& witness : policy.witnesses()) {
        BATPAK_TRY(const NoteSignature* const line, signed_by(witness.key));
        if (line == nullptr) continue;
        witnesses.insert(witness.name);
        opened.witnessed_at_ = std::max(opened.witnessed_at_.value_or(0), cosigned_at(*line));
    }
    if (!policy.is_quorum(witnesses)) {
        return refuse(Reason::QuorumMissing, "only " + std::to_string(witnesses.size()) +
                                                 " of the policy's witnesses have signed it");
    }
    opened.witnesses_ = static_cast<std::uint32_t>(witnesses.size());
    opened.note_ = std::string(note);
    return opened;
}

}  // namespace batpak::proof
