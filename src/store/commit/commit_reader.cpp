// Each question is asked of a pin that is taken for it. A reader that were kept would go on seeing
// the log as it was when it was made, and a group must be judged on what the one before it has made
// visible (INV C1).
//
// Events are read by their checksum. That a stored hash is the right one is not checked here: a new
// event is linked to what the log says, and a check of hashes finds where it was changed (INV H1).
#include "store/commit/commit_reader.hpp"

#include "store/view/range_state.hpp"

namespace batpak::store {

EventReader& CommitReader::fresh_reader() { return reader_.emplace(side_->pin(), side_); }

Result<Head> CommitReader::head(std::string_view entity) {
    EventReader& reader = fresh_reader();
    BATPAK_TRY(const std::optional<RunOrdinal> place, reader.find_latest(entity));
    if (!place) return Head{};
    BATPAK_TRY(const EventView latest, reader.read(*place, ReadCheck::Frame));
    return Head{latest.version().value + 1, latest.hash, {}};
}

Result<std::optional<EventView>> CommitReader::find_key(std::string_view key, Sequence from) {
    EventReader& reader = fresh_reader();
    BATPAK_TRY(const std::optional<RunOrdinal> place, reader.find_key(key, from));
    if (!place) return std::optional<EventView>();
    BATPAK_TRY(const EventView event, reader.read(*place, ReadCheck::Frame));
    return std::optional(event);
}

Result<EventView> CommitReader::at(Sequence sequence) {
    return fresh_reader().read(sequence, ReadCheck::Frame);
}

Result<std::optional<Sequence>> CommitReader::first_match(const AppendCondition& condition) {
    const Pin pin = side_->pin();
    // The usual case: nothing was appended since the caller looked.
    if (condition.seen_end >= pin.end) return std::optional<Sequence>();
    RangeState matches(pin, side_, condition.none_match, {.from = condition.seen_end, .limit = 1});
    const Result<EventView>* match = matches.next();
    if (match == nullptr) return std::optional<Sequence>();
    if (!*match) return fail(match->error());
    return std::optional((*match)->sequence());
}

}  // namespace batpak::store
