// The checker of histories, checked: against a search that tries every order, and rule by rule.
#include "support/crash/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace batpak::testing {
namespace {

using Call = HistoryCall;
using Outcome = HistoryCall::Outcome;
using Rule = HistoryExpect::Rule;
using Log = std::vector<HistoryEvent>;

// ---- a store in thirty lines: what a call does to a log, and is answered

std::uint64_t count_in(const Log& log, std::uint32_t entity) {
    std::uint64_t count = 0;
    for (const HistoryEvent& event : log) count += event.entity == entity ? 1U : 0U;
    return count;
}

bool as_expected(const HistoryExpect& expect, std::uint64_t count) {
    if (expect.rule == Rule::None) return count == 0;
    if (expect.rule == Rule::Exists) return count > 0;
    return expect.rule == Rule::Any || (count > 0 && count == expect.count);
}

void answer_keyed(const Log& log, std::uint64_t first, Call& call) {
    bool same = log[first].batch_count == call.item_count;
    for (std::uint32_t i = 0; same && i < call.item_count; ++i) {
        same = log[first + i].entity == call.items[i].entity &&
               log[first + i].content == call.items[i].content;
    }
    call.outcome = same ? Outcome::Replayed : Outcome::KeyConflict;
    call.sequence = first;
    for (std::uint32_t i = 0; same && i < call.item_count; ++i)
        call.versions[i] = log[first + i].version;
}

void answer_read(const Log& log, Call& call, std::uint64_t looked_at) {
    call.outcome = Outcome::Seen;
    std::vector<std::uint64_t> seen;
    for (std::uint64_t at = 0; at < log.size(); ++at)
        if (call.entity == Call::kAllEntities || log[at].entity == call.entity) seen.push_back(at);
    call.count = seen.size();
    call.first = call.count - std::min<std::uint64_t>(call.count, looked_at);
    call.digest = 0;
    for (std::uint64_t i = call.first; i < call.count; ++i)
        call.digest = history_digest(call.digest, seen[i], log[seen[i]].content);
}

// Fills in the answer, and appends what is stored.
void perform(Log& log, Call& call, std::uint64_t looked_at) {
    if (call.kind == Call::Kind::Read) return answer_read(log, call, looked_at);
    for (std::uint64_t at = 0; at < log.size(); ++at)
        if (call.key != 0 && log[at].key == call.key) return answer_keyed(log, at, call);
    for (std::uint64_t at = call.forbidden_from; at < log.size(); ++at) {
        if ((call.forbidden_entities >> log[at].entity & 1) == 0) continue;
        call.outcome = Outcome::ConditionConflict;
        call.sequence = at;
        return;
    }
    Log after = log;
    for (std::uint32_t i = 0; i < call.item_count; ++i) {
        const HistoryItem& item = call.items[i];
        call.versions[i] = count_in(after, item.entity);
        if (!as_expected(item.expect, call.versions[i])) {
            call.outcome = Outcome::VersionConflict;
            call.item = i;
            call.found_count = call.versions[i];
            return;
        }
        after.push_back({.entity = item.entity,
                         .content = item.content,
                         .version = call.versions[i],
                         .key = i == 0 ? call.key : 0,
                         .batch_index = i,
                         .batch_count = call.item_count});
    }
    call.outcome = Outcome::Stored;
    call.sequence = log.size();
    log = std::move(after);
}

bool same_event(const HistoryEvent& a, const HistoryEvent& b) {
    return a.entity == b.entity && a.content == b.content && a.version == b.version &&
           a.key == b.key && a.batch_index == b.batch_index && a.batch_count == b.batch_count;
}

bool same_answer(const Call& told, const Call& right) {
    if (told.outcome != right.outcome) return false;
    const std::uint32_t items = told.item_count;
    const bool same_versions =
        std::equal(told.versions.begin(), told.versions.begin() + items, right.versions.begin());
    switch (told.outcome) {
        case Outcome::Seen:
            return told.count == right.count && told.first == right.first &&
                   told.digest == right.digest;
        case Outcome::VersionConflict:
            return told.item == right.item && told.found_count == right.found_count;
        case Outcome::ConditionConflict:
        case Outcome::KeyConflict: return told.sequence == right.sequence;
        case Outcome::Stored:
        case Outcome::Replayed: return told.sequence == right.sequence && same_versions;
        case Outcome::Unknown: break;
    }
    return false;
}

// ---- the search: every order that the clock allows

class Search {
public:
    explicit Search(const History& history) : calls_(history.calls), log_(history.log) {}

    bool finds_an_order() { return go_on(0, 0); }

private:
    bool go_on(std::uint64_t done, std::uint64_t place) {
        if (done + 1 == std::uint64_t{1} << calls_.size() && place == log_.size()) return true;
        if (!tried_.insert({done, place}).second) return false;
        for (std::size_t i = 0; i < calls_.size(); ++i)
            if (may_be_next(done, i) && try_call(done | std::uint64_t{1} << i, place, calls_[i]))
                return true;
        return false;
    }

    bool may_be_next(std::uint64_t done, std::size_t next) const {
        if ((done >> next & 1) != 0) return false;
        for (std::size_t i = 0; i < calls_.size(); ++i)
            if ((done >> i & 1) == 0 && calls_[i].end < calls_[next].begin) return false;
        return true;
    }

    bool try_call(std::uint64_t done, std::uint64_t place, const Call& call) {
        Log log(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(place));
        Call right = call;
        perform(log, right, call.count - call.first);
        bool fits = log.size() <= log_.size();
        for (std::uint64_t at = place; fits && at < log.size(); ++at)
            fits = same_event(log[at], log_[at]);
        if (call.outcome == Outcome::Unknown)
            return go_on(done, place) || (fits && log.size() > place && go_on(done, log.size()));
        return fits && same_answer(call, right) && go_on(done, log.size());
    }

    const std::vector<Call>& calls_;
    const Log& log_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> tried_;
};

// ---- random histories of three threads with five calls each

class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    History make() {
        std::vector<std::pair<std::uint64_t, std::size_t>> planned;  // moment, call
        History history;
        for (int thread = 0; thread < 3; ++thread) {
            std::uint64_t now = random_() % 8;
            for (int i = 0; i < 5; ++i) {
                Call call = make_call();
                call.begin = now * 3 + 1;
                const std::uint64_t moment = now += random_() % 6;
                call.end = (now += random_() % 6) * 3 + 2;
                now += 1 + random_() % 3;
                planned.emplace_back(moment, history.calls.size());
                history.calls.push_back(call);
            }
        }
        std::ranges::sort(planned);
        for (const auto& [moment, call] : planned) happen(history, history.calls[call]);
        return history;
    }

    // Changes one thing, which may do no harm.
    void forge(History& history) {
        Call& call = history.calls[random_() % history.calls.size()];
        const std::uint64_t up_or_down = random_() % 2 == 0 ? 1 : kNever;
        switch (random_() % 12) {
            case 0: call.sequence += up_or_down; break;
            case 1: call.versions[0] += up_or_down; break;
            case 2: call.count += up_or_down; break;
            case 3: call.digest += up_or_down; break;
            case 4: call.found_count += up_or_down; break;
            case 5: call.begin = call.end; break;
            case 6: call.end = call.begin; break;
            case 7: call.end = call.outcome == Outcome::Unknown ? call.end : call.begin + 4; break;
            case 8: call.outcome = static_cast<Outcome>(1 + random_() % 5); break;
            case 9: forge_log(history.log); break;
            case 10: std::swap(call, history.calls[random_() % history.calls.size()]); break;
            case 11:
                call.begin += 9;
                call.end += call.end == kNever ? 0 : 9;
                break;
            default: break;
        }
        // A write is no read, and the other way round.
        if ((call.outcome == Outcome::Seen) != (call.kind == Call::Kind::Read))
            call.outcome = call.kind == Call::Kind::Read ? Outcome::Seen : Outcome::Unknown;
        if (call.outcome == Outcome::Unknown) call.end = kNever;
        if (call.first > call.count) call.first = call.count;
        if (call.item >= std::max(1U, call.item_count)) call.item = 0;
    }

private:
    Call make_call() {
        Call call;
        if (random_() % 3 == 0) {
            call.kind = Call::Kind::Read;
            if (random_() % 2 == 0) call.entity = static_cast<std::uint32_t>(random_() % 2);
            return call;
        }
        call.item_count = random_() % 3 == 0 ? 2 : 1;
        if (random_() % 3 == 0) call.key = 1 + random_() % 2;
        for (std::uint32_t i = 0; i < call.item_count; ++i) {
            HistoryItem& item = call.items[i];
            item.entity = static_cast<std::uint32_t>(random_() % 2);
            item.content = call.key != 0 ? call.key * 10 + random_() % 2 : ++contents_ + 1000;
            item.expect = {static_cast<Rule>(random_() % 8 < 4 ? 0 : random_() % 4), random_() % 4};
        }
        if (random_() % 4 == 0) {
            call.forbidden_entities = 1 + static_cast<std::uint32_t>(random_() % 3);
            call.forbidden_from = random_() % 4;
        }
        return call;
    }

    void happen(History& history, Call& call) {
        const bool unknown = call.kind == Call::Kind::Write && random_() % 8 == 0;
        if (unknown && random_() % 2 == 0) {
            call.end = kNever;
            return;
        }
        perform(history.log, call, random_() % 3 == 0 ? kNever : random_() % 3);
        if (!unknown) return;
        call.outcome = Outcome::Unknown;
        call.end = kNever;
        call.sequence = 0;
    }

    void forge_log(Log& log) {
        if (log.size() < 2) return;
        const std::size_t at = random_() % (log.size() - 1);
        switch (random_() % 4) {
            case 0: log.pop_back(); break;
            case 1: std::swap(log[at], log[at + 1]); break;
            case 2: log[at].version += 1; break;
            default: log[at].content += 1; break;
        }
    }

    std::mt19937_64 random_;
    std::uint64_t contents_ = 0;
};

// Goal:   the fast checker says what a search over all orders says.
// Method: 10,000 small histories that happened, and two of each that may not have.
TEST(History, FastCheckAndSearchAgree) {
    std::uint64_t wrong = 0;
    for (std::uint64_t seed = 0; seed < 10'000 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Maker maker(seed);
        History history = maker.make();
        const auto violation = check(history);
        ASSERT_FALSE(violation) << violation->what;
        ASSERT_TRUE(Search(history).finds_an_order());
        for (int forged = 0; forged < 2; ++forged) {
            maker.forge(history);
            const auto found = check(history);
            ASSERT_EQ(!found, Search(history).finds_an_order())
                << (found ? found->what : "nothing wrong");
            wrong += found ? 1U : 0U;
        }
    }
    EXPECT_GT(wrong, 3'000U);
}

// ---- rule by rule

Call write(std::uint64_t begin, std::uint64_t end, std::uint32_t entity, std::uint64_t content) {
    Call call;
    call.begin = begin;
    call.end = end;
    call.item_count = 1;
    call.items[0] = {entity, content, {}};
    return call;
}

Call read(std::uint64_t begin, std::uint64_t end) {
    Call call;
    call.kind = Call::Kind::Read;
    call.begin = begin;
    call.end = end;
    return call;
}

// Three appends, one after the other, of which the second and the third are of one stream.
History good() {
    History history;
    history.calls = {write(1, 2, 0, 100), write(3, 4, 1, 101), write(5, 6, 1, 102)};
    for (Call& call : history.calls) perform(history.log, call, 0);
    return history;
}

struct Forgery {
    HistoryRule rule;
    void (*forge)(History& history);
};

const std::vector<Forgery> kForgeries = {
    {HistoryRule::Sequences,
     [](History& history) { history.calls.erase(history.calls.begin() + 1); }},
    {HistoryRule::RealTime,
     [](History& history) {
         history.calls[0].begin = 7;
         history.calls[0].end = 8;
     }},
    {HistoryRule::Versions, [](History& history) { history.log[2].version = 2; }},
    {HistoryRule::Versions, [](History& history) { history.calls[1].versions[0] = 1; }},
    {HistoryRule::Expected,
     [](History& history) { history.calls[2].items[0].expect = {Rule::Exactly, 2}; }},
    {HistoryRule::Expected,
     [](History& history) {
         Call late = write(7, 8, 1, 103);  // the stream had one event until 6
         late.items[0].expect = {Rule::Exactly, 2};
         late.outcome = Outcome::VersionConflict;
         late.found_count = 1;
         history.calls.push_back(late);
     }},
    {HistoryRule::Reads,
     [](History& history) {
         Call stale = read(7, 8);
         answer_read({history.log.begin(), history.log.begin() + 2}, stale, 9);
         history.calls.push_back(stale);
     }},
    {HistoryRule::Reads,
     [](History& history) {
         history.calls[2].end = 20;  // it may be in or out, but not out again
         Call with = read(7, 8);
         Call without = read(9, 10);
         answer_read(history.log, with, 9);
         answer_read({history.log.begin(), history.log.begin() + 2}, without, 9);
         history.calls.push_back(with);
         history.calls.push_back(without);
     }},
    {HistoryRule::Keys,
     [](History& history) {
         for (const std::size_t i : {1U, 2U}) {
             history.calls[i].key = 7;
             history.log[i].key = 7;
         }
     }},
    {HistoryRule::Keys,
     [](History& history) {
         history.calls[0].key = history.log[0].key = 7;
         Call other = write(7, 8, 0, 999);
         other.key = 7;
         other.outcome = Outcome::Replayed;
         history.calls.push_back(other);
     }},
    {HistoryRule::Batches,
     [](History& history) { history.log[1].batch_count = history.log[2].batch_count = 2; }},
    {HistoryRule::Conditions,
     [](History& history) {
         history.calls[2].forbidden_entities = 1U << 1;
         history.calls[2].forbidden_from = 1;
     }},
    {HistoryRule::Conditions,
     [](History& history) {
         Call call = write(7, 8, 0, 103);
         call.forbidden_entities = 1U << 1;
         call.outcome = Outcome::ConditionConflict;
         call.sequence = 2;  // it was 1
         history.calls.push_back(call);
     }},
};

TEST(History, EachRuleRejectsWhatNoOtherRuleDoes) {
    ASSERT_FALSE(check(good()));
    std::set<HistoryRule> rules;
    for (std::size_t i = 0; i < kForgeries.size(); ++i) {
        SCOPED_TRACE("forgery " + std::to_string(i));
        History history = good();
        kForgeries[i].forge(history);
        const auto violation = check(history);
        ASSERT_TRUE(violation);
        EXPECT_EQ(violation->rule, kForgeries[i].rule) << violation->what;
        const auto rest = check(history, kForgeries[i].rule);
        EXPECT_FALSE(rest) << rest->what;
        rules.insert(kForgeries[i].rule);
    }
    EXPECT_EQ(rules.size(), kHistoryRules);
}

TEST(History, WhatNobodyWasToldMayBeThereOrNot) {
    for (const bool there : {false, true}) {
        History history = good();
        history.calls[2].outcome = Outcome::Unknown;
        history.calls[2].end = kNever;
        if (!there) history.log.pop_back();
        EXPECT_FALSE(check(history));
        EXPECT_TRUE(Search(history).finds_an_order());
    }
}

}  // namespace
}  // namespace batpak::testing
