// Goal:   a store with a Projector answers as one without, whatever its caches hold (INV P3), and
//         is asked to fold only what is new.
// Method: each way in which a kept state can be wrong is made on purpose; the answer is compared
//         with a fold by hand, and the counts say that the state was used, or was not.
#include "batpak/projection/projector.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>
#include <variant>

#include "batpak/event/hash_chain.hpp"
#include "batpak/projection/project.hpp"
#include "batpak/projection/projection_cache.hpp"
#include "batpak/store/read_only_store.hpp"
#include "projection/identity.hpp"
#include "projection/state_record.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::projector_test {
namespace {

using std::chrono::microseconds;
using testing::coordinate_of;
using testing::Moved;
using testing::StoreFixture;

struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    int x = 0;
    int moves = 0;
    void on(const Moved& moved) {
        x = moved.x;
        ++moves;
    }
};

struct Renewed {
    static constexpr auto projection = projection_of<Moved>("player", 2);
    int x = 0;
    int moves = 0;
    void on(const Moved&) { moves += 100; }
};

struct OtherKinds {
    static constexpr auto projection =
        projection_of_kinds<EventView>("player", 1, Moved::kind, EventKind::custom(1, 7));
    int x = 0;
    int moves = 0;
    void on(const EventView&) { ++moves; }
};

struct OtherFields {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    int x = 0;
    std::string moves;
    void on(const Moved&) { moves += "m"; }
};

struct Other {
    static constexpr auto projection = projection_of<Moved>("players", 1);
    int moves = 0;
    void on(const Moved&) { ++moves; }
};

struct Jumpy {
    static constexpr auto projection = projection_of<Moved>("jumpy", 1);
    int moves = 0;
    void on(const Moved& moved) {
        if (moved.x < 0) throw std::runtime_error("no such place");
        ++moves;
    }
};

// Forgets nothing, and lets a test look at, change and break what it holds.
class MapCache final : public ProjectionCache {
public:
    Result<bool> get(BytesView key, Buffer& value) override {
        ++gets;
        if (broken) return fail(ErrorCode::Io, "broken on purpose");
        const auto found = values.find(std::string(as_text(key)));
        if (found == values.end()) return false;
        value.append(as_bytes(found->second));
        return true;
    }
    Result<void> put(BytesView key, BytesView value) override {
        if (broken) return fail(ErrorCode::DiskFull, "broken on purpose");
        values[std::string(as_text(key))] = as_text(value);
        return {};
    }
    Result<void> remove(BytesView key) override {
        values.erase(std::string(as_text(key)));
        return {};
    }
    Result<std::uint64_t> remove_prefix(BytesView prefix) override {
        return std::erase_if(
            values, [&](const auto& item) { return item.first.starts_with(as_text(prefix)); });
    }

    std::map<std::string, std::string> values;
    std::uint64_t gets = 0;
    bool broken = false;
};

std::string identity_of_alice() {
    return std::string(detail::subject_of<Player>().identity_prefix) + "Eplayer:alice";
}

struct ProjectorTest : StoreFixture {
    ProjectorTest() { use({}); }

    // A new process, as far as states are concerned: only the cache is kept.
    void use(ProjectorOptions options) {
        options.cache = cache;
        options.write_every_n_events = 1;
        projector = std::make_shared<Projector>(options);
        config = config.with_projector(projector);
    }
    void reopen() {
        if (store) std::move(*store).close().value();
        store.reset();
        store.emplace(open());
    }
    void restart() {
        use({});
        reopen();
    }
    void append(int x) { ASSERT_TRUE(store->append(alice, Moved{x, 0}).has_value()); }
    Player player(Freshness freshness = Freshness::consistent()) {
        return store->project<Player>("player:alice", freshness).value().value();
    }
    // What the calls since the last look have done: from memory, from the cache, from the start.
    std::array<std::uint64_t, 4> work() {
        const ProjectorStats now = projector->stats();
        const ProjectorStats before = std::exchange(seen, now);
        if (before.memory_hits > now.memory_hits) return {99, 99, 99, 99};
        return {now.memory_hits - before.memory_hits, now.cache_hits - before.cache_hits,
                now.rebuilds - before.rebuilds, now.events_folded - before.events_folded};
    }
    using Work = std::array<std::uint64_t, 4>;
    std::string& only_value() { return cache->values.begin()->second; }

    std::shared_ptr<MapCache> cache = std::make_shared<MapCache>();
    std::shared_ptr<Projector> projector;
    std::optional<Store> store;
    ProjectorStats seen;
};

TEST_F(ProjectorTest, FoldsOnlyWhatIsNew) {
    reopen();
    append(1);
    append(2);
    EXPECT_EQ(player().moves, 2);
    EXPECT_EQ(work(), (Work{0, 0, 1, 2}));
    EXPECT_EQ(player().moves, 2);
    EXPECT_EQ(work(), (Work{1, 0, 0, 0}));
    append(3);
    EXPECT_EQ(player().x, 3);
    EXPECT_EQ(work(), (Work{1, 0, 0, 1}));
    ASSERT_TRUE(store->append(bob, Moved{9, 9}).has_value());
    EXPECT_EQ(player().moves, 3);
    EXPECT_EQ(work(), (Work{1, 0, 0, 0}));
    EXPECT_EQ(projector->stats().refused, 0U);
}

TEST_F(ProjectorTest, GoesOnFromTheCacheInTheNextProcess) {
    reopen();
    append(1);
    append(2);
    player();
    restart();
    append(3);
    seen = {};
    EXPECT_EQ(player().moves, 3);
    EXPECT_EQ(work(), (Work{0, 1, 0, 1}));
    EXPECT_EQ(player().moves, 3);
    EXPECT_EQ(work(), (Work{1, 0, 0, 0}));
    EXPECT_EQ(projector->stats().failures + projector->stats().refused, 0U);
}

TEST_F(ProjectorTest, KeepsEntitiesRegionsVersionsKindsAndFieldsApart) {
    reopen();
    append(1);
    ASSERT_TRUE(store->append(bob, Moved{2, 0}).has_value());
    ASSERT_TRUE(store->append_raw(alice, kind, payload).has_value());
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(player().moves, 1);
        EXPECT_EQ(store->project<Player>("player:bob").value()->x, 2);
        EXPECT_EQ(store->project<Player>(Region::entity("player:alice")).value().moves, 1);
        EXPECT_EQ(store->project<Player>(Region::all()).value().moves, 2);
        EXPECT_EQ(store->project<Renewed>("player:alice").value()->moves, 100);
        EXPECT_EQ(store->project<OtherKinds>("player:alice").value()->moves, 2);
        EXPECT_EQ(store->project<OtherFields>("player:alice").value()->moves, "m");
        EXPECT_EQ(cache->values.size(), 7U);
        restart();
    }
    EXPECT_EQ(projector->stats().refused, 0U);
}

// A cached state is found again by another compiler and another build: the key and the record are
// these bytes for ever.
TEST_F(ProjectorTest, KeysAndRecordsAreTheSameEverywhere) {
    const std::array kinds{EventKind::custom(0xF, 2), EventKind::custom(0xF, 1)};
    const std::string prefix = detail::identity_prefix("player", 7, kinds, "{x:int32}");
    // 6 "player", 7, digest of the layout, 2 kinds; from an implementation in another language.
    EXPECT_EQ(to_hex(as_bytes(prefix)),
              "06706c61796572"
              "07000000"
              "8793b25f278653f38e63ac906dbe6f87"
              "020001f002f0");
    EXPECT_EQ(to_hex(as_bytes(projection::cache_key(prefix + "Eplayer:alice"))),
              "706c6179657200"
              "00000007"
              "bfb3d099c450ca6177d7e4b0acbeb033");
    EXPECT_EQ(state_layout_of<Player>(), "{x:int32,moves:int32}");
}

TEST_F(ProjectorTest, MaybeStaleAcceptsUpToItsAgeAndNoMore) {
    reopen();
    append(1);
    player();
    append(2);
    const auto stale = Freshness::maybe_stale(microseconds(100));
    clock->advance(microseconds(99));
    EXPECT_EQ(player(stale).moves, 1);
    EXPECT_EQ(player(Freshness::maybe_stale(microseconds(0))).moves, 2);
    append(3);
    clock->advance(microseconds(100));
    EXPECT_EQ(player(stale).moves, 3);
    append(4);
    EXPECT_EQ(player(stale).moves, 3);
    // A clock that went back says nothing about age.
    clock->go_back(microseconds(1));
    EXPECT_EQ(player(stale).moves, 4);
}

TEST_F(ProjectorTest, AnAgeCountsFromWhenTheStateWasLastUpToDate) {
    reopen();
    append(1);
    player();
    const auto stale = Freshness::maybe_stale(microseconds(100));
    clock->advance(microseconds(500));
    player();  // nothing new: up to date as of now
    append(2);
    clock->advance(microseconds(99));
    EXPECT_EQ(player(stale).moves, 1);
    restart();
    EXPECT_EQ(player(stale).moves, 2);
}

TEST_F(ProjectorTest, AStateOfTheCacheHasItsAgeAsWell) {
    reopen();
    append(1);
    player();
    append(2);
    restart();
    clock->advance(microseconds(50));
    EXPECT_EQ(player(Freshness::maybe_stale(microseconds(51))).moves, 1);
    EXPECT_EQ(player(Freshness::maybe_stale(microseconds(50))).moves, 2);
}

TEST_F(ProjectorTest, AViewIsNeverStaleAndNeverOfTheFuture) {
    reopen();
    for (int x = 1; x <= 4; ++x) append(x);
    const auto long_ago = Freshness::maybe_stale(std::chrono::hours(1));
    EXPECT_EQ(store->as_of(Sequence(1)).project<Player>("player:alice", long_ago).value()->moves,
              2);
    EXPECT_EQ(store->as_of(Sequence(2)).project<Player>("player:alice", long_ago).value()->moves,
              3);
    EXPECT_EQ(player(long_ago).moves, 4);
    work();
    // Of the past: folded from the first event, and what is kept of the present stays.
    EXPECT_EQ(store->as_of(Sequence(2)).project<Player>("player:alice").value()->moves, 3);
    EXPECT_EQ(work(), (Work{0, 0, 1, 3}));
    EXPECT_EQ(player().moves, 4);
    EXPECT_EQ(work(), (Work{1, 0, 0, 0}));
    EXPECT_EQ(projector->stats().refused, 0U);
    projector->forget_memory();
    EXPECT_EQ(store->as_of(Sequence(2)).project<Player>("player:alice").value()->moves, 3);
    projector->forget_memory();
    EXPECT_EQ(player().moves, 4);
    EXPECT_EQ(work(), (Work{0, 1, 1, 3}));
}

TEST_F(ProjectorTest, SaysAgainOnlyWhatChanged) {
    reopen();
    append(1);
    const auto first = store->project_if_changed<Player>("player:alice", Sequence(0)).value();
    EXPECT_FALSE(store->project_if_changed<Player>("player:alice", first->end).value().has_value());
    append(2);
    work();
    EXPECT_EQ(store->project_if_changed<Player>("player:alice", first->end).value()->state.moves,
              2);
    EXPECT_EQ(work(), (Work{1, 0, 0, 1}));
}

// ---- caches that are wrong

// Goal:   a store that was restored from a copy never sees the states of what it had after it.
// Method: the disk is copied after two events; the original goes on to four, the copy to other
//         events, of which it has fewer, as many, and more.
TEST_F(ProjectorTest, AStateThatIsAheadOfARestoredStoreIsFoldedAnew) {
    reopen();
    append(1);
    append(2);
    ASSERT_TRUE(store->sync().has_value());
    const auto copy = disk->after_process_kill();
    append(3);
    append(4);
    EXPECT_EQ(player().moves, 4);
    for (int more = 0; more < 4; ++more) {
        SCOPED_TRACE(more);
        use({});
        const auto entropy_of_copy = std::make_shared<testing::SeededEntropy>(77);
        const StoreConfig restored =
            config.with_environment({copy->after_process_kill(), clock, entropy_of_copy});
        Store other = Store::open(restored).value();
        for (int i = 0; i < more; ++i)
            ASSERT_TRUE(other.append(alice, Moved{50 + i, 0}).has_value());
        const auto values = cache->values;
        const Player now = other.project<Player>("player:alice").value().value();
        EXPECT_EQ(now.moves, 2 + more);
        EXPECT_EQ(now.x, more == 0 ? 2 : 49 + more);
        EXPECT_EQ(projector->stats().refused, 1U);
        EXPECT_EQ(projector->stats().rebuilds, 1U);
        cache->values = values;
    }
}

// The same with one Projector that lives on while its store is replaced under it.
TEST_F(ProjectorTest, AStateInMemoryIsCheckedAgainWhenAStoreIsOpenedAnew) {
    reopen();
    append(1);
    ASSERT_TRUE(store->sync().has_value());
    const auto copy = disk->after_process_kill();
    append(2);
    EXPECT_EQ(player().moves, 2);
    cache->values.clear();
    store.reset();
    config = config.with_environment({copy, clock, std::make_shared<testing::SeededEntropy>(77)});
    store.emplace(open());
    append(7);
    EXPECT_EQ(player().x, 7);
    EXPECT_EQ(projector->stats().refused, 1U);
}

TEST_F(ProjectorTest, AStateOfAnotherLogIsFoldedAnew) {
    reopen();
    append(1);
    player();
    config =
        StoreConfig("other").with_environment({disk, clock, entropy}).with_projector(projector);
    store.reset();
    store.emplace(open());
    append(5);
    append(6);
    EXPECT_EQ(player().x, 6);
    EXPECT_EQ(projector->stats().refused, 2U);  // in memory and in the cache
}

TEST_F(ProjectorTest, WithoutHashesTheIdsTell) {
    config = config.with_hash_chain(false);
    reopen();
    append(1);
    player();
    restart();
    EXPECT_EQ(player().moves, 1);
    EXPECT_EQ(projector->stats().cache_hits, 1U);
    Buffer changed;
    auto record =
        projection::StateRecord::decode(as_bytes(only_value()), identity_of_alice()).value();
    EXPECT_TRUE(record.anchor.event_hash.is_zero());
    record.anchor.event_id.bytes[15] ^= std::byte{1};
    record.encode(identity_of_alice(), changed);
    only_value() = as_text(changed.view());
    restart();
    EXPECT_EQ(player().moves, 1);
    EXPECT_EQ(projector->stats().refused, 1U);
}

// Goal:   no damage of a record becomes an answer.
// Method: the record cut at every byte, and with every bit turned; each time in a new Projector.
TEST_F(ProjectorTest, ADamagedRecordIsFoldedAnew) {
    reopen();
    append(1);
    append(2);
    player();
    const std::string whole = only_value();
    const auto expect_refused = [&](const std::string& damaged) {
        only_value() = damaged;
        use({});
        const Player now = [&] {
            ReadOnlyStore reader = ReadOnlyStore::open(config).value();
            return reader.project<Player>("player:alice").value().value();
        }();
        ASSERT_EQ(now.moves, 2);
        ASSERT_EQ(now.x, 2);
        ASSERT_EQ(projector->stats().refused, 1U);
        ASSERT_EQ(projector->stats().rebuilds, 1U);
        ASSERT_EQ(only_value().size(), whole.size());  // and was replaced
    };
    for (std::size_t size = 0; size < whole.size(); ++size) {
        SCOPED_TRACE("cut at " + std::to_string(size));
        expect_refused(whole.substr(0, size));
        if (HasFatalFailure()) return;
    }
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        SCOPED_TRACE("bit " + std::to_string(bit));
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        expect_refused(damaged);
        if (HasFatalFailure()) return;
    }
}

TEST_F(ProjectorTest, ARecordOfAFutureFormatIsFoldedAnew) {
    reopen();
    append(1);
    player();
    only_value()[4] = 3;
    EXPECT_EQ(
        projection::StateRecord::decode(as_bytes(only_value()), identity_of_alice()).error().code(),
        ErrorCode::FutureFormat);
    restart();
    EXPECT_EQ(player().moves, 1);
    EXPECT_EQ(projector->stats().refused, 1U);
}

// A record whose checksum holds, and whose state is none: made by a bug, or by somebody.
TEST_F(ProjectorTest, AStateThatCannotBeDecodedIsFoldedAnew) {
    reopen();
    append(1);
    player();
    auto record =
        projection::StateRecord::decode(as_bytes(only_value()), identity_of_alice()).value();
    record.state = {std::byte{0xC1}};
    Buffer forged;
    record.encode(identity_of_alice(), forged);
    only_value() = as_text(forged.view());
    restart();
    EXPECT_EQ(player().moves, 1);
    EXPECT_EQ(projector->stats().refused, 1U);
    EXPECT_EQ(projector->stats().rebuilds, 1U);
}

TEST_F(ProjectorTest, ARecordUnderTheKeyOfAnotherIsFoldedAnew) {
    reopen();
    append(1);
    ASSERT_TRUE(store->append(bob, Moved{2, 0}).has_value());
    player();
    const std::string of_alice = only_value();
    EXPECT_EQ(store->project<Player>("player:bob").value()->x, 2);
    for (auto& [key, value] : cache->values) value = of_alice;
    restart();
    EXPECT_EQ(store->project<Player>("player:bob").value()->x, 2);
    EXPECT_EQ(player().x, 1);
    EXPECT_EQ(projector->stats().refused, 1U);
}

TEST_F(ProjectorTest, ACacheThatFailsIsCountedAndFailsNothing) {
    cache->broken = true;
    reopen();
    append(1);
    EXPECT_EQ(player().moves, 1);
    EXPECT_EQ(projector->stats().failures, 2U);  // a get and a put
    EXPECT_EQ(projector->stats().last_failure->code(), ErrorCode::DiskFull);
    EXPECT_EQ(projector->stats().cache_writes, 0U);
    append(2);
    EXPECT_EQ(player().moves, 2);
    EXPECT_EQ(projector->stats().memory_hits, 1U);
}

// ---- memory

TEST_F(ProjectorTest, KeepsNoMoreBytesInMemoryThanItMay) {
    ProjectorOptions options;
    options.memory_bytes_max = 2000;
    use(options);
    reopen();
    for (int i = 0; i < 10; ++i) {
        const Coordinate who = coordinate_of("player:" + std::to_string(i));
        ASSERT_TRUE(store->append(who, Moved{i, 0}).has_value());
        EXPECT_EQ(store->project<Player>(who.entity()).value()->x, i);
        EXPECT_LE(projector->stats().memory_bytes, 2000U);
    }
    const ProjectorStats stats = projector->stats();
    EXPECT_GE(stats.states, 2U);
    EXPECT_EQ(stats.states + stats.evictions, 10U);
    work();
    EXPECT_EQ(store->project<Player>("player:9").value()->x, 9);  // the youngest is there
    EXPECT_EQ(work(), (Work{1, 0, 0, 0}));
    EXPECT_EQ(store->project<Player>("player:0").value()->x, 0);  // the oldest is in the cache
    EXPECT_EQ(work(), (Work{0, 1, 0, 0}));
}

TEST_F(ProjectorTest, WithoutMemoryTheCacheServes) {
    ProjectorOptions options;
    options.memory_bytes_max = 0;
    use(options);
    reopen();
    append(1);
    player();
    player();
    EXPECT_EQ(work(), (Work{0, 1, 1, 1}));
    EXPECT_EQ(projector->stats().states, 0U);
}

TEST_F(ProjectorTest, WritesToTheCacheEveryFewEvents) {
    ProjectorOptions options;
    options.cache = cache;
    options.write_every_n_events = 3;
    projector = std::make_shared<Projector>(options);
    config = config.with_projector(projector);
    reopen();
    std::vector<std::uint64_t> writes;
    for (int x = 0; x < 7; ++x) {
        append(x);
        player();
        writes.push_back(projector->stats().cache_writes);
    }
    EXPECT_EQ(writes, (std::vector<std::uint64_t>{0, 0, 1, 1, 1, 2, 2}));
}

TEST_F(ProjectorTest, ForgetsByName) {
    reopen();
    append(1);
    player();
    ASSERT_TRUE(store->project<Other>("player:alice").has_value());
    ASSERT_TRUE(projector->forget("player").has_value());
    EXPECT_EQ(cache->values.size(), 1U);
    EXPECT_EQ(projector->stats().states, 1U);
    work();
    player();
    ASSERT_TRUE(store->project<Other>("player:alice").has_value());
    EXPECT_EQ(work(), (Work{1, 0, 1, 1}));
}

// ---- states

TEST_F(ProjectorTest, AHandlerThatThrowsLeavesWhatIsKept) {
    reopen();
    append(1);
    EXPECT_EQ(store->project<Jumpy>("player:alice").value()->moves, 1);
    const std::string kept = only_value();
    append(2);
    append(-1);
    EXPECT_THROW((void)store->project<Jumpy>("player:alice"), std::runtime_error);
    EXPECT_EQ(only_value(), kept);
    EXPECT_EQ(store->as_of(Sequence(1)).project<Jumpy>("player:alice").value()->moves, 2);
}

struct Private {
    static constexpr auto projection = projection_of<Moved>("private", 1);

    void on(const Moved& moved) { sum_ += moved.x; }
    int sum() const { return sum_; }

private:
    int sum_ = 0;

public:
    using fields = batpak::fields<field<&Private::sum_, "sum">>;
};
static_assert(KeptState<Private>);

TEST_F(ProjectorTest, KeepsPrivateStatesThatNameTheirFields) {
    reopen();
    append(1);
    append(2);
    EXPECT_EQ(store->project<Private>("player:alice").value()->sum(), 3);
    restart();
    append(4);
    EXPECT_EQ(store->project<Private>("player:alice").value()->sum(), 7);
    EXPECT_EQ(projector->stats().cache_hits, 1U);
}

struct Places {
    static constexpr auto projection = projection_of<Moved>("places", 1);
    std::multiset<int> xs;
    void on(const Moved& moved) { xs.insert(moved.x); }
};
static_assert(!KeptState<Places>);

TEST_F(ProjectorTest, FoldsStatesThatHaveNoFormFromTheFirstEvent) {
    reopen();
    append(1);
    append(1);
    append(2);
    EXPECT_EQ(store->project<Places>("player:alice").value()->xs, (std::multiset{1, 1, 2}));
    EXPECT_EQ(cache->values.size(), 0U);
    EXPECT_EQ(cache->gets, 0U);
}

struct Tree {
    int value = 0;
    std::vector<Tree> children;
};
struct Array {
    int values[2] = {};
};
struct Nested {
    std::optional<std::map<std::string, std::vector<Sequence>>> map;
    std::array<double, 2> pair{};
    Tree tree;
};
static_assert(KeptState<Nested> && KeptState<Tree> && KeptState<Player>);
struct Grouped {
    std::map<int, std::set<std::string>> map;
    std::variant<std::monostate, Tree> variant;
    std::pair<int, std::optional<bool>> pair;
};
static_assert(KeptState<Grouped>);
static_assert(!KeptState<Array> && !KeptState<std::multimap<int, int>> &&
              !KeptState<std::map<double, int>> && !KeptState<std::pair<int, Array>> &&
              !KeptState<std::string_view>);

// ---- the file cache

TEST_F(ProjectorTest, ADamagedFileOfAFileCacheIsFoldedAnew) {
    const Environment environment{disk, clock, entropy};
    ProjectorOptions options;
    options.write_every_n_events = 1;
    options.cache = FileCache::open("states", environment).value();
    projector = std::make_shared<Projector>(options);
    config = config.with_projector(projector);
    reopen();
    append(1);
    player();
    std::string path;
    for (const std::string& each : disk->file_paths())
        if (each.ends_with(".state")) path = each;
    const Bytes whole = disk->contents(path).value();
    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
        SCOPED_TRACE(byte);
        Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(byte));
        ASSERT_TRUE(disk->put(path, cut).has_value());
        projector->forget_memory();
        EXPECT_EQ(player().moves, 1);
        ASSERT_EQ(disk->contents(path).value(), whole);
        ASSERT_TRUE(disk->flip_bit(path, byte, byte % 8).has_value());
        projector->forget_memory();
        EXPECT_EQ(player().moves, 1);
        ASSERT_EQ(disk->contents(path).value(), whole);
    }
    EXPECT_EQ(projector->stats().cache_hits, 0U);
    EXPECT_EQ(projector->stats().failures, 2 * whole.size());
    projector->forget_memory();
    player();
    EXPECT_EQ(projector->stats().cache_hits, 1U);
}

TEST_F(ProjectorTest, AFileCacheNamesWhatIsWrongWithAFile) {
    const auto files = FileCache::open("states", {disk, clock, entropy}).value();
    ASSERT_TRUE(files->put(as_bytes("key"), as_bytes("value")).has_value());
    const std::string path = disk->file_paths().at(0);
    Buffer value;
    ASSERT_TRUE(disk->flip_bit(path, 8, 1).has_value());  // the version
    EXPECT_EQ(files->get(as_bytes("key"), value).error().code(), ErrorCode::FutureFormat);
    ASSERT_TRUE(disk->flip_bit(path, 8, 1).has_value());
    ASSERT_TRUE(disk->flip_bit(path, 15, 1).has_value());
    EXPECT_EQ(files->get(as_bytes("key"), value).error().code(), ErrorCode::CorruptCache);
    EXPECT_EQ(files->remove_prefix(as_bytes("other")).value(), 0U);  // and the damaged one is gone
    EXPECT_TRUE(disk->file_paths().empty());
}

TEST_F(ProjectorTest, AFileCacheLeavesNothingAside) {
    const Environment environment{disk, clock, entropy};
    auto files = FileCache::open("states", environment).value();
    for (const testing::CallKind call : {testing::CallKind::Write, testing::CallKind::Rename}) {
        disk->fail_next(call, testing::Fault{});
        EXPECT_EQ(files->put(as_bytes("key"), as_bytes("value")).error().code(), ErrorCode::Io);
        EXPECT_TRUE(disk->file_paths().empty());
    }
    ASSERT_TRUE(disk->put("states/left.tmp", as_bytes("half")).has_value());
    files = FileCache::open("states", environment).value();
    EXPECT_TRUE(disk->file_paths().empty());
}

}  // namespace
}  // namespace batpak::projector_test
