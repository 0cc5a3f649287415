// Projection: a plain struct that its handlers build from events, one after another.
//
//     struct Player {
//         static constexpr auto projection =
//             batpak::projection_of<PlayerMoved, PlayerDied>("player", /*version*/ 1);
//         int x = 0, y = 0;
//         bool alive = true;
//         void on(const PlayerMoved& moved) { x = moved.x, y = moved.y; }
//         void on(const PlayerDied&, const EventView& event) { alive = false; }
//     };
//
// The descriptor says which events are folded; an event that is declared and has no handler does
// not compile. Instead of typed events, the events of some kinds, or all, can be taken as
// EventView, Value or nlohmann::json: projection_of_kinds<P>() and projection_of_all<P>(), with
// the handler on(const P&), or on(const P&, const EventView&).
//
// The less a fold knows, the more it is worth: a handler that looks at nothing but its state and
// its event gives the same state from the same log forever. Raise the version when a handler or a
// field changes: it separates kept states from those that older code made.
//
// Threads: immutable values; apply() is thread-compatible
// Errors:  apply() DecodeFailed, NewerPayload, MissingUpcaster; handlers may throw anything
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/language.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/event/event.hpp"

namespace batpak {

// Freshness: how old an answer of project() may be.
class Freshness {
public:
    // All events that are visible when the call begins.
    static constexpr Freshness consistent() noexcept { return Freshness(std::nullopt); }
    // A kept state that was up to date less than `max_age` ago is good enough. Its age counts from
    // before its events were read, so that zero, and a clock that went back, mean consistent().
    static constexpr Freshness maybe_stale(std::chrono::microseconds max_age) noexcept {
        return Freshness(max_age);
    }

    // Whether a state that was up to date at `then_us` will do at `now_us`.
    constexpr bool accepts(std::int64_t then_us, std::int64_t now_us) const noexcept {
        if (!max_age_ || then_us > now_us) return false;
        // As unsigned numbers, because the difference of any two times fits there.
        const std::uint64_t age =
            static_cast<std::uint64_t>(now_us) - static_cast<std::uint64_t>(then_us);
        return max_age_->count() > 0 && age < static_cast<std::uint64_t>(max_age_->count());
    }

    friend constexpr bool operator==(const Freshness&, const Freshness&) = default;

private:
    explicit constexpr Freshness(std::optional<std::chrono::microseconds> max_age) noexcept
        : max_age_(max_age) {}

    std::optional<std::chrono::microseconds> max_age_;  // none: consistent
};

// What projection_of() makes.
template <class... Events>
struct TypedProjection {
    static constexpr std::array<EventKind, sizeof...(Events)> kinds{Events::kind...};

    std::string_view name;
    std::uint32_t version = 1;
};

// What projection_of_kinds() and projection_of_all() make; without kinds it folds all events.
template <class P, std::size_t Count>
struct PayloadProjection {
    using Payload = P;

    std::string_view name;
    std::uint32_t version = 1;
    std::array<EventKind, Count> kinds;
};

// The name of a projection is the same in every program that shares its kept states.
inline constexpr std::size_t kProjectionNameBytesMax = 64;

namespace detail {

constexpr bool is_projection_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kProjectionNameBytesMax &&
           name.find('\0') == std::string_view::npos;
}

constexpr bool kinds_differ(std::span<const EventKind> kinds) noexcept {
    for (std::size_t i = 0; i < kinds.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (kinds[i] == kinds[j]) return false;
    return true;
}

// Turns into a reference to E and to nothing else, so that a handler which merely could take an E,
// by a conversion, does not pass for its handler.
template <class E>
struct Exactly {
    template <std::same_as<E> Same>
    operator const Same&() const noexcept {
        __builtin_unreachable();
    }
};

// The same for a handler that takes its event by value: GCC finds no way there through a reference.
template <class E>
struct ExactlyByValue {
    template <std::same_as<E> Same>
    operator Same() const noexcept {
        __builtin_unreachable();
    }
};

template <class T, class E, class Event>
concept TakesAlone =
    requires(T& state, Event event, const E& payload) { state.on(event), state.on(payload); };
template <class T, class E, class Event>
concept TakesWithView = requires(T& state, Event event, const E& payload, const EventView& view) {
    state.on(event, view), state.on(payload, view);
};

template <class T, class E>
concept HandlesAlone = TakesAlone<T, E, Exactly<E>> || TakesAlone<T, E, ExactlyByValue<E>>;
template <class T, class E>
concept HandlesWithView = TakesWithView<T, E, Exactly<E>> || TakesWithView<T, E, ExactlyByValue<E>>;

template <class T>
inline constexpr bool is_descriptor = false;
template <class... Events>
inline constexpr bool is_descriptor<TypedProjection<Events...>> = true;
template <class P, std::size_t Count>
inline constexpr bool is_descriptor<PayloadProjection<P, Count>> = true;

}  // namespace detail

// Requires: 1 to 64 bytes of name, without NUL; version >= 1.
template <TypedEvent... Events>
consteval TypedProjection<Events...> projection_of(std::string_view name, std::uint32_t version) {
    static_assert(sizeof...(Events) > 0, "batpak: name the events that the projection is made of");
    static_assert(detail::kinds_differ(TypedProjection<Events...>::kinds),
                  "batpak: two events of the projection have one kind");
    BATPAK_ASSERT(detail::is_projection_name(name));
    BATPAK_ASSERT(version >= 1);
    return {name, version};
}

template <class P, std::same_as<EventKind>... Kinds>
consteval PayloadProjection<P, sizeof...(Kinds)> projection_of_kinds(std::string_view name,
                                                                     std::uint32_t version,
                                                                     Kinds... kinds) {
    static_assert(sizeof...(Kinds) > 0, "batpak: name the kinds, or use projection_of_all()");
    BATPAK_ASSERT(detail::is_projection_name(name));
    BATPAK_ASSERT(version >= 1);
    return {name, version, {kinds...}};
}

// All events, batpak's own records included, where they are in the region.
template <class P>
consteval PayloadProjection<P, 0> projection_of_all(std::string_view name, std::uint32_t version) {
    BATPAK_ASSERT(detail::is_projection_name(name));
    BATPAK_ASSERT(version >= 1);
    return {name, version, {}};
}

template <class T>
concept Projection = std::default_initializable<T> && std::movable<T> && requires {
    requires detail::is_descriptor<std::remove_cvref_t<decltype(T::projection)>>;
};

// The kinds that T handles.
template <Projection T>
KindFilter kinds_of() {
    constexpr std::size_t kCount = T::projection.kinds.size();
    if constexpr (kCount == 0) {
        return KindFilter::any();
    } else {
        return KindFilter::of(std::span<const EventKind>(T::projection.kinds));
    }
}

namespace detail {

template <class T, class E>
void call_handler(T& state, const E& payload, const EventView& event) {
    static_assert(HandlesAlone<T, E> || HandlesWithView<T, E>,
                  "batpak: the projection has no handler for an event that it declares: add "
                  "`void on(const Event&)` or `void on(const Event&, const EventView&)`");
    static_assert(!(HandlesAlone<T, E> && HandlesWithView<T, E>),
                  "batpak: the projection has two handlers for one event: take one away");
    if constexpr (HandlesWithView<T, E>) {
        state.on(payload, event);
    } else if constexpr (HandlesAlone<T, E>) {
        state.on(payload);
    }
}

inline tl::unexpected<Error> undecodable(Error error, const EventView& event) {
    return fail(std::move(error).at_sequence(event.sequence()));
}

template <class E, class T>
Result<void> decode_and_call(T& state, const EventView& event) {
    if constexpr (std::same_as<E, EventView>) {
        static_assert(
            requires { state.on(event); },
            "batpak: the projection needs a handler `void on(const EventView&)`");
        if constexpr (requires { state.on(event); }) state.on(event);
    } else {
        if constexpr (requires { state.on_erased(event); }) {
            if (event.erased) {
                state.on_erased(event);
                return {};
            }
        }
        const Result<E> payload = event.template as<E>();
        if (!payload) [[unlikely]]
            return undecodable(payload.error(), event);
        call_handler(state, *payload, event);
    }
    return {};
}

template <class T, class... Events>
Result<bool> apply_as(const TypedProjection<Events...>&, T& state, const EventView& event) {
    Result<void> applied;
    const bool handled = ((event.kind() == Events::kind &&
                           (applied = decode_and_call<Events>(state, event), true)) ||
                          ...);
    if (!applied) [[unlikely]]
        return fail(std::move(applied).error());
    return handled;
}

template <class T, class P, std::size_t Count>
Result<bool> apply_as(const PayloadProjection<P, Count>& projection, T& state,
                      const EventView& event) {
    if constexpr (Count > 0) {
        bool is_handled = false;
        for (const EventKind kind : projection.kinds) {
            if (kind == event.kind()) is_handled = true;
        }
        if (!is_handled) return false;
    }
    BATPAK_CHECK(decode_and_call<P>(state, event));
    return true;
}

}  // namespace detail

// Folds one event into the state; false if T does not handle its kind. An error names the event,
// and leaves the state as it was.
template <Projection T>
[[nodiscard]] Result<bool> apply(T& state, const EventView& event) {
    return detail::apply_as(T::projection, state, event);
}

// What the events of a fold have made.
struct FoldEnd {
    std::uint64_t events = 0;  // that were folded
    Sequence last;             // the last of them, if there were any
};

// Folds the events of a range, of which T need not handle every one. The first that cannot be read
// or decoded ends it with its error, so that no event is ever left out unseen (INV P2).
template <Projection T, class Range>
[[nodiscard]] Result<FoldEnd> fold(T& state, Range&& range) {
    FoldEnd end;
    while (const Result<EventView>* event = range.next()) {
        if (!*event) return fail(event->error());
        BATPAK_TRY(const bool handled, apply(state, **event));
        if (!handled) continue;
        ++end.events;
        end.last = (*event)->sequence();
    }
    return end;
}

}  // namespace batpak
