// What is thrown becomes an error. tests/resources/ has the same where no memory is left for words.
#include "base/exceptions.hpp"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::code_of;

TEST(Exceptions, AStepThatThrowsNothingAnswersForItself) {
    EXPECT_EQ(caught([]() -> Result<int> { return 7; }).value(), 7);
    const auto failed = caught([]() -> Result<void> { return fail(ErrorCode::DiskFull, "full"); });
    EXPECT_EQ(code_of(failed), ErrorCode::DiskFull);
    EXPECT_EQ(failed.error().detail(), "full");
}

TEST(Exceptions, WhatIsThrownIsTheErrorOfTheStep) {
    const auto no_memory = caught([]() -> Result<void> { throw std::bad_alloc(); });
    EXPECT_EQ(code_of(no_memory), ErrorCode::OutOfMemory);
    EXPECT_NE(no_memory.error().detail(), "");
    const auto known = caught([]() -> Result<void> { throw std::runtime_error("a reason"); });
    EXPECT_EQ(code_of(known), ErrorCode::HandlerFailed);
    EXPECT_EQ(known.error().detail(), "a reason");
    const auto unknown = caught([]() -> Result<void> { throw 7; });
    EXPECT_EQ(code_of(unknown), ErrorCode::HandlerFailed);
    EXPECT_NE(unknown.error().detail(), "");
}

TEST(Exceptions, ACopySaysAllThatTheErrorSaid) {
    const Error whole = Error(ErrorCode::Io, "why")
                            .at("where")
                            .at_offset(3)
                            .at_sequence(Sequence(4))
                            .at_item(5)
                            .at_stage(BatchStage::Writing)
                            .with_os_error(6);
    const Error copy = copy_of(whole);
    EXPECT_EQ(copy.to_string(), whole.to_string());
    EXPECT_EQ(copy.offset(), 3U);
    EXPECT_EQ(copy.sequence(), Sequence(4));
    EXPECT_EQ(copy.item(), 5U);
    EXPECT_EQ(copy.stage(), BatchStage::Writing);
    EXPECT_EQ(copy.os_error(), 6);
}

}  // namespace
}  // namespace batpak
