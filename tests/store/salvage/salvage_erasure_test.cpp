// What was erased, or was to be, does not come back by a salvage (INV K5, K9).
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/event/system_kinds.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/salvage.hpp"
#include "support/store/erased_log.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::EventCopy;
using testing::secret;
constexpr const char* kSaved = "/saved";

class SalvageErasureTest : public testing::StoreFixture {
protected:
    SalvageErasureTest() { config = config.with_segment_bytes(4096); }

    // Thirty events, every second one alice's; then what is alice's is erased, or was to be.
    void make(bool is_pending) {
        Store store = open();
        for (std::uint64_t i = 0; i < kEvents; ++i)
            ASSERT_TRUE(store.append_raw(i % 2 == 0 ? alice : bob, kind, secret(i, 200)));
        Tombstone tombstone("request 4711");
        tombstone.region = Region::entity(alice.entity());
        std::stop_source stop;
        tombstone.stop = stop.get_token();
        if (is_pending) {
            // The first step that is told of comes when the erasure is in force.
            tombstone.progress = [&](const CopyProgress&) { stop.request_stop(); };
        }
        const CompactionReport report = store.compact(tombstone).value();
        ASSERT_EQ(report.erasure_pending.has_value(), is_pending);
        copies_ = testing::copies_of(store);
        ASSERT_TRUE(std::move(store).close());
    }

    bool has_secret(std::uint64_t number, std::string_view folder) const {
        const Bytes bytes = secret(number, 200);
        return std::ranges::any_of(disk->file_paths(), [&](const std::string& path) {
            if (!path.starts_with(folder)) return false;
            const Bytes content = disk->contents(path).value();
            return std::ranges::search(content, bytes).begin() != content.end();
        });
    }

    // Salvages, and looks at what is there, but for the events that are lost.
    void check(std::uint64_t lost) {
        const SalvageReport report = salvage(config, kSaved).value();
        const auto saved =
            ReadOnlyStore::open(StoreConfig(kSaved).with_environment(config.environment())).value();
        const VerifyReport verified = saved.verify().value();
        EXPECT_FALSE(verified.damage) << verified.damage->to_string();
        std::uint64_t erased = 0;
        std::uint64_t missing = 0;
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            const HeldEvent event = saved.find(Sequence(i)).value();
            const bool is_alice = i % 2 == 0;
            missing += event->kind() == system_kinds::kEventLost ? 1U : 0U;
            if (event->kind() == system_kinds::kEventLost) continue;
            EXPECT_EQ(event->erased, is_alice) << i;
            EXPECT_EQ(event->erased_bytes, is_alice ? 200U : 0U) << i;
            EXPECT_EQ(event->payload.size(), is_alice ? 0U : 200U) << i;
            EXPECT_EQ(has_secret(i, kSaved), !is_alice) << i;
            erased += is_alice ? 1U : 0U;
        }
        EXPECT_EQ(missing, lost);
        EXPECT_EQ(verified.erased, erased);
        EXPECT_GE(report.events, kEvents - lost);
    }

    void flip(std::uint64_t sequence) {
        const std::uint64_t at = offset_of(sequence) + 40;
        ASSERT_TRUE(disk->flip_bit(path_, at, 3));
    }
    // Where the frame of an event stands, by the hash that only it has.
    std::uint64_t offset_of(std::uint64_t sequence) {
        const Hash hash = copies_.at(sequence).hash;
        for (const std::string& path : disk->file_paths()) {
            if (!path.ends_with(".bpk")) continue;
            const Bytes content = disk->contents(path).value();
            const auto found = std::ranges::search(content, hash.view());
            if (found.begin() == content.end()) continue;
            path_ = path;
            return static_cast<std::uint64_t>(found.begin() - content.begin()) - 40;
        }
        ADD_FAILURE() << "no file has event " << sequence;
        return 0;
    }
    std::uint64_t sequence_of(EventKind wanted) const {
        const auto found = std::ranges::find_if(
            copies_, [&](const EventCopy& event) { return event.header.kind == wanted; });
        return static_cast<std::uint64_t>(found - copies_.begin());
    }

    static constexpr std::uint64_t kEvents = 30;
    std::vector<EventCopy> copies_;
    std::string path_;
};

TEST_F(SalvageErasureTest, OfAWholeStoreNothingChanges) {
    make(false);
    check(0);
}

TEST_F(SalvageErasureTest, BesideDamageItStaysErased) {
    make(false);
    flip(7);
    check(1);
}

TEST_F(SalvageErasureTest, WhatIsPendingIsErasedInTheCopy) {
    make(true);
    ASSERT_TRUE(has_secret(0, "/" + config.directory()));
    flip(7);
    check(1);
}

TEST_F(SalvageErasureTest, WithoutAManifestEachRecordCounts) {
    make(true);
    ASSERT_TRUE(disk->erase(config.directory() + "/MANIFEST"));
    ASSERT_TRUE(disk->erase(config.directory() + "/MANIFEST.copy"));
    check(0);
}

// A record is an event like others: what one has no room for, the next one says.
TEST_F(SalvageErasureTest, OneRecordHasRoomForSoManyRanges) {
    config = config.with_payload_bytes_max(2048 + 2 * 20);
    make(false);
    check(0);
    const auto saved =
        ReadOnlyStore::open(StoreConfig(kSaved).with_environment(config.environment())).value();
    const auto records = saved.count(Region::kinds({system_kinds::kPruneIntended}));
    EXPECT_EQ(records.value(), kEvents / 2 / 2 + 1 + kEvents / 2 / 2 + 1);  // the old, and the new
}

// Else a payload that was erased would look lost.
TEST_F(SalvageErasureTest, ARecordThatIsLostIsMadeAgain) {
    make(false);
    flip(sequence_of(system_kinds::kPruneIntended));
    check(0);
}

}  // namespace
}  // namespace batpak
