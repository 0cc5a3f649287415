// A place is the number of events before it. Every call that is no event of the log has an interval
// of places, which its answer allows, and which the clock allows:
//
//     at least   behind every event that was acknowledged before it began   (places_.at_least)
//     at most    before every event whose write began after its end         (places_.at_most)
//
// and it stands between batches, never in one.
#include "support/crash/history.hpp"

#include <algorithm>
#include <map>

namespace batpak::testing {
namespace {

using Call = HistoryCall;
using Outcome = HistoryCall::Outcome;

struct Interval {
    std::uint64_t low = 0;
    std::uint64_t high = kNever;

    void at_least(std::uint64_t place) { low = std::max(low, place); }
    void at_most(std::uint64_t place) { high = std::min(high, place); }
};

class Checker {
public:
    Checker(const History& history, std::optional<HistoryRule> without)
        : calls_(history.calls), log_(history.log), without_(without) {}

    std::optional<HistoryViolation> run() {
        index_log();
        attribute();
        if (!violation_) check_log();
        if (!violation_) prepare_places();
        if (!violation_) check_other_calls();
        return violation_;
    }

private:
    using Positions = std::vector<std::uint64_t>;

    void require(bool holds, HistoryRule rule, const std::string& what) {
        if (!holds && !violation_ && rule != without_) violation_ = HistoryViolation{rule, what};
    }

    static std::string name(const Call& call) {
        return "the call at " + std::to_string(call.begin);
    }
    static std::string event(std::uint64_t sequence) { return "event " + std::to_string(sequence); }

    // ---- the log

    void index_log() {
        digests_[Call::kAllEntities].push_back(0);
        for (std::uint64_t at = 0; at < log_.size(); ++at) {
            const HistoryEvent& event_here = log_[at];
            ranks_.push_back(streams_[event_here.entity].size());
            streams_[event_here.entity].push_back(at);
            all_.push_back(at);
            if (event_here.key != 0) keys_[event_here.key].push_back(at);
            if (event_here.batch_index == 0) borders_.push_back(at);
            for (const std::uint32_t entity : {event_here.entity, Call::kAllEntities}) {
                auto& digests = digests_[entity];
                if (digests.empty()) digests.push_back(0);
                digests.push_back(history_digest(digests.back(), at, event_here.content));
            }
        }
        borders_.push_back(log_.size());
        powers_.push_back(1);
        while (powers_.size() <= log_.size())
            powers_.push_back(powers_.back() * 0x9E3779B97F4A7C15U);
    }

    const Positions& positions(std::uint32_t entity) const {
        static const Positions none;
        if (entity == Call::kAllEntities) return all_;
        const auto found = streams_.find(entity);
        return found == streams_.end() ? none : found->second;
    }
    // How many events of an entity stand before a place.
    std::uint64_t count_before(std::uint32_t entity, std::uint64_t place) const {
        const Positions& all = positions(entity);
        return static_cast<std::uint64_t>(std::ranges::lower_bound(all, place) - all.begin());
    }
    // Where the n-th event of an entity stands, or never.
    std::uint64_t nth(std::uint32_t entity, std::uint64_t n) const {
        const Positions& all = positions(entity);
        return n < all.size() ? all[n] : kNever;
    }

    // Whether the events at a place are what the call wrote.
    bool is_at(const Call& call, std::uint64_t sequence) const {
        if (sequence >= log_.size() || call.item_count > log_.size() - sequence) return false;
        for (std::uint32_t i = 0; i < call.item_count; ++i) {
            const HistoryEvent& there = log_[sequence + i];
            if (there.entity != call.items[i].entity || there.content != call.items[i].content)
                return false;
        }
        return log_[sequence].key == call.key;
    }

    // Whether what is there is what the call wanted to write, and no longer.
    bool is_same(const Call& call, std::uint64_t sequence) const {
        return is_at(call, sequence) && log_[sequence].batch_count == call.item_count;
    }

    // ---- who wrote what

    // Gives each event the call that wrote it: the one that was told so; else the first of those
    // that were told nothing and may have.
    void attribute() {
        writers_.assign(log_.size(), nullptr);
        for (const Call& call : calls_) {
            if (call.outcome != Outcome::Stored) continue;
            const bool fits = is_at(call, call.sequence);
            require(fits, HistoryRule::Sequences, name(call) + " is not where it was told");
            if (!fits) continue;
            for (std::uint32_t i = 0; i < call.item_count; ++i) {
                const Call*& writer = writers_[call.sequence + i];
                require(writer == nullptr, HistoryRule::Sequences,
                        event(call.sequence + i) + " was acknowledged twice");
                writer = &call;
            }
        }
        std::multimap<std::uint64_t, const Call*> unknown;
        for (const Call& call : calls_) {
            if (call.kind == Call::Kind::Write && call.outcome == Outcome::Unknown)
                unknown.emplace(call.items[0].content, &call);
        }
        for (std::uint64_t at = 0; at < log_.size(); ++at) {
            if (writers_[at] != nullptr) continue;
            const auto [begin, end] = unknown.equal_range(log_[at].content);
            auto first = unknown.end();
            for (auto call = begin; call != end; ++call) {
                if (!is_at(*call->second, at)) continue;
                if (first == unknown.end() || is_likelier(*call->second, *first->second, at))
                    first = call;
            }
            const Call* const found = first == unknown.end() ? nullptr : first->second;
            if (found != nullptr) unknown.erase(first);
            require(found != nullptr, HistoryRule::Sequences, event(at) + " was written by nobody");
            for (std::uint32_t i = 0; found != nullptr && i < found->item_count; ++i)
                if (writers_[at + i] == nullptr) writers_[at + i] = found;
        }
    }

    bool is_likelier(const Call& one, const Call& other, std::uint64_t place) const {
        const bool may = may_succeed(one, place);
        return may != may_succeed(other, place) ? may : one.begin < other.begin;
    }

    bool may_succeed(const Call& call, std::uint64_t place) const {
        for (std::uint32_t i = 0; i < call.item_count; ++i) {
            const Interval holds = where_expected(call, i);
            if (place < holds.low || holds.high < place) return false;
        }
        return first_forbidden(call) >= place && is_same(call, place);
    }

    void check_log() {
        std::uint64_t latest_begin = 0;
        for (std::uint64_t at = 0; at < log_.size(); ++at) {
            require(log_[at].version == ranks_[at], HistoryRule::Versions,
                    event(at) + " has another version than its rank");
            const Call* const writer = writers_[at];
            if (writer == nullptr) continue;
            require(writer->end >= latest_begin, HistoryRule::RealTime,
                    event(at) + " was acknowledged before one in front of it began");
            latest_begin = std::max(latest_begin, writer->begin);
            const bool first = at == 0 || writers_[at - 1] != writer;
            if (first) check_written(*writer, at);
        }
    }

    // A call whose events stand at `place`.
    void check_written(const Call& call, std::uint64_t place) {
        for (std::uint32_t i = 0; i < call.item_count; ++i) {
            const bool whole = place + i < log_.size() && writers_[place + i] == &call &&
                               log_[place + i].batch_index == i &&
                               log_[place + i].batch_count == call.item_count;
            require(whole, HistoryRule::Batches, event(place) + " is not the whole of its batch");
            if (!whole) return;
            require(call.outcome != Outcome::Stored || call.versions[i] == ranks_[place + i],
                    HistoryRule::Versions, name(call) + " was told another version");
            const Interval holds = where_expected(call, i);
            require(holds.low <= place && place <= holds.high, HistoryRule::Expected,
                    name(call) + " succeeded against its expected version");
        }
        require(first_forbidden(call) >= place, HistoryRule::Conditions,
                name(call) + " succeeded against its condition");
        const auto uses = keys_.find(call.key);
        require(call.key == 0 || uses->second.front() == place, HistoryRule::Keys,
                name(call) + " wrote what was there under its key");
    }

    // ---- what holds where

    std::uint64_t items_before(const Call& call, std::uint32_t index) const {
        std::uint64_t count = 0;
        for (std::uint32_t i = 0; i < index; ++i)
            count += call.items[i].entity == call.items[index].entity ? 1U : 0U;
        return count;
    }

    // The places at which a stream has exactly so many events.
    Interval where_count(std::uint32_t entity, std::uint64_t count) const {
        const std::uint64_t last = count == 0 ? 0 : nth(entity, count - 1);
        if (last == kNever) return {1, 0};
        return {count == 0 ? 0 : last + 1, nth(entity, count)};
    }

    Interval where_expected(const Call& call, std::uint32_t index) const {
        const HistoryItem& item = call.items[index];
        const std::uint64_t before = items_before(call, index);
        switch (item.expect.rule) {
            case HistoryExpect::Rule::Any: return {};
            case HistoryExpect::Rule::None:
                return before > 0 ? Interval{1, 0} : where_count(item.entity, 0);
            case HistoryExpect::Rule::Exists:
                if (before > 0) return {};
                return positions(item.entity).empty() ? Interval{1, 0}
                                                      : Interval{nth(item.entity, 0) + 1, kNever};
            case HistoryExpect::Rule::Exactly:
                if (item.expect.count < before || item.expect.count == 0) return {1, 0};
                return where_count(item.entity, item.expect.count - before);
        }
        return {};
    }

    bool holds(const HistoryExpect& expect, std::uint64_t count) const {
        switch (expect.rule) {
            case HistoryExpect::Rule::Any: return true;
            case HistoryExpect::Rule::None: return count == 0;
            case HistoryExpect::Rule::Exists: return count > 0;
            case HistoryExpect::Rule::Exactly: return count > 0 && count == expect.count;
        }
        return false;
    }

    // The first event that its condition forbids, or never.
    std::uint64_t first_forbidden(const Call& call) const {
        std::uint64_t first = kNever;
        for (std::uint32_t entity = 0; entity < 32; ++entity) {
            if ((call.forbidden_entities >> entity & 1) == 0) continue;
            first = std::min(first, nth(entity, count_before(entity, call.forbidden_from)));
        }
        return first;
    }

    std::uint64_t first_of_key(const Call& call) const {
        const auto uses = keys_.find(call.key);
        return call.key == 0 || uses == keys_.end() ? kNever : uses->second.front();
    }

    // ---- the calls that wrote nothing

    void prepare_places() {
        for (std::uint64_t at = 0; at < log_.size(); ++at) {
            if (writers_[at] == nullptr) continue;
            ends_.push_back({writers_[at]->end, at + 1});
            begins_.push_back({writers_[at]->begin, at});
        }
        std::ranges::sort(ends_);
        std::ranges::sort(begins_);
        for (std::size_t i = 1; i < ends_.size(); ++i)
            ends_[i].second = std::max(ends_[i].second, ends_[i - 1].second);
        for (std::size_t i = begins_.size(); i-- > 1;)
            begins_[i - 1].second = std::min(begins_[i - 1].second, begins_[i].second);
    }

    Interval by_clock(const Call& call) const {
        Interval places{0, log_.size()};
        const auto ended = std::ranges::lower_bound(ends_, call.begin, {}, &Moment::first);
        if (ended != ends_.begin()) places.at_least((ended - 1)->second);
        const auto began = std::ranges::upper_bound(begins_, call.end, {}, &Moment::first);
        if (began != begins_.end()) places.at_most(began->second);
        return places;
    }

    // What the answer of a call allows, which may be nothing; and under which rule.
    Interval by_answer(const Call& call, HistoryRule& rule) const {
        Interval places;
        const std::uint64_t key = first_of_key(call);
        const std::uint64_t forbidden = first_forbidden(call);
        switch (call.outcome) {
            case Outcome::Seen: rule = HistoryRule::Reads; return by_what_was_seen(call);
            case Outcome::Replayed:
                rule = HistoryRule::Keys;
                if (key != call.sequence || !is_same(call, key)) return {1, 0};
                for (std::uint32_t i = 0; i < call.item_count; ++i)
                    if (call.versions[i] != ranks_[key + i]) return {1, 0};
                places.at_least(key + call.item_count);
                return places;
            case Outcome::KeyConflict:
                rule = HistoryRule::Keys;
                if (key == kNever || key != call.sequence) return {1, 0};
                if (is_same(call, key)) return {1, 0};
                places.at_least(key + 1);
                return places;
            case Outcome::ConditionConflict:
                rule = HistoryRule::Conditions;
                if (forbidden == kNever || forbidden != call.sequence) return {1, 0};
                places.at_least(forbidden + 1);
                places.at_most(key);
                return places;
            case Outcome::VersionConflict: {
                rule = HistoryRule::Expected;
                const HistoryItem& item = call.items[call.item];
                const std::uint64_t before = items_before(call, call.item);
                if (call.found_count < before || holds(item.expect, call.found_count))
                    return {1, 0};
                places = where_count(item.entity, call.found_count - before);
                for (std::uint32_t i = 0; i < call.item; ++i) {
                    const Interval earlier = where_expected(call, i);
                    places.at_least(earlier.low);
                    places.at_most(earlier.high);
                }
                places.at_most(std::min(key, forbidden));
                return places;
            }
            case Outcome::Unknown:
            case Outcome::Stored: break;
        }
        return places;
    }

    Interval by_what_was_seen(const Call& call) const {
        const auto digests = digests_.find(call.entity);
        const std::uint64_t there = positions(call.entity).size();
        if (call.count > there || call.first > call.count) return {1, 0};
        std::uint64_t slice = 0;
        if (digests != digests_.end()) {
            const std::uint64_t power = powers_[call.count - call.first];
            slice = digests->second[call.count] - digests->second[call.first] * power;
        }
        if (slice != call.digest) return {1, 0};
        return where_count(call.entity, call.count);
    }

    // In the order of their begins, each takes the earliest place that is left to it.
    void check_other_calls() {
        std::vector<const Call*> others;
        for (const Call& call : calls_) {
            if (call.outcome != Outcome::Unknown && call.outcome != Outcome::Stored)
                others.push_back(&call);
        }
        std::ranges::sort(others, {}, [](const Call* call) { return call->begin; });
        std::multimap<std::uint64_t, std::uint64_t> running;  // by end: the places of those
        std::uint64_t reached = 0;                            // by calls that have ended
        for (const Call* call : others) {
            while (!running.empty() && running.begin()->first < call->begin) {
                reached = std::max(reached, running.begin()->second);
                running.erase(running.begin());
            }
            HistoryRule rule = HistoryRule::Reads;
            Interval places = by_answer(*call, rule);
            if (rule == without_) continue;
            const Interval clock = by_clock(*call);
            places.at_least(std::max(clock.low, reached));
            places.at_most(clock.high);
            const auto border = std::ranges::lower_bound(borders_, places.low);
            const bool stands = border != borders_.end() && *border <= places.high;
            require(stands, rule, name(*call) + " was answered what was true at no moment of it");
            if (violation_) return;
            running.emplace(call->end, *border);
        }
    }

    using Moment = std::pair<std::uint64_t, std::uint64_t>;

    const std::vector<Call>& calls_;
    const std::vector<HistoryEvent>& log_;
    const std::optional<HistoryRule> without_;
    std::map<std::uint32_t, Positions> streams_;
    Positions all_;
    Positions ranks_;
    Positions borders_;
    std::map<std::uint64_t, Positions> keys_;
    std::map<std::uint32_t, std::vector<std::uint64_t>> digests_;
    std::vector<std::uint64_t> powers_;
    std::vector<const Call*> writers_;
    std::vector<Moment> ends_;    // of writes, with the place behind all that ended by then
    std::vector<Moment> begins_;  // of writes, with the place before all that began from then
    std::optional<HistoryViolation> violation_;
};

}  // namespace

std::optional<HistoryViolation> check(const History& history, std::optional<HistoryRule> without) {
    return Checker(history, without).run();
}

}  // namespace batpak::testing
