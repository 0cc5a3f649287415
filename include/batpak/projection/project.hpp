// project<T>(): the state that the handlers of T make of a store's events.
//
//     auto player = store.project<Player>("player:alice");         // Result<std::optional<Player>>
//     auto score = store.project<Score>(Region::scope("room:1"));  // Result<Score>
//     auto then = store.as_of(sequence).project<Player>("player:alice");
//
// Events stream through the fold: none is copied, no history is held, and only those of the kinds
// that T handles are read. An event that cannot be read or decoded is an error with its sequence.
// What a handler throws goes through to the caller, and nothing has changed.
//
// Threads: thread-safe; every call folds into a state of its own
// Errors:  those of reads; DecodeFailed, NewerPayload, MissingUpcaster
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "batpak/projection/projection.hpp"
#include "batpak/store/view.hpp"

namespace batpak {

// The fold of all events before `end`.
template <class T>
struct Projected {
    T state;
    Sequence end;
};

template <class T>
Result<std::optional<T>> StoreReads::project(std::string_view entity) const {
    static_assert(Projection<T>);
    T state{};
    BATPAK_TRY(const FoldEnd end,
               fold(state, query(Region::entity(entity).with_kinds(kinds_of<T>()))));
    if (end.events == 0) return std::optional<T>();
    return std::optional<T>(std::move(state));
}

template <class T>
Result<T> StoreReads::project(const Region& region) const {
    static_assert(Projection<T>);
    T state{};
    BATPAK_CHECK(fold(state, query(region.with_kinds(kinds_of<T>()))));
    return state;
}

template <class T>
Result<std::optional<Projected<T>>> StoreReads::project_if_changed(std::string_view entity,
                                                                   Sequence since) const {
    static_assert(Projection<T>);
    const StoreView now = before(visible_end());
    const Region region = Region::entity(entity).with_kinds(kinds_of<T>());
    EventRange news = now.query(region.from(since));
    const Result<EventView>* first = news.next();
    if (first == nullptr) return std::optional<Projected<T>>();
    if (!*first) return fail(first->error());
    T state{};
    BATPAK_CHECK(fold(state, now.query(region)));
    return std::optional<Projected<T>>(Projected<T>{std::move(state), now.visible_end()});
}

}  // namespace batpak
