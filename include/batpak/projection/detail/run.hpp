// ProjectionRun: one call of project(): where it begins, what it folds, what is kept of it.
//
// project_through() folds what the run says, into a state of its own, and reports to the run how it
// went; the run knows the store, its Projector and the rules of when a kept state may be used.
//
// Threads: thread-compatible; each call has its own
// Errors:  those of reads
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/detail/lasting.hpp"
#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/projection/detail/kept_state.hpp"
#include "batpak/projection/projection.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::projection {
struct RunState;
}

namespace batpak::detail {

// What is projected. Borrows: everything, for the call.
struct ProjectionSubject {
    std::string_view identity_prefix;  // empty: no state of it is kept
    std::span<const EventKind> kinds;  // none: all
    std::string_view entity;
    const Region* region = nullptr;  // instead of an entity
};

// The events that it is made of.
Region region_of(const ProjectionSubject& subject);

std::string identity_prefix(std::string_view name, std::uint32_t version,
                            std::span<const EventKind> kinds, std::string_view layout);

template <Projection T>
ProjectionSubject subject_of() {
    ProjectionSubject subject;
    subject.kinds = T::projection.kinds;
    if constexpr (KeptState<T>) {
        static const Lasting<const std::string> prefix(identity_prefix(
            T::projection.name, T::projection.version, T::projection.kinds, state_layout_of<T>()));
        subject.identity_prefix = *prefix;
    }
    return subject;
}

class ProjectionRun {
public:
    // Borrows: the reads and the subject.
    ProjectionRun(const StoreReads& reads, const ProjectionSubject& subject, Freshness freshness);
    ~ProjectionRun();
    ProjectionRun(const ProjectionRun&) = delete;
    ProjectionRun& operator=(const ProjectionRun&) = delete;

    // Pins the end that the run is about.
    [[nodiscard]] Result<void> start();
    // The next kept state that may be used, the best first. Borrows: until the next call.
    std::optional<BytesView> next_kept();
    // It was decoded, and the run goes on from it; or it could not be.
    void use_kept();
    void refuse_kept(const Error& error);
    // Whether the state that was used is the answer as it is; else the tail is to be folded into
    // it.
    bool try_answer();
    // The events that are to be folded into it.
    EventRange tail() const;
    void fold_ended(const FoldEnd& end);
    // Whether the state after the fold is to be kept; else what is kept is confirmed.
    bool has_news() const noexcept;
    void keep(BytesView state);
    void cannot_keep(const Error& error);

    // Of the state as it is now: how many events made it, the last of them, and the end up to which
    // it holds all events.
    std::uint64_t events() const noexcept;
    Sequence last() const noexcept;
    Sequence end() const noexcept;

private:
    const std::unique_ptr<projection::RunState> state_;
};

template <class T>
struct ProjectedThrough {
    T state{};
    std::uint64_t events = 0;
    Sequence last;
    Sequence end;
};

template <Projection T>
Result<ProjectedThrough<T>> project_through(const StoreReads& reads,
                                            const ProjectionSubject& subject, Freshness freshness) {
    ProjectionRun run(reads, subject, freshness);
    BATPAK_CHECK(run.start());
    Result<ProjectedThrough<T>> projected{};
    if constexpr (KeptState<T>) {
        while (const std::optional<BytesView> kept = run.next_kept()) {
            Result<T> state = PayloadCodec<T>::decode(*kept);
            if (state) {
                projected->state = *std::move(state);
                run.use_kept();
                break;
            }
            run.refuse_kept(state.error());
        }
    }
    if (!run.try_answer()) {
        BATPAK_TRY(const FoldEnd end, fold(projected->state, run.tail()));
        run.fold_ended(end);
        if constexpr (KeptState<T>) {
            if (run.has_news()) {
                ScratchBuffer bytes;
                if (auto encoded = PayloadCodec<T>::encode(projected->state, *bytes); encoded) {
                    run.keep(bytes->view());
                } else {
                    run.cannot_keep(encoded.error());
                }
            }
        }
    }
    projected->events = run.events();
    projected->last = run.last();
    projected->end = run.end();
    return projected;
}

}  // namespace batpak::detail
