// Goal:   a projection never passes over an erased payload unseen (INV P2), and no state that may
//         be made of one is used again, or left in a cache that is asked about this log (INV K6).
// Method: states are kept in memory and in a cache that can be looked into; payloads are erased;
//         answers are compared with what is left, and the cache is searched for what is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projection_cache.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;

struct Path {
    static constexpr auto projection = projection_of<Moved>("path", 1);
    std::string steps;
    void on(const Moved& moved) { steps += std::to_string(moved.x) + ' '; }
};

struct KnowingPath {
    static constexpr auto projection = projection_of<Moved>("knowing", 1);
    std::string steps;
    void on(const Moved& moved) { steps += std::to_string(moved.x) + ' '; }
    void on_erased(const EventView&) { steps += "? "; }
};

struct Views {
    static constexpr auto projection = projection_of_all<EventView>("views", 1);
    std::uint64_t erased = 0;
    std::uint64_t others = 0;
    void on(const EventView& event) { ++(event.erased ? erased : others); }
};

class MapCache final : public ProjectionCache {
public:
    Result<bool> get(BytesView key, Buffer& value) override {
        const auto found = values.find(std::string(as_text(key)));
        if (found == values.end()) return false;
        value.append(as_bytes(found->second));
        return true;
    }
    Result<void> put(BytesView key, BytesView value) override {
        if (before_put) std::exchange(before_put, nullptr)();
        values[std::string(as_text(key))] = as_text(value);
        return {};
    }
    Result<void> remove(BytesView key) override {
        values.erase(std::string(as_text(key)));
        return {};
    }
    Result<std::uint64_t> remove_prefix(BytesView prefix) override {
        ++removals;
        if (broken) return fail(ErrorCode::Io, "broken on purpose");
        return std::erase_if(
            values, [&](const auto& item) { return item.first.starts_with(as_text(prefix)); });
    }
    bool has(std::string_view text) const {
        return std::ranges::any_of(
            values, [&](const auto& item) { return item.second.find(text) != std::string::npos; });
    }

    std::map<std::string, std::string> values;
    std::function<void()> before_put;  // called once
    int removals = 0;
    bool broken = false;
};

class ErasedTest : public testing::StoreFixture {
protected:
    ErasedTest() { use_new_projector(); }

    void use_new_projector() {
        ProjectorOptions options;
        options.cache = cache;
        options.write_every_n_events = 1;
        projector = std::make_shared<Projector>(options);
        config = config.with_projector(projector);
    }
    static void erase(Store& store, const EventId& id) {
        Tombstone tombstone("request");
        tombstone.ids = {id};
        ASSERT_TRUE(store.compact(tombstone));
    }

    std::shared_ptr<MapCache> cache = std::make_shared<MapCache>();
    std::shared_ptr<Projector> projector;
};

TEST_F(ErasedTest, FailsWithoutAHandlerAndAsksTheHandler) {
    Store store = open();
    store.append(alice, Moved{1, 0}).value();
    const AppendReceipt second = store.append(alice, Moved{4711, 0}).value();
    store.append(alice, Moved{3, 0}).value();
    erase(store, second.event_id);
    const auto failed = store.project<Path>(alice.entity());
    EXPECT_EQ(code_of(failed), ErrorCode::PayloadErased);
    EXPECT_EQ(failed.error().sequence(), second.sequence);
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "1 ? 3 ");
    const Views views = store.project<Views>(Region::entity(alice.entity())).value();
    EXPECT_EQ(views.erased, 1U);
    EXPECT_EQ(views.others, 2U);
}

TEST_F(ErasedTest, UsesNoStateFromBefore) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    store.append(alice, Moved{2, 0}).value();
    store.append(bob, Moved{5, 0}).value();
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "4711 2 ");
    ASSERT_TRUE(cache->has("4711"));
    const std::map<std::string, std::string> old = cache->values;
    erase(store, first.event_id);
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? 2 ");
    EXPECT_FALSE(cache->has("4711"));
    EXPECT_EQ(cache->removals, 1);
    // Also at the place that was kept, and for a view that ends before the erasure.
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? 2 ");
    EXPECT_EQ(store.before(Sequence(1)).project<KnowingPath>(alice.entity()).value()->steps, "? ");
    EXPECT_GT(projector->stats().memory_hits, 0U);
    EXPECT_EQ(cache->removals, 1);

    // What comes back into the cache, as from an old copy of it, is refused.
    for (const auto& [key, value] : old) cache->values[key] = value;
    use_new_projector();
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.project<KnowingPath>(alice.entity()).value()->steps, "? 2 ");
    EXPECT_EQ(projector->stats().refused, 1U);
    EXPECT_EQ(cache->removals, 1);  // it knows from the cache that this was done
}

TEST_F(ErasedTest, KeepsNothingThatWasFoldedAcrossAnErasure) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    const StoreView before = store.before(store.visible_end());
    EXPECT_EQ(before.project<KnowingPath>(alice.entity()).value()->steps, "4711 ");
    erase(store, first.event_id);
    EXPECT_EQ(before.project<KnowingPath>(alice.entity()).value()->steps, "? ");
    EXPECT_FALSE(cache->has("4711"));
}

// The erasure comes when the state was judged and is on its way into the cache.
TEST_F(ErasedTest, TakesBackAStateThatAnErasureOvertook) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    store.append(bob, Moved{5, 0}).value();
    cache->before_put = [&] {
        erase(store, first.event_id);
        EXPECT_EQ(store.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
        EXPECT_EQ(cache->removals, 1);
    };
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "4711 ");
    EXPECT_FALSE(cache->has("4711"));
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? ");
}

// What a reader writes into the cache before it knows of the erasure goes when it does.
TEST_F(ErasedTest, RemovesWhatAReaderKeptTooLate) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    store.append(bob, Moved{5, 0}).value();
    const std::shared_ptr<Projector> of_the_store = projector;
    use_new_projector();
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.project<KnowingPath>(alice.entity()).value()->steps, "4711 ");
    const std::map<std::string, std::string> late = cache->values;
    erase(store, first.event_id);
    EXPECT_EQ(store.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
    EXPECT_FALSE(cache->has("4711"));
    for (const auto& [key, value] : late) cache->values[key] = value;
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(reader.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
    EXPECT_FALSE(cache->has("4711"));
}

// One projector of a store and of a reader that does not know of the erasure yet, and folds what
// its open files still have, after the states were removed.
TEST_F(ErasedTest, RemovesWhatAReaderKeptAfterTheStatesWereRemoved) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    store.append(bob, Moved{5, 0}).value();
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
    cache->before_put = [&] {
        erase(store, first.event_id);
        EXPECT_EQ(store.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
    };
    EXPECT_EQ(reader.project<KnowingPath>(alice.entity()).value()->steps, "4711 ");
    ASSERT_TRUE(cache->has("4711"));
    EXPECT_EQ(store.project<KnowingPath>(bob.entity()).value()->steps, "5 ");
    EXPECT_FALSE(cache->has("4711"));
    const int removals = cache->removals;
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? ");
    EXPECT_EQ(cache->removals, removals);
}

TEST_F(ErasedTest, RemembersTheErasuresOfEachLogOfACache) {
    Store store = open();
    const StoreConfig elsewhere = StoreConfig("other").with_environment(config.environment());
    Store other = Store::open(elsewhere.with_projector(projector)).value();
    for (Store* each : {&store, &other}) {
        const AppendReceipt first = each->append(alice, Moved{4711, 0}).value();
        erase(*each, first.event_id);
        EXPECT_EQ(each->project<KnowingPath>(alice.entity()).value()->steps, "? ");
    }
    EXPECT_EQ(cache->removals, 2);
    for (int i = 0; i < 2; ++i) {
        use_new_projector();
        const ReadOnlyStore one = ReadOnlyStore::open(config).value();
        const ReadOnlyStore two = ReadOnlyStore::open(elsewhere.with_projector(projector)).value();
        EXPECT_TRUE(one.project<KnowingPath>(alice.entity()));
        EXPECT_TRUE(two.project<KnowingPath>(alice.entity()));
    }
    EXPECT_EQ(cache->removals, 2);
}

TEST_F(ErasedTest, TriesAgainWhereACacheFails) {
    Store store = open();
    const AppendReceipt first = store.append(alice, Moved{4711, 0}).value();
    ASSERT_TRUE(store.project<KnowingPath>(alice.entity()));
    erase(store, first.event_id);
    cache->broken = true;
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? ");
    EXPECT_GT(projector->stats().failures, 0U);
    cache->broken = false;
    EXPECT_EQ(store.project<KnowingPath>(alice.entity()).value()->steps, "? ");
    EXPECT_FALSE(cache->has("4711"));
}

}  // namespace
}  // namespace batpak
