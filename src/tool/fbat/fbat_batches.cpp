// The events of a batch stand one behind the other, so what is after it begins at one place, and
// each proof narrows where that can be: an event whose place a later one has was never committed,
// nor was any before it; one that a footer knows, or that a later event of its stream follows, was,
// and is no part of the batch, nor is any after it. What lies between is proved by nothing, unless
// the place of a later event says how many were committed.
#include "tool/fbat/fbat_batches.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

namespace batpak::tool {
namespace {

// Where in the log an event of this stream and version stands, for all that a batch may be compared
// with.
class FbatPlaces {
public:
    explicit FbatPlaces(std::span<const FbatEvent> events) : events_(events) {
        for (std::size_t i = 0; i < events.size(); ++i)
            places_.emplace(std::pair(events[i].stream, events[i].version), i);
    }

    // Whether a later event has its place in its stream.
    bool is_taken_again(std::size_t at) const {
        const auto [first, last] = of(events_[at].stream, events_[at].version);
        return std::any_of(first, last, [&](const auto& place) { return place.second > at; });
    }

    // Whether an event from `from` on, which is kept, follows it in its stream.
    bool is_followed(std::size_t at, std::size_t from) const {
        const FbatEvent& event = events_[at];
        if (event.hash.is_zero() || event.version == UINT32_MAX) return false;
        const auto [first, last] = of(event.stream, event.version + 1);
        return std::any_of(first, last, [&](const auto& place) {
            const FbatEvent& next = events_[place.second];
            return place.second >= from && place.second > at && next.fate == FbatFate::Kept &&
                   next.previous == event.hash;
        });
    }

    // Whether it follows one of the events in [begin, end) in its stream.
    bool follows(std::size_t at, std::size_t begin, std::size_t end) const {
        const FbatEvent& event = events_[at];
        if (event.version == 0) return false;
        const auto [first, last] = of(event.stream, event.version - 1);
        return std::any_of(first, last, [&](const auto& place) {
            return place.second >= begin && place.second < end;
        });
    }

private:
    using Map = std::multimap<std::pair<std::uint32_t, std::uint32_t>, std::size_t>;
    std::pair<Map::const_iterator, Map::const_iterator> of(std::uint32_t stream,
                                                           std::uint32_t version) const {
        return places_.equal_range(std::pair(stream, version));
    }

    std::span<const FbatEvent> events_;
    Map places_;
};

// The events of one batch that was not committed.
class OpenBatch {
public:
    OpenBatch(std::span<FbatEvent> events, const FbatPlaces& places, const FbatKnownPlaces& known,
              const FbatBatch& batch, std::span<const std::size_t> gaps)
        : events_(events), places_(places), known_(known), batch_(batch), gaps_(gaps) {}

    // Whether it turns out to be whole and committed: only its marker is missing.
    bool judge() {
        const std::size_t proved = first_proved_at_once();
        std::size_t aborted = aborted_end(proved);
        std::size_t real = first_followed(aborted, proved);
        const std::optional<std::uint64_t> committed = committed_behind();
        if (committed && batch_.end - *committed >= aborted && batch_.end - *committed <= real)
            aborted = real = static_cast<std::size_t>(batch_.end - *committed);
        const bool is_last = batch_.end == events_.size();
        for (std::size_t i = batch_.first; i < real; ++i) {
            const FbatFate unknown = is_last ? FbatFate::Open : FbatFate::Unproved;
            events_[i].fate = i < aborted ? FbatFate::Aborted : unknown;
        }
        return real == batch_.first && batch_.end - batch_.first == batch_.claimed;
    }

private:
    // The first that a footer knows, or that is never one of a batch.
    std::size_t first_proved_at_once() const {
        std::size_t at = batch_.first;
        while (at < batch_.end && events_[at].fate != FbatFate::Lifecycle &&
               !known_.contains(EventId{events_[at].id}))
            ++at;
        return at;
    }

    // One past the last that was not committed.
    std::size_t aborted_end(std::size_t limit) const {
        std::size_t end = batch_.first;
        for (std::size_t at = batch_.first; at < limit; ++at) {
            const bool is_aborted =
                places_.is_taken_again(at) || places_.follows(at, batch_.first, end);
            if (is_aborted) end = at + 1;
        }
        return end;
    }

    // The first from `begin` on that an event after the batch follows.
    std::size_t first_followed(std::size_t begin, std::size_t limit) const {
        std::size_t real = limit;
        for (std::size_t at = limit; at > begin; --at) {
            if (places_.is_followed(at - 1, real)) real = at - 1;
        }
        return real;
    }

    // How many of the events were committed, by the place of the first later one that has one.
    std::optional<std::uint64_t> committed_behind() const {
        std::uint64_t between = 0;
        for (std::size_t at = batch_.end; batch_.counts_on && at < events_.size(); ++at) {
            const FbatFate fate = events_[at].fate;
            if (fate == FbatFate::Open || is_loss(fate)) break;
            if (fate == FbatFate::Aborted) continue;
            const auto place = known_.find(EventId{events_[at].id});
            if (place == known_.end()) {
                ++between;
                continue;
            }
            // What is lost has a place as well.
            const auto is_between = [&](std::size_t gap) {
                return batch_.first <= gap && gap <= at;
            };
            const std::uint64_t base = batch_.first_sequence + between;
            const bool is_sound = place->second >= base &&
                                  place->second - base <= batch_.end - batch_.first &&
                                  std::ranges::none_of(gaps_, is_between);
            return is_sound ? std::optional(place->second - base) : std::nullopt;
        }
        return std::nullopt;
    }

    std::span<FbatEvent> events_;
    const FbatPlaces& places_;
    const FbatKnownPlaces& known_;
    const FbatBatch& batch_;
    std::span<const std::size_t> gaps_;
};

}  // namespace

void FbatBatches::begin(std::size_t at, std::uint64_t first_sequence, std::uint32_t claimed,
                        bool counts_on) {
    end_open(at);
    after_damage_.reset();
    open_ = FbatBatch{
        .first_sequence = first_sequence, .first = at, .claimed = claimed, .counts_on = counts_on};
}

void FbatBatches::commit(std::size_t at, std::uint64_t first_sequence) {
    if (!open_ || open_->first_sequence != first_sequence) {
        // What stands between damage and the end of a batch is of that batch.
        if (after_damage_ && !open_) {
            batches_.push_back({.first_sequence = first_sequence,
                                .first = *std::exchange(after_damage_, std::nullopt),
                                .end = at,
                                .is_broken = true});
        } else {
            ++stray_markers_;
        }
        end_open(at);
        return;
    }
    open_->is_committed = !open_->is_broken && at - open_->first == open_->claimed;
    end_open(at);
}

void FbatBatches::event(std::size_t at) {
    // As many as it was to have are there, and it was not committed: the next one is none of them.
    if (open_ && at - open_->first == open_->claimed) end_open(at);
}

void FbatBatches::damage(std::size_t at) {
    if (open_) open_->is_broken = true;
    after_damage_ = at;
    gaps_.push_back(at);
}

void FbatBatches::file_end(std::size_t at, bool ends_batches) {
    if (ends_batches) end_open(at);
}

void FbatBatches::log_end(std::size_t at) { end_open(at); }

void FbatBatches::end_open(std::size_t at) {
    if (!open_) return;
    open_->end = at;
    batches_.push_back(*open_);
    open_.reset();
}

// From the last to the first: what is said of a batch rests on the fate of later events.
void FbatBatches::judge(std::span<FbatEvent> events, const FbatKnownPlaces& known) {
    const auto is_settled = [](const FbatBatch& batch) { return batch.is_committed; };
    if (std::ranges::all_of(batches_, is_settled)) return;
    const FbatPlaces places(events);
    for (FbatBatch& batch : batches_ | std::views::reverse) {
        if (batch.is_committed) continue;
        if (!batch.is_broken) {
            batch.is_committed = OpenBatch(events, places, known, batch, gaps_).judge();
            continue;
        }
        const auto items = events.subspan(batch.first, batch.end - batch.first);
        const auto is_known = [&](const FbatEvent& event) {
            return known.contains(EventId{event.id});
        };
        // Nothing but a marker is damaged, if all are there, and were committed.
        batch.is_committed = items.size() == batch.claimed && std::ranges::all_of(items, is_known);
        if (batch.is_committed) continue;
        for (FbatEvent& event : items) event.fate = FbatFate::BrokenBatch;
    }
}

}  // namespace batpak::tool
