#include "store/salvage/loss_list.hpp"

#include <gtest/gtest.h>

namespace batpak::store {
namespace {

// Segments 1, 2 and 3 of ten events each; there is no file of the second.
Survey survey_of_three() {
    Survey survey;
    survey.extents = {{1, Sequence(0)}, {2, Sequence(10)}, {3, Sequence(20)}};
    SurveyedFile file;
    file.id = 1;
    file.header.segment_id = 1;
    file.bytes = 1000;
    survey.files.push_back(file);
    file.id = 3;
    file.header.segment_id = 3;
    file.header.first = Sequence(20);
    file.bytes = 3000;
    survey.files.push_back(file);
    return survey;
}

TEST(LossList, SaysBetweenWhichEventsItWas) {
    std::vector<LostEvents> list;
    list_lost(list, survey_of_three(), {Sequence(3), Sequence(5)},
              {FilePlace{0, 300}, FilePlace{0, 450}});
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].first, Sequence(3));
    EXPECT_EQ(list[0].count, 2U);
    EXPECT_EQ(list[0].file, "segments/000000000001.bpk");
    EXPECT_EQ(list[0].offset, 300U);
    EXPECT_EQ(list[0].bytes, 150U);
}

TEST(LossList, HasALineForEachSegment) {
    std::vector<LostEvents> list;
    list_lost(list, survey_of_three(), {Sequence(8), Sequence(22)},
              {FilePlace{0, 900}, FilePlace{1, 400}});
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].count, 2U);
    EXPECT_EQ(list[0].offset, 900U);
    EXPECT_EQ(list[0].bytes, 100U);  // to the end of the file
    EXPECT_EQ(list[1].first, Sequence(10));
    EXPECT_EQ(list[1].count, 10U);
    EXPECT_EQ(list[1].file, "segments/000000000002.bpk");
    EXPECT_EQ(list[1].bytes, 0U);  // there is no file
    EXPECT_EQ(list[2].first, Sequence(20));
    EXPECT_EQ(list[2].offset, SegmentHeader::kBytes);
    EXPECT_EQ(list[2].bytes, 400 - SegmentHeader::kBytes);
}

TEST(LossList, NamesNoFileWhereNoneIsKnown) {
    Survey survey = survey_of_three();
    survey.extents.erase(survey.extents.begin());
    std::vector<LostEvents> list;
    list_lost(list, survey, {Sequence(2), Sequence(10)}, {});
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].count, 8U);
    EXPECT_EQ(list[0].file, "");
    list.clear();
    list_lost(list, survey, {Sequence(2), Sequence(2)}, {});
    EXPECT_TRUE(list.empty());
}

TEST(LossList, GoesByWhatAFileHolds) {
    Survey survey = survey_of_three();
    std::swap(survey.files[0].header, survey.files[1].header);
    std::vector<LostEvents> list;
    list_lost(list, survey, {Sequence(3), Sequence(5)}, {});
    list_lost(list, survey, {Sequence(22), Sequence(25)}, {});
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].file, "segments/000000000003.bpk");
    EXPECT_EQ(list[1].file, "segments/000000000001.bpk");
    survey.files[0].header = survey.files[1].header;  // two copies, and none of the third
    list.clear();
    list_lost(list, survey, {Sequence(22), Sequence(25)}, {});
    EXPECT_EQ(list[0].file, "segments/000000000003.bpk");
    EXPECT_EQ(list[0].bytes, 0U);
}

TEST(LossList, AsksWhetherTheEndIsWhole) {
    Survey survey = survey_of_three();
    std::vector<LostEvents> list;
    list_doubtful_end(list, survey, Sequence(25));
    EXPECT_TRUE(list.empty());
    survey.files[1].damaged_from = 2000;
    survey.files[1].content_end = 2040;
    list_doubtful_end(list, survey, Sequence(25));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].first, Sequence(25));
    EXPECT_EQ(list[0].count, 0U);
    EXPECT_EQ(list[0].offset, 2000U);
    EXPECT_EQ(list[0].bytes, 40U);
    survey.lacking = 4;
    list.clear();
    list_doubtful_end(list, survey, Sequence(25));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].file, "segments/000000000004.bpk");
    survey.lacking.reset();
    survey.files.pop_back();
    list.clear();
    list_doubtful_end(list, survey, Sequence(25));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].file, "segments/000000000003.bpk");
    list.clear();
    list_doubtful_end(list, Survey{}, Sequence(0));
    EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace batpak::store
