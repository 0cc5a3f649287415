// Options: what an append may ask for, and what it gets back.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/event/event.hpp"
#include "batpak/event/metadata.hpp"

namespace batpak {

// What an acknowledgement means.
enum class Durability : std::uint8_t {
    Buffered,  // the operating system has it: survives the death of the process, not of the machine
    Durable,   // it is on stable storage: survives a power cut
};

// What must be true of the entity's stream for an append to happen: optimistic concurrency.
class ExpectedVersion {
public:
    // Whatever there is.
    static constexpr ExpectedVersion any() noexcept { return ExpectedVersion(Rule::Any); }
    // No event of this entity yet.
    static constexpr ExpectedVersion none() noexcept { return ExpectedVersion(Rule::None); }
    // At least one event of this entity.
    static constexpr ExpectedVersion exists() noexcept { return ExpectedVersion(Rule::Exists); }
    // The latest event of this entity has exactly this version.
    static constexpr ExpectedVersion exactly(Version latest) noexcept {
        return ExpectedVersion(Rule::Exactly, latest);
    }
    static constexpr ExpectedVersion exactly(std::uint64_t latest) noexcept {
        return exactly(Version(latest));
    }

    // Whether a stream of `count` events is as expected.
    constexpr bool holds(std::uint64_t count) const noexcept {
        switch (rule_) {
            case Rule::Any: return true;
            case Rule::None: return count == 0;
            case Rule::Exists: return count > 0;
            case Rule::Exactly: return count > 0 && count - 1 == latest_.value;
        }
        return false;
    }

    friend constexpr bool operator==(const ExpectedVersion&, const ExpectedVersion&) = default;

private:
    enum class Rule : std::uint8_t { Any, None, Exists, Exactly };

    constexpr explicit ExpectedVersion(Rule rule, Version latest = {}) noexcept
        : latest_(latest), rule_(rule) {}

    Version latest_;
    Rule rule_;
};

// What must not have happened for an append to happen: a dynamic consistency boundary. It fails
// with ConditionConflict, and names the first event, if an event of `none_match` was appended from
// `seen_end` on. The region may be wider than what is appended: streams that were only read count.
//
//     const Sequence seen_end = store.visible_end();  // before anything is read
//     ...
//     options.condition = AppendCondition{region, seen_end};
struct AppendCondition {
    Region none_match = Region::none();
    // One past the last event that was taken into account; 0: none was, all of the log counts. It
    // must not lie beyond the end of the log when the append is placed: what is not there, no
    // caller can have seen. Errors of the append: InvalidArgument.
    Sequence seen_end{};
};

// What an append expects, and what is stored beside its payload.
struct AppendOptions {
    ExpectedVersion expect = ExpectedVersion::any();
    std::optional<AppendCondition> condition{};
    // 1 to kIdempotencyKeyBytesMax bytes of any value; empty: none. An append whose key was used
    // before, within the store's idempotency retention, writes nothing: for the same entity, scope,
    // kind and payload it returns the first receipt, marked as a replay, else it is a KeyConflict.
    // The key is looked up before any condition is checked.
    std::string idempotency_key{};
    // Absent: Durable if the store syncs every event, else Buffered (StoreConfig).
    std::optional<Durability> durability{};
    // Absent: the event starts a story of its own. A nil id is InvalidArgument, here and as cause.
    std::optional<EventId> correlation_id{};
    std::optional<EventId> causation_id{};
    // Only bits of kApplicationFlags. Errors: InvalidArgument.
    std::uint32_t flags = 0;
    Metadata metadata{};
    // What else the event concerns, besides what its type says (tags_of): up to 32 in all, of 1 to
    // 256 bytes, no control bytes, none twice. Errors: InvalidTags.
    std::vector<std::string> tags{};
    // What the kind of a payload that has no type is called: written down with the first event of
    // the kind, and an error, KindChanged, where the log knows it by another name. 1 to 256 bytes
    // of UTF-8 without control characters; empty: nothing is said. Errors: InvalidArgument, also
    // for a payload whose type says what its kind is called.
    std::string kind_name{};

    // For an event that answers `cause`: the same story, and caused by it.
    static AppendOptions reaction_to(const EventHeader& cause) {
        AppendOptions options;
        options.correlation_id = cause.correlation_id;
        options.causation_id = cause.event_id;
        return options;
    }
};

// What is known of an event that was appended.
struct AppendReceipt {
    EventId event_id{};
    Sequence sequence{};  // its place in the store
    Version version{};    // its place in the stream of its entity
    Hlc hlc{};
    Hash hash{};                                   // zero in a store without hashes
    Durability durability = Durability::Buffered;  // reached when it was acknowledged
    bool replayed = false;  // nothing was written: an earlier append with the same key was
};

}  // namespace batpak
