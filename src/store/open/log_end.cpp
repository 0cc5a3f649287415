// The last event says it itself, if it can be read. If it cannot, an append may still go on where
// it is known that no event is later (INV W7):
//
//     its id     the front half is in the index; the rest is taken to be as high as can be
//     its time   the last event that can be read, as late as clocks that stood still allow, or the
//                millisecond after the one in its id, whichever is later
//
// Without an index that knows the id nothing bounds them, and the store is refused.
#include "store/open/log_end.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "event/event_id_generator.hpp"
#include "store/index/damaged_index.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {
namespace {

// The front half of the id of an event that cannot be read, if an index knows it.
Result<std::optional<std::uint64_t>> known_id_order(EventReader& reader, Sequence sequence) {
    const RunOrdinal place = reader.place_of(sequence);
    return reader.pin().snapshot->runs[place.run]->ask([&](const Index& index) {
        const DamagedIndex* const damage = index.damage();
        if (damage != nullptr && damage->is_damaged(place.ordinal))
            return std::optional<std::uint64_t>();
        return std::optional(index.id_order_at(place.ordinal));
    });
}

EventId id_of_order(std::uint64_t order) {
    EventId id;
    id.bytes.fill(std::byte{0xFF});
    for (std::size_t i = 0; i < sizeof(order); ++i)
        id.bytes[i] = static_cast<std::byte>(order >> (56 - 8 * i));
    BATPAK_ASSERT(id_order(id) == order);
    return id;
}

// The time of the last event that can be read, as late as it could be `events` events later with
// clocks that stood still.
Result<Hlc> latest_known(EventReader& reader, Sequence end) {
    for (std::uint64_t back = 1; back <= end.value; ++back) {
        const Result<EventView> event = reader.read(Sequence(end.value - back), ReadCheck::Frame);
        if (event) {
            const Hlc hlc = event->position.hlc;
            const std::uint64_t counter = hlc.counter + back;
            if (counter <= UINT32_MAX) return Hlc{hlc.us, static_cast<std::uint32_t>(counter)};
            if (hlc.us == Hlc::last().us) return Hlc::last();
            return Hlc{hlc.us + 1, static_cast<std::uint32_t>(back)};
        }
        if (event.error().code() != ErrorCode::CorruptFrame) return fail(event.error());
    }
    return Hlc{};
}

}  // namespace

// Both the time and the id follow the clocks of all who appended, and never go back: the
// milliseconds of the id are not below those of the latest clock.
Result<LogEnd> find_log_end(const Pin& pin, const std::shared_ptr<ReadSide>& side) {
    LogEnd log_end;
    if (pin.end == Sequence(0)) return log_end;
    EventReader reader(pin, side);
    const Sequence last(pin.end.value - 1);
    const Result<EventView> event = reader.read(last, ReadCheck::Frame);
    if (event) {
        log_end.hlc = event->position.hlc;
        log_end.last_id = event->header.event_id;
        return log_end;
    }
    Error error = event.error();
    if (error.code() != ErrorCode::CorruptFrame) return fail(std::move(error));
    BATPAK_TRY(const std::optional<std::uint64_t> order, known_id_order(reader, last));
    // The front half of an id has its milliseconds in the upper 48 bits (RFC 9562, version 7).
    const std::uint64_t milliseconds = order.value_or(UINT64_MAX) >> 16;
    if (milliseconds >= EventIdGenerator::kClockMax) return fail(std::move(error));
    BATPAK_TRY(const Hlc known, latest_known(reader, last));
    const Hlc by_id{static_cast<std::int64_t>(milliseconds + 1) * 1000, 0};
    log_end.hlc = std::max(known, by_id);
    BATPAK_ASSERT(log_end.hlc.us >= 0);
    log_end.last_id = id_of_order(*order);
    log_end.damaged = std::move(error);
    return log_end;
}

}  // namespace batpak::store
