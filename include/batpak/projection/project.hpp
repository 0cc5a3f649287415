// project<T>(): the state that the handlers of T make from a store's events.
//
//     auto player = store.project<Player>("player:alice");         // Result<std::optional<Player>>
//     auto score = store.project<Score>(Region::scope("room:1"));  // Result<Score>
//     auto then = store.as_of(sequence).project<Player>("player:alice");
//
// Events stream through the fold: none is copied, no history is held, and only those of the kinds
// that T handles are read. An event that cannot be read or decoded is an error with its sequence.
// An exception from a handler reaches the caller, and nothing has changed.
//
// A store with a Projector continues from the state that it kept last; see there.
//
// Threads: thread-safe; every call folds into a state of its own
// Errors:  those of reads; DecodeFailed, NewerPayload, MissingUpcaster
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "batpak/projection/detail/run.hpp"
#include "batpak/projection/projection.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

// The fold of all events before `end`.
template <class T>
struct Projected {
    T state;
    Sequence end{};
};

template <class T>
Result<std::optional<T>> StoreReads::project(std::string_view entity,
                                             const Freshness& freshness) const {
    static_assert(Projection<T>);
    detail::ProjectionSubject subject = detail::subject_of<T>();
    subject.entity = entity;
    BATPAK_TRY(detail::ProjectedThrough<T> projected,
               detail::project_through<T>(*this, subject, freshness));
    if (projected.events == 0) return std::optional<T>();
    return std::optional<T>(std::move(projected.state));
}

template <class T>
Result<T> StoreReads::project(const Region& region, const Freshness& freshness) const {
    static_assert(Projection<T>);
    detail::ProjectionSubject subject = detail::subject_of<T>();
    subject.region = &region;
    BATPAK_TRY(detail::ProjectedThrough<T> projected,
               detail::project_through<T>(*this, subject, freshness));
    return std::move(projected.state);
}

template <class T>
Result<std::optional<Projected<T>>> StoreReads::project_if_changed(std::string_view entity,
                                                                   Sequence since) const {
    static_assert(Projection<T>);
    EventRange news = query(Region::entity(entity).with_kinds(kinds_of<T>()).from(since));
    const Result<EventView>* first = news.next();
    if (first == nullptr && since > visible_end()) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the store ends before the place to go on from: begin again if the log "
                          "was restored")
                        .at_sequence(since));
    }
    if (first == nullptr) return std::optional<Projected<T>>();
    if (!*first) return fail(first->error());
    detail::ProjectionSubject subject = detail::subject_of<T>();
    subject.entity = entity;
    BATPAK_TRY(detail::ProjectedThrough<T> projected,
               detail::project_through<T>(*this, subject, Freshness::consistent()));
    return std::optional<Projected<T>>(Projected<T>{std::move(projected.state), projected.end});
}

}  // namespace batpak
