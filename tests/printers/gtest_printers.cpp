// What GoogleTest shows of batpak's values, which is what somebody reads whose test has failed.
#include "batpak/testing/printers.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "batpak/json.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

using ::testing::PrintToString;

struct Moved {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    int hp = 0;
};

struct Plain {
    int x = 0;
};

TEST(Printers, ShowSmallValues) {
    EXPECT_EQ(PrintToString(Sequence(3)), "sequence 3");
    EXPECT_EQ(PrintToString(Version(0)), "version 0");
    EXPECT_EQ(PrintToString(EventKind::custom(0xF, 1)), "0xF001");
    EXPECT_EQ(PrintToString(Coordinate::create("player:1", "room").value()), "player:1@room");
    const EventId id = EventId::parse("01a22e3e-f0c2-7096-b050-ce3d88713d9c").value();
    EXPECT_EQ(PrintToString(id), "01a22e3e-f0c2-7096-b050-ce3d88713d9c");
    Hash hash;
    hash.bytes[31] = std::byte{0xAB};
    EXPECT_EQ(PrintToString(hash), std::string(62, '0') + "ab");
    EXPECT_EQ(PrintToString(Hlc{1'700'000'000'000'001, 0}), "2023-11-14T22:13:20.000001Z");
    EXPECT_EQ(PrintToString(Hlc{-1, 2}), "1969-12-31T23:59:59.999999Z #2");
    EXPECT_EQ(PrintToString(Durability::Buffered), "buffered");
    EXPECT_EQ(PrintToString(Metadata()), "{}");
}

TEST(Printers, ShowWhatWentWrong) {
    const Error error = Error(ErrorCode::EventNotFound, "look elsewhere").at_sequence(Sequence(3));
    EXPECT_EQ(PrintToString(error), error.to_string());
    EXPECT_EQ(PrintToString(ErrorCode::DiskFull), "DiskFull");
    EXPECT_EQ(PrintToString(ErrorClass::Refused), "Refused");
    EXPECT_EQ(PrintToString(deny("over the limit")), to_string(deny("over the limit")));
    EXPECT_EQ(PrintToString(Result<Sequence>(fail(error))), "error: " + error.to_string());
    EXPECT_EQ(PrintToString(Result<Sequence>(Sequence(3))), "sequence 3");
    EXPECT_EQ(PrintToString(Result<std::optional<Sequence>>(std::nullopt)), "nothing");
    EXPECT_EQ(PrintToString(Result<void>()), "success");
    EXPECT_EQ(PrintToString(Result<Plain>(Plain{})), "a value");
}

// Goal:   an event of a store is one line, with what it says, whichever form it is in.
// Method: one typed event with all that it may have, and one of bytes, with a clock that stands.
TEST(Printers, ShowEventsAsAPersonWouldWriteThem) {
    const StoreConfig config = StoreConfig("store").with_environment(simulated_environment(1));
    Store store = Store::open(config).value();
    const Coordinate place = Coordinate::create("player:1", "room").value();
    const AppendReceipt first = store.append(place, Moved{3}).value();
    AppendOptions options;
    options.causation_id = first.event_id;
    options.correlation_id = first.event_id;
    options.tags = {"game:7"};
    options.metadata.set("user", "alice").value();
    const AppendReceipt second = store.append(place, Moved{4}, options).value();
    const std::array<std::byte, 2> bytes = {std::byte{0xC1}, std::byte{0xFF}};
    ASSERT_TRUE(store.append_raw(place, EventKind::custom(0xF, 2), bytes));

    const std::string id = to_string(first.event_id);
    EXPECT_EQ(PrintToString(first),
              "event 0, version 0, durable, at 2023-11-14T22:13:20.000000Z, "
              "id " +
                  id);
    EXPECT_EQ(PrintToString(store.get<Moved>(first.event_id).value()),
              "event 0: Moved 0xF001 v1 of player:1@room, version 0: {\"hp\":3}, at "
              "2023-11-14T22:13:20.000000Z, id " +
                  id);
    const HeldEvent held = store.find(Sequence(1)).value();
    const std::string text =
        "event 1: 0xF001 v1 of player:1@room, version 1: {\"hp\":4}, tags game:7, metadata "
        "{\"user\":\"alice\"}, at 2023-11-14T22:13:20.000000Z #1, id " +
        to_string(second.event_id) + ", story " + id + ", caused by " + id;
    EXPECT_EQ(PrintToString(held), text);
    EXPECT_EQ(PrintToString(*held), text);
    EXPECT_EQ(PrintToString(store.get<nlohmann::json>(Sequence(1)).value()), text);
    EXPECT_EQ(PrintToString(store.get<Moved>(Sequence(1)).value().event),
              "Moved 0xF001 v1: {\"hp\":4}, at 2023-11-14T22:13:20.000000Z, id " +
                  to_string(second.event_id) + ", story " + id + ", caused by " + id);
    EXPECT_NE(PrintToString(*store.find(Sequence(2)).value()).find(": 2 bytes c1ff, at"),
              std::string::npos);
}

TEST(Printers, AreWhatAFailureShows) {
    const Sequence sequence(2);
    EXPECT_NONFATAL_FAILURE(EXPECT_EQ(sequence, Sequence(3)), "sequence 2");
    EXPECT_NONFATAL_FAILURE(EXPECT_EQ(ErrorCode::DiskFull, ErrorCode::Io), "Which is: Io");
}

TEST(Printers, CutLongBytes) {
    const std::vector<std::byte> bytes(100, std::byte{0xC1});
    std::string digits;
    for (int i = 0; i < 32; ++i) digits += "c1";
    EXPECT_EQ(describe_payload(bytes), "100 bytes " + digits + "...");
    EXPECT_EQ(describe_payload({}), "0 bytes");
}

}  // namespace
}  // namespace batpak::testing
