#include "batpak/store/config.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::code_of;
using namespace std::chrono_literals;

const StoreConfig kBase("data");

TEST(StoreConfig, EachLimitIsTheLastValueThatIsAllowed) {
    struct Limit {
        const char* name;
        std::function<StoreConfig(std::uint64_t)> with;
        std::uint64_t min;
        std::uint64_t max;
    };
    const auto u32 = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    const Limit limits[] = {
        {"sync_every_n_events", [&](auto n) { return kBase.with_sync_every_n_events(u32(n)); }, 1,
         UINT32_MAX},
        {"segment_bytes", [](auto n) { return kBase.with_segment_bytes(n); }, 4096, UINT32_MAX},
        {"payload_bytes_max", [&](auto n) { return kBase.with_payload_bytes_max(u32(n)); }, 1,
         64U << 20},
        {"queue_events_max", [&](auto n) { return kBase.with_queue_events_max(u32(n)); }, 1,
         1'000'000},
        {"open_files_max", [&](auto n) { return kBase.with_open_files_max(u32(n)); }, 1, 100'000},
        {"index_cache_bytes", [](auto n) { return kBase.with_index_cache_bytes(n); }, 24'576,
         std::uint64_t{64} << 30}};
    for (const Limit& limit : limits) {
        SCOPED_TRACE(limit.name);
        EXPECT_TRUE(limit.with(limit.min).validate());
        EXPECT_TRUE(limit.with(limit.max).validate());
        const auto below = limit.with(limit.min - 1).validate();
        ASSERT_EQ(code_of(below), ErrorCode::InvalidConfig);
        EXPECT_NE(below.error().detail().find(limit.name), std::string::npos);
        if (limit.max == UINT32_MAX && limit.min == 1) continue;  // no larger one can be said
        EXPECT_EQ(code_of(limit.with(limit.max + 1).validate()), ErrorCode::InvalidConfig);
    }
}

TEST(StoreConfig, TheRestIsCheckedToo) {
    EXPECT_EQ(code_of(StoreConfig("").validate()), ErrorCode::InvalidConfig);
    EXPECT_EQ(code_of(kBase.with_sync_interval(-1ms).validate()), ErrorCode::InvalidConfig);
    EXPECT_TRUE(kBase.with_sync_interval(0ms).validate());
}

TEST(StoreConfig, OpenChecksIt) {
    EXPECT_EQ(code_of(Store::open(StoreConfig(""))), ErrorCode::InvalidConfig);
    const auto config = kBase.with_environment(testing::memory_environment());
    EXPECT_EQ(code_of(Store::open(config.with_segment_bytes(4095))), ErrorCode::InvalidConfig);
    EXPECT_TRUE(Store::open(config.with_segment_bytes(4096)));
}

TEST(StoreConfig, EachChangeChangesItsSettingAndACopy) {
    const StoreConfig changed = kBase.with_sync_every_n_events(7)
                                    .with_sync_interval(9ms)
                                    .with_sync_mode(SyncMode::All)
                                    .with_segment_bytes(8192)
                                    .with_payload_bytes_max(11)
                                    .with_queue_events_max(13)
                                    .with_open_files_max(17)
                                    .with_index_cache_bytes(65536)
                                    .with_mapped_reads(true)
                                    .with_hash_chain(false)
                                    .with_create_if_missing(false)
                                    .with_expect_at_least(Sequence(19));
    EXPECT_EQ(changed.directory(), "data");
    EXPECT_EQ(changed.sync_every_n_events(), 7U);
    EXPECT_EQ(changed.sync_interval(), 9ms);
    EXPECT_EQ(changed.sync_mode(), SyncMode::All);
    EXPECT_EQ(changed.segment_bytes(), 8192U);
    EXPECT_EQ(changed.payload_bytes_max(), 11U);
    EXPECT_EQ(changed.queue_events_max(), 13U);
    EXPECT_EQ(changed.open_files_max(), 17U);
    EXPECT_EQ(changed.index_cache_bytes(), 65536U);
    EXPECT_TRUE(changed.mapped_reads());
    EXPECT_EQ(changed.hash_chain(), false);
    EXPECT_FALSE(changed.create_if_missing());
    EXPECT_EQ(changed.expect_at_least(), Sequence(19));
    EXPECT_EQ(kBase.sync_every_n_events(), 1U);
    EXPECT_FALSE(kBase.mapped_reads());
    EXPECT_EQ(kBase.hash_chain(), std::nullopt);
}

}  // namespace
}  // namespace batpak
