#include "inspector/tail.hpp"

#include <algorithm>

#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {
namespace {

// How many events a message may look through: a filter that keeps few must not be silent for long.
constexpr std::uint64_t kLookedAtMax = 20'000;
// A message that is as large as this is sent, however few events it has.
constexpr std::size_t kMessageBytes = 256 * 1024;
// A wait is no longer than this, so that a correction is told of though nothing is appended.
constexpr std::chrono::milliseconds kWait{250};

}  // namespace

Result<Tail> Tail::create(const StoreReads& store, const Follower* follower,
                          const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"start"}, true));
    BATPAK_TRY(const std::optional<std::uint64_t> start, parameters.number("start"));
    const Sequence end = store.visible_end();
    if (start && *start > end.value) {
        return fail(Error(ErrorCode::InvalidArgument, "\"start\" lies after the store's end")
                        .at_sequence(Sequence(*start)));
    }
    BATPAK_TRY(tool::Filter filter, parameters.filter());
    // What is wrong with the filter is said now, while there is a status to say it with.
    const tool::KindNames names(store);
    BATPAK_CHECK(filter.to_region(tool::now_us(), names));
    BATPAK_TRY(std::optional<tool::Where> where, filter.to_where());
    Tail tail(store, follower, std::move(filter), start ? Sequence(*start) : end);
    tail.where_ = std::move(where);
    if (follower != nullptr) tail.corrections_ = follower->corrections().count;
    return tail;
}

std::optional<std::string> Tail::correction() {
    Sequence from = std::min(shown_, store_.visible_end());
    if (follower_ != nullptr) {
        const Follower::Corrections corrections = follower_->corrections();
        if (corrections.count != corrections_) from = std::min(from, corrections.from);
        corrections_ = corrections.count;
    }
    if (from == shown_) return std::nullopt;
    shown_ = from;
    return "event: corrected\ndata: {\"from\":" + std::to_string(from.value) + "}\n\n";
}

std::optional<std::string> Tail::batch(Sequence end, const std::stop_token& stop) {
    const tool::KindNames names(store_);
    const Result<Region> region = filter_.to_region(tool::now_us(), names);
    if (!region) return std::nullopt;
    const Sequence until(std::min(end.value, shown_.value + kLookedAtMax));
    std::string list;
    std::uint64_t count = 0;
    Sequence looked_at = until;
    std::size_t read_bytes = 0;
    EventRange range = store_.query(region->with_sequences(shown_, until));
    while (const Result<EventView>* const event = range.next()) {
        if (stop.stop_requested()) return std::nullopt;
        if (*event) read_bytes += (*event)->payload.size();
        if (!*event || !where_ || where_->keeps(**event, names)) {
            list += (list.empty() ? "" : ",") + listed_event_json(*event, names);
            ++count;
        }
        const bool goes_on =
            count < kBatchMax && list.size() < kMessageBytes && read_bytes < kReadBytesMax;
        if (goes_on) continue;
        const std::optional<Sequence> at =
            *event ? std::optional((*event)->sequence()) : (*event).error().sequence();
        if (at) looked_at = at->next();
        break;
    }
    shown_ = looked_at;
    if (count == 0) return std::string();
    return "id: " + std::to_string(shown_.value - 1) + "\ndata: [" + list + "]\n\n";
}

std::optional<std::string> Tail::next(const std::stop_token& stop) {
    const auto heartbeat = std::chrono::steady_clock::now() + kHeartbeat;
    for (;;) {
        if (stop.stop_requested()) return std::nullopt;
        if (auto corrected = correction()) return corrected;
        const auto now = std::chrono::steady_clock::now();
        if (now >= heartbeat) return ": " + std::to_string(shown_.value) + "\n\n";
        const Result<bool> waited =
            store_.wait_visible(shown_, std::min(heartbeat, now + kWait), stop);
        if (!waited) return std::nullopt;
        if (!*waited) continue;
        const std::optional<std::string> message = batch(store_.visible_end(), stop);
        if (!message || !message->empty()) return message;
    }
}

}  // namespace batpak::inspector
