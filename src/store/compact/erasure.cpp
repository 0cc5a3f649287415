#include "store/compact/erasure.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"
#include "store/erasure/payload_erasure.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {

Result<bool> Erasure::finish() {
    const std::optional<Prune> prune = side_.erasures().prune();
    if (!prune || !prune->is_pending) return true;
    BATPAK_TRY(const Intent intent, read_intent(side_.pin(), log_.side, prune->intent));
    report_.erasure_pending = prune->intent;
    return run(*prune, intent.erased);
}

Result<bool> Erasure::erase(const SequenceSet& erased, const std::string& reason) {
    const std::optional<Prune> before = side_.erasures().prune();
    BATPAK_ASSERT(!before || !before->is_pending);
    BATPAK_ASSERT(!erased.empty());
    PruneIntended intended{.level = PruneLevel::Payloads,
                           .reason = reason,
                           .sequences = erased.encode(),
                           .events = erased.size(),
                           .previous = std::nullopt};
    if (before) intended.previous = before->intent;
    BATPAK_TRY(const Sequence sequence, log_.append_intent(intended));
    BATPAK_ASSERT(erased.ranges().back().end <= sequence);
    const Prune prune{.intent = sequence, .is_pending = true};
    // Readers are told on the leader's turn: what is appended after it is judged by it.
    // All that needs memory comes before the MANIFEST, so that nobody is handed a payload after it.
    Erasures& erasures = side_.erasures();
    Erasures::Ready ready(erasures, prune, erased);
    bool is_sound = false;
    const auto put_in_force = [&](Committer& committer) -> Result<void> {
        const Result<bool> adopted = committer.adopt(committer.manifest().with_prune(prune));
        // Poisoned, either MANIFEST may be in force: others may see this one already (INV K5).
        const bool may_be_in_force = adopted || adopted.error().code() == ErrorCode::Poisoned;
        if (may_be_in_force) erasures.add(std::move(ready));
        if (!adopted) return fail(adopted.error());
        is_sound = *adopted;
        return {};
    };
    BATPAK_CHECK(log_.run_in_order(put_in_force));
    report_.erasure_pending = prune.intent;
    // A MANIFEST that rots must not leave a copy in force that knows nothing of it.
    if (!is_sound)
        BATPAK_CHECK(rewriter_.adopt([](const Manifest& now) { return now.once_more(); }));
    return run(prune, erased);
}

// What keeps an old file there, or the copy of the MANIFEST old, keeps the erasure pending: until
// neither is so, the bytes are in the directory.
Result<bool> Erasure::run(const Prune& prune, const SequenceSet& erased) {
    BATPAK_ASSERT(prune.is_pending && !erased.empty());
    BATPAK_TRY(const bool rewritten, rewrite_segments(erased));
    if (!rewritten || report_.cleanup_pending) return false;
    BATPAK_CHECK(remove_leftovers());
    BATPAK_CHECK(record(prune.intent));
    const Prune done{.intent = prune.intent, .is_pending = false};
    BATPAK_CHECK(rewriter_.adopt([&](const Manifest& now) { return now.with_prune(done); }));
    side_.erasures().add(Erasures::Ready(side_.erasures(), done, {}));
    BATPAK_ASSERT(!side_.erasures().prune()->is_pending);
    report_.erasure_pending.reset();
    return true;
}

// What else may have bytes of a payload: what was kept of a damaged end, and what a compaction has
// left that failed. On the leader's turn, because no segment is being made then.
Result<void> Erasure::remove_leftovers() {
    const auto remove = [&](Committer&) -> Result<void> {
        BATPAK_CHECK(side_.directory().remove_lost());
        return side_.directory().remove_temporary();
    };
    return log_.run_in_order(remove);
}

Result<bool> Erasure::rewrite_segments(const SequenceSet& erased) {
    BATPAK_TRY(const std::vector<SealedSegment> segments, segments_with_payloads(erased));
    progress_.bytes_total += bytes_of(segments);
    PayloadErasure change(erased);
    const BodyChange changed = [&](const Frame& frame, BytesView body) {
        return change(frame, body);
    };
    for (const SealedSegment& segment : segments) {
        const std::uint64_t before = report_.bytes_after;
        const std::uint64_t count = change.count();
        BATPAK_TRY(const bool rewritten, rewriter_.rewrite({segment}, changed));
        if (!rewritten) {
            report_.stopped = true;
            return false;
        }
        // Each was left out twice: when it was written, and when that was proved.
        BATPAK_ASSERT((change.count() - count) % 2 == 0);
        report_.events_erased += (change.count() - count) / 2;
        ++report_.segments_rewritten;
        ++segments_;
        // A short payload takes less room than what stands in its place.
        if (report_.bytes_after < before) bytes_gone_ += before - report_.bytes_after;
    }
    return true;
}

Result<std::vector<SealedSegment>> Erasure::segments_with_payloads(const SequenceSet& erased) {
    BATPAK_TRY(const Manifest manifest, rewriter_.manifest_now());
    std::vector<SealedSegment> segments;
    for (const SealedSegment& segment : manifest.sealed) {
        if (!erased.intersects(segment.first, segment.end)) continue;
        BATPAK_TRY(const bool concerned, has_payloads(segment, erased));
        if (concerned) segments.push_back(segment);
    }
    return segments;
}

// The first is enough: usually all of a segment are there, or none is.
Result<bool> Erasure::has_payloads(const SealedSegment& segment, const SequenceSet& erased) {
    EventReader reader(side_.pin(), log_.side);
    for (const SequenceSet::Range& range : erased.ranges()) {
        const Sequence end = std::min(range.end, segment.end);
        for (Sequence at = std::max(range.first, segment.first); at < end; at = at.next()) {
            BATPAK_TRY(const bool there, reader.has_payload(at));
            if (there) return true;
        }
    }
    return false;
}

// Once: an erasure may have been interrupted behind it.
Result<void> Erasure::record(Sequence intent) {
    BATPAK_TRY(const bool recorded, is_recorded(intent));
    if (recorded) return {};
    BATPAK_CHECK(
        log_.append_pruned({.intent = intent, .segments = segments_, .bytes = bytes_gone_}));
    return {};
}

Result<bool> Erasure::is_recorded(Sequence intent) {
    EventReader reader(side_.pin(), log_.side);
    BATPAK_TRY(const std::optional<RunOrdinal> place, reader.find_latest(kMaintenanceEntity));
    if (!place) return false;
    BATPAK_TRY(const EventView latest, reader.read(*place, ReadCheck::Frame));
    if (latest.kind() != Pruned::kind) return false;
    BATPAK_TRY(const Pruned pruned, latest.as<Pruned>());
    return pruned.intent == intent;
}

}  // namespace batpak::store
