#include "store/commit_reader.hpp"

#include "store/range_state.hpp"

namespace batpak::store {

EventReader& CommitReader::fresh_reader() { return reader_.emplace(side_->pin(), side_); }

Result<Head> CommitReader::head(std::string_view entity) {
    EventReader& reader = fresh_reader();
    BATPAK_TRY(const std::optional<EventPlaceInLog> place, reader.find_latest(entity));
    if (!place) return Head{};
    BATPAK_TRY(const EventView latest, reader.read(*place, ReadCheck::Frame));
    return Head{latest.version().value + 1, latest.hash, {}};
}

Result<std::optional<EventView>> CommitReader::find_key(std::string_view key, Sequence from) {
    EventReader& reader = fresh_reader();
    const auto& runs = reader.pin().snapshot->runs;
    for (std::size_t run = runs.size(); run-- > 0;) {
        const std::uint32_t count = reader.run_count(run);
        if (count == 0) continue;
        if (runs[run]->first().plus(count) <= from) break;
        BATPAK_TRY(const Index* index, runs[run]->index());
        std::optional<KeyEntry> entry = index->find(Axis::Key, key);
        if (!entry) continue;
        const std::uint32_t visible = entry->postings.lower_bound(count);
        if (visible == 0) continue;
        const EventPlaceInLog place{run, entry->postings.at(visible - 1)};
        if (runs[run]->first().plus(place.ordinal) < from) break;
        BATPAK_TRY(const EventView event, reader.read(place, ReadCheck::Frame));
        return std::optional(event);
    }
    return std::optional<EventView>();
}

Result<EventView> CommitReader::at(Sequence sequence) {
    return fresh_reader().read(sequence, ReadCheck::Frame);
}

Result<std::optional<Sequence>> CommitReader::first_match(const AppendCondition& condition) {
    const Pin pin = side_->pin();
    // The usual case: nothing was appended since the caller looked.
    const Sequence from = condition.after ? condition.after->next() : Sequence(0);
    if (from >= pin.end) return std::optional<Sequence>();
    RangeState matches(pin, side_, condition.none_match, {.after = condition.after, .limit = 1});
    const Result<EventView>* match = matches.next();
    if (match == nullptr) return std::optional<Sequence>();
    if (!*match) return fail(match->error());
    return std::optional((*match)->sequence());
}

}  // namespace batpak::store
