// Goal:   a store is the log of a checkpoint if and only if it begins with the events that the
//         checkpoint covers.
// Method: two histories that part after their third event. Each is cut at every length, and asked
//         for the checkpoint of every length of both.
#include "batpak/proof/expect.hpp"

#include <gtest/gtest.h>

#include "batpak/store/read_only_store.hpp"
#include "proof/log_fixture.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;

constexpr std::uint64_t kEvents = 7;
constexpr std::uint64_t kCommon = 3;

class ExpectTest : public LogFixture {
protected:
    using Disk = std::shared_ptr<testing::SimulatedFileSystem>;

    void use(Disk other) {
        disk = std::move(other);
        Environment environment = config.environment();
        environment.files = disk;
        config = config.with_environment(environment);
    }
    // The disk as it was after each event, from none on.
    std::vector<Disk> grow(std::uint64_t from, std::string_view text) {
        std::vector<Disk> disks;
        for (std::uint64_t size = from;; ++size) {
            disks.push_back(disk->after_process_kill());
            if (size == kEvents) return disks;
            Store store = open();
            store.append_raw(alice, kind, as_bytes(std::string(text) + std::to_string(size)))
                .value();
            std::move(store).close().value();
        }
    }
    Checkpoint checkpoint_at(const Disk& whole, std::uint64_t size) {
        use(whole);
        const ReadOnlyStore store = ReadOnlyStore::open(config).value();
        LogTree tree(store);
        return {origin_of("example.com/ledger", store.log_id()), tree.head(Sequence(size)).value()};
    }
};

TEST_F(ExpectTest, TheStoreBeginsWithWhatTheCheckpointCoversOrIsRefused) {
    open().close().value();
    std::vector<Disk> ours = grow(0, "ours ");
    use(ours[kCommon]->after_process_kill());
    std::vector<Disk> theirs = grow(kCommon, "theirs ");
    theirs.insert(theirs.begin(), ours.begin(), ours.begin() + kCommon);
    ASSERT_EQ(theirs.size(), ours.size());
    for (const bool same : {true, false}) {
        for (std::uint64_t covered = 0; covered <= kEvents; ++covered) {
            const Checkpoint expected =
                checkpoint_at((same ? ours : theirs)[kEvents]->after_process_kill(), covered);
            for (std::uint64_t events = 0; events <= kEvents; ++events) {
                SCOPED_TRACE(std::to_string(events) + " events, " + std::to_string(covered) +
                             " covered, of " + (same ? "the same" : "the other") + " history");
                use(ours[events]->after_process_kill());
                const auto store = open_expecting(config, expected);
                const bool is_begin = covered <= events && (same || covered <= kCommon);
                ASSERT_EQ(store.has_value(), is_begin);
                if (is_begin) continue;
                const bool is_short = events < covered;
                EXPECT_EQ(store.error().code(),
                          is_short ? ErrorCode::RolledBack : ErrorCode::SplitHistory);
                EXPECT_EQ(store.error().sequence(), Sequence(is_short ? events : covered));
            }
        }
    }
}

TEST_F(ExpectTest, ACheckpointIsOfTheLogWhoseIdEndsItsOrigin) {
    Store store = open();
    append(store, 2);
    LogTree tree(store);
    const TreeHead head = tree.head(Sequence(2)).value();
    const std::string id = to_string(store.log_id());
    for (const std::string& good : {"/" + id, "example.com/ledger/" + id, "a/b/c/" + id})
        EXPECT_TRUE(expect_checkpoint(store, tree, {good, head})) << good;
    for (const std::string& bad :
         {std::string(), id, "ledger" + id, "ledger/" + id + "/", "ledger/" + id.substr(1),
          "ledger/" + to_string(LogId()), "ledger/" + id + "\n"})
        EXPECT_EQ(code_of(expect_checkpoint(store, tree, {bad, head})), ErrorCode::InvalidArgument)
            << bad;
}

TEST_F(ExpectTest, AStoreThatIsRefusedIsClosed) {
    Store store = open();
    append(store, 2);
    LogTree tree(store);
    Checkpoint expected{origin_of("a", store.log_id()), tree.head(Sequence(2)).value()};
    std::move(store).close().value();
    expected.head.root.bytes[0] ^= std::byte{1};
    ASSERT_EQ(code_of(open_expecting(config, expected)), ErrorCode::SplitHistory);
    expected.head.root.bytes[0] ^= std::byte{1};
    const auto again = open_expecting(config, expected);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->visible_end(), Sequence(2));
}

}  // namespace
}  // namespace batpak::proof
