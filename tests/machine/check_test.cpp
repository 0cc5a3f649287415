// Goal:   a machine whose table, compiler, guards, appends or reads do not agree does not pass,
//         and the first pair that shows it is named, with what is wrong.
// Method: three machines pass. Then one thing after another is told otherwise: a pair that
//         compiles, an edge that leads elsewhere, and each answer that a machine gives about a
//         pair.
#include "batpak/machine/check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "batpak/testing/environment.hpp"
#include "machine/machines.hpp"

namespace batpak::testing {
namespace {

template <class Machine>
MachineCheck checked() {
    auto store = Store::open(memory_config()).value();
    return check_every_pair<Machine>(store);
}

// Goal:   of every state with every event, compiler, table, can() and what happens say the same.
// Method: the check that a table makes of itself, for three machines. How many pairs are legal is
//         written down here.
TEST(MachineCheck, EveryStateWithEveryEvent) {
    const MachineCheck door = checked<Door>();
    EXPECT_TRUE(door.ok()) << door.problem;
    EXPECT_EQ(door.pairs, 4U * 5U);
    EXPECT_EQ(door.legal, 5U);
    EXPECT_EQ(door.denied, 1U);  // a kick of strength 0; the code "" fits the code ""
    const MachineCheck game = checked<Game>();
    EXPECT_TRUE(game.ok()) << game.problem;
    EXPECT_EQ(game.pairs, 3U * 5U);
    EXPECT_EQ(game.legal, 5U);
    const MachineCheck light = checked<Light>();
    EXPECT_TRUE(light.ok()) << light.problem;
    EXPECT_EQ(light.pairs, 4U * 2U);
    EXPECT_EQ(light.legal, 7U);
}

// The check has to find a compiler that allows too much, and a table that leads elsewhere.
TEST(MachineCheck, FindsWhatIsWrong) {
    using Pairs = detail::PairsOf<Light, Light::States, Light::Events>;
    for (std::size_t wrong = 0; wrong < Pairs::kCompiles.size(); ++wrong) {
        auto compiles = Pairs::kCompiles;
        compiles[wrong] = !compiles[wrong];
        auto store = Store::open(memory_config()).value();
        const MachineCheck check = detail::check_pairs(
            store, {Light::table(), compiles, &Pairs::append, &Pairs::attempt, &Pairs::read});
        EXPECT_FALSE(check.ok()) << wrong;
    }
    for (std::size_t wrong = 0; wrong < Light::table().edges.size(); ++wrong) {
        std::vector<MachineEdge> edges(Light::table().edges.begin(), Light::table().edges.end());
        edges[wrong].to = static_cast<std::uint16_t>((edges[wrong].to + 1) % 4);
        MachineTable table = Light::table();
        table.edges = edges;
        auto store = Store::open(memory_config()).value();
        const MachineCheck check = detail::check_pairs(
            store, {table, Pairs::kCompiles, &Pairs::append, &Pairs::attempt, &Pairs::read});
        EXPECT_FALSE(check.ok()) << wrong;
    }
}

// ---- lies

enum class Lie : std::uint8_t {
    None,
    OtherState,        // that the machine was in another state
    OtherCan,          // that it can what it cannot
    IllegalIsDone,     // that an illegal event was taken
    IllegalAppends,    // an illegal event is refused, and something is appended
    IllegalIsUnseen,   // an illegal event in the log is not seen by who reads it
    IllegalElsewhere,  // it is seen in another place
    IllegalOtherwise,  // it is seen as another fault
    DenialAppends,     // a guard says no, and something is appended
    LegalIsRefused,    // that a legal event was refused
    LegalLeadsAway,    // that it led to another state
    CannotTell,        // an error instead of an answer
};
Lie told = Lie::None;

using DoorPairs = detail::PairsOf<Door, Door::States, Door::Events>;

ErrorCode code_of_attempt(const detail::Attempt& attempt) {
    return attempt.outcome ? ErrorCode::Io : attempt.outcome.error().code();
}

// An event that is no event of the machine, but counts.
void append_paint(Store& store, const Coordinate& coordinate) {
    store.append(coordinate, door::DoorPainted{"red"}).value();
}

Result<detail::Attempt> attempt_or_lie(Store& store, const Coordinate& coordinate,
                                       std::uint16_t event) {
    if (told == Lie::CannotTell) return fail(ErrorCode::Io, "the disk is gone");
    BATPAK_TRY(detail::Attempt attempt, DoorPairs::attempt(store, coordinate, event));
    const bool is_illegal = code_of_attempt(attempt) == ErrorCode::IllegalTransition;
    const bool is_denied = code_of_attempt(attempt) == ErrorCode::TransitionDenied;
    if (told == Lie::OtherState) ++attempt.before;
    if (told == Lie::OtherCan && is_illegal) attempt.can = true;
    if (told == Lie::IllegalIsDone && is_illegal) attempt.outcome = {};
    if (told == Lie::IllegalAppends && is_illegal) append_paint(store, coordinate);
    if (told == Lie::DenialAppends && is_denied) append_paint(store, coordinate);
    if (told == Lie::LegalIsRefused && attempt.outcome)
        attempt.outcome = fail(ErrorCode::DiskFull, "no room");
    if (told == Lie::LegalLeadsAway && attempt.outcome) ++attempt.after;
    return attempt;
}

Result<std::uint16_t> read_or_lie(const Store& store, const Coordinate& coordinate) {
    const auto read = DoorPairs::read(store, coordinate);
    if (read) return read;
    const Sequence at = read.error().sequence().value();
    if (told == Lie::IllegalIsUnseen) return std::uint16_t{0};
    if (told == Lie::IllegalElsewhere)
        return fail(Error(ErrorCode::IllegalEvent, "").at_sequence(at.next()));
    if (told == Lie::IllegalOtherwise)
        return fail(Error(ErrorCode::DecodeFailed, "").at_sequence(at));
    return read;
}

MachineCheck check_with(Lie lie) {
    told = lie;
    auto store = Store::open(memory_config()).value();
    return detail::check_pairs(store, {Door::table(), DoorPairs::kCompiles, &DoorPairs::append,
                                       &attempt_or_lie, &read_or_lie});
}

// A shut door can be opened and locked, an open one only be shut: the first pair is open x shut,
// which is legal, and the second, open x opened, is illegal. A locked door denies a weak kick.
TEST(MachineCheck, NamesTheFirstPairAndWhatIsWrongWithIt) {
    ASSERT_EQ(Door::table().states[0], "Open");
    ASSERT_EQ(Door::table().events[0].name, "DoorShut");
    ASSERT_EQ(Door::table().events[1].name, "DoorOpened");
    EXPECT_EQ(check_with(Lie::None).problem, "");
    EXPECT_EQ(check_with(Lie::OtherState).problem, "Open x DoorShut: the way there ends elsewhere");
    EXPECT_EQ(check_with(Lie::OtherCan).problem,
              "Open x DoorOpened: compiler, can() and table do not agree");
    EXPECT_EQ(check_with(Lie::IllegalIsDone).problem,
              "Open x DoorOpened: illegal, and not refused as such");
    EXPECT_EQ(check_with(Lie::IllegalAppends).problem,
              "Open x DoorOpened: refused, and yet appended");
    for (const Lie lie : {Lie::IllegalIsUnseen, Lie::IllegalElsewhere, Lie::IllegalOtherwise})
        EXPECT_EQ(check_with(lie).problem,
                  "Open x DoorOpened: an illegal event in the log is not found");
    EXPECT_EQ(check_with(Lie::DenialAppends).problem,
              "Locked x DoorKicked: denied, and yet it moved");
    EXPECT_EQ(check_with(Lie::LegalIsRefused).problem,
              "Open x DoorShut: refused, though legal: DiskFull: no room");
    EXPECT_EQ(check_with(Lie::LegalLeadsAway).problem,
              "Open x DoorShut: it does not lead where the table says");
    EXPECT_EQ(check_with(Lie::CannotTell).problem, "Open x DoorShut: Io: the disk is gone");
}

TEST(MachineCheck, GoesOnBehindAProblem) {
    const MachineCheck good = check_with(Lie::None);
    for (const Lie lie : {Lie::IllegalIsDone, Lie::LegalLeadsAway, Lie::DenialAppends}) {
        const MachineCheck check = check_with(lie);
        EXPECT_FALSE(check.ok());
        EXPECT_EQ(check.pairs, good.pairs);
        EXPECT_EQ(check.legal, good.legal);
        EXPECT_EQ(check.denied, good.denied);
    }
}

}  // namespace
}  // namespace batpak::testing
