// Goal:   within the retention one key has one content, an event or a whole batch: a retry gets the
//         first receipts and writes nothing, other content is refused (INV C2).
// Method: a model of ten lines, beside every sequence of three commands out of fourteen, committed
//         one by one, in every way to share groups, and with a reopen between.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "batpak/testing/environment.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::coordinate_of;
using testing::GroupAnswer;
using testing::GroupItem;
using testing::OneGroup;

// A command: a single append, or a batch, with a key for all of it or one for each item.
struct Command {
    const char* name;
    bool whole;
    std::vector<std::pair<std::string, int>> events;  // key, content
};

const std::vector<Command> kCommands = {
    {"plain 1", false, {{"", 1}}},
    {"a1", false, {{"a", 1}}},
    {"a2", false, {{"a", 2}}},
    {"b1", false, {{"b", 1}}},
    {"b2", false, {{"b", 2}}},
    {"whole a1", true, {{"a", 1}}},
    {"whole a11", true, {{"a", 1}, {"", 1}}},
    {"whole a12", true, {{"a", 1}, {"", 2}}},
    {"whole a111", true, {{"a", 1}, {"", 1}, {"", 1}}},
    {"whole b11", true, {{"b", 1}, {"", 1}}},
    {"each a1 b1", false, {{"a", 1}, {"b", 1}}},
    {"each b1 a1", false, {{"b", 1}, {"a", 1}}},
    {"each a1 b2", false, {{"a", 1}, {"b", 2}}},
    {"each a1 c1", false, {{"a", 1}, {"c", 1}}},
};

// What a key was used for: contents, and the sequence of the first.
struct Use {
    std::uint64_t sequence;
    std::vector<int> contents;
};

// What must become of a command.
struct Expected {
    std::optional<std::uint64_t> conflict;  // with the event that has this sequence
    std::vector<std::uint64_t> sequences;
    bool replayed = false;
};

class KeyModel {
public:
    Expected play(const Command& command, std::uint64_t next) {
        std::vector<std::pair<std::string, std::vector<int>>> wanted;
        for (const auto& [key, content] : command.events) {
            if (command.whole && !wanted.empty()) {
                wanted[0].second.push_back(content);
            } else {
                wanted.push_back({key, {content}});
            }
        }
        Expected expected;
        std::size_t known = 0;
        for (const auto& [key, contents] : wanted) {
            const auto use = uses_.find(key);
            if (key.empty() || use == uses_.end()) continue;
            const std::uint64_t first = use->second.sequence;
            if (use->second.contents != contents) return {.conflict = first, .sequences = {}};
            for (std::size_t i = 0; i < contents.size(); ++i)
                expected.sequences.push_back(first + i);
            ++known;
        }
        expected.replayed = known == wanted.size();
        if (expected.replayed) return expected;
        if (known > 0) return {.conflict = expected.sequences.back(), .sequences = {}};
        for (const auto& [key, contents] : wanted) {
            if (!key.empty()) uses_[key] = {next, contents};
            for (std::size_t i = 0; i < contents.size(); ++i) expected.sequences.push_back(next++);
        }
        return expected;
    }

private:
    std::map<std::string, Use> uses_;
};

class Keys : public ::testing::Test {
protected:
    // Plays all sequences of three commands; `ends` says behind which of them a group ends.
    void play_all(std::vector<std::size_t> ends) {
        open();
        for (std::size_t n = 0; n < kCount * kCount * kCount && !HasFailure(); ++n) {
            KeyModel model;
            for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++])
                play(n, begin, ends[i], model);
        }
    }

    // The n-th sequence's commands [begin, end), as one group.
    void play(std::size_t n, std::size_t begin, std::size_t end, KeyModel& model) {
        std::vector<Command> commands;
        std::vector<GroupItem> items;
        for (std::size_t i = begin; i < end; ++i) {
            commands.push_back(kCommands[n / powers_[i] % kCount]);
            items.push_back(item_of(commands.back(), n));
        }
        std::ostringstream words;
        words << "sequence " << n << ", commands " << begin << " to " << end;
        for (const Command& command : commands) words << ", " << command.name;
        SCOPED_TRACE(words.str());
        const std::vector<GroupAnswer> answers = OneGroup(engine_).commit(items);
        for (std::size_t i = 0; i < commands.size(); ++i)
            expect(model.play(commands[i], next_), answers[i]);
        ASSERT_EQ(engine_->side()->ends().visible(), Sequence(next_));
    }

    void open() { engine_ = store::Engine::open(config_).value(); }

    static GroupItem item_of(const Command& command, std::size_t n) {
        GroupItem item;
        for (const auto& [key, content] : command.events) {
            item.events.push_back({.coordinate = coordinate_of("e"),
                                   .payload = std::to_string(content),
                                   .key = key.empty() ? "" : key + std::to_string(n)});
        }
        if (command.whole) item.whole_key = item.events[0].key;
        return item;
    }

    void expect(const Expected& expected, const GroupAnswer& answer) {
        if (expected.conflict) {
            ASSERT_EQ(code_of(answer), ErrorCode::KeyConflict);
            ASSERT_EQ(answer.error().sequence(), Sequence(*expected.conflict));
            return;
        }
        ASSERT_TRUE(answer) << answer.error().to_string();
        ASSERT_EQ(answer->size(), expected.sequences.size());
        for (std::size_t i = 0; i < answer->size(); ++i) {
            const AppendReceipt& receipt = (*answer)[i];
            ASSERT_EQ(receipt.sequence.value, expected.sequences[i]);
            ASSERT_EQ(receipt.replayed, expected.replayed);
            ASSERT_EQ(receipt.durability, Durability::Durable);
            const auto [first, is_new] = ids_.try_emplace(receipt.sequence.value, receipt.event_id);
            ASSERT_EQ(is_new, !expected.replayed);
            ASSERT_EQ(first->second, receipt.event_id);
            if (is_new) ++next_;
        }
    }

    static constexpr std::size_t kCount = 14;
    const std::array<std::size_t, 3> powers_ = {1, kCount, kCount* kCount};
    StoreConfig config_ = StoreConfig("data")
                              .with_environment(testing::memory_environment())
                              .with_segment_bytes(64 << 10);
    std::shared_ptr<store::Engine> engine_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, EventId> ids_;
};

TEST_F(Keys, BindOneContentWhenCommandsComeOneByOne) { play_all({1, 2, 3}); }
TEST_F(Keys, BindOneContentWithinOneGroup) { play_all({3}); }
TEST_F(Keys, BindOneContentWhenTheLastTwoShareAGroup) { play_all({1, 3}); }
TEST_F(Keys, BindOneContentWhenTheFirstTwoShareAGroup) { play_all({2, 3}); }

TEST_F(Keys, BindOneContentAcrossAReopen) {
    open();
    std::vector<KeyModel> models(kCount * kCount * kCount);
    for (std::size_t n = 0; n < models.size() && !HasFailure(); ++n) play(n, 0, 2, models[n]);
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    open();
    for (std::size_t n = 0; n < models.size() && !HasFailure(); ++n) play(n, 2, 3, models[n]);
}

// Goal:   a key counts for the last `retention` events of the store, and not for one more.
// Method: every retention to 4, every number of events between use and retry to 6; one by one, in
//         one group, and across a reopen.
TEST(KeyRetention, CountsEventsOfTheStore) {
    enum Way { OneByOne, OneGroupOfAll, Reopened };
    for (const Way way : {OneByOne, OneGroupOfAll, Reopened}) {
        for (std::uint64_t retention = 0; retention <= 4; ++retention) {
            for (std::uint64_t between = 0; between <= 6; ++between) {
                SCOPED_TRACE(std::to_string(way) + "/" + std::to_string(retention) + "/" +
                             std::to_string(between));
                const StoreConfig config = StoreConfig("data")
                                               .with_environment(testing::memory_environment())
                                               .with_idempotency_retention(retention);
                const auto item = [](std::string key) {
                    return GroupItem{.events = {{.coordinate = coordinate_of("e"),
                                                 .payload = "same",
                                                 .key = std::move(key)}},
                                     .whole_key = {},
                                     .condition = {}};
                };
                std::vector<GroupItem> items(between, item(""));
                items.insert(items.begin(), item("key"));
                auto engine = store::Engine::open(config).value();
                if (way == OneGroupOfAll) items.push_back(item("key"));
                GroupAnswer last = OneGroup(engine).commit(items).back();
                if (way == Reopened) {
                    ASSERT_TRUE(engine->close());
                    engine = store::Engine::open(config).value();
                }
                if (way != OneGroupOfAll) last = OneGroup(engine).commit({item("key")})[0];
                ASSERT_TRUE(last) << last.error().to_string();
                const bool remembered = between + 1 <= retention;
                ASSERT_EQ((*last)[0].replayed, remembered);
                ASSERT_EQ((*last)[0].sequence, Sequence(remembered ? 0 : between + 1));
            }
        }
    }
}

struct KeyedAppend : testing::StoreFixture {
    AppendOptions keyed() const {
        AppendOptions options;
        options.idempotency_key = "key";
        return options;
    }
};

TEST_F(KeyedAppend, BindsWhoWhereAndWhatAndNothingElse) {
    Store store = open();
    const auto first = store.append_raw(alice, kind, payload, keyed());
    ASSERT_TRUE(first);
    const Coordinate elsewhere = Coordinate::create("player:alice", "room:hall").value();
    for (const auto& other : {store.append_raw(bob, kind, payload, keyed()),
                              store.append_raw(elsewhere, kind, payload, keyed()),
                              store.append_raw(alice, EventKind::custom(1, 8), payload, keyed()),
                              store.append_raw(alice, kind, as_bytes("other"), keyed())}) {
        EXPECT_EQ(code_of(other), ErrorCode::KeyConflict);
        EXPECT_EQ(other.error().sequence(), Sequence(0));
        EXPECT_EQ(other.error().place(), "key");
    }
    AppendOptions other_wishes = keyed();
    other_wishes.expect = ExpectedVersion::exactly(99);
    other_wishes.condition = AppendCondition{Region::all()};
    other_wishes.causation_id = first->event_id;
    other_wishes.correlation_id = first->event_id;
    other_wishes.flags = 0x100;
    ASSERT_TRUE(other_wishes.metadata.set("tenant", "t-7"));
    clock->advance(std::chrono::hours(1));
    const auto again = store.append_raw(alice, kind, payload, other_wishes);
    ASSERT_TRUE(again) << again.error().to_string();
    AppendReceipt expected = *first;
    expected.replayed = true;
    EXPECT_EQ(again->event_id, expected.event_id);
    EXPECT_EQ(again->hlc, expected.hlc);
    EXPECT_EQ(again->hash, expected.hash);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

TEST_F(KeyedAppend, TakesAnyBytesUpToTheLimit) {
    Store store = open();
    const std::string longest(256, '\0');
    for (const std::string& key : {std::string(1, '\0'), std::string("\xff\n"), longest}) {
        AppendOptions options;
        options.idempotency_key = key;
        EXPECT_FALSE(store.append_raw(alice, kind, payload, options)->replayed);
        EXPECT_TRUE(store.append_raw(alice, kind, payload, options)->replayed);
        const auto other = store.append_raw(bob, kind, payload, options);
        ASSERT_EQ(code_of(other), ErrorCode::KeyConflict);
        EXPECT_EQ(other.error().place(), "0x" + to_hex(as_bytes(key)));
    }
    AppendOptions too_long;
    too_long.idempotency_key = longest + 'x';
    EXPECT_EQ(code_of(store.append_raw(alice, kind, payload, too_long)),
              ErrorCode::InvalidArgument);
}

// A replay is an acknowledgement like any other: durable, if that was asked.
TEST_F(KeyedAppend, AReplayOfWhatIsBufferedSyncsIfAsked) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    ASSERT_EQ(store.append_raw(alice, kind, payload, keyed())->durability, Durability::Buffered);
    EXPECT_EQ(store.append_raw(alice, kind, payload, keyed())->durability, Durability::Buffered);
    AppendOptions durable = keyed();
    durable.durability = Durability::Durable;
    const auto again = store.append_raw(alice, kind, payload, durable);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->durability, Durability::Durable);
    EXPECT_EQ(store.durable_end(), Sequence(1));
}

// The latest event of a key, at each moment of the log, also by a view of that moment.
TEST_F(KeyedAppend, IsFoundByItsKey) {
    config = config.with_segment_bytes(4096).with_idempotency_retention(3);
    Store store = open();
    const std::string keys[] = {"a", "b", std::string("\0\xFF", 2), std::string(256, 'k')};
    std::vector<std::string> used;
    const auto expect_found = [&](const StoreReads& reads, std::size_t end) {
        for (const std::string& key : keys) {
            const auto last =
                std::find(used.rend() - static_cast<std::ptrdiff_t>(end), used.rend(), key);
            const auto found = reads.find_key(key);
            ASSERT_TRUE(found) << found.error().to_string();
            ASSERT_EQ(found->has_value(), last != used.rend());
            if (!*found) continue;
            const auto place = static_cast<std::uint64_t>(used.rend() - last - 1);
            ASSERT_EQ((**found)->sequence(), Sequence(place));
        }
        EXPECT_FALSE(reads.find_key("never").value());
        EXPECT_FALSE(reads.find_key("").value());
    };
    for (std::size_t i = 0; i < 24; ++i) {
        expect_found(store, used.size());
        AppendOptions options;
        options.idempotency_key = keys[i * i % 7 % 4];
        // The retention is over: each key is used again, and again.
        if (std::find(
                used.end() - static_cast<std::ptrdiff_t>(std::min(used.size(), std::size_t{3})),
                used.end(), options.idempotency_key) != used.end())
            options.idempotency_key.clear();
        used.push_back(options.idempotency_key);
        ASSERT_TRUE(store.append_raw(alice, kind, Bytes(500), options));
    }
    for (std::size_t end = 0; end <= used.size(); ++end)
        expect_found(store.before(Sequence(end)), end);
}

TEST_F(KeyedAppend, SubmittedTwiceIsOneEvent) {
    Store store = open();
    auto first = store.submit_raw(alice, kind, payload, keyed());
    auto second = store.submit_raw(alice, kind, payload, keyed());
    ASSERT_TRUE(first && second);
    const auto again = second->wait();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->event_id, first->wait()->event_id);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

}  // namespace
}  // namespace batpak
