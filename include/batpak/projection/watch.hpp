// ProjectionWatch: the state of an entity, each time that it has changed.
//
//     ProjectionWatch<Player> watch(store, "player:alice");
//     while (auto player = watch.next(deadline)) {        // Result<std::optional<Player>>
//         if (*player) show(**player);                    // else the deadline has passed
//     }                                                   // an error: Closed ends it
//
// What next() returns includes every event that was visible when it looked, and it returns again as
// long as there is a newer one that T handles: a caller that keeps calling it always arrives at the
// newest state (INV P4). Events that arrive between calls are folded together, into one answer.
//
// Nothing runs in the background. Waiting costs no work; each event of the store wakes it for one
// look into the index.
//
// Threads: thread-compatible; several watches of one store may be used by different threads
// Errors:  Closed when the store is closed, even while waiting; those of project(): the next call
//          tries the event that cannot be folded again
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/projection/detail/run.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

template <Projection T>
class ProjectionWatch {
    static_assert(std::copyable<T>,
                  "batpak: a watch keeps one copy of the state and gives another");

public:
    // Borrows: the store, which must neither move nor go before this does.
    ProjectionWatch(const StoreReads& store, std::string_view entity)
        : store_(store), entity_(entity) {}

    // The state, if it has changed since the last call, or as soon as it does; at once in the first
    // call, if there is one. Nothing once the deadline has passed or `stop` is requested.
    [[nodiscard]] Result<std::optional<T>> next(std::chrono::steady_clock::time_point deadline,
                                                const std::stop_token& stop = {}) {
        while (true) {
            BATPAK_TRY(const bool changed, catch_up());
            if (changed) return std::optional<T>(state_);
            BATPAK_TRY(const bool there, store_.wait_visible(end_, deadline, stop));
            if (!there) return std::optional<T>();
        }
    }

    // All events before this are in the state that next() returned last.
    Sequence end() const noexcept { return end_; }

private:
    // Folds what is new; whether that was anything.
    Result<bool> catch_up() {
        if (!begun_) return begin();
        const Sequence end = store_.visible_end();
        if (end <= end_) return false;
        const Region news =
            Region::entity(entity_).with_kinds(kinds_of<T>()).from(end_).before(end);
        // A copy, so that a handler that throws, or an event that cannot be read, changes nothing.
        T state = state_;
        BATPAK_TRY(const FoldEnd folded, fold(state, store_.query(news)));
        end_ = end;
        if (folded.events == 0) return false;
        state_ = std::move(state);
        return true;
    }
    Result<bool> begin() {
        detail::ProjectionSubject subject = detail::subject_of<T>();
        subject.entity = entity_;
        BATPAK_TRY(detail::ProjectedThrough<T> projected,
                   detail::project_through<T>(store_, subject, Freshness::consistent()));
        begun_ = true;
        end_ = projected.end;
        state_ = std::move(projected.state);
        return projected.events > 0;
    }

    const StoreReads& store_;
    const std::string entity_;
    bool begun_ = false;
    Sequence end_;
    T state_{};
};

// A watch on one entity of a store, which must outlive the watch.
template <Projection T>
[[nodiscard]] ProjectionWatch<T> watch_projection(const StoreReads& store,
                                                  std::string_view entity) {
    return ProjectionWatch<T>(store, entity);
}

}  // namespace batpak
