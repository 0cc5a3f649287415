// Goal:   a merge makes into one segment what follows one another, is small, of one era, and fits;
//         and as much of it as does.
// Method: every manifest of up to four segments of seven sizes and any eras, and each least number
//         of segments, against the rule read literally. Of a segment there is its header alone.
#include "store/copy/merge_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store::merge_plan_test {
namespace {

using testing::code_of;

constexpr std::uint64_t kBytesMax = 4096;
constexpr std::size_t kPlaces = 5;

struct Planned {
    SealedSegment segment;
    std::uint32_t era = 0;
};

class MergePlanTest : public ::testing::Test {
protected:
    MergePlanTest() {
        Environment environment = testing::simulated_environment(1);
        environment.files = disk_;
        const StoreConfig config = StoreConfig("data").with_environment(environment);
        directory_ = StoreDirectory::open_for_writing(config).value();
        for (std::uint32_t place = 0; place < kPlaces; ++place) {
            for (std::uint32_t era = 0; era < kPlaces; ++era)
                write_header(segment_at(place, era, 0), era);
        }
    }

    void write_header(const SealedSegment& segment, std::uint32_t era) {
        const SegmentHeader header{.segment_id = segment.id, .first = segment.first, .era = era};
        disk_->open_directory("data/segments", false)
            .value()
            ->open_file(segment_file_name(segment.id), OpenMode::CreateNew)
            .value()
            ->write_at(0, header.encode())
            .value();
    }
    // The segment of this place in a manifest whose header says so.
    static SealedSegment segment_at(std::uint32_t place, std::uint32_t era, std::uint64_t bytes) {
        return {1 + place * kPlaces + era, Sequence(place * 10), Sequence(place * 10 + 10), bytes};
    }
    Result<std::vector<MergeGroup>> plan(const std::vector<Planned>& planned, const Merge& merge) {
        Manifest manifest{.eras = {{Sequence(0), LogId()}}};
        for (const Planned& one : planned) manifest.sealed.push_back(one.segment);
        return plan_merge(*directory_, manifest, merge);
    }

    std::shared_ptr<testing::SimulatedFileSystem> disk_ =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<StoreDirectory> directory_;
};

// The rule, word by word: a group begins at a segment that is small, and takes the next one as long
// as that is small, of the same era, and fits.
std::vector<MergeGroup> naive_plan(const std::vector<Planned>& segments, std::uint64_t least) {
    const auto is_small = [](const Planned& one) { return 2 * one.segment.bytes <= kBytesMax; };
    std::vector<MergeGroup> groups;
    std::size_t begin = 0;
    while (begin < segments.size()) {
        std::size_t end = begin;
        std::uint64_t bytes = 0;
        while (end < segments.size() && is_small(segments[end]) &&
               segments[end].era == segments[begin].era &&
               bytes + segments[end].segment.bytes <= kBytesMax) {
            bytes += segments[end].segment.bytes;
            ++end;
        }
        if (end - begin >= least) {
            groups.emplace_back();
            for (std::size_t at = begin; at < end; ++at)
                groups.back().push_back(segments[at].segment);
        }
        begin = std::max(end, begin + 1);
    }
    return groups;
}

// Calls `judge` with each list of `left` more segments.
void for_each_list(std::vector<Planned>& list, std::size_t left, const auto& judge) {
    if (left == 0) return judge(list);
    const auto place = static_cast<std::uint32_t>(list.size());
    const std::uint32_t era = list.empty() ? 0 : list.back().era;
    for (const std::uint64_t bytes : {96U, 1365U, 1366U, 2047U, 2048U, 2049U, 4097U}) {
        for (std::uint32_t next = era; next <= (list.empty() ? era : era + 1); ++next) {
            const std::uint64_t id = 1 + place * kPlaces + next;
            list.push_back({{id, Sequence(place * 10), Sequence(place * 10 + 10), bytes}, next});
            for_each_list(list, left - 1, judge);
            list.pop_back();
        }
    }
}

TEST_F(MergePlanTest, IsTheRuleForEveryManifestOfFewSegments) {
    std::uint64_t manifests = 0;
    std::uint64_t merges = 0;
    for (std::size_t count = 0; count < kPlaces; ++count) {
        std::vector<Planned> list;
        for_each_list(list, count, [&](const std::vector<Planned>& segments) {
            ++manifests;
            for (const std::uint64_t least : {2U, 3U}) {
                const auto planned =
                    plan(segments, {.bytes_max = kBytesMax, .segments_min = least});
                ASSERT_TRUE(planned) << planned.error().to_string();
                ASSERT_EQ(*planned, naive_plan(segments, least));
                merges += planned->size();
            }
        });
        if (HasFatalFailure()) return;
    }
    EXPECT_EQ(manifests, 1U + 7 + 7 * 14 + 7 * 14 * 14 + 7 * 14 * 14 * 14);
    EXPECT_GT(merges, 10'000U);
}

TEST_F(MergePlanTest, TakesAsManyAsFitAndThenBeginsTheNextGroup) {
    std::vector<Planned> segments;
    for (std::uint32_t place = 0; place < kPlaces; ++place)
        segments.push_back({segment_at(place, 0, 1365), 0});
    const auto groups = plan(segments, {.bytes_max = kBytesMax}).value();
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].size(), 3U);
    EXPECT_EQ(groups[1].size(), 2U);
    EXPECT_EQ(bytes_of(groups[0]), 3 * 1365U);
    EXPECT_EQ(bytes_of({}), 0U);
}

TEST_F(MergePlanTest, AMergeHasBounds) {
    for (const std::uint64_t good :
         {kSegmentBytesMin, Merge::kBytesMaxDefault, Merge::kBytesMaxLimit})
        EXPECT_TRUE(check_merge({.bytes_max = good})) << good;
    for (const std::uint64_t bad :
         {std::uint64_t{0}, kSegmentBytesMin - 1, Merge::kBytesMaxLimit + 1, ~std::uint64_t{0}})
        EXPECT_EQ(code_of(check_merge({.bytes_max = bad})), ErrorCode::InvalidArgument) << bad;
    for (const std::uint64_t bad : {0U, 1U})
        EXPECT_EQ(code_of(check_merge({.segments_min = bad})), ErrorCode::InvalidArgument) << bad;
    EXPECT_TRUE(check_merge({.segments_min = ~std::uint64_t{0}}));
    EXPECT_EQ(code_of(plan({}, {.bytes_max = 1})), ErrorCode::InvalidArgument);
}

// Only of small segments is the header read: a large one may be damaged and is left alone.
TEST_F(MergePlanTest, ASegmentThatIsNotTheOneOfTheManifestEndsIt) {
    const Merge merge{.bytes_max = kBytesMax};
    const SealedSegment good = segment_at(0, 0, 100);
    SealedSegment foreign = segment_at(1, 0, 100);
    foreign.first = Sequence(11);
    SealedSegment missing = segment_at(1, 0, 100);
    missing.id = 999;
    EXPECT_EQ(code_of(plan({{good}, {foreign}}, merge)), ErrorCode::ForeignSegment);
    EXPECT_FALSE(plan({{good}, {missing}}, merge));
    foreign.bytes = missing.bytes = kBytesMax;
    EXPECT_TRUE(plan({{good}, {foreign}, {missing}}, merge)->empty());
}

TEST_F(MergePlanTest, TheReportSaysWhatThereWillBe) {
    Manifest manifest{.eras = {{Sequence(0), LogId()}}};
    for (std::uint32_t place = 0; place < kPlaces; ++place)
        manifest.sealed.push_back(segment_at(place, 0, 100 + place));
    const std::vector<MergeGroup> groups = {
        {manifest.sealed[0], manifest.sealed[1]},
        {manifest.sealed[2], manifest.sealed[3], manifest.sealed[4]}};
    const CompactionReport report = report_of_plan(manifest, groups);
    EXPECT_EQ(report.segments_before, 5U);
    EXPECT_EQ(report.segments_merged, 5U);
    EXPECT_EQ(report.segments_made, 2U);
    EXPECT_EQ(report.segments_after, 2U);
    EXPECT_EQ(report.bytes_before, 510U);
    EXPECT_EQ(report.bytes_after, 510U);
    EXPECT_FALSE(report.stopped);
    EXPECT_EQ(report_of_plan(manifest, {}).segments_after, 5U);
}

}  // namespace
}  // namespace batpak::store::merge_plan_test
