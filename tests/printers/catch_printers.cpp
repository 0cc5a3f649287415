// What Catch2 shows of batpak's values: the same, by the same operators.
#define CATCH_CONFIG_MAIN
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "batpak/testing/printers.hpp"

namespace {

using batpak::EventKind;
using batpak::Sequence;

TEST_CASE("Catch2 shows values as people write them") {
    using Catch::Detail::stringify;
    CHECK(stringify(Sequence(3)) == "sequence 3");
    CHECK(stringify(EventKind::custom(0xF, 1)) == "0xF001");
    CHECK(stringify(batpak::Coordinate::create("player:1", "room").value()) == "player:1@room");
    CHECK(stringify(batpak::ErrorCode::DiskFull) == "DiskFull");
    const batpak::Result<Sequence> failed = batpak::fail(batpak::ErrorCode::DiskFull);
    CHECK(stringify(failed).substr(0, 15) == "error: DiskFull");
    batpak::EventView event;
    event.entity = "player:1";
    event.scope = "room";
    CHECK(stringify(event).substr(0, 40) == "event 0: 0x0000 v1 of player:1@room, ver");
}

TEST_CASE("a check that fails", "[!shouldfail]") { CHECK(Sequence(2) == Sequence(3)); }

}  // namespace
