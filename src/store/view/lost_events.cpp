// What damaged events may be, of which no index tells whose they were.
//
// Versions of a stream are dense, so a stream that has versions 5 and 7 lost version 6 between
// them. If the streams miss as many versions as there are damaged events, each of those belongs to
// one of them: no other stream has lost any, and no stream ends with one. If they miss fewer, the
// rest may be the latest of any stream, or the only one.
#include <algorithm>

#include "batpak/base/assert.hpp"
#include "store/index/damaged_index.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {
namespace {

// Walks the events of a run that may be of one stream, in order. `known(version, events)` is called
// for those that the index knows to be, so many with versions from `version` on; `missing(ordinal)`
// for each damaged one. False, before any call, if the index was lost.
template <class Known, class Missing>
bool walk_stream(const Index& index, std::uint32_t count, std::optional<KeyEntry> entry,
                 const Known& known, const Missing& missing) {
    const DamagedIndex* const damage = index.damage();
    if (damage == nullptr) {
        const std::uint32_t visible = entry ? entry->postings.lower_bound(count) : 0;
        if (index.is_lost()) return false;
        if (visible > 0) known(entry->first_version, visible);
        return true;
    }
    const std::uint32_t postings = entry ? entry->postings.count() : 0;
    std::uint32_t next = 0;
    const auto known_before = [&](std::uint32_t ordinal) {
        for (; next < postings && entry->postings.at(next) < ordinal; ++next)
            known(damage->version_at(entry->postings.at(next)), 1U);
    };
    for (const std::uint32_t ordinal : damage->damaged()) {
        if (ordinal >= count) break;
        known_before(ordinal);
        missing(ordinal);
    }
    known_before(count);
    return true;
}

struct Expected {
    std::uint64_t version = 0;
};

}  // namespace

Result<std::optional<RunOrdinal>> EventReader::first_lost() const {
    for (std::size_t run = 0; run < pin_.snapshot->runs.size(); ++run) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const Index* index, index_of(run));
        const DamagedIndex* const damage = index->damage();
        if (damage != nullptr && !damage->damaged().empty() && damage->damaged()[0] < count) {
            return std::optional(RunOrdinal{run, damage->damaged()[0]});
        }
    }
    return std::optional<RunOrdinal>();
}

Result<std::vector<LostEvent>> EventReader::lost_of(std::string_view entity) {
    std::vector<LostEvent> lost;
    std::size_t settled = 0;  // so many have their versions
    Version next;
    for (std::size_t run = 0; run < pin_.snapshot->runs.size(); ++run) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        // A version that follows the last one at once leaves no room: the damaged events between
        // the two belong to other streams.
        const auto known = [&](Version version, std::uint32_t events) {
            if (version <= next) lost.resize(settled);
            for (; settled < lost.size(); ++settled) {
                lost[settled].first_version = next;
                lost[settled].end_version = version;
            }
            next = Version(version.value + events);
        };
        const auto missing = [&](std::uint32_t ordinal) {
            const Sequence sequence = pin_.snapshot->runs[run]->first().plus(ordinal);
            lost.push_back({{run, ordinal}, sequence, {}, {}});
        };
        for (bool done = false; !done;) {
            BATPAK_TRY(const Index* index, index_of(run));
            done = walk_stream(*index, count, index->find(Axis::Entity, entity), known, missing);
        }
    }
    BATPAK_ASSERT(settled <= lost.size());
    if (settled == lost.size()) return lost;
    BATPAK_TRY(const bool all_known, knows_all_streams());
    // Every damaged event has its stream, so none of those after this stream's last one is of it.
    if (all_known) lost.resize(settled);
    for (; settled < lost.size(); ++settled) lost[settled].first_version = next;
    BATPAK_ASSERT(std::ranges::is_sorted(lost, {}, &LostEvent::sequence));
    return lost;
}

// Asked again when an index was lost on the way, which makes the sum worthless. A run has at most
// three indexes (RunHandle), so that ends.
Result<bool> EventReader::knows_all_streams() const {
    for (;;) {
        BATPAK_TRY(const std::optional<bool> all_known, accounts_for_damage());
        if (all_known) return *all_known;
    }
}

// It walks every stream of the log, and is asked only where something is damaged.
Result<std::optional<bool>> EventReader::accounts_for_damage() const {
    std::uint64_t damaged = 0;
    std::uint64_t accounted = 0;
    bool sound = true;
    Arena arena;
    Dictionary<Expected> streams(arena, side_->key_hash());
    for (std::size_t run = 0; run < pin_.snapshot->runs.size(); ++run) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const Index* index, index_of(run));
        (void)walk_stream(
            *index, count, std::nullopt, [](Version, std::uint32_t) {},
            [&](std::uint32_t) { ++damaged; });
        index->keys(Axis::Entity, {}, [&](std::string_view entity) {
            Expected& expected = streams.find_or_add(entity).node->record;
            const auto known = [&](Version version, std::uint32_t events) {
                sound = sound && version.value >= expected.version;
                if (!sound) return;
                accounted += version.value - expected.version;
                expected.version = version.value + events;
            };
            return walk_stream(*index, count, index->find(Axis::Entity, entity), known,
                               [](std::uint32_t) {}) &&
                   sound;
        });
        if (index->is_lost()) return std::optional<bool>();
    }
    return std::optional(sound && accounted == damaged);
}

}  // namespace batpak::store
