// Goal:   whatever is appended, merged, erased, copied and opened again, in any order, a store
//         answers as a plain list does in which erased events have no payload (INV K3, K5).
// Method: seeded histories over small segments; the list is kept beside the store, of its receipts
//         alone. After each step some reads are compared, at the end all of them, with the root
//         over the receipts' hashes, retries of what was appended, and a search of all files for
//         each payload that was erased.
#include <gtest/gtest.h>

#include <iostream>
#include <optional>
#include <random>

#include "batpak/event/merkle_frontier.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/restore.hpp"
#include "store/erasure/prune_events.hpp"
#include "support/seeds.hpp"
#include "support/store/erased_log.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::erasure_model_test {
namespace {

using testing::secret;

struct Listed {
    std::string entity;
    std::string key;
    Bytes payload;
    AppendReceipt receipt;
    bool is_own = false;  // a record of batpak's
    bool erased = false;
};

class World : public testing::StoreFixture {
protected:
    World() { config = config.with_segment_bytes(4096); }
    void TestBody() override {}

public:
    explicit World(std::uint64_t seed) : World() {
        random_.seed(seed);
        store_.emplace(open());
    }

    std::uint64_t below(std::uint64_t end) { return random_() % end; }

    void step() {
        switch (below(12)) {
            case 0: return reopen();
            case 1: ASSERT_TRUE(store_->compact(Merge{.bytes_max = 4096 + below(40'000)})); return;
            case 2: return erase_region();
            case 3: return erase_ids();
            case 4: return move_to_a_copy();
            case 5: return append_batch();
            default: return append();
        }
    }

    void append() {
        Listed event = next_event();
        AppendOptions options;
        options.idempotency_key = event.key;
        event.receipt = store_->append_raw(coordinate(event), kind, event.payload, options).value();
        list_.push_back(std::move(event));
    }

    void append_batch() {
        BatchBuilder batch;
        std::vector<Listed> events;
        for (std::uint64_t left = 2 + below(4); left > 0; --left) {
            events.push_back(next_event());
            events.back().key.clear();
            batch.add(coordinate(events.back()), kind, events.back().payload);
        }
        const auto receipts = store_->append_batch(std::move(batch)).value();
        for (std::size_t i = 0; i < events.size(); ++i) {
            events[i].receipt = receipts[i];
            list_.push_back(std::move(events[i]));
        }
    }

    void erase_region() {
        Tombstone tombstone("region");
        const std::string entity = "e" + std::to_string(below(4));
        const std::uint64_t from = below(list_.size() + 1);
        const std::uint64_t end = from + below(list_.size() + 1);
        tombstone.region = Region::entity(entity).with_sequences(Sequence(from), Sequence(end));
        erase(tombstone, [&](const Listed& event) {
            const std::uint64_t at = event.receipt.sequence.value;
            return event.entity == entity && at >= from && at < end;
        });
    }

    void erase_ids() {
        Tombstone tombstone("ids");
        std::set<std::uint64_t> chosen;
        for (std::uint64_t left = below(4); left > 0 && !list_.empty(); --left) {
            const Listed& event = list_[below(list_.size())];
            if (event.is_own) continue;
            tombstone.ids.push_back(event.receipt.event_id);
            chosen.insert(event.receipt.sequence.value);
        }
        erase(tombstone,
              [&](const Listed& event) { return chosen.contains(event.receipt.sequence.value); });
    }

    template <class Chosen>
    void erase(const Tombstone& tombstone, const Chosen& chosen) {
        std::uint64_t expected = 0;
        for (Listed& event : list_) {
            if (event.is_own || event.erased || !chosen(event)) continue;
            event.erased = true;
            ++expected;
        }
        const CompactionReport report = store_->compact(tombstone).value();
        ASSERT_EQ(report.events_erased, expected);
        ASSERT_FALSE(report.erasure_pending);
        erased_ += expected;
        if (expected == 0) return;
        // The two records.
        for (Sequence at(list_.size()); at < store_->visible_end(); at = at.next()) {
            const HeldEvent own = store_->find(at).value();
            ASSERT_EQ(own->entity, store::kMaintenanceEntity);
            Listed listed{.entity = std::string(own->entity),
                          .key = {},
                          .payload = Bytes(own->payload.begin(), own->payload.end()),
                          .receipt = {.event_id = own->event_id(),
                                      .sequence = at,
                                      .version = own->version(),
                                      .hlc = own->position.hlc,
                                      .hash = own->hash},
                          .is_own = true};
            list_.push_back(std::move(listed));
        }
        ASSERT_EQ(list_.size(), store_->visible_end().value);
    }

    void reopen() {
        ASSERT_TRUE(std::move(*store_).close());
        store_.reset();
        if (below(3) == 0) {
            for (const std::string& path : disk->file_paths()) {
                if (path.find("/index/") != std::string::npos) {
                    ASSERT_TRUE(disk->erase(path));
                }
            }
        }
        store_.emplace(open());
    }

    // The files of the store that it was stay where they are: what is erased later is in them.
    void move_to_a_copy() {
        if (copies_ == 3) return;
        const std::string name = "copy-" + std::to_string(++copies_);
        ASSERT_TRUE(store_->snapshot(name + "-snapshot"));
        ASSERT_TRUE(std::move(*store_).close());
        store_.reset();
        const StoreConfig snapshot =
            StoreConfig(name + "-snapshot").with_environment(config.environment());
        ASSERT_TRUE(restore(snapshot, name));
        config = StoreConfig(name).with_environment(config.environment()).with_segment_bytes(4096);
        folder_ = "/" + name + "/";
        store_.emplace(open());
    }

    std::string problem_of(const EventView& event) const {
        const Listed& expected = list_.at(event.sequence().value);
        const bool is_same = event.event_id() == expected.receipt.event_id &&
                             event.hash == expected.receipt.hash &&
                             event.version() == expected.receipt.version &&
                             event.position.hlc == expected.receipt.hlc &&
                             event.entity == expected.entity && event.erased == expected.erased;
        const bool is_right_payload =
            expected.erased ? event.payload.empty() && event.erased_bytes == expected.payload.size()
                            : equal_bytes(event.payload, expected.payload);
        return is_same && is_right_payload ? "" : "another event " + to_string(event.sequence());
    }

    std::string problem_of(const StoreReads& reads, const Region& region, std::size_t expected,
                           Direction direction) const {
        QueryOptions options;
        options.direction = direction;
        options.check = ReadCheck::Hash;
        std::size_t found = 0;
        for (const auto& event : reads.query(region, options)) {
            if (!event) return event.error().to_string();
            std::string problem = problem_of(*event);
            if (!problem.empty()) return problem;
            ++found;
        }
        return found == expected ? "" : "there are " + std::to_string(found);
    }

    void check_some() {
        const std::string entity = "e" + std::to_string(below(4));
        const auto count =
            static_cast<std::size_t>(std::ranges::count(list_, entity, &Listed::entity));
        ASSERT_EQ(problem_of(*store_, Region::entity(entity), count, Direction::Backward), "");
        if (list_.empty()) return;
        const Listed& one = list_[below(list_.size())];
        ASSERT_EQ(problem_of(*store_->find(one.receipt.event_id).value()), "");
    }

    void check_all() {
        ASSERT_EQ(problem_of(*store_, Region::all(), list_.size(), Direction::Forward), "");
        MerkleFrontier frontier;
        for (const Listed& event : list_) frontier.push(event.receipt.hash);
        ASSERT_EQ(store_->root(store_->visible_end()).value(), frontier.root());
        const VerifyReport report = store_->verify().value();
        ASSERT_FALSE(report.damage) << report.damage->to_string();
        ASSERT_EQ(report.erased, erased_);
        ASSERT_TRUE(store_->sync());
        const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
        ASSERT_EQ(problem_of(reader, Region::all(), list_.size(), Direction::Backward), "");
        check_files();
        check_retries();
    }

    void check_files() const {
        for (const std::string& path : disk->file_paths()) {
            if (!path.starts_with(folder_)) continue;
            const Bytes content = disk->contents(path).value();
            for (const Listed& event : list_) {
                if (!event.erased) continue;
                ASSERT_TRUE(std::ranges::search(content, event.payload).empty())
                    << path << " has the payload of " << event.receipt.sequence.value;
            }
        }
    }

    void check_retries() {
        for (const Listed& event : list_) {
            if (event.key.empty()) continue;
            AppendOptions options;
            options.idempotency_key = event.key;
            const AppendReceipt again =
                store_->append_raw(coordinate(event), kind, event.payload, options).value();
            ASSERT_TRUE(again.replayed);
            ASSERT_EQ(again.event_id, event.receipt.event_id);
        }
    }

    std::uint64_t erased() const { return erased_; }

private:
    Listed next_event() {
        const std::uint64_t number = list_.size() + 1000 * ++made_;
        return {.entity = "e" + std::to_string(below(4)),
                .key = "key " + std::to_string(number),
                .payload = secret(number, 16 + below(200)),
                .receipt = {}};
    }
    static Coordinate coordinate(const Listed& event) {
        return Coordinate::create(event.entity, "s").value();
    }

    std::mt19937_64 random_;
    std::optional<Store> store_;
    std::vector<Listed> list_;
    std::string folder_ = "/data/";
    std::uint64_t made_ = 0;
    std::uint64_t erased_ = 0;
    std::uint64_t copies_ = 0;
};

TEST(ErasureModel, AnswersAsAListDoes) {
    const std::uint64_t first = testing::number_from_environment("BATPAK_SEED").value_or(1);
    std::uint64_t erased = 0;
    for (std::uint64_t seed = first; seed < first + 40; ++seed) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
        World world(seed);
        for (int step = 0; step < 120; ++step) {
            ASSERT_NO_FATAL_FAILURE(world.step());
            ASSERT_NO_FATAL_FAILURE(world.check_some());
        }
        ASSERT_NO_FATAL_FAILURE(world.check_all());
        erased += world.erased();
    }
    std::cout << erased << " payloads erased\n";
    EXPECT_GT(erased, 1000U);
}

}  // namespace
}  // namespace batpak::erasure_model_test
