#include "batpak/machine/state_machine.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <stdexcept>
#include <tuple>

#include "batpak/testing/environment.hpp"
#include "machine/machines.hpp"
#include "support/faults/throwing_asserts.hpp"

namespace batpak::testing {
namespace {

using namespace door;

struct StateMachineTest : ::testing::Test {
    Store store = Store::open(memory_config()).value();
    Coordinate here = door_at("door:1");

    // A door that is shut, by one event.
    InState<Door, Shut> shut() {
        return store.transition(here, Door::start(store, here), DoorShut{}).value().state;
    }
    std::uint64_t events() const { return store.count(Region::all()).value(); }
    ErrorCode refusal(const auto& result) const {
        EXPECT_FALSE(result);
        return result.error().code();
    }
};

using Triple = std::tuple<std::string, std::string, std::string>;

std::set<Triple> rows_of(const MachineTable& table) {
    std::set<Triple> rows;
    for (const MachineEdge& edge : table.edges) {
        rows.emplace(table.states[edge.from], table.events[edge.event].name, table.states[edge.to]);
    }
    return rows;
}

// ---- the table

TEST(StateMachine, TableIsWhatTheRowsSay) {
    EXPECT_EQ(rows_of(Door::table()), (std::set<Triple>{{"Open", "DoorShut", "Shut"},
                                                        {"Shut", "DoorOpened", "Open"},
                                                        {"Shut", "DoorLocked", "Locked"},
                                                        {"Locked", "DoorUnlocked", "Shut"},
                                                        {"Locked", "DoorKicked", "Broken"}}));
    EXPECT_EQ(Door::table().name, "door");
    EXPECT_EQ(Door::table().states[0], "Open");
    EXPECT_EQ(Door::table().events.size(), 5U);
    EXPECT_TRUE(Door::table().edges[3].guarded);
    EXPECT_FALSE(Door::table().edges[2].guarded);
    EXPECT_EQ(Game::table().states[0], "waiting");
    EXPECT_EQ(Game::table().events[0].name, "game.joined");
}

TEST(StateMachine, BeginsWhereInitialSays) {
    EXPECT_EQ(Light::table().states[0], "Off");
    static_assert(std::same_as<Light::Start, light::Off>);
    EXPECT_EQ(Light::States::names,
              (std::array<std::string_view, 4>{"Off", "Red", "Green", "Yellow"}));
}

// ---- typed transitions

TEST_F(StateMachineTest, GivesTheNextStateAndTheReceipt) {
    auto [closed, first] = store.transition(here, Door::start(store, here), DoorShut{}).value();
    EXPECT_EQ(first.version, Version(0));
    auto [locked, second] =
        store.transition<Door>(here, std::move(closed), DoorLocked{"17"}).value();
    static_assert(std::same_as<decltype(locked), InState<Door, Locked>>);
    EXPECT_EQ(locked->code, "17");
    EXPECT_EQ(locked.entity(), "door:1");
    EXPECT_EQ(locked.expected_version(), ExpectedVersion::exactly(1));
    const auto stored = store.get<DoorLocked>(second.event_id).value();
    EXPECT_EQ(stored.payload().code, "17");
}

TEST_F(StateMachineTest, OptionsReachTheEvent) {
    AppendOptions options;
    options.flags = 0x100;
    const auto done = store.transition(here, Door::start(store, here), DoorShut{}, options).value();
    EXPECT_EQ(store.find(done.receipt.event_id).value()->header.flags & kApplicationFlags, 0x100U);
}

// Goal:   whichever way an event takes, it has the tags that its type says and those of the caller.
// Method: the same step by a typed state, by one that is known only now, by a payload that is, and
//         as a value with a machine and without.
TEST_F(StateMachineTest, TagsReachTheEventOnEachWay) {
    using Tags = std::vector<std::string>;
    const AppendOptions options{.tags = {"by:alice"}};
    const auto tags_at = [&](const AppendReceipt& receipt) {
        Tags tags;
        const HeldEvent event = store.find(receipt.event_id).value();  // the tags lie in it
        for (const std::string_view tag : event->tags()) tags.emplace_back(tag);
        return tags;
    };
    const auto at = [&](const char* name) {
        here = door_at(name);
        return shut();
    };
    const Tags both = {"by:alice", "code:17"};
    const DoorLocked lock{"17"};
    EXPECT_EQ(tags_at(store.transition<Door>(here, shut(), lock, options).value().receipt), both);
    (void)at("door:2");
    auto loaded = Door::load(store, here).value();
    EXPECT_EQ(tags_at(store.transition(here, std::move(loaded), lock, options).value().receipt),
              both);
    (void)at("door:3");
    Buffer payload;
    ASSERT_TRUE(PayloadCodec<DoorLocked>::encode(lock, payload));
    loaded = Door::load(store, here).value();
    EXPECT_EQ(
        tags_at(
            store.transition_raw(here, std::move(loaded), DoorLocked::kind, payload.view(), options)
                .value()
                .receipt),
        both);
    (void)at("door:4");
    const Transition<Shut, Locked, DoorLocked> step(lock);
    EXPECT_EQ(tags_at(store.apply_transition<Door>(here, step, options).value().receipt), both);
    (void)at("door:5");
    EXPECT_EQ(
        tags_at(store
                    .apply_transition(here, step,
                                      {.expect = ExpectedVersion::exactly(0), .tags = {"by:alice"}})
                    .value()),
        both);
}

// (INV M1)
TEST_F(StateMachineTest, RefusesAStateThatWasLeft) {
    auto mine = shut();
    auto other = store.machine<Door>("door:1").value();
    ASSERT_TRUE(store.transition(here, std::move(other), DoorLocked{"x"}));
    const auto late = store.transition(here, std::move(mine), DoorOpened{});
    EXPECT_EQ(refusal(late), ErrorCode::VersionConflict);
    EXPECT_EQ(events(), 2U);
    // It is still what it was, and can be seen to be late again; reading helps.
    EXPECT_EQ(refusal(store.transition(here, std::move(mine), DoorOpened{})),
              ErrorCode::VersionConflict);
    auto locked = std::move(Door::load(store, here).value()).take<Locked>().value();
    EXPECT_TRUE(store.transition(here, std::move(locked), DoorUnlocked{"x"}));
}

TEST_F(StateMachineTest, StartsOnAnEmptyStreamOnly) {
    (void)store.append(here, DoorPainted{"green"}).value();
    EXPECT_EQ(refusal(store.transition(here, Door::start(store, here), DoorShut{})),
              ErrorCode::VersionConflict);
    auto open = std::move(Door::load(store, here).value()).take<Open>().value();
    EXPECT_TRUE(store.transition(here, std::move(open), DoorShut{}));
}

TEST_F(StateMachineTest, AGuardIsAskedBeforeAnythingIsWritten) {
    auto locked = store.transition(here, shut(), DoorLocked{"17"}).value().state;
    const auto denied = store.transition(here, std::move(locked), DoorUnlocked{"71"});
    EXPECT_EQ(refusal(denied), ErrorCode::TransitionDenied);
    EXPECT_EQ(denied.error().error_class(), ErrorClass::Denied);
    EXPECT_NE(denied.error().detail().find("Locked"), std::string::npos);
    EXPECT_NE(denied.error().detail().find("DoorUnlocked"), std::string::npos);
    EXPECT_EQ(events(), 2U);
    EXPECT_TRUE(store.transition(here, std::move(locked), DoorUnlocked{"17"}));
}

TEST_F(StateMachineTest, AStateIsOfOneEntityInOneStore) {
    auto closed = shut();
    const auto elsewhere = store.transition(door_at("door:2"), std::move(closed), DoorOpened{});
    EXPECT_EQ(refusal(elsewhere), ErrorCode::InvalidArgument);
    auto other = Store::open(memory_config()).value();
    EXPECT_EQ(refusal(other.transition(here, std::move(closed), DoorOpened{})),
              ErrorCode::InvalidArgument);
    AppendOptions options;
    options.expect = ExpectedVersion::exactly(0);
    EXPECT_EQ(refusal(store.transition(here, std::move(closed), DoorOpened{}, options)),
              ErrorCode::InvalidArgument);
    EXPECT_TRUE(store.transition(here, std::move(closed), DoorOpened{}));
}

TEST_F(StateMachineTest, WhatWasMovedAwayCannotBeUsed) {
    const ThrowingAsserts asserts;
    auto closed = shut();
    const auto taken = std::move(closed);
    EXPECT_THROW((void)closed.state(), AssertionFailed);  // NOLINT(bugprone-use-after-move)
    EXPECT_THROW((void)store.transition(here, std::move(closed), DoorOpened{}), AssertionFailed);
    here = door_at("door:2");
    auto left = shut();
    EXPECT_TRUE(store.transition(here, std::move(left), DoorOpened{}));
    EXPECT_THROW((void)store.transition(here, std::move(left), DoorOpened{}), AssertionFailed);
}

TEST_F(StateMachineTest, AKeyMakesARetryTheSameTransition) {
    AppendOptions once;
    once.idempotency_key = "shut";
    ASSERT_TRUE(store.transition(here, Door::start(store, here), DoorShut{}, once));
    // As a program that did not hear the answer would.
    auto again = store.transition(here, Door::start(store, here), DoorShut{}, once).value();
    EXPECT_TRUE(again.receipt.replayed);
    EXPECT_EQ(events(), 1U);
    auto open = store.transition(here, std::move(again.state), DoorOpened{}).value().state;
    // The same key for another transition: its receipt is not of this place of the stream.
    const auto other = store.transition(here, std::move(open), DoorShut{}, once);
    EXPECT_EQ(refusal(other), ErrorCode::VersionConflict);
    EXPECT_EQ(events(), 2U);
}

// ---- states that throw

struct Calm {};
struct Angry {};
struct Annoyed {
    static constexpr auto kind = EventKind::custom(0x5, 0x001);
};
Angry lose_temper(const Calm& /*from*/, const Annoyed& /*event*/) {
    throw std::runtime_error("no");
}
using Temper = StateMachine<"temper", On<Calm, Annoyed, Angry, lose_temper>>;

TEST_F(StateMachineTest, AFunctionThatThrowsChangesNothing) {
    auto calm = Temper::start(store, here);
    EXPECT_THROW((void)store.transition(here, std::move(calm), Annoyed{}), std::runtime_error);
    auto any = Temper::load(store, here).value();
    EXPECT_THROW((void)store.transition(here, std::move(any), Annoyed{}), std::runtime_error);
    EXPECT_EQ(events(), 0U);
    EXPECT_EQ(calm.expected_version(), ExpectedVersion::none());
    EXPECT_TRUE(any.holds<Calm>());
}

// ---- states that are known at run time

TEST_F(StateMachineTest, LoadsWhatTheEventsMade) {
    EXPECT_TRUE(Door::load(store, here).value().holds<Open>());
    (void)store.transition(here, shut(), DoorLocked{"17"}).value();
    const auto loaded = store.machine<Door>("door:1").value();
    EXPECT_EQ(loaded.name(), "Locked");
    EXPECT_EQ(loaded.index(), Door::States::index_of<Locked>);
    ASSERT_NE(loaded.get_if<Locked>(), nullptr);
    EXPECT_EQ(loaded.get_if<Locked>()->code, "17");
    EXPECT_EQ(loaded.get_if<Shut>(), nullptr);
    EXPECT_TRUE(loaded.can<DoorKicked>());
    EXPECT_FALSE(loaded.can<DoorOpened>());
    EXPECT_TRUE(loaded.can(DoorUnlocked::kind));
    EXPECT_FALSE(loaded.can(DoorPainted::kind));
}

TEST_F(StateMachineTest, EventsOfOtherKindsAreNotTheMachines) {
    auto closed = shut();
    (void)store.append(here, DoorPainted{"red"}).value();
    auto loaded = Door::load(store, here).value();
    EXPECT_TRUE(loaded.holds<Shut>());
    EXPECT_EQ(loaded.expected_version(), ExpectedVersion::exactly(1));
    EXPECT_TRUE(store.transition(here, std::move(loaded), DoorOpened{}));
}

TEST_F(StateMachineTest, TakesExactlyTheStateItIsIn) {
    (void)shut();
    auto loaded = Door::load(store, here).value();
    const auto wrong = std::move(loaded).take<Open>();
    EXPECT_EQ(refusal(wrong), ErrorCode::WrongState);
    EXPECT_NE(wrong.error().detail().find("in state Shut, and Open"), std::string::npos);
    auto right = std::move(loaded).take<Shut>().value();
    EXPECT_TRUE(store.transition(here, std::move(right), DoorOpened{}));
}

TEST_F(StateMachineTest, VisitsTheTypedState) {
    (void)store.transition(here, shut(), DoorLocked{"17"}).value();
    const std::string code = std::visit(
        [](auto&& state) -> std::string {
            if constexpr (requires { state->code; }) return state->code;
            return "another state";
        },
        Door::load(store, here).value().typed());
    EXPECT_EQ(code, "17");
}

TEST_F(StateMachineTest, JudgesAtRunTime) {
    (void)shut();
    auto loaded = Door::load(store, here).value();
    const auto illegal = store.transition(here, std::move(loaded), DoorUnlocked{"17"});
    EXPECT_EQ(refusal(illegal), ErrorCode::IllegalTransition);
    EXPECT_EQ(illegal.error().error_class(), ErrorClass::Conflict);
    EXPECT_NE(illegal.error().detail().find("Shut"), std::string::npos);
    EXPECT_NE(illegal.error().detail().find("DoorUnlocked (0x1004)"), std::string::npos);
    auto locked = store.transition(here, std::move(loaded), DoorLocked{"17"}).value().state;
    EXPECT_EQ(refusal(store.transition(here, std::move(locked), DoorKicked{3})),
              ErrorCode::TransitionDenied);
    auto broken = store.transition(here, std::move(locked), DoorKicked{10}).value().state;
    EXPECT_TRUE(broken.holds<Broken>());
    EXPECT_EQ(events(), 3U);
    EXPECT_EQ(store.machine<Door>("door:1").value().name(), "Broken");
}

TEST_F(StateMachineTest, TakesEventsWhoseTypeIsKnownAtRunTime) {
    (void)shut();
    Buffer payload;
    ASSERT_TRUE(PayloadCodec<DoorLocked>::encode({"17"}, payload));
    auto loaded = Door::load(store, here).value();
    const auto raw = [&](EventKind kind, BytesView bytes) {
        return store.transition_raw(here, std::move(loaded), kind, bytes, AppendOptions{});
    };
    EXPECT_EQ(refusal(raw(DoorPainted::kind, payload.view())), ErrorCode::InvalidArgument);
    EXPECT_EQ(refusal(raw(DoorKicked::kind, payload.view())), ErrorCode::IllegalTransition);
    EXPECT_EQ(refusal(raw(DoorLocked::kind, as_bytes("no map"))), ErrorCode::DecodeFailed);
    EXPECT_EQ(events(), 1U);
    const auto locked = raw(DoorLocked::kind, payload.view()).value();
    EXPECT_EQ(locked.state.get_if<Locked>()->code, "17");
    EXPECT_EQ(store.get<DoorLocked>(locked.receipt.event_id).value().payload().code, "17");
}

// ---- what should not be in the log

// (INV M2)
TEST_F(StateMachineTest, NamesTheEventThatIsIllegal) {
    (void)shut();
    (void)store.append(here, DoorPainted{"red"}).value();
    const auto planted = store.append(here, DoorKicked{10}).value();
    (void)store.append(here, DoorOpened{}).value();
    const auto loaded = Door::load(store, here);
    EXPECT_EQ(refusal(loaded), ErrorCode::IllegalEvent);
    EXPECT_EQ(loaded.error().error_class(), ErrorClass::Refused);
    EXPECT_EQ(loaded.error().sequence(), planted.sequence);
    EXPECT_EQ(loaded.error().place(), "door:1");
    EXPECT_NE(loaded.error().detail().find("Shut"), std::string::npos);
    EXPECT_NE(loaded.error().detail().find("DoorKicked (0x1005)"), std::string::npos);
    const auto covered = Door::coverage(store, Region::all());
    EXPECT_EQ(refusal(covered), ErrorCode::IllegalEvent);
    EXPECT_EQ(covered.error().sequence(), planted.sequence);
}

TEST_F(StateMachineTest, NamesTheEventThatCannotBeRead) {
    (void)shut();
    const auto planted = store.append_raw(here, DoorLocked::kind, as_bytes("no map")).value();
    const auto loaded = Door::load(store, here);
    EXPECT_EQ(refusal(loaded), ErrorCode::DecodeFailed);
    EXPECT_EQ(loaded.error().sequence(), planted.sequence);
    EXPECT_EQ(loaded.error().place(), "door:1");
}

TEST_F(StateMachineTest, AGuardJudgesTheFutureAndNotThePast) {
    (void)store.transition(here, shut(), DoorLocked{"17"}).value();
    (void)store.append(here, DoorUnlocked{"71"}).value();  // under other rules, years ago
    EXPECT_TRUE(Door::load(store, here).value().holds<Shut>());
}

// ---- transitions as values

TEST_F(StateMachineTest, AppliesATransitionToWhateverIsThere) {
    const Transition<Open, Shut, DoorShut> shut_it(DoorShut{});
    const Transition<Shut, Locked, DoorLocked> lock_it(DoorLocked{"17"});
    EXPECT_EQ(refusal(store.apply_transition<Door>(here, lock_it)), ErrorCode::WrongState);
    EXPECT_TRUE(store.apply_transition<Door>(here, shut_it));
    const auto locked = store.apply_transition<Door>(here, lock_it).value();
    EXPECT_EQ(locked.state->code, "17");
    EXPECT_EQ(refusal(store.apply_transition<Door>(here, shut_it)), ErrorCode::WrongState);
    EXPECT_EQ(events(), 2U);
    EXPECT_EQ(lock_it.payload().code, "17");
    EXPECT_EQ(lock_it.kind(), DoorLocked::kind);
}

TEST_F(StateMachineTest, WithoutAMachineATransitionNeedsAVersion) {
    const Transition<Open, Shut, DoorShut> shut_it(DoorShut{});
    AppendOptions options;
    EXPECT_EQ(refusal(store.apply_transition(here, shut_it, options)), ErrorCode::InvalidArgument);
    options.expect = ExpectedVersion::exists();
    EXPECT_EQ(refusal(store.apply_transition(here, shut_it, options)), ErrorCode::InvalidArgument);
    options.expect = ExpectedVersion::none();
    EXPECT_TRUE(store.apply_transition(here, shut_it, options));
    EXPECT_EQ(refusal(store.apply_transition(here, shut_it, options)), ErrorCode::VersionConflict);
    options.expect = ExpectedVersion::exactly(0);
    EXPECT_TRUE(store.apply_transition(here, shut_it, options));
}

}  // namespace
}  // namespace batpak::testing
