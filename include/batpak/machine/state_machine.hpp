// StateMachine: one table, from which everything about a state machine follows.
//
//     using Door = StateMachine<"door", On<Open, DoorClosed, Closed>, On<Closed, DoorOpened, Open>,
//                               On<Closed, DoorLocked, Locked, lock>>;
//
//     auto open = Door::start(store, coordinate);                           // InState<Door, Open>
//     auto [closed, r] = store.transition(coordinate, std::move(open), DoorClosed{}).value();
//     auto door = Door::load(store, coordinate).value();                    // AnyState<Door>
//
// A transition that is not in the table does not compile; one whose state is known only at run time
// is judged by the same table. Each transition is one event, appended only if the stream is still
// as it was when the state was read (INV M1). Reading the stream again gives the state again; an
// event of the machine that is illegal at its place is an error and is never skipped (INV M2).
// Events of other kinds in the stream are not the machine's: it ignores them.
//
// Threads: immutable value
// Errors:  load() IllegalEvent, and those of reading; a table that makes no sense does not compile
#pragma once

#include <string>

#include "batpak/machine/coverage.hpp"
#include "batpak/machine/detail/in_state.hpp"
#include "batpak/machine/detail/rows.hpp"

namespace batpak {
namespace detail {

// What separates an explicit initial state from the rows.
template <class... Items>
struct ItemsOf;
template <class State, class... Rows>
struct ItemsOf<Initial<State>, Rows...> {
    using Start = State;
    using List = TypeList<Rows...>;
    using Mentioned = TypeList<State, typename Rows::From..., typename Rows::To...>;
    static constexpr std::array<RowTypes, sizeof...(Rows)> kRows{
        {{kTypeId<typename Rows::From>, kTypeId<typename Rows::Event>,
          kTypeId<typename Rows::To>}...}};
    static constexpr std::array<bool, sizeof...(Rows)> kGuarded{CodeOf<Rows>::type::kGuards >
                                                                0 ...};
};
template <class First, class... Rows>
struct ItemsOf<First, Rows...> : ItemsOf<Initial<typename First::From>, First, Rows...> {};

template <class Event>
consteval MachineEvent machine_event() {
    if constexpr (TypedEvent<Event>) {
        return {event_name_of<Event>(), Event::kind, payload_version_of<Event>};
    } else {
        return {"", EventKind::from_number(0), 1};
    }
}

consteval bool is_word(std::string_view name) {
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(c >= '0' && c <= '9')) return false;
    }
    return !name.empty();
}

// Whether a diagram can hold the names, and no two are alike.
template <std::size_t kCount>
consteval bool are_good_names(const std::array<std::string_view, kCount>& names) {
    for (std::size_t i = 0; i < kCount; ++i) {
        if (!is_word(names[i])) return false;
        for (std::size_t other = 0; other < i; ++other) {
            if (names[other] == names[i]) return false;
        }
    }
    return true;
}

template <std::size_t kCount>
consteval bool are_good_events(const std::array<MachineEvent, kCount>& events) {
    for (std::size_t i = 0; i < kCount; ++i) {
        for (const char c : events[i].name) {
            if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == ':' || c == ';') return false;
        }
        for (std::size_t other = 0; other < i; ++other) {
            if (events[other].kind == events[i].kind) return false;
        }
    }
    return true;
}

}  // namespace detail

template <FixedText kName, class... Items>
class StateMachine {
    static_assert(sizeof...(Items) > 0, "batpak: a state machine has one row or more");
    using Parts = detail::ItemsOf<Items...>;
    static constexpr std::size_t kRows = Parts::kRows.size();
    static constexpr detail::Shape<kRows> kShape =
        detail::ShapeMaker<kRows>(detail::kTypeId<typename Parts::Start>, Parts::kRows).shape();

    template <std::size_t kRow>
    using Row = detail::TypeAt<typename Parts::List, kRow>;
    template <std::size_t kState>
    using State = detail::TypeAt<typename Parts::Mentioned, kShape.state_at[kState]>;
    template <std::size_t... kState>
    static StateSet<State<kState>...> set_of(std::index_sequence<kState...>);
    template <std::size_t... kEvent>
    static EventSet<typename Row<kShape.event_at[kEvent]>::Event...> event_set_of(
        std::index_sequence<kEvent...>);

public:
    using Start = typename Parts::Start;
    // A StateSet: the initial state, then the others as the rows mention them.
    using States = decltype(set_of(std::make_index_sequence<kShape.states>()));

    // An EventSet, in the order in which the rows mention them.
    using Events = decltype(event_set_of(std::make_index_sequence<kShape.events>()));

    // Whether a row leaves `From` by `Event`.
    template <class From, class Event>
    static constexpr bool allows = [] {
        for (const detail::RowTypes& row : Parts::kRows) {
            if (row.from == detail::kTypeId<From> && row.event == detail::kTypeId<Event>)
                return true;
        }
        return false;
    }();
    // Whether any row has `Event`.
    template <class Event>
    static constexpr bool knows = [] {
        for (const detail::RowTypes& row : Parts::kRows) {
            if (row.event == detail::kTypeId<Event>) return true;
        }
        return false;
    }();

    static constexpr const MachineTable& table() noexcept { return kTable; }
    // Whether the machine, in this state, can take an event of this kind.
    static bool can(std::uint16_t state, EventKind kind) noexcept {
        return kTable.edge(state, kind).has_value();
    }
    static std::string to_mermaid() { return kTable.to_mermaid(); }
    static std::string to_dot() { return kTable.to_dot(); }

    // A machine that nothing has happened to: its first transition needs an empty stream. Reads
    // nothing.
    static InState<StateMachine, Start> start(const StoreReads& reads,
                                              const Coordinate& coordinate) {
        return InState<StateMachine, Start>({reads.log_id(), coordinate.entity(), 0}, Start{});
    }
    // The machine as the events of the entity's stream have left it.
    [[nodiscard]] static Result<AnyState<StateMachine>> load(const StoreReads& reads,
                                                             const Coordinate& coordinate) {
        return AnyState<StateMachine>::load(reads, coordinate.entity());
    }
    // What has happened to all machines in a region. See machine_coverage().
    [[nodiscard]] static Result<MachineCoverage> coverage(const StoreReads& reads,
                                                          const Region& region) {
        return machine_coverage(reads, kTable, region);
    }

    // For batpak: the number of the row that leaves From by Event, its type, and all rows' code.
    template <class From, class Event>
    static constexpr std::uint16_t row_of = [] {
        for (std::uint16_t i = 0; i < kRows; ++i) {
            if (Parts::kRows[i].from == detail::kTypeId<From> &&
                Parts::kRows[i].event == detail::kTypeId<Event>)
                return i;
        }
        return MachineTable::kNoEdge;
    }();
    template <std::size_t kRow>
    using RowAt = Row<kRow>;
    static detail::MachineCode code() noexcept { return {kTable, kCode}; }

private:
    static constexpr std::size_t kBadRow =
        kShape.double_row == detail::kNowhere ? 0 : kShape.double_row;
    static constexpr std::size_t kBadState =
        kShape.unreachable_state == detail::kNowhere ? 0 : kShape.unreachable_state;
    static_assert(sizeof(detail::RowsFrom < kShape.double_row == detail::kNowhere,
                         typename Row<kBadRow>::From, typename Row<kBadRow>::Event >) > 0);
    static_assert(sizeof(detail::InitialState<kShape.initial_is_known, Start>) > 0);
    static_assert(sizeof(detail::WayTo < !kShape.initial_is_known ||
                             kShape.unreachable_state == detail::kNowhere,
                         State < kBadState >>) > 0);
    static_assert(std::is_default_constructible_v<Start>,
                  "batpak: the initial state is made from nothing");
    static_assert(detail::are_good_names(States::names),
                  "batpak: two states have one name, or a name that is no word: give the state a "
                  "`static constexpr std::string_view state_name`");
    static_assert(detail::is_word(kName.view()), "batpak: the name of a state machine is a word");

    template <std::size_t... kEvent>
    static consteval std::array<MachineEvent, sizeof...(kEvent)> events_of(
        std::index_sequence<kEvent...>) {
        return {detail::machine_event<typename Row<kShape.event_at[kEvent]>::Event>()...};
    }
    static constexpr auto kEvents = events_of(std::make_index_sequence<kShape.events>());
    static_assert(detail::are_good_events(kEvents),
                  "batpak: two events of a state machine have one kind, or one has a name that "
                  "a diagram cannot hold: give it an `event_name`");

    static constexpr auto kEdges = [] {
        auto edges = kShape.edges;
        for (std::size_t i = 0; i < kRows; ++i) edges[i].guarded = Parts::kGuarded[i];
        return edges;
    }();
    static constexpr auto kSteps = [] {
        std::array<std::uint16_t, kShape.states * kShape.events> steps{};
        steps.fill(MachineTable::kNoEdge);
        for (std::uint16_t i = 0; i < kRows; ++i)
            steps[kEdges[i].from * kShape.events + kEdges[i].event] = i;
        return steps;
    }();
    static constexpr MachineTable kTable{kName.view(), States::names, kEvents, kEdges, kSteps};

    // Row kRow, for states that only a variant knows.
    template <std::size_t kRow>
    static Result<bool> step(void* states, const detail::EncodedEvent& event,
                             detail::Guards guards) {
        using Event = typename Row<kRow>::Event;
        using Code = typename detail::CodeOf<Row<kRow>>::type;
        BATPAK_TRY(const Event payload,
                   decode_payload<Event>(event.payload_version, event.payload));
        auto& variant = *static_cast<typename States::Variant*>(states);
        auto* const from = std::get_if<kShape.edges[kRow].from>(&variant);
        BATPAK_ASSERT(from != nullptr);
        if (Code::kGuards > 0 && guards == detail::Guards::Ask && !Code::permits(*from, payload))
            return false;
        auto next = Code::next(std::move(*from), payload);
        variant.template emplace<kShape.edges[kRow].to>(std::move(next));
        return true;
    }
    template <std::size_t... kRow>
    static consteval std::array<detail::RowStep, kRows> steps_of(std::index_sequence<kRow...>) {
        return {&step<kRow>...};
    }
    static constexpr auto kCode = steps_of(std::make_index_sequence<kRows>());
};

}  // namespace batpak

#include "batpak/machine/detail/transition.hpp"
