// verify_projection<T>(): whether a projection is the fold of the log, and where it stops being so.
//
//     auto report = verify_projection<Player>(store, "player:alice").value();
//     if (report.divergence) fmt::print("{}\n", report.divergence->to_string());
//
// Three things are compared with the fold of all events, and the first that differs is reported:
//
//     the same fold again                      a handler depends on time, randomness, addresses,
//                                              or on what earlier calls have left
//     a state kept half-way, and its tail      a member that matters is not among the fields
//     the state that the Projector keeps       other code has made it: raise the version
//
// For the first two, bisection finds the first event after which the states differ; that takes 2
// log2(n) folds. States are compared by their encoding, so only what is kept counts.
//
// Threads: thread-safe, if the handlers are
// Errors:  those of project()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/projection/detail/run.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

// Two states of a projection that should be equal and are not.
struct Divergence {
    enum class Cause : std::uint8_t {
        NotRepeatable,  // two folds of the same events differ
        StateNotWhole,  // a fold that went on from an encoded state differs
        KeptState,      // the kept state is not what the events make
    };

    Cause cause = Cause::NotRepeatable;
    // The first event after which the two differ; of a KeptState, the last that it was made of.
    Sequence event{};
    std::string folded{};  // the fold of all events up to there, as JSON
    std::string other{};

    // Several lines, for people.
    std::string to_string() const;
};

struct ProjectionReport {
    std::uint64_t events = 0;  // that the projection was made of
    bool kept_state_checked = false;
    std::optional<Divergence> divergence{};
};

namespace detail {

// The folds of one projection, as bytes.
class FoldProbe {
public:
    virtual ~FoldProbe() = default;
    // Of the events before `end`.
    virtual Result<Bytes> fold(Sequence end) = 0;
    // Of a state and the events of [begin, end).
    virtual Result<Bytes> resume(BytesView state, Sequence begin, Sequence end) = 0;
};

Result<ProjectionReport> find_divergence(const StoreReads& reads, const ProjectionSubject& subject,
                                         FoldProbe& probe);

template <class T>
class TypedFoldProbe final : public FoldProbe {
public:
    TypedFoldProbe(const StoreReads& reads, Region region)
        : reads_(reads), region_(std::move(region)) {}

    Result<Bytes> fold(Sequence end) override { return go_on(T{}, Sequence(0), end); }
    Result<Bytes> resume(BytesView state, Sequence begin, Sequence end) override {
        BATPAK_TRY(T decoded, PayloadCodec<T>::decode(state));
        return go_on(std::move(decoded), begin, end);
    }

private:
    Result<Bytes> go_on(T state, Sequence begin, Sequence end) {
        BATPAK_CHECK(batpak::fold(state, reads_.query(region_.from(begin).before(end))));
        Buffer bytes;
        BATPAK_CHECK(PayloadCodec<T>::encode(state, bytes));
        const BytesView encoded = bytes.view();
        return Bytes(encoded.begin(), encoded.end());
    }

    const StoreReads& reads_;
    const Region region_;
};

template <Projection T>
Result<ProjectionReport> verify_subject(const StoreReads& reads, const ProjectionSubject& subject) {
    static_assert(KeptState<T>,
                  "batpak: states are compared by their encoding, and this one has none: see "
                  "batpak/projection/detail/kept_state.hpp");
    TypedFoldProbe<T> probe(reads, region_of(subject));
    return find_divergence(reads, subject, probe);
}

}  // namespace detail

template <Projection T>
[[nodiscard]] Result<ProjectionReport> verify_projection(const StoreReads& reads,
                                                         std::string_view entity) {
    detail::ProjectionSubject subject = detail::subject_of<T>();
    subject.entity = entity;
    return detail::verify_subject<T>(reads, subject);
}

template <Projection T>
[[nodiscard]] Result<ProjectionReport> verify_projection(const StoreReads& reads,
                                                         const Region& region) {
    detail::ProjectionSubject subject = detail::subject_of<T>();
    subject.region = &region;
    return detail::verify_subject<T>(reads, subject);
}

}  // namespace batpak
