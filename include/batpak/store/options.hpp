// Options: what an append may ask for, and what it gets back.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/hlc.hpp"
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

struct AppendOptions {
    ExpectedVersion expect = ExpectedVersion::any();
    // Absent: Durable if the store syncs every event, else Buffered (StoreConfig).
    std::optional<Durability> durability;
    // Absent: the event starts a story of its own.
    std::optional<EventId> correlation_id;
    std::optional<EventId> causation_id;
    // Only bits of kApplicationFlags. Errors: InvalidArgument.
    std::uint32_t flags = 0;
    Metadata metadata;
};

// What is known of an event that was appended.
struct AppendReceipt {
    EventId event_id;
    Sequence sequence;  // its place in the store
    Version version;    // its place in the stream of its entity
    Hlc hlc;
    Hash hash;                                     // zero in a store without hashes
    Durability durability = Durability::Buffered;  // reached when it was acknowledged
};

}  // namespace batpak
