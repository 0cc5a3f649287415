#include "store/salvage/survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/store/salvage_model.hpp"

namespace batpak::store {
namespace {

using testing::config_on;
using testing::Disk;
using testing::SalvageModel;
using testing::segment_path;
using testing::SimulatedDisk;
using testing::SimulatedFileSystem;
using testing::store_path;

class SurveyTest : public ::testing::Test {
protected:
    Survey survey() {
        directory = StoreDirectory::open_for_reading(config_on(disk, 1)).value();
        return survey_log(*directory, [](std::uint64_t) { return true; }).value();
    }
    // The events of all units, in their order.
    static std::vector<std::uint64_t> sequences_of(const Survey& survey) {
        std::vector<std::uint64_t> sequences;
        for (const FoundUnit& unit : survey.units) {
            for (std::uint64_t i = 0; i < unit.count; ++i)
                sequences.push_back(unit.first.value + i);
        }
        return sequences;
    }

    Disk disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    SalvageModel model = testing::make_store_to_salvage(disk, 1);
    std::unique_ptr<StoreDirectory> directory;
};

TEST_F(SurveyTest, FindsEachEventWhereItIs) {
    const Survey found = survey();
    EXPECT_TRUE(found.has_manifest);
    EXPECT_TRUE(found.has_hashes);
    EXPECT_TRUE(found.damage.empty());
    EXPECT_EQ(found.end.value, model.events().size());
    std::vector<std::uint64_t> offsets;
    for (const FoundUnit& unit : found.units) {
        EXPECT_TRUE(unit.is_committed);
        for (std::uint32_t i = 0; i < unit.count; ++i)
            offsets.push_back(found.offsets[unit.place + i]);
    }
    std::vector<std::uint64_t> expected;
    for (const SalvageModel::Frame& frame : model.frames()) {
        if (frame.is_event) expected.push_back(frame.begin);
    }
    EXPECT_EQ(offsets, expected);
}

TEST_F(SurveyTest, GuessesWhatAManifestWouldSay) {
    const Survey listed = survey();
    ASSERT_TRUE(disk->erase(store_path("MANIFEST")));
    ASSERT_TRUE(disk->erase(store_path("MANIFEST.copy")));
    const Survey guessed = survey();
    EXPECT_FALSE(guessed.has_manifest);
    EXPECT_EQ(guessed.eras, listed.eras);
    EXPECT_EQ(guessed.has_hashes, listed.has_hashes);
    EXPECT_EQ(guessed.end, listed.end);
    EXPECT_EQ(sequences_of(guessed), sequences_of(listed));
    ASSERT_EQ(guessed.extents.size(), listed.extents.size());
    for (std::size_t i = 0; i < listed.extents.size(); ++i) {
        EXPECT_EQ(guessed.extents[i].id, listed.extents[i].id);
        EXPECT_EQ(guessed.extents[i].first, listed.extents[i].first);
    }
    ASSERT_EQ(guessed.damage.size(), 1U);
    EXPECT_EQ(guessed.damage[0].code(), ErrorCode::CorruptManifest);
}

TEST_F(SurveyTest, PutsTheFileToPreferFirst) {
    ASSERT_TRUE(disk->put(segment_path(90), disk->contents(segment_path(2)).value()));
    const Survey found = survey();
    const Sequence first = found.extents[1].first;
    const auto of_first = [&](const FoundUnit& unit) { return unit.first == first; };
    const auto one = std::ranges::find_if(found.units, of_first);
    ASSERT_NE(one, found.units.end());
    EXPECT_EQ(found.files[one->file].id, 2U);  // the MANIFEST lists it
    const auto other = std::next(one);
    ASSERT_TRUE(of_first(*other));
    EXPECT_EQ(found.files[other->file].id, 90U);
}

TEST_F(SurveyTest, TakesNoBatchOfWhichAMemberIsMissing) {
    const auto member = std::ranges::find_if(model.frames(), [](const SalvageModel::Frame& frame) {
        return frame.is_event && frame.count > 1;
    });
    ASSERT_NE(member, model.frames().end());
    ASSERT_TRUE(disk->flip_bit(member->path, member->end - 1, 1));
    const Survey found = survey();
    EXPECT_TRUE(std::ranges::none_of(
        found.units, [&](const FoundUnit& unit) { return unit.first.value == member->first; }));
    const auto tells = [&](const Error& error) {
        return error.sequence() == Sequence(member->first);
    };
    EXPECT_TRUE(std::ranges::any_of(found.damage, tells));
}

TEST_F(SurveyTest, EndsWhereItIsStopped) {
    directory = StoreDirectory::open_for_reading(config_on(disk, 1)).value();
    int steps = 0;
    const auto step = [&](std::uint64_t) { return ++steps < 3; };
    const Survey found = survey_log(*directory, step).value();
    EXPECT_EQ(steps, 3);
    EXPECT_LT(sequences_of(found).size(), model.events().size());
}

}  // namespace
}  // namespace batpak::store
