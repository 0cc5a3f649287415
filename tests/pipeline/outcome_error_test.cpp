// Goal:   an Error that passes through an OutcomeError, and through the log as its data, comes out
//         as it went in; and what has no cause gets a code for its kind.
// Method: every error code there is; every kind, named and not.
#include "batpak/pipeline/outcome_error.hpp"

#include <gtest/gtest.h>

namespace batpak {
namespace {

Error full_error(ErrorCode code) {
    return Error(code, "why")
        .at("where")
        .at_offset(3)
        .at_sequence(Sequence(4))
        .at_item(5)
        .at_stage(BatchStage::Writing)
        .with_os_error(6);
}

TEST(OutcomeError, EveryErrorComesBackAsItWas) {
    for (std::uint16_t number = 1; number <= static_cast<std::uint16_t>(ErrorCode::Forked);
         ++number) {
        const auto code = static_cast<ErrorCode>(number);
        const Error error = full_error(code);
        const Error back = OutcomeError::of(error).to_error();
        EXPECT_EQ(back.code(), code);
        EXPECT_EQ(back.to_string(), error.to_string());
        EXPECT_EQ(back.offset(), error.offset());
        EXPECT_EQ(back.sequence(), error.sequence());
        EXPECT_EQ(back.item(), error.item());
        EXPECT_EQ(back.stage(), error.stage());
        EXPECT_EQ(back.os_error(), error.os_error());
    }
}

TEST(OutcomeError, KindAndRetryFollowTheClass) {
    struct Case {
        ErrorCode code;
        ErrorKind kind;
        bool retryable;
    };
    for (const Case& expected : {Case{ErrorCode::InvalidArgument, ErrorKind::Validation, false},
                                 Case{ErrorCode::DecodeFailed, ErrorKind::Serialization, false},
                                 Case{ErrorCode::EventNotFound, ErrorKind::NotFound, false},
                                 Case{ErrorCode::VersionConflict, ErrorKind::Conflict, false},
                                 Case{ErrorCode::GateDenied, ErrorKind::PolicyRejection, false},
                                 Case{ErrorCode::Timeout, ErrorKind::Timeout, true},
                                 Case{ErrorCode::Io, ErrorKind::StorageError, true},
                                 Case{ErrorCode::DiskFull, ErrorKind::StorageError, true},
                                 Case{ErrorCode::WouldBlock, ErrorKind::StorageError, true},
                                 Case{ErrorCode::Poisoned, ErrorKind::StorageError, false},
                                 Case{ErrorCode::Closed, ErrorKind::StorageError, false}}) {
        const OutcomeError made = OutcomeError::of(Error(expected.code));
        EXPECT_EQ(made.kind, expected.kind) << to_string(expected.code);
        EXPECT_EQ(made.retryable, expected.retryable) << to_string(expected.code);
    }
}

TEST(OutcomeError, WithoutACauseTheKindGivesTheCode) {
    struct Case {
        ErrorKind kind;
        ErrorCode code;
    };
    for (const Case& expected : {Case{ErrorKind::NotFound, ErrorCode::OutcomeNotFound},
                                 Case{ErrorKind::Conflict, ErrorCode::OutcomeConflict},
                                 Case{ErrorKind::Validation, ErrorCode::InvalidArgument},
                                 Case{ErrorKind::PolicyRejection, ErrorCode::OutcomeDenied},
                                 Case{ErrorKind::StorageError, ErrorCode::Io},
                                 Case{ErrorKind::Timeout, ErrorCode::Timeout},
                                 Case{ErrorKind::Serialization, ErrorCode::DecodeFailed},
                                 Case{ErrorKind::Internal, ErrorCode::OutcomeFailed}}) {
        const Error error = OutcomeError::of(expected.kind, "why").to_error();
        EXPECT_EQ(error.code(), expected.code) << to_string(expected.kind);
        EXPECT_EQ(error.detail(), "why");
    }
}

// A kind without a name has its number in the text, which no code could say.
TEST(OutcomeError, AKindOfTheApplicationIsNamedInTheText) {
    const Error error = OutcomeError::of(custom_error_kind(7), "why").to_error();
    EXPECT_EQ(error.code(), ErrorCode::OutcomeFailed);
    EXPECT_EQ(error.detail(), "[Custom(7)] why");
    EXPECT_EQ(to_string(ErrorKind{99}), "Unknown(99)");
}

TEST(OutcomeError, ACauseThatANewerBatpakKnowsFallsBackToTheKind) {
    OutcomeError newer = OutcomeError::of(Error(ErrorCode::EventNotFound, "why"));
    newer.cause->code = "SomethingNew";
    EXPECT_EQ(newer.to_error().code(), ErrorCode::OutcomeNotFound);
    newer = OutcomeError::of(full_error(ErrorCode::Io));
    newer.cause->stage = "SomeNewStage";
    EXPECT_EQ(newer.to_error().code(), ErrorCode::Io);
    EXPECT_FALSE(newer.to_error().stage());
}

TEST(OutcomeError, WhatIsNoTextCanBeStoredAllTheSame) {
    const OutcomeError made = OutcomeError::of(Error(ErrorCode::Io, "caf\xC3\xA9")
                                                   .at("a\xFF"
                                                       "b"));
    EXPECT_EQ(made.cause->detail, "caf\xC3\xA9");
    EXPECT_EQ(made.cause->place, "a?b");
}

}  // namespace
}  // namespace batpak
