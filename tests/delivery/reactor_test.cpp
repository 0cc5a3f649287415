#include "batpak/delivery/reactor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/delivery/cursor_worker.hpp"
#include "batpak/event/system_kinds.hpp"
#include "delivery/reactor/reaction_key.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak::reactor_test {
namespace {

using delivery::ReactionKey;
using testing::Moved;

struct Answered {
    static constexpr auto kind = EventKind::custom(0xF, 2);
    std::uint64_t to = 0;
};

const ReactorId kId("answers");

TEST(ReactionKey, SaysWhatItIsMadeOf) {
    for (const std::string_view reactor : {"a", "a:b", ":", "17", "\xFF\x01"}) {
        const std::string prefix =
            ReactionKey{.depth = 3, .source = Sequence(~0ULL), .reactor = reactor}.prefix();
        const std::string key = prefix + "12";
        const auto parsed = ReactionKey::parse(key);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->depth, 3U);
        EXPECT_EQ(parsed->source, Sequence(~0ULL));
        EXPECT_EQ(parsed->reactor, reactor);
    }
    for (const std::string_view other : {"", "order 7", "batpak:reaction:", "batpak:reaction:1:2",
                                         "batpak:reaction:1:2:", "batpak:reaction:x:2:a:0"}) {
        EXPECT_FALSE(ReactionKey::parse(other)) << other;
    }
}

class ReactorTest : public testing::StoreFixture {
protected:
    // Answers each event, of which it decodes nothing, in bob's stream.
    static void answer(const EventView& event, Reactions& reactions) {
        reactions.add(testing::coordinate_of("player:bob"), Answered{event.sequence().value});
    }
    Reactor reactor(ReactHandler handler) {
        return Reactor::open(store, Region::all(), kId, std::move(handler), options).value();
    }
    // The answered sequences, in the order of the log.
    std::vector<std::uint64_t> answers() const {
        std::vector<std::uint64_t> found;
        for (const auto& event : store.by_fact(Answered::kind))
            found.push_back(event->as<Answered>().value().to);
        return found;
    }
    using Sequences = std::vector<std::uint64_t>;

    testing::Watchdog watchdog{"Reactor", std::chrono::seconds(60)};
    Store store = open();
    ReactorOptions options;
};

TEST_F(ReactorTest, AnswersEachEventOnceInItsStoryAcrossReopens) {
    ASSERT_TRUE(store.append(alice, Moved{1, 0}));
    ASSERT_TRUE(store.append(alice, Moved{2, 0}));
    EXPECT_EQ(reactor(answer).run_until_idle().value().reacted, 2U);
    EXPECT_EQ(reactor(answer).run_until_idle().value().reacted, 0U);
    std::move(store).close().value();
    store = open();
    ASSERT_TRUE(store.append(alice, Moved{3, 0}));
    EXPECT_EQ(reactor(answer).run_until_idle().value().reacted, 1U);
    // At 2 stands where it began; 0 and 1 are answered at 3 and 5, each with a position behind it.
    EXPECT_EQ(answers(), (Sequences{0, 1, 7}));
    const auto source = store.get<Moved>(store.find(Sequence(0)).value()->event_id()).value();
    const auto reaction = store.get<Answered>(store.find(Sequence(3)).value()->event_id()).value();
    EXPECT_EQ(reaction.event.header.causation_id, source.event.header.event_id);
    EXPECT_EQ(reaction.event.header.correlation_id, source.event.header.correlation_id);
}

TEST_F(ReactorTest, StoresReactionsAndPositionInOneBatch) {
    ASSERT_TRUE(store.append(alice, Moved{}));
    const auto twice = [](const EventView& event, Reactions& reactions) {
        answer(event, reactions);
        answer(event, reactions);
    };
    EXPECT_EQ(reactor(twice).step().value(), ReactorStep::Reacted);
    EXPECT_EQ(store.find(Sequence(2)).value()->batch_count, 3U);  // (INV Q1)
    EXPECT_EQ(store.find(Sequence(4)).value()->kind(), system_kinds::kCursorMoved);
}

TEST_F(ReactorTest, PassesOverItsOwnReactionsAndAnswersThoseOfOthers) {
    ASSERT_TRUE(store.append(alice, Moved{}));
    Reactor mine = reactor(answer);
    EXPECT_EQ(mine.run_until_idle().value().reacted, 1U);
    EXPECT_EQ(mine.run_until_idle().value().reacted, 1U);  // (INV Q2)
    Reactor other = Reactor::open(store, Region::all(), ReactorId("other"), answer).value();
    EXPECT_EQ(other.run_until_idle().value().reacted, 2U);
    EXPECT_EQ(mine.run_until_idle().value().reacted, 3U);
}

TEST_F(ReactorTest, ACircleOfReactorsEndsAtTheDepthMax) {
    options.depth_max = 5;
    ASSERT_TRUE(store.append(alice, Moved{}));
    Reactor ping = Reactor::open(store, Region::all(), ReactorId("ping"), answer, options).value();
    Reactor pong = Reactor::open(store, Region::all(), ReactorId("pong"), answer, options).value();
    std::optional<Error> error;
    for (int i = 0; i < 100 && !error; ++i) {
        for (Reactor* each : {&ping, &pong}) {
            const auto done = each->run_until_idle();
            if (!done) error = done.error();
        }
    }
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::ReactionTooDeep);  // (INV Q2)
    std::uint32_t deepest = 0;
    for (const auto& event : store.by_fact(Answered::kind)) {
        const BytesView key = Metadata::idempotency_key(event->metadata_bytes);
        deepest = std::max(deepest, ReactionKey::parse(as_text(key))->depth);
    }
    EXPECT_EQ(deepest, 5U);
}

TEST_F(ReactorTest, AFailedStepStoresNothingAndComesAgain) {
    ASSERT_TRUE(store.append(alice, Moved{}));
    int calls = 0;
    Reactor failing = reactor([&](const EventView& event, Reactions& reactions) {
        answer(event, reactions);
        if (++calls < 3) throw std::runtime_error("not today");
    });
    const Sequence end = store.visible_end();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(testing::code_of(failing.step()), ErrorCode::HandlerFailed);
        EXPECT_EQ(failing.last_failure(), ReactorFailure::Handler);
        EXPECT_EQ(store.visible_end(), end);
    }
    EXPECT_EQ(failing.step().value(), ReactorStep::Reacted);
    EXPECT_EQ(answers(), Sequences{0});
}

// Every reaction that no store would take, and what it is refused with.
struct Refused {
    const char* name;
    ErrorCode code;
    void (*handler)(const EventView&, Reactions&);
};

class Refusal : public ReactorTest, public ::testing::WithParamInterface<Refused> {
protected:
    Refusal() {
        std::move(store).close().value();
        store = Store::open(config.with_batch_items_max(4).with_batch_bytes_max(4096)).value();
    }
};

const Refused kRefused[] = {
    {"ReservedKind", ErrorCode::ReservedKind,
     [](const EventView&, Reactions& reactions) {
         reactions.add(testing::coordinate_of("a"), system_kinds::kCursorMoved, Bytes(1));
     }},
    {"Conflict", ErrorCode::VersionConflict,
     [](const EventView&, Reactions& reactions) {
         reactions.add(testing::coordinate_of("a"), Answered{},
                       {.expect = ExpectedVersion::exactly(7), .flags = 0, .metadata = {}});
     }},
    {"TooMany", ErrorCode::TooManyReactions,
     [](const EventView& event, Reactions& reactions) {
         for (int i = 0; i < 4; ++i)
             reactions.add(testing::coordinate_of("a"), Answered{event.sequence().value});
     }},
    {"TooLong", ErrorCode::TooManyReactions,
     [](const EventView&, Reactions& reactions) {
         reactions.add(testing::coordinate_of("a"), EventKind::custom(1, 1), Bytes(4096));
     }},
    {"NotEncoded", ErrorCode::EncodeFailed,
     [](const EventView&, Reactions& reactions) {
         struct Text {
             std::string text;
         };
         reactions.add(testing::coordinate_of("a"), EventKind::custom(1, 1), Text{"\xFF"});
     }},
};

TEST_P(Refusal, StopsTheReactorAndWritesNothing) {
    ASSERT_TRUE(store.append(alice, Moved{}));
    Reactor stopping = reactor(GetParam().handler);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(testing::code_of(stopping.step()), GetParam().code);
        EXPECT_EQ(stopping.last_failure(), ReactorFailure::Handler);
    }
    EXPECT_EQ(store.visible_end(), Sequence(2));  // where it began
}

TEST_P(Refusal, IsSkippedWithAReasonThatStays) {
    options.errors = ReactionErrors::Skip;
    ASSERT_TRUE(store.append(alice, Moved{1, 0}));
    ASSERT_TRUE(store.append(alice, Moved{2, 0}));
    Reactor skipping = reactor([&](const EventView& event, Reactions& reactions) {
        if (event.sequence() == Sequence(0)) return GetParam().handler(event, reactions);
        answer(event, reactions);
    });
    EXPECT_EQ(skipping.step().value(), ReactorStep::Skipped);
    EXPECT_EQ(skipping.last_skipped()->code(), GetParam().code);
    EXPECT_EQ(skipping.step().value(), ReactorStep::Reacted);
    EXPECT_EQ(answers(), Sequences{1});
    std::move(store).close().value();
    store = open();
    Reactor later = reactor(answer);
    EXPECT_EQ(later.step().value(), ReactorStep::Passed);  // its own
    EXPECT_EQ(later.step().value(), ReactorStep::Idle);
    const auto skipped = later.skipped(10).value();
    ASSERT_EQ(skipped.size(), 1U);
    EXPECT_EQ(skipped[0].source, Sequence(0));
    EXPECT_TRUE(skipped[0].reason.starts_with(to_string(GetParam().code)));
    EXPECT_TRUE(later.skipped(0).value().empty());
}

INSTANTIATE_TEST_SUITE_P(Every, Refusal, ::testing::ValuesIn(kRefused),
                         [](const auto& refused) { return std::string(refused.param.name); });

TEST_F(ReactorTest, APositionThatWasReplacedStoresNothingTwice) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    EXPECT_TRUE(reactor(answer).run_until_idle());
    options.stored = StoredPosition::Replace;
    for (const std::uint64_t start : {0U, 1U}) {
        options.start = CursorStart::at(Sequence(start));
        Reactor again = reactor(answer);
        EXPECT_TRUE(again.run_until_idle());
        EXPECT_EQ(answers(), (Sequences{0, 1, 2}));  // (INV Q1)
    }
    // With other reactions than the first time the keys tell.
    Reactor different = reactor([](const EventView&, Reactions& reactions) {
        reactions.add(testing::coordinate_of("player:bob"), Answered{99});
    });
    EXPECT_EQ(testing::code_of(different.step()), ErrorCode::KeyConflict);
    EXPECT_EQ(testing::code_of(different.step()), ErrorCode::KeyConflict);
}

TEST_F(ReactorTest, OfTwoWithOneIdOnlyOneGoesOn) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    options.errors = ReactionErrors::Skip;
    Reactor slow = reactor(answer);
    Reactor fast = reactor(answer);
    EXPECT_TRUE(fast.run_until_idle());
    EXPECT_FALSE(slow.step());
    EXPECT_EQ(answers(), (Sequences{0, 1}));
}

TEST_F(ReactorTest, PassingOverManyEventsWritesFewPositions) {
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    Reactor silent = reactor([](const EventView&, Reactions&) {});
    EXPECT_EQ(silent.run_until_idle().value().passed, 600U);
    EXPECT_EQ(store.visible_end(), Sequence(604));
    EXPECT_EQ(silent.committed_position().matched, 600U);
    EXPECT_FALSE(silent.wait(std::chrono::steady_clock::now(), {}).value());
    EXPECT_EQ(store.visible_end(), Sequence(604));
}

TEST_F(ReactorTest, RunsInAWorker) {
    auto worker = CursorWorker::reacting(reactor(answer), {}).value();
    Cursor cursor =
        store.cursor_guaranteed(Region::all().with_kind<Answered>(), CursorId("c")).value();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(store.append(alice, Moved{i, 0}));
        ASSERT_TRUE(
            cursor.wait(std::chrono::steady_clock::now() + std::chrono::seconds(30)).value());
        ASSERT_TRUE(cursor.poll().value());
    }
    worker.stop();
    EXPECT_EQ(worker.join().value().end, WorkerEnd::StopRequested);
    EXPECT_EQ(answers().size(), 5U);

    auto failing =
        CursorWorker::reacting(reactor([](const EventView&, Reactions&) { throw 1; }), {});
    ASSERT_TRUE(store.append(alice, Moved{}));
    EXPECT_EQ(testing::code_of(failing->join()), ErrorCode::HandlerFailed);
    EXPECT_EQ(failing->report().end, WorkerEnd::HandlerFailed);
}

// The second of three events is damaged.
class DamagedSource : public ReactorTest {
protected:
    DamagedSource() {
        for (const std::string_view text : {"event zero", "event one!", "event two!"})
            EXPECT_TRUE(store.append_raw(alice, kind, as_bytes(text)));
        const std::string path = "/data/segments/000000000001.bpk";
        const Bytes file = disk->contents(path).value();
        EXPECT_TRUE(disk->flip_bit(path, as_text(file).find("event one!"), 0));
    }
};

TEST_F(DamagedSource, StopsAReactorUntilItIsSkipped) {
    Reactor stopping = reactor(answer);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(testing::code_of(stopping.run_until_idle()), ErrorCode::CorruptFrame);
        EXPECT_EQ(stopping.last_failure(), ReactorFailure::Reading);
    }
    ASSERT_TRUE(stopping.skip_damaged());
    EXPECT_EQ(testing::code_of(stopping.skip_damaged()), ErrorCode::InvalidArgument);
    EXPECT_TRUE(stopping.run_until_idle());
    EXPECT_EQ(answers(), (Sequences{0, 2}));
}

TEST_F(DamagedSource, IsSkippedByAReactorThatMayInAWorkerToo) {
    options.errors = ReactionErrors::Skip;
    auto worker = CursorWorker::reacting(reactor(answer), {}).value();
    Cursor cursor =
        store.cursor_guaranteed(Region::all().with_kind<Answered>(), CursorId("c")).value();
    for (int i = 0; i < 2; ++i) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        ASSERT_TRUE(cursor.wait(deadline).value());
        ASSERT_TRUE(cursor.poll().value());
    }
    worker.stop();
    const WorkerReport report = worker.join().value();
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_EQ(report.last_error->code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(answers(), (Sequences{0, 2}));
    EXPECT_EQ(reactor(answer).skipped(10).value().at(0).source, Sequence(1));
}

TEST_F(ReactorTest, RefusesWhatIsOutOfItsLimits) {
    for (const std::string& id : {std::string(), std::string(161, 'x')}) {
        EXPECT_EQ(testing::code_of(Reactor::open(store, Region::all(), ReactorId(id), answer)),
                  ErrorCode::InvalidArgument);
    }
    EXPECT_TRUE(Reactor::open(store, Region::all(), ReactorId(std::string(160, 'x')), answer));
    for (const std::uint32_t depth : {0U, 1001U}) {
        options.depth_max = depth;
        EXPECT_EQ(testing::code_of(Reactor::open(store, Region::all(), kId, answer, options)),
                  ErrorCode::InvalidArgument);
    }
}

}  // namespace
}  // namespace batpak::reactor_test
