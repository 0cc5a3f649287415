// Three ways that should give one state, at the end of the log: the fold twice; the fold cut at
// each quarter, its state encoded and taken up again; what is kept. Where two differ, bisection
// finds the first event after which they do, which is where to look in the code of the fold.
#include "batpak/projection/divergence.hpp"

#include <array>
#include <functional>

#include "batpak/event/value.hpp"
#include "batpak/json.hpp"

namespace batpak {
namespace {

// For a person who compares two states: JSON where the bytes can be said in it.
std::string text_of(BytesView state) {
    const auto json = PayloadCodec<nlohmann::json>::decode(state);
    if (!json) return "0x" + to_hex(state);  // NaN, and what else JSON cannot say
    return json->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view words_for(Divergence::Cause cause) {
    switch (cause) {
        case Divergence::Cause::NotRepeatable: return "two folds of the same events differ";
        case Divergence::Cause::StateNotWhole:
            return "a fold that went on from an encoded state differs";
        case Divergence::Cause::KeptState: return "the kept state is not what the events make";
    }
    BATPAK_UNREACHABLE();
}

// Two ways to the state after the events before an end.
struct TwoWays {
    std::function<Result<Bytes>(Sequence end)> folded;
    std::function<Result<Bytes>(Sequence end)> other;
};

// The divergence at the first event of [begin, end) after which the two ways differ. Requires: they
// differ at `end`. It finds a place where the two ways differ and did not one event before: the
// first such place if they never agree again, which is how folds usually go wrong.
Result<Divergence> bisect(Divergence::Cause cause, const TwoWays& ways, Sequence begin,
                          Sequence end) {
    Divergence found{cause, {}, {}, {}};
    Sequence low = begin;  // before it they agree, as far as that was looked at
    Sequence high = end;   // the ways differ there
    while (low < high) {
        const Sequence middle(low.value + (high.value - low.value) / 2);
        BATPAK_TRY(const Bytes folded, ways.folded(middle.next()));
        BATPAK_TRY(const Bytes other, ways.other(middle.next()));
        if (folded == other) {
            low = middle.next();
        } else {
            high = middle;
            found = {cause, middle, text_of(folded), text_of(other)};
        }
    }
    return found;
}

}  // namespace

std::string Divergence::to_string() const {
    return std::string(words_for(cause)) + " after event " + batpak::to_string(event) +
           "\n  folded: " + folded + "\n  other:  " + other;
}

namespace detail {
namespace {

Result<std::optional<Divergence>> check_repeats(FoldProbe& probe, Sequence end) {
    const auto fold = [&](Sequence until) { return probe.fold(until); };
    BATPAK_TRY(const Bytes once, fold(end));
    BATPAK_TRY(const Bytes again, fold(end));
    if (once == again) return std::optional<Divergence>();
    BATPAK_TRY(Divergence found,
               bisect(Divergence::Cause::NotRepeatable, {fold, fold}, Sequence(0), end));
    // Chance made them alike in the bisection: what was seen first is shown.
    if (found.folded.empty()) {
        found.event = Sequence(end.value - 1);
        found.folded = text_of(once);
        found.other = text_of(again);
    }
    return std::optional<Divergence>(std::move(found));
}

// What a state loses when it is encoded shows only in a fold that goes on from it.
Result<std::optional<Divergence>> check_cut(FoldProbe& probe, Sequence cut, Sequence end) {
    BATPAK_TRY(const Bytes half, probe.fold(cut));
    const auto fold = [&](Sequence until) { return probe.fold(until); };
    const auto resume = [&](Sequence until) { return probe.resume(half, cut, until); };
    BATPAK_TRY(const Bytes whole, fold(end));
    BATPAK_TRY(const Bytes resumed, resume(end));
    if (whole == resumed) return std::optional<Divergence>();
    BATPAK_TRY(Divergence found,
               bisect(Divergence::Cause::StateNotWhole, {fold, resume}, cut, end));
    return std::optional<Divergence>(std::move(found));
}

Result<std::optional<Divergence>> check_kept(const StoreReads& reads,
                                             const ProjectionSubject& subject, FoldProbe& probe,
                                             ProjectionReport& report) {
    ProjectionRun run(reads, subject, Freshness::consistent());
    BATPAK_CHECK(run.start());
    const std::optional<BytesView> kept = run.next_kept();
    if (!kept) return std::optional<Divergence>();
    report.kept_state_checked = true;
    run.use_kept();
    BATPAK_TRY(const Bytes folded, probe.fold(run.last().next()));
    if (equal_bytes(folded, *kept)) return std::optional<Divergence>();
    return std::optional<Divergence>(
        Divergence{Divergence::Cause::KeptState, run.last(), text_of(folded), text_of(*kept)});
}

}  // namespace

Result<ProjectionReport> find_divergence(const StoreReads& reads, const ProjectionSubject& subject,
                                         FoldProbe& probe) {
    const Sequence end = reads.visible_end();
    ProjectionReport report;
    BATPAK_TRY(report.events, reads.count(region_of(subject).before(end)));
    if (report.events == 0) return report;
    BATPAK_TRY(report.divergence, check_repeats(probe, end));
    if (report.divergence) return report;
    for (const std::uint64_t quarter : {1U, 2U, 3U}) {
        const Sequence cut(end.value / 4 * quarter + end.value % 4 * quarter / 4);
        BATPAK_TRY(report.divergence, check_cut(probe, cut, end));
        if (report.divergence) return report;
    }
    BATPAK_TRY(report.divergence, check_kept(reads, subject, probe, report));
    return report;
}

}  // namespace detail
}  // namespace batpak
