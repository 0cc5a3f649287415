// An event is proved from the inside out, and each step rests on the one after it:
//
//     payload and blind -> P, in the content -> C, in the link -> E, a leaf of the tree
//       -> the root, in a checkpoint -> its signatures, by the caller's policy
//
// A proof that shows less starts further to the right. A verifier takes nothing from a store: it
// has the text and the policy.
#include "batpak/proof/event_proof.hpp"

#include "proof/base64.hpp"
#include "proof/evidence.hpp"
#include "proof/lines.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::string_view kOld = "old ";
constexpr std::size_t kProofHashesMax = 63;  // no two sizes below 2^63 need more

// The lines of hashes up to the empty line; nothing if one is something else.
std::optional<std::vector<Hash>> read_hashes(Lines& lines) {
    std::vector<Hash> hashes;
    while (const auto line = lines.next()) {
        if (line->empty()) return hashes;
        const std::optional<Hash> hash = hash_from_base64(*line);
        if (!hash || hashes.size() > kProofHashesMax) return std::nullopt;
        hashes.push_back(*hash);
    }
    return std::nullopt;
}

std::string hash_lines(const std::vector<Hash>& hashes) {
    std::string text;
    for (const Hash& hash : hashes) text += to_base64(hash.view()) + "\n";
    return text;
}

// A number after a word that begins the line.
std::optional<std::uint64_t> numbered(std::optional<std::string_view> line, std::string_view word) {
    if (!line || !line->starts_with(word)) return std::nullopt;
    return parse_decimal(line->substr(word.size()));
}

struct ProofParts {
    std::optional<Evidence> evidence;
    std::uint64_t index = 0;
    std::vector<Hash> hashes;
    std::string_view checkpoint;
};

// The form is that of C2SP's tlog-proof: another program needs no batpak to check the place of a
// hash in the tree.
Checked<ProofParts> parse_proof(std::string_view text) {
    Lines lines(text);
    ProofParts parts;
    if (lines.next() != kProofHeader) {
        return refuse(Reason::Malformed, "a proof begins with " + std::string(kProofHeader));
    }
    auto line = lines.next();
    if (line && line->starts_with(kExtra)) {
        const std::optional<Bytes> bytes = from_base64(line->substr(kExtra.size()));
        if (bytes) parts.evidence = Evidence::decode(*bytes);
        if (!parts.evidence) return refuse(Reason::Malformed, "the line `extra` is no evidence");
        line = lines.next();
    }
    const auto index = numbered(line, kIndex);
    if (!index) return refuse(Reason::Malformed, "a proof has a line `index N`");
    parts.index = *index;
    auto hashes = read_hashes(lines);
    if (!hashes) return refuse(Reason::Malformed, "a proof has hashes, then an empty line");
    parts.hashes = *std::move(hashes);
    parts.checkpoint = lines.rest();
    return parts;
}

Evidence evidence_of(EventPreimage preimage, Disclose disclose) {
    Evidence evidence{.content = std::move(preimage.content), .link = std::move(preimage.link)};
    if (disclose == Disclose::Everything && !preimage.erased) {
        evidence.blind = preimage.blind;
        evidence.payload = std::move(preimage.payload);
    }
    return evidence;
}

// That the tree is the one that the checkpoint was made of.
Result<void> check_is_of(LogTree& tree, const SignedCheckpoint& checkpoint) {
    BATPAK_TRY(const TreeHead head, tree.head(Sequence(checkpoint.head().size)));
    if (head == checkpoint.head()) return {};
    return fail(Error(ErrorCode::SplitHistory,
                      "the log is not the one of the checkpoint: no proof can join them")
                    .at_sequence(Sequence(checkpoint.head().size)));
}

// That it proves the event as it is stored now: a tree that was kept may be of one that was not yet
// changed.
Result<void> check_proves(const StoreReads& log, Sequence event, const SignedCheckpoint& checkpoint,
                          const std::vector<Hash>& hashes) {
    BATPAK_TRY(const std::vector<Hash> own, event_hashes(log, event, event.next()));
    if (check_inclusion(leaf_hash(own.front()), event.value, checkpoint.head(), hashes)) return {};
    return fail(Error(ErrorCode::SplitHistory,
                      "the event is not the one that the checkpoint covers: it was changed since")
                    .at_sequence(event));
}

Error no_record_below(Sequence size) {
    return Error(ErrorCode::EventNotFound,
                 "no heads are recorded below the " + std::to_string(size.value) +
                     " events of the checkpoint: record them (`batpak checkpoint --heads`), and "
                     "prove at a checkpoint that was made after that");
}

// What the last record below the checkpoint says of an entity.
struct RecordedHead {
    HeadsRecord record;
    HeadEvidence evidence;

    bool is_there() const {
        return evidence.path.found && evidence.path.found->entity == entity_hash(evidence.entity);
    }
};

Result<RecordedHead> recorded_head(const StoreReads& log, EntityHeads& heads,
                                   std::string_view entity, Sequence size) {
    BATPAK_TRY(const std::optional<HeadsRecord> record, find_heads(log, size));
    if (!record) return fail(no_record_below(size));
    BATPAK_CHECK(check_heads(heads, *record));
    BATPAK_TRY(HeadPath path, heads.path(entity, record->size));
    return RecordedHead{*record, {.path = std::move(path), .entity = std::string(entity)}};
}

std::string at_record(const RecordedHead& head) {
    return " among the " + std::to_string(head.record.size.value) +
           " events whose heads were recorded last, at " +
           std::to_string(head.record.sequence.value);
}

std::string proof_text(const std::optional<Evidence>& evidence, Sequence event,
                       const std::vector<Hash>& hashes, const SignedCheckpoint& checkpoint) {
    std::string proof = std::string(kProofHeader) + "\n";
    if (evidence) proof += std::string(kExtra) + to_base64(evidence->encode()) + "\n";
    return proof + std::string(kIndex) + std::to_string(event.value) + "\n" + hash_lines(hashes) +
           "\n" + checkpoint.note();
}

// Whatever is wrong with the log shows before anything is written: a proof that the checker would
// refuse is not made.
Result<std::vector<Hash>> prove_place(const StoreReads& log, LogTree& tree, Sequence event,
                                      const SignedCheckpoint& checkpoint) {
    BATPAK_TRY(std::vector<Hash> hashes, tree.inclusion(event, Sequence(checkpoint.head().size)));
    BATPAK_CHECK(check_is_of(tree, checkpoint));
    BATPAK_CHECK(check_proves(log, event, checkpoint, hashes));
    return hashes;
}

Result<std::string> prove_recorded(const StoreReads& log, LogTree& tree, const RecordedHead& head,
                                   const SignedCheckpoint& checkpoint) {
    const Sequence event = head.record.sequence;
    BATPAK_TRY(const std::vector<Hash> hashes, prove_place(log, tree, event, checkpoint));
    BATPAK_TRY(const HeldEvent held, log.find(event));
    BATPAK_TRY(EventPreimage preimage, held.preimage());
    Evidence evidence = evidence_of(std::move(preimage), Disclose::Everything);
    evidence.head = head.evidence;
    return proof_text(evidence, event, hashes, checkpoint);
}

// That the proof is of this entity, and of a head if one is asked for.
Checked<VerifiedEvent> answer_of(std::string_view proof, std::string_view entity,
                                 const TrustPolicy& policy, bool is_there) {
    BATPAK_TRY(VerifiedEvent verified, verify_event(proof, policy));
    if (!verified.head)
        return refuse(Reason::AnotherQuestion, "the proof is that of an event, and of no head");
    if (verified.head->entity != entity)
        return refuse(Reason::AnotherQuestion, "the proof is of " + verified.head->entity);
    if (verified.head->latest.has_value() != is_there) {
        return refuse(Reason::AnotherQuestion,
                      is_there ? "the entity has no event" : "the entity has an event");
    }
    return verified;
}

// A name that no event can have has no head, and verifiers refuse a proof of its absence.
Result<void> check_entity(std::string_view entity) {
    if (!entity.empty() && entity.size() <= Coordinate::kPartBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "the name of an entity has 1 to 1024 bytes");
}

}  // namespace

Result<std::string> prove_event(const StoreReads& log, LogTree& tree, Sequence event,
                                const SignedCheckpoint& checkpoint, Disclose disclose) {
    BATPAK_TRY(const std::vector<Hash> hashes, prove_place(log, tree, event, checkpoint));
    std::optional<Evidence> evidence;
    if (disclose != Disclose::Nothing) {
        BATPAK_TRY(const HeldEvent held, log.find(event));
        BATPAK_TRY(EventPreimage preimage, held.preimage());
        evidence = evidence_of(std::move(preimage), disclose);
    }
    return proof_text(evidence, event, hashes, checkpoint);
}

Result<std::string> prove_head(const StoreReads& log, LogTree& tree, EntityHeads& heads,
                               std::string_view entity, const SignedCheckpoint& checkpoint) {
    BATPAK_CHECK(check_entity(entity));
    BATPAK_TRY(const RecordedHead head,
               recorded_head(log, heads, entity, Sequence(checkpoint.head().size)));
    if (head.is_there()) return prove_recorded(log, tree, head, checkpoint);
    return fail(ErrorCode::EventNotFound, "`" + std::string(entity) + "` has no event" +
                                              at_record(head) +
                                              ": that can be proved as its absence");
}

Result<std::string> prove_absence(const StoreReads& log, LogTree& tree, EntityHeads& heads,
                                  std::string_view entity, const SignedCheckpoint& checkpoint) {
    BATPAK_CHECK(check_entity(entity));
    BATPAK_TRY(const RecordedHead head,
               recorded_head(log, heads, entity, Sequence(checkpoint.head().size)));
    if (!head.is_there()) return prove_recorded(log, tree, head, checkpoint);
    return fail(ErrorCode::InvalidArgument, "`" + std::string(entity) + "` has events" +
                                                at_record(head) +
                                                ": the latest can be proved as its head");
}

// Everything that is shown is hashed, and the hash is looked for at one place of one tree (INV T3).
Checked<VerifiedEvent> verify_event(std::string_view proof, const TrustPolicy& policy,
                                    const std::optional<Hash>& known_hash) {
    BATPAK_TRY(const ProofParts parts, parse_proof(proof));
    BATPAK_TRY(SignedCheckpoint checkpoint, SignedCheckpoint::open(parts.checkpoint, policy));
    VerifiedEvent verified{.checkpoint = std::move(checkpoint), .sequence = Sequence(parts.index)};
    if (parts.evidence) {
        BATPAK_TRY(CheckedEvidence checked, check_evidence(*parts.evidence));
        verified.hash = checked.hash;
        verified.claims = std::move(checked.claims);
    } else if (!known_hash) {
        return refuse(Reason::Malformed, "the proof shows no event: give the hash of the event");
    }
    if (known_hash && parts.evidence && *known_hash != verified.hash) {
        return refuse(Reason::ContentNotInEvent, "the proof is of another event");
    }
    if (!parts.evidence) verified.hash = *known_hash;
    BATPAK_CHECK(check_inclusion(leaf_hash(verified.hash), parts.index, verified.checkpoint.head(),
                                 parts.hashes));
    // The place is in the hash, so a log that no store has made, with an event elsewhere than it
    // says, is refused as well.
    if (verified.claims && verified.claims->sequence != verified.sequence) {
        return refuse(Reason::ContentNotInEvent, "the event says that its place is another");
    }
    if (parts.evidence && parts.evidence->head) {
        BATPAK_TRY(verified.head, check_head_evidence(*parts.evidence->head, *verified.claims));
    }
    return verified;
}

Checked<VerifiedEvent> verify_head(std::string_view proof, std::string_view entity,
                                   const TrustPolicy& policy) {
    return answer_of(proof, entity, policy, true);
}

Checked<VerifiedEvent> verify_absence(std::string_view proof, std::string_view entity,
                                      const TrustPolicy& policy) {
    return answer_of(proof, entity, policy, false);
}

// That the events of the smaller log are the first ones of the larger one, in order and unchanged.
Result<std::string> prove_growth(LogTree& tree, std::uint64_t from, const SignedCheckpoint& to) {
    BATPAK_TRY(const std::vector<Hash> hashes,
               tree.consistency(Sequence(from), Sequence(to.head().size)));
    BATPAK_CHECK(check_is_of(tree, to));
    return std::string(kOld) + std::to_string(from) + "\n" + hash_lines(hashes) + "\n" + to.note();
}

Checked<SignedCheckpoint> verify_growth(std::string_view proof, const SignedCheckpoint& older,
                                        const TrustPolicy& policy) {
    Lines lines(proof);
    const auto from = numbered(lines.next(), kOld);
    const auto hashes = from ? read_hashes(lines) : std::nullopt;
    if (!hashes) {
        return refuse(Reason::Malformed, "a proof of growth has `old N`, hashes, an empty line");
    }
    BATPAK_TRY(SignedCheckpoint newer, SignedCheckpoint::open(lines.rest(), policy));
    if (newer.checkpoint().origin != older.checkpoint().origin) {
        return refuse(Reason::UnknownOrigin, "the two checkpoints are of different logs");
    }
    if (*from != older.head().size) {
        return refuse(Reason::SizesDisagree, "the proof is from another size");
    }
    BATPAK_CHECK(check_consistency(older.head(), newer.head(), *hashes));
    return newer;
}

}  // namespace batpak::proof
