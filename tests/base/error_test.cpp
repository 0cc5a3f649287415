// Goal:   every ErrorCode has a name of its own and exactly one class.
// Method: all numbers that are codes are tried. The functions are switches without a default, so
//         the number after the last is shown to be none.
#include "batpak/base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>

#include "batpak/base/result.hpp"

namespace batpak {
namespace {

std::vector<ErrorCode> all_codes() {
    std::vector<ErrorCode> codes;
    for (std::uint16_t number = 1; number <= static_cast<std::uint16_t>(ErrorCode::Forked);
         ++number)
        codes.push_back(static_cast<ErrorCode>(number));
    return codes;
}

TEST(Error, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const ErrorCode code : all_codes()) {
        EXPECT_FALSE(to_string(code).empty());
        EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
    }
    EXPECT_EQ(names.size(), 79U);
}

TEST(Error, EveryClassHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::uint8_t number = 0; number <= static_cast<std::uint8_t>(ErrorClass::Forked); ++number)
        names.insert(to_string(static_cast<ErrorClass>(number)));
    EXPECT_EQ(names.size(), 14U);
}

// The reaction of callers hangs on these: a code that changes its class is a breaking change.
TEST(Error, TheClassesPartitionTheCodes) {
    std::map<ErrorClass, int> sizes;
    for (const ErrorCode code : all_codes()) ++sizes[error_class(code)];
    const std::map<ErrorClass, int> expected{
        {ErrorClass::Invalid, 21}, {ErrorClass::NotFound, 5},   {ErrorClass::Busy, 4},
        {ErrorClass::Conflict, 8}, {ErrorClass::Denied, 8},     {ErrorClass::Full, 3},
        {ErrorClass::Domain, 3},   {ErrorClass::WouldBlock, 1}, {ErrorClass::Timeout, 1},
        {ErrorClass::Io, 1},       {ErrorClass::Poisoned, 1},   {ErrorClass::Refused, 21},
        {ErrorClass::Closed, 1},   {ErrorClass::Forked, 1},
    };
    EXPECT_EQ(sizes, expected);
}

TEST(Error, ANameLeadsBackToItsCodeAndNoOtherTextDoes) {
    for (const ErrorCode code : all_codes()) EXPECT_EQ(error_code_named(to_string(code)), code);
    for (const char* name : {"", "io", "Io ", "None"}) EXPECT_FALSE(error_code_named(name)) << name;
    for (const BatchStage stage : {BatchStage::Validation, BatchStage::Publishing})
        EXPECT_EQ(batch_stage_named(to_string(stage)), stage);
    EXPECT_FALSE(batch_stage_named("Unknown"));
}

TEST(ErrorDeathTest, ANumberThatIsNoCodeIsABug) {
    for (const ErrorCode code : {ErrorCode{0}, ErrorCode{80}, ErrorCode{0xFFFF}}) {
        EXPECT_DEATH((void)to_string(code), "unreachable");
        EXPECT_DEATH((void)error_class(code), "unreachable");
    }
    EXPECT_DEATH((void)to_string(ErrorClass{14}), "unreachable");
}

TEST(Error, CarriesWhereAndWhy) {
    const Error error = Error(ErrorCode::CorruptFrame, "restore a backup")
                            .at("000001.fbat")
                            .at_offset(7)
                            .at_sequence(Sequence(42))
                            .with_os_error(EIO);
    EXPECT_EQ(error.code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(error.error_class(), ErrorClass::Refused);
    EXPECT_EQ(error.place(), "000001.fbat");
    EXPECT_EQ(error.offset(), 7U);
    EXPECT_EQ(error.sequence(), Sequence(42));
    EXPECT_EQ(error.os_error(), EIO);
    EXPECT_EQ(error.detail(), "restore a backup");
}

TEST(Error, IsEmptyWhereNothingWasSaid) {
    const Error error(ErrorCode::Closed);
    EXPECT_TRUE(error.place().empty());
    EXPECT_TRUE(error.detail().empty());
    EXPECT_FALSE(error.offset());
    EXPECT_FALSE(error.sequence());
    EXPECT_EQ(error.os_error(), 0);
    EXPECT_EQ(error.to_string(), "Closed");
}

TEST(Error, ItsLineHoldsAllItsParts) {
    const std::string line = Error(ErrorCode::Io, "why")
                                 .at("where")
                                 .at_offset(7)
                                 .at_sequence(Sequence(42))
                                 .with_os_error(EIO)
                                 .to_string();
    for (const char* part : {"Io", "where", "7", "42", "Input/output error", "why"})
        EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Error, KeepsItsWordsWhenItIsGivenAPlace) {
    Error error(ErrorCode::VersionConflict, "the stream's latest version is 7");
    error = std::move(error).at("player:alice").at_item(3);
    error = std::move(error).at_stage(BatchStage::Validation);
    EXPECT_EQ(error.detail(), "the stream's latest version is 7");
    EXPECT_EQ(error.place(), "player:alice");
}

Result<int> half_of(int number) {
    if (number % 2 != 0) return fail(ErrorCode::InvalidArgument, "odd");
    return number / 2;
}

Result<int> quarter_of(int number) {
    BATPAK_TRY(const int half, half_of(number));
    BATPAK_CHECK(half_of(half));
    return half / 2;
}

TEST(Result, TryAndCheckPassTheFirstErrorOn) {
    EXPECT_EQ(quarter_of(8), 2);
    EXPECT_EQ(quarter_of(7).error().code(), ErrorCode::InvalidArgument);
    EXPECT_EQ(quarter_of(6).error().detail(), "odd");
}

}  // namespace
}  // namespace batpak
