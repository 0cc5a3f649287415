// Replay: the part that is the same for all state machines, whatever their types.
//
// A machine's states are behind a void pointer and its rows behind function pointers, so reading a
// stream is compiled once, and not once for each machine.
//
// Threads: immutable values
// Errors:  IllegalEvent, IllegalTransition, TransitionDenied, and what decoding an event says
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/machine/detail/machine_table.hpp"
#include "batpak/machine/detail/stream_place.hpp"

namespace batpak::detail {

// Guards judge what shall happen; what has happened is a fact, also if the rules were others then.
enum class Guards : std::uint8_t { Ask, Trust };

// Borrows: the payload.
struct EncodedEvent {
    EventKind kind;
    std::uint16_t payload_version;
    BytesView payload;
};

// One row: decodes the event and replaces the state behind `states`. True, or the guard said no and
// the state is as it was.
using RowStep = Result<bool> (*)(void* states, const EncodedEvent& event, Guards guards);

// What is fixed about a machine.
struct MachineCode {
    const MachineTable& table;
    std::span<const RowStep> steps;  // one for each edge
};

// The kinds of all events of a machine.
KindFilter kinds_of(const MachineTable& table);

// Takes the states from the beginning of a stream to its end. `states` hold the initial one.
// Errors: IllegalEvent, at the sequence of an event that is illegal where it stands; and what a
// read may fail with.
Result<StreamPlace> replay(const StoreReads& reads, std::string_view entity,
                           const MachineCode& machine, void* states);

// The state, by its number, after `edge`; `states` are in its first state.
// Errors: TransitionDenied; DecodeFailed and its like.
Result<void> step(const MachineCode& machine, std::uint16_t edge, const EncodedEvent& event,
                  void* states);

// Errors, with words that name the machine, the state and the event.
Error illegal_transition(const MachineTable& table, std::uint16_t state, EventKind kind);
Error transition_denied(const MachineTable& table, std::uint16_t edge);
Error wrong_state(const MachineTable& table, std::uint16_t state, std::uint16_t wanted);
Error illegal_event(const MachineTable& table, std::uint16_t state, const EventView& event);
Error unknown_kind(const MachineTable& table, EventKind kind);

}  // namespace batpak::detail
