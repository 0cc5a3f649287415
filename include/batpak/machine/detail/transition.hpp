// Transition: a step of a state machine as a value; and how steps are committed.
//
//     store.transition(coordinate, std::move(open), DoorClosed{})            the state is a type
//     store.transition(coordinate, std::move(door), DoorClosed{})            AnyState: judged now
//     store.apply_transition<Door>(coordinate, Transition<Open, Closed, DoorClosed>(DoorClosed{}))
//                                                   reads the door first: is it Open?
//     store.apply_transition(coordinate, transition, options)     no machine: options.expect
//     decides
//
// The definitions of what Store declares for this are here.
//
// Threads: immutable value
// Errors:  IllegalTransition, WrongState, TransitionDenied, VersionConflict; those of an append
#pragma once

#include <utility>

#include "batpak/machine/detail/in_state.hpp"
#include "batpak/machine/detail/rows.hpp"
#include "batpak/store/store.hpp"

namespace batpak {

template <class From, class To, class Event>
class Transition {
    static_assert(TypedEvent<Event>,
                  "batpak: the event of a transition is a payload struct with a `kind`");

public:
    explicit Transition(Event event) : event_(std::move(event)) {}

    static constexpr EventKind kind() noexcept { return Event::kind; }
    const Event& payload() const& noexcept { return event_; }
    Event into_payload() && { return std::move(event_); }

private:
    Event event_;
};

namespace detail {

// The row that leaves From by Event; if there is none, a stand-in, behind an error that says so.
template <class Machine, class From, class Event>
struct StepOf : TransitionFrom<Machine::template allows<From, Event>, From, Event> {
    static constexpr std::uint16_t kRow = Machine::template row_of<From, Event>;
    static auto row() {
        if constexpr (kRow == MachineTable::kNoEdge) {
            return std::type_identity<On<From, Event, From>>();
        } else {
            return std::type_identity<typename Machine::template RowAt<kRow>>();
        }
    }
    using Row = typename decltype(row())::type;
    using To = typename Row::To;
    using Code = typename CodeOf<Row>::type;
};

// What the type of this kind, if the machine has it and it says so, makes the tags of a payload
// that is known only now. Errors: DecodeFailed.
template <class... Events>
Result<std::vector<std::string>> own_tags_of(EventSet<Events...> /*of the machine*/, EventKind kind,
                                             BytesView payload) {
    Result<std::vector<std::string>> tags;
    const auto read = [&]<class Event>(std::type_identity<Event>) {
        if constexpr (GivesTags<Event>) {
            if (Event::kind != kind) return;
            auto event = PayloadCodec<Event>::decode(payload);
            if (event) {
                tags = own_tags(*event);
            } else {
                tags = fail(std::move(event).error());
            }
        }
    };
    (read(std::type_identity<Events>()), ...);
    return tags;
}

// For apply_transition() without a machine, where nothing else guards the stream.
// Errors: InvalidArgument, if the options let the transition come upon any version.
Result<void> check_expects_version(const AppendOptions& options);

}  // namespace detail

template <class Machine, class From, class Event>
auto Store::transition(const Coordinate& coordinate, InState<Machine, From>&& from,
                       const Event& event, const AppendOptions& options)
    -> Result<Transitioned<InState<Machine, detail::TargetOf<Machine, From, Event>>>> {
    using Step = detail::StepOf<Machine, From, Event>;
    using Next = InState<Machine, typename Step::To>;
    BATPAK_TRY(const AppendOptions expecting, from.place_.options_for(*this, coordinate, options));
    if (!Step::Code::permits(from.state_, event))
        return fail(detail::transition_denied(Machine::table(), Step::kRow));
    // The next state is made first: if that throws, nothing has happened.
    typename Step::To next = Step::Code::next(from.state_, event);
    BATPAK_TRY(const AppendReceipt receipt, append(coordinate, event, expecting));
    BATPAK_TRY(detail::StreamPlace place, std::move(from.place_).after(receipt));
    return Transitioned<Next>{Next(std::move(place), std::move(next)), receipt};
}

template <class Machine, class Event>
Result<Transitioned<AnyState<Machine>>> Store::transition(const Coordinate& coordinate,
                                                          AnyState<Machine>&& from,
                                                          const Event& event,
                                                          const AppendOptions& options) {
    static_assert(Machine::template knows<Event>, "batpak: the machine knows no such event");
    return encoded<Transitioned<AnyState<Machine>>>(event, [&](BytesView bytes) {
        return transition_encoded(
            from, EncodedAppend{coordinate, Event::kind, payload_version_of<Event>, bytes, options,
                                detail::type_of_event<Event>(), detail::own_tags(event)});
    });
}

template <class Machine>
Result<Transitioned<AnyState<Machine>>> Store::transition_raw(const Coordinate& coordinate,
                                                              AnyState<Machine>&& from,
                                                              EventKind kind, BytesView payload,
                                                              const AppendOptions& options) {
    const MachineTable& table = Machine::table();
    const std::optional<std::uint16_t> event = table.event(kind);
    if (!event) return fail(detail::unknown_kind(table, kind));
    BATPAK_TRY(std::vector<std::string> own_tags,
               detail::own_tags_of(typename Machine::Events(), kind, payload));
    return transition_encoded(from,
                              EncodedAppend{.coordinate = coordinate,
                                            .kind = kind,
                                            .payload_version = table.events[*event].payload_version,
                                            .payload = payload,
                                            .options = options,
                                            .own_tags = std::move(own_tags)});
}

template <class Machine>
Result<Transitioned<AnyState<Machine>>> Store::transition_encoded(AnyState<Machine>& from,
                                                                  EncodedAppend event) {
    BATPAK_TRY(const AppendOptions expecting,
               from.place_.options_for(*this, event.coordinate, event.options));
    BATPAK_TRY(auto next, from.after({event.kind, event.payload_version, event.payload}));
    BATPAK_TRY(const AppendReceipt receipt,
               append_encoded({event.coordinate, event.kind, event.payload_version, event.payload,
                               expecting, event.type, std::move(event.own_tags)}));
    BATPAK_TRY(detail::StreamPlace place, std::move(from.place_).after(receipt));
    return Transitioned<AnyState<Machine>>{AnyState<Machine>(std::move(place), std::move(next)),
                                           receipt};
}

template <class Machine, class From, class To, class Event>
Result<Transitioned<InState<Machine, To>>> Store::apply_transition(
    const Coordinate& coordinate, const Transition<From, To, Event>& step,
    const AppendOptions& options) {
    static_assert(std::same_as<detail::TargetOf<Machine, From, Event>, To>,
                  "batpak: the machine goes from this state by this event to another one");
    BATPAK_TRY(AnyState<Machine> found, machine<Machine>(coordinate.entity()));
    BATPAK_TRY(auto from, std::move(found).template take<From>());
    return transition(coordinate, std::move(from), step.payload(), options);
}

template <class From, class To, class Event>
Result<AppendReceipt> Store::apply_transition(const Coordinate& coordinate,
                                              const Transition<From, To, Event>& step,
                                              const AppendOptions& options) {
    BATPAK_CHECK(detail::check_expects_version(options));
    return append(coordinate, step.payload(), options);
}

template <class Machine>
Result<AnyState<Machine>> StoreReads::machine(std::string_view entity) const {
    return AnyState<Machine>::load(*this, entity);
}

}  // namespace batpak
