// StreamPlace: which stream a state was read from, and how many events it had then.
//
// It is what makes a state of a machine more than a value: an event that leaves the state is
// appended to that stream and no other, and only if nothing has come after what was read.
//
// Threads: thread-compatible
// Errors:  options_for() InvalidArgument; after() VersionConflict
#pragma once

#include <cstdint>
#include <string>

#include "batpak/machine/typestate.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::detail {

class StreamPlace {
public:
    StreamPlace(const LogId& log, std::string entity, std::uint64_t events)
        : log_(log), entity_(std::move(entity)), events_(events) {}

    const std::string& entity() const noexcept { return entity_; }
    std::uint64_t events() const noexcept { return events_; }
    // What has to be true of the stream for the next event.
    ExpectedVersion expected() const noexcept {
        return events_ == 0 ? ExpectedVersion::none() : ExpectedVersion::exactly(events_ - 1);
    }

    // The options of an append that leaves this place. Requires: it was not moved away.
    // Errors: InvalidArgument, if the store or the entity is another, or `options` expect anything.
    Result<AppendOptions> options_for(const StoreReads& reads, const Coordinate& coordinate,
                                      const AppendOptions& options) const;
    // The place after the event that was appended there; this one is moved away.
    // Errors: VersionConflict, if an idempotency key gave the receipt of an event elsewhere.
    Result<StreamPlace> after(const AppendReceipt& receipt) &&;
    bool here() const noexcept { return presence_.here(); }

private:
    LogId log_;
    std::string entity_;
    std::uint64_t events_;
    Presence presence_;
};

}  // namespace batpak::detail
