// The state is what all of the machine's events in the stream lead to, in order, guards not asked
// again: they judged when the event was appended (INV M2). Events of other kinds are not the
// machine's; one of its own that is illegal where it stands is an error, never passed over.
#include "batpak/machine/detail/replay.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::detail {
namespace {

// An event of an edge that is legal where the stream stands.
Result<void> take(const MachineCode& machine, std::uint16_t edge, const EventView& event,
                  void* states) {
    const EncodedEvent encoded{event.kind(), event.header.payload_version, event.payload};
    const Result<bool> taken = machine.steps[edge](states, encoded, Guards::Trust);
    if (taken) {
        BATPAK_ASSERT(*taken);
        return {};
    }
    return fail(Error(taken.error()).at(std::string(event.entity)).at_sequence(event.sequence()));
}

std::string sentence(const MachineTable& table, std::uint16_t state, std::string_view what) {
    return "machine " + std::string(table.name) + " is in state " +
           std::string(table.states[state]) + ", " + std::string(what);
}

std::string words_of(const MachineTable& table, EventKind kind) {
    const std::optional<std::uint16_t> event = table.event(kind);
    const std::string name = event ? std::string(table.events[*event].name) : "an event";
    return name + " (" + to_string(kind) + ')';
}

}  // namespace

KindFilter kinds_of(const MachineTable& table) {
    std::vector<EventKind> kinds;
    for (const MachineEvent& event : table.events) kinds.push_back(event.kind);
    return KindFilter::of(kinds);
}

// The place counts all events of the stream, not only the machine's: a transition expects the
// version of the stream, so an event of another kind that came between is a conflict as well.
Result<StreamPlace> replay(const StoreReads& reads, std::string_view entity,
                           const MachineCode& machine, void* states) {
    // The end is looked up first. What is appended while the events are read lies after it, so
    // that state and version are those of one moment.
    BATPAK_TRY(const std::optional<Version> latest, reads.version(entity));
    const std::uint64_t events = latest ? latest->value + 1 : 0;
    std::uint16_t state = 0;
    EventRange stream = reads.query(Region::entity(entity).with_kinds(kinds_of(machine.table)));
    while (const Result<EventView>* element = stream.next()) {
        if (!*element) return fail(element->error());
        const EventView& event = **element;
        if (event.version().value >= events) break;
        const auto edge = machine.table.edge(state, event.kind());
        if (!edge) return fail(illegal_event(machine.table, state, event));
        BATPAK_CHECK(take(machine, *edge, event, states));
        state = machine.table.edges[*edge].to;
    }
    return StreamPlace(reads.log_id(), std::string(entity), events);
}

Result<void> step(const MachineCode& machine, std::uint16_t edge, const EncodedEvent& event,
                  void* states) {
    BATPAK_TRY(const bool taken, machine.steps[edge](states, event, Guards::Ask));
    if (!taken) return fail(transition_denied(machine.table, edge));
    return {};
}

Error illegal_transition(const MachineTable& table, std::uint16_t state, EventKind kind) {
    return Error(ErrorCode::IllegalTransition,
                 sentence(table, state, "which " + words_of(table, kind) + " does not leave"));
}

Error transition_denied(const MachineTable& table, std::uint16_t edge) {
    const MachineEdge& denied = table.edges[edge];
    return Error(ErrorCode::TransitionDenied,
                 sentence(table, denied.from,
                          "and the guard of " + words_of(table, table.events[denied.event].kind) +
                              " to " + std::string(table.states[denied.to]) + " says no"));
}

Error wrong_state(const MachineTable& table, std::uint16_t state, std::uint16_t wanted) {
    return Error(
        ErrorCode::WrongState,
        sentence(table, state, "and " + std::string(table.states[wanted]) + " was asked for"));
}

Error illegal_event(const MachineTable& table, std::uint16_t state, const EventView& event) {
    return Error(ErrorCode::IllegalEvent,
                 sentence(table, state,
                          "which " + words_of(table, event.kind()) +
                              " does not leave: it was appended past the machine, or by another "
                              "version of its table"))
        .at(std::string(event.entity))
        .at_sequence(event.sequence());
}

Error unknown_kind(const MachineTable& table, EventKind kind) {
    return Error(ErrorCode::InvalidArgument,
                 "machine " + std::string(table.name) + " has no event of kind " + to_string(kind));
}

}  // namespace batpak::detail
