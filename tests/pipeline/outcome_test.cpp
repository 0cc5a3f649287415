#include "batpak/pipeline/outcome.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <cerrno>
#include <memory>
#include <type_traits>

#include "batpak/pipeline/join.hpp"
#include "batpak/pipeline/match.hpp"
#include "pipeline/outcome_model.hpp"
#include "support/faults/throwing_asserts.hpp"

namespace batpak {
namespace {

using outcome::Cancelled;
using outcome::Pending;
using outcome::Retry;
using testing::all_leaves;
using testing::cancelled;
using testing::err;
using testing::IntOutcome;
using testing::ok;
using testing::pending;
using testing::retry;
using Owner = std::unique_ptr<int>;

static_assert(std::is_copy_constructible_v<Outcome<int>>);
static_assert(!std::is_copy_constructible_v<Outcome<Owner>>);
static_assert(!std::is_copy_assignable_v<Outcome<Owner>>);
static_assert(std::is_nothrow_move_constructible_v<Outcome<Owner>>);
static_assert(std::equality_comparable<Outcome<int>>);
struct Incomparable {};
static_assert(!std::equality_comparable<Outcome<Incomparable>>);

IntOutcome nested(std::size_t levels, IntOutcome inner) {
    for (std::size_t i = 0; i < levels; ++i) {
        std::vector<IntOutcome> members;
        members.push_back(std::move(inner));
        inner = IntOutcome::batch(std::move(members));
    }
    return inner;
}

TEST(Outcome, IsExactlyOneOfItsSixStates) {
    std::vector<IntOutcome> all = all_leaves();
    all.push_back(IntOutcome());
    for (const IntOutcome& each : all) {
        const int states = each.is_ok() + each.is_err() + each.is_retry() + each.is_pending() +
                           each.is_cancelled() + each.is_batch();
        EXPECT_EQ(states, 1);
        const int parts = (each.as_ok() != nullptr) + (each.as_err() != nullptr) +
                          (each.as_retry() != nullptr) + (each.as_pending() != nullptr) +
                          (each.as_cancelled() != nullptr) + (each.as_batch() != nullptr);
        EXPECT_EQ(parts, 1);
    }
    EXPECT_EQ(ok(1).state(), OutcomeState::Ok);
    EXPECT_EQ(err("e").state(), OutcomeState::Err);
    EXPECT_EQ(retry("r").state(), OutcomeState::Retry);
    EXPECT_EQ(pending().state(), OutcomeState::Pending);
    EXPECT_EQ(cancelled("c").state(), OutcomeState::Cancelled);
    EXPECT_EQ(IntOutcome().state(), OutcomeState::Batch);
    EXPECT_EQ(to_string(OutcomeState::Ok), "Ok");
    EXPECT_EQ(to_string(OutcomeState::Batch), "Batch");
}

TEST(Outcome, EqualsWhatHasTheSameStateAndContent) {
    const std::vector<IntOutcome> all = testing::small_outcomes();
    for (std::size_t a = 0; a < all.size(); ++a) {
        for (std::size_t b = 0; b < all.size(); ++b) EXPECT_EQ(all[a] == all[b], a == b);
    }
}

// A Batch is over when all its members are: there is nothing left to wait for.
TEST(Outcome, IsTerminalIfNoLeafCanChange) {
    EXPECT_TRUE(ok(1).is_terminal() && err("e").is_terminal() && cancelled("c").is_terminal());
    EXPECT_FALSE(retry("r").is_terminal() || pending().is_terminal());
    EXPECT_TRUE(IntOutcome().is_terminal());
    EXPECT_TRUE(nested(3, err("e")).is_terminal());
    EXPECT_FALSE(IntOutcome::batch({ok(1), nested(3, pending())}).is_terminal());
}

TEST(Outcome, MovesThroughEveryOperationWhatCannotBeCopied) {
    using Owned = Outcome<Owner>;
    std::vector<Owned> members;
    members.push_back(Owned::ok(std::make_unique<int>(1)));
    members.push_back(Owned::err(ErrorKind::Conflict, "e"));
    auto made = Owned::batch(std::move(members))
                    .map([](Owner&& owner) { return std::move(owner); })
                    .and_then([](Owner&& owner) { return Owned::ok(std::move(owner)); })
                    .and_then_if([](const Owner& owner) { return *owner == 1; },
                                 [](Owner&& owner) { return Owned::ok(std::move(owner)); })
                    .map_err([](OutcomeError&& error) { return std::move(error); })
                    .or_else([](OutcomeError&&) { return Owned::ok(std::make_unique<int>(2)); })
                    .inspect([](const Owner& owner) { EXPECT_TRUE(owner); })
                    .inspect_err([](const OutcomeError&) { FAIL(); });
    // A const one lends what it holds.
    EXPECT_EQ(join_all(std::as_const(made).map([](const Owner& owner) { return *owner; })),
              Outcome<std::vector<int>>::ok({1, 2}));
    const auto joined = join_all(std::move(made));
    ASSERT_TRUE(joined.is_ok());
    EXPECT_EQ(*joined.as_ok()->at(1), 2);
    EXPECT_EQ(*Owned::ok(std::make_unique<int>(3)).unwrap_or(nullptr), 3);
    EXPECT_EQ(*Owned::ok(std::make_unique<int>(4)).into_result().value(), 4);
}

TEST(Outcome, GivesTheFallbackForAllThatIsNotOk) {
    EXPECT_EQ(ok(1).unwrap_or(7), 1);
    EXPECT_EQ(ok(1).unwrap_or_else([] { return 7; }), 1);
    std::vector<IntOutcome> others = {err("e"),       retry("r"),   pending(),
                                      cancelled("c"), IntOutcome(), IntOutcome::batch({ok(1)})};
    for (const IntOutcome& other : others) {
        EXPECT_EQ(other.unwrap_or(7), 7);
        EXPECT_EQ(IntOutcome(other).unwrap_or_else([] { return 7; }), 7);
    }
}

TEST(Outcome, BecomesAResultOnlyAsOkErrOrCancelled) {
    EXPECT_EQ(ok(1).into_result(), 1);
    EXPECT_TRUE(Outcome<Unit>::ok({}).into_result());
    const auto code = [](const IntOutcome& each) { return each.into_result().error().code(); };
    EXPECT_EQ(code(err("e")), ErrorCode::OutcomeConflict);
    EXPECT_EQ(code(cancelled("c")), ErrorCode::OutcomeCancelled);
    EXPECT_EQ(code(retry("r")), ErrorCode::OutcomeUnsettled);
    EXPECT_EQ(code(pending()), ErrorCode::OutcomeUnsettled);
    EXPECT_EQ(code(IntOutcome::batch({ok(1)})), ErrorCode::OutcomeUnsettled);
    EXPECT_EQ(cancelled("c").into_result().error().detail(), "c");
    EXPECT_EQ(retry("r").into_result().error().detail(), "Retry: r");
}

TEST(Outcome, ComesOutOfAResultAsItWentIn) {
    for (const IntOutcome& each : {ok(1), cancelled("c")}) {
        EXPECT_EQ(IntOutcome::from_result(each.into_result()), each);
    }
    const Result<int> full = fail(Error(ErrorCode::DiskFull, "free some").at("segments/1"));
    const IntOutcome outcome = IntOutcome::from_result(full);
    ASSERT_TRUE(outcome.is_err());
    EXPECT_TRUE(outcome.as_err()->retryable);
    EXPECT_EQ(outcome.into_result().error().to_string(), full.error().to_string());
    EXPECT_TRUE(Outcome<Unit>::from_result(Result<void>()).is_ok());
    EXPECT_TRUE(Outcome<Unit>::from_result(fail(ErrorCode::Io)).is_err());
}

// Goal:   the deepest outcome that can be made is copied, compared, changed and destroyed on a
//         small stack, and none deeper can be made.
// Method: a thread of 1 MiB, an eighth of what a thread has by default.
TEST(Outcome, IsAsDeepAsASmallStackCanBear) {
    const auto use = [](void*) -> void* {
        const IntOutcome deepest = nested(IntOutcome::kDepthMax, ok(1));
        const IntOutcome copy = deepest;
        const auto doubled = copy.and_then([](int value) { return ok(value + 1); });
        EXPECT_TRUE(copy == deepest && !(doubled == deepest));
        EXPECT_EQ(zip(deepest, doubled).depth(), IntOutcome::kDepthMax);
        EXPECT_EQ(join_all(doubled), Outcome<std::vector<int>>::ok({2}));
        return nullptr;
    };
    pthread_attr_t small;
    ASSERT_EQ(pthread_attr_init(&small), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&small, std::size_t{1} << 20), 0);
    pthread_t thread{};
    ASSERT_EQ(pthread_create(&thread, &small, use, nullptr), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
    ASSERT_EQ(pthread_attr_destroy(&small), 0);
}

TEST(Outcome, DeeperThanTheLimitIsABug) {
    const testing::ThrowingAsserts throwing;
    const IntOutcome deepest = nested(IntOutcome::kDepthMax, ok(1));
    const IntOutcome failed = nested(IntOutcome::kDepthMax, err("e"));
    EXPECT_THROW((void)IntOutcome::batch({deepest}), testing::AssertionFailed);
    const auto deeper = [](const auto&) { return IntOutcome::batch({ok(2)}); };
    EXPECT_THROW((void)deepest.and_then(deeper), testing::AssertionFailed);
    EXPECT_THROW((void)failed.or_else(deeper), testing::AssertionFailed);
    EXPECT_EQ(failed.and_then(deeper), failed);

    WaitCondition condition;
    for (std::size_t i = 1; i < WaitCondition::kDepthMax; ++i) {
        condition = i % 2 == 0 ? WaitCondition::all({condition}) : WaitCondition::any({condition});
    }
    EXPECT_EQ(condition.depth(), WaitCondition::kDepthMax);
    EXPECT_THROW((void)WaitCondition::all({condition}), testing::AssertionFailed);
    EXPECT_THROW((void)WaitCondition::any({condition}), testing::AssertionFailed);
}

// ---- match

std::string word_for(const IntOutcome& outcome) {
    return match(
        outcome, [](int value) { return "Ok " + std::to_string(value); },
        [](const OutcomeError& error) { return error.to_string(); },
        [](const Retry& retry) { return "Retry " + retry.reason; },
        [](const Pending&) { return std::string("Pending"); },
        [](const Cancelled& cancelled) { return "Cancelled " + cancelled.reason; },
        [](const std::vector<IntOutcome>& members) {
            return "Batch of " + std::to_string(members.size());
        });
}

TEST(Match, CallsTheHandlerOfThePart) {
    EXPECT_EQ(word_for(ok(1)), "Ok 1");
    EXPECT_EQ(word_for(err("e")), "[Conflict] e");
    EXPECT_EQ(word_for(retry("r")), "Retry r");
    EXPECT_EQ(word_for(pending()), "Pending");
    EXPECT_EQ(word_for(cancelled("c")), "Cancelled c");
    EXPECT_EQ(word_for(IntOutcome::batch({ok(1), ok(2)})), "Batch of 2");
}

TEST(Match, HandsPartsOverAsTheWholeIs) {
    auto owned = Outcome<Owner>::ok(std::make_unique<int>(1));
    EXPECT_EQ(
        match(owned, [](const Owner& owner) { return *owner; }, [](const auto&) { return 0; }), 1);
    match(owned, [](Owner& owner) { *owner = 2; }, [](const auto&) {});
    const Owner taken = match(
        std::move(owned), [](Owner&& owner) { return std::move(owner); },
        [](auto&&) { return Owner(); });
    EXPECT_EQ(*taken, 2);
    // What a handler returns by reference stays one.
    IntOutcome number = ok(1);
    int other = 0;
    match(
        number, [](int& value) -> int& { return value; }, [&](auto&) -> int& { return other; }) = 5;
    EXPECT_EQ(number, ok(5));
}

TEST(Match, TakesConditionsAndActionsApartToo) {
    const auto name = [](const WaitCondition& condition) {
        return match(
            condition, [](const WaitCondition::Timeout&) { return 't'; },
            [](const WaitCondition::Event&) { return 'e'; },
            [](const WaitCondition::All&) { return 'a'; },
            [](const WaitCondition::Any&) { return 'o'; },
            [](const WaitCondition::Custom&) { return 'c'; });
    };
    EXPECT_EQ(name(WaitCondition()), 'a');
    EXPECT_EQ(name(WaitCondition::timeout({})), 't');
    EXPECT_EQ(name(WaitCondition::event({})), 'e');
    EXPECT_EQ(name(WaitCondition::any({})), 'o');
    EXPECT_EQ(name(WaitCondition::custom(1, {})), 'c');
    EXPECT_EQ(match(
                  CompensationAction::release({"seat 4"}),
                  [](const CompensationAction::Release& release) { return release.resources[0]; },
                  [](const auto&) { return std::string(); }),
              "seat 4");
}

// ---- errors

TEST(OutcomeError, SaysItsKindAndMessage) {
    EXPECT_EQ(OutcomeError::of(ErrorKind::NotFound, "no such account").to_string(),
              "[NotFound] no such account");
    EXPECT_EQ(OutcomeError::of(custom_error_kind(7), "odd").to_string(), "[Custom(7)] odd");
    EXPECT_EQ(to_string(ErrorKind{99}), "Unknown(99)");
    EXPECT_EQ(to_string(ErrorKind{0x20007}), "Unknown(131079)");
}

TEST(OutcomeError, KindsAreOfTheDomainOrOperationalOrNeither) {
    const auto facts = [](ErrorKind kind) {
        return to_string(kind) + (is_domain(kind) ? " domain" : "") +
               (is_operational(kind) ? " operational" : "") + (is_retryable(kind) ? " again" : "");
    };
    EXPECT_EQ(facts(ErrorKind::NotFound), "NotFound domain");
    EXPECT_EQ(facts(ErrorKind::Conflict), "Conflict domain");
    EXPECT_EQ(facts(ErrorKind::Validation), "Validation domain");
    EXPECT_EQ(facts(ErrorKind::PolicyRejection), "PolicyRejection domain");
    EXPECT_EQ(facts(ErrorKind::StorageError), "StorageError operational again");
    EXPECT_EQ(facts(ErrorKind::Timeout), "Timeout operational again");
    EXPECT_EQ(facts(ErrorKind::Serialization), "Serialization operational");
    EXPECT_EQ(facts(ErrorKind::Internal), "Internal operational");
    EXPECT_EQ(facts(ErrorKind{0}), "Unknown(0)");
    EXPECT_EQ(facts(ErrorKind{9}), "Unknown(9)");
    for (const std::uint16_t code : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{65535}}) {
        EXPECT_EQ(facts(custom_error_kind(code)), "Custom(" + std::to_string(code) + ")");
        EXPECT_EQ(custom_code(custom_error_kind(code)), code);
    }
    EXPECT_FALSE(custom_code(ErrorKind::Internal));
}

// Every code of the store comes back with all that it said; its class decides the rest.
TEST(OutcomeError, KeepsAllOfTheErrorItCameFrom) {
    const auto last = static_cast<std::uint16_t>(ErrorCode::Forked);
    std::string again;
    for (std::uint16_t number = 1; number <= last; ++number) {
        const Error error = Error(ErrorCode{number}, "why")
                                .at("where")
                                .at_offset(7)
                                .at_sequence(Sequence(42))
                                .with_os_error(EIO)
                                .at_stage(BatchStage::Syncing)
                                .at_item(3);
        const OutcomeError outcome_error = OutcomeError::of(error);
        EXPECT_EQ(outcome_error.to_error().to_string(), error.to_string());
        EXPECT_EQ(outcome_error.message, error.to_string());
        EXPECT_NE(to_string(outcome_error.kind).substr(0, 7), "Unknown");
        if (outcome_error.retryable) again += std::string(to_string(error.code())) + " ";
    }
    EXPECT_EQ(again,
              "StoreLocked GroupInUse ModelLocked CompactionRunning DiskFull OutOfMemory "
              "ParkedFull WouldBlock Timeout Io ");
    EXPECT_EQ(OutcomeError::of(Error(ErrorCode::Closed)).to_error().to_string(), "Closed");
}

TEST(OutcomeError, KindsFollowTheClassOfAnError) {
    const auto kind = [](ErrorCode code) { return OutcomeError::of(Error(code)).kind; };
    EXPECT_EQ(kind(ErrorCode::InvalidArgument), ErrorKind::Validation);
    EXPECT_EQ(kind(ErrorCode::DecodeFailed), ErrorKind::Serialization);
    EXPECT_EQ(kind(ErrorCode::EventNotFound), ErrorKind::NotFound);
    EXPECT_EQ(kind(ErrorCode::VersionConflict), ErrorKind::Conflict);
    EXPECT_EQ(kind(ErrorCode::OutcomeDenied), ErrorKind::PolicyRejection);
    EXPECT_EQ(kind(ErrorCode::Timeout), ErrorKind::Timeout);
    EXPECT_EQ(kind(ErrorCode::Poisoned), ErrorKind::StorageError);
    EXPECT_EQ(kind(ErrorCode::OutcomeFailed), ErrorKind::Internal);
}

TEST(OutcomeError, BecomesTheCodeOfItsKind) {
    const auto error = [](ErrorKind kind) { return OutcomeError::of(kind, "m").to_error(); };
    EXPECT_EQ(error(ErrorKind::NotFound).code(), ErrorCode::OutcomeNotFound);
    EXPECT_EQ(error(ErrorKind::Conflict).code(), ErrorCode::OutcomeConflict);
    EXPECT_EQ(error(ErrorKind::Validation).code(), ErrorCode::InvalidArgument);
    EXPECT_EQ(error(ErrorKind::PolicyRejection).code(), ErrorCode::OutcomeDenied);
    EXPECT_EQ(error(ErrorKind::StorageError).code(), ErrorCode::Io);
    EXPECT_EQ(error(ErrorKind::Timeout).code(), ErrorCode::Timeout);
    EXPECT_EQ(error(ErrorKind::Serialization).code(), ErrorCode::DecodeFailed);
    EXPECT_EQ(error(ErrorKind::Internal).code(), ErrorCode::OutcomeFailed);
    EXPECT_EQ(error(ErrorKind::Internal).detail(), "m");
    EXPECT_EQ(error(custom_error_kind(7)).to_string(), "OutcomeFailed: [Custom(7)] m");
    for (std::uint32_t number = 1; number <= 8; ++number) {
        EXPECT_EQ(OutcomeError::of(error(ErrorKind{number})).kind, ErrorKind{number});
    }
}

TEST(OutcomeError, OfAnUnknownCodeFallsBackToItsKind) {
    OutcomeError error = OutcomeError::of(Error(ErrorCode::VersionConflict, "why"));
    error.cause->code = "OfANewerVersion";
    EXPECT_EQ(error.to_error().code(), ErrorCode::OutcomeConflict);
    error.cause->code = "VersionConflict";
    error.cause->stage = "OfANewerVersion";
    EXPECT_EQ(error.to_error().code(), ErrorCode::VersionConflict);
    EXPECT_FALSE(error.to_error().stage());
}

}  // namespace
}  // namespace batpak
