// EventProof: "this event is in this log, at this place", as a file that convinces a stranger.
//
//     c2sp.org/tlog-proof@v1
//     extra BASE64            what the event's hash is made of: as much as is to be shown
//     index 4                 its sequence
//     BASE64                  a line for each hash from the leaf to the root
//                             an empty line
//     EXAMPLE.COM/...         the checkpoint, with its signatures
//
// Any program for C2SP tlog-proof checks that the event's hash is in the log. This layer and
// batpak-verify also check that the hash is that of the content and payload that are shown. Nothing
// in a proof is believed but through the checkpoint, and the checkpoint through the policy.
//
// The proof of a head, "this is the latest event of X" or "X has none", is that of the event which
// records the heads (entity_heads.hpp), and its evidence has the way to X in the map.
//
// Threads: the functions are thread-safe
// Errors:  prove_*(): those of LogTree and EntityHeads, CorruptHash; verify_*(): refuse
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/entity_heads.hpp"
#include "batpak/proof/log_tree.hpp"

namespace batpak::proof {

// How much of the event a proof shows.
enum class Disclose : std::uint8_t {
    Nothing,     // only the place: the verifier has to know the event's hash
    Header,      // who, where, when, which kind, how long a payload; not the payload
    Everything,  // the payload too
};

// The proof of one event at the size of the checkpoint. Errors: InvalidArgument if the event is not
// below that size, or the log is shorter; SplitHistory if the checkpoint is of another log, or the
// event is not the one that it covers.
[[nodiscard]] Result<std::string> prove_event(const StoreReads& log, LogTree& tree, Sequence event,
                                              const SignedCheckpoint& checkpoint,
                                              Disclose disclose);

// That an event is the latest one of an entity, or that the entity has none: at the size of the
// last record of heads that the checkpoint covers. `heads`: of `log`. Errors: EventNotFound if no
// heads are recorded there, or the entity has no event; InvalidArgument if it has one and its
// absence is to be proved; CorruptHash if the record is not of the events before it.
[[nodiscard]] Result<std::string> prove_head(const StoreReads& log, LogTree& tree,
                                             EntityHeads& heads, std::string_view entity,
                                             const SignedCheckpoint& checkpoint);
[[nodiscard]] Result<std::string> prove_absence(const StoreReads& log, LogTree& tree,
                                                EntityHeads& heads, std::string_view entity,
                                                const SignedCheckpoint& checkpoint);

// What an event's hash says of it, taken from the bytes that were checked against it.
struct EventClaims {
    LogId log_id{};
    Sequence sequence{};
    Version version{};
    Hlc hlc{};
    EventId event_id{};
    std::int64_t timestamp_us = 0;
    EventKind kind = EventKind::from_number(0);
    std::uint16_t payload_version = 0;
    std::uint32_t flags = 0;
    EventId correlation_id{};  // nil if it is the event's own id
    EventId causation_id{};    // nil if none
    std::string entity{};
    std::string scope{};
    Bytes metadata{};  // as stored
    std::uint64_t payload_bytes = 0;
    std::optional<Bytes> payload{};  // if it was shown
};

// What the record of heads says of one entity.
struct HeadClaim {
    std::string entity{};
    Sequence size{};  // at which it says so: the entity may have later events
    std::uint64_t entities = 0;
    std::optional<EntityHead> latest{};  // nothing: it has no event
};

struct VerifiedEvent {
    SignedCheckpoint checkpoint;
    Sequence sequence{};
    Hash hash{};                          // E
    std::optional<EventClaims> claims{};  // if they were shown
    std::optional<HeadClaim> head{};      // the event is a record, and this is what was asked of it
};

// `known_hash`: E, for a proof that shows nothing.
[[nodiscard]] Checked<VerifiedEvent> verify_event(std::string_view proof, const TrustPolicy& policy,
                                                  const std::optional<Hash>& known_hash = {});

// As verify_event(), and `head` is the latest event of this entity; or says that it has none.
// Refuses what answers another question (AnotherQuestion).
[[nodiscard]] Checked<VerifiedEvent> verify_head(std::string_view proof, std::string_view entity,
                                                 const TrustPolicy& policy);
[[nodiscard]] Checked<VerifiedEvent> verify_absence(std::string_view proof, std::string_view entity,
                                                    const TrustPolicy& policy);

// That the log of `to` continues the one of an older checkpoint, of `from` events: the request that
// a C2SP witness takes.
//
//     old 3
//     BASE64            a line for each hash
//                       an empty line
//     EXAMPLE.COM/...   the newer checkpoint
[[nodiscard]] Result<std::string> prove_growth(LogTree& tree, std::uint64_t from,
                                               const SignedCheckpoint& to);
// `older`: the checkpoint that the verifier has. Both are of the policy's log.
[[nodiscard]] Checked<SignedCheckpoint> verify_growth(std::string_view proof,
                                                      const SignedCheckpoint& older,
                                                      const TrustPolicy& policy);

}  // namespace batpak::proof
