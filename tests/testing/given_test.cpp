#include "batpak/testing/given.hpp"

#include <gtest/gtest.h>

#include "batpak/json.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

struct ItemAdded {
    static constexpr auto kind = EventKind::custom(0x4, 1);
    std::string item;
};

struct CheckedOut {
    static constexpr auto kind = EventKind::custom(0x4, 2);
    static constexpr std::uint16_t payload_version = 2;
    std::uint64_t items = 0;
};

const Coordinate kCart = Coordinate::create("cart:7", "shop").value();

// The code under test: closes a cart that has items and is open.
Result<AppendReceipt> check_out(Store& store) {
    BATPAK_TRY(const auto events, store.stream(kCart.entity()).collect<Bytes>());
    std::uint64_t items = 0;
    for (const auto& stored : events) {
        if (stored.event.header.kind == CheckedOut::kind) {
            return fail(ErrorCode::InvalidArgument, "it is closed");
        }
        ++items;
    }
    if (items == 0) return fail(ErrorCode::InvalidArgument, "it is empty");
    return store.append(kCart, CheckedOut{items}, {.expect = ExpectedVersion::exactly(items - 1)});
}

Given two_items() { return given(event(kCart, ItemAdded{"book"}), event(kCart, ItemAdded{"pen"})); }

TEST(Given, ThenHoldsForExactlyTheseEvents) {
    const CheckReport report = two_items().when(check_out).then(event(kCart, CheckedOut{2}));
    EXPECT_TRUE(report.ok()) << report.to_string();
}

TEST(Given, ThenShowsWhatWasExpectedAndWhatWasFound) {
    const CheckReport report = two_items().when(check_out).then(event(kCart, CheckedOut{3}));
    EXPECT_EQ(report.to_string(),
              "it appended other events\n"
              "  expected 1:\n"
              "    cart:7 @ shop  0x4002 v2  {\"items\":3}\n"
              "  found 1:\n"
              "    cart:7 @ shop  0x4002 v2  {\"items\":2}");
}

TEST(Given, ThenTellsEveryDifference) {
    const Coordinate other = Coordinate::create("cart:8", "shop").value();
    const Coordinate elsewhere = Coordinate::create("cart:7", "store").value();
    const When when = two_items().when(check_out);
    EXPECT_FALSE(when.then().ok());
    EXPECT_FALSE(when.then(event(other, CheckedOut{2})).ok());
    EXPECT_FALSE(when.then(event(elsewhere, CheckedOut{2})).ok());
    EXPECT_FALSE(when.then(event(kCart, CheckedOut{2}), event(kCart, CheckedOut{2})).ok());
    EXPECT_FALSE(when.then(event(kCart, CheckedOut::kind, nlohmann::json{{"items", 2}})).ok())
        << "another payload version";
}

TEST(Given, ThenWithoutEventsMeansNone) {
    const auto looks = [](Store& store) { (void)store.visible_end(); };
    EXPECT_TRUE(two_items().when(looks).then().ok());
    EXPECT_TRUE(given().when(looks).then().ok());
}

TEST(Given, ACommandThatFailsIsAFailureOfThen) {
    const CheckReport report = given().when(check_out).then(event(kCart, CheckedOut{0}));
    EXPECT_NE(report.to_string().find("it is empty"), std::string::npos);
}

TEST(Given, ThenErrorHoldsForItsCodeAndNothingAppended) {
    EXPECT_TRUE(given().when(check_out).then_error(ErrorCode::InvalidArgument).ok());
    EXPECT_TRUE(given(event(kCart, ItemAdded{"book"}), event(kCart, CheckedOut{1}))
                    .when(check_out)
                    .then_error(ErrorCode::InvalidArgument)
                    .ok());
}

TEST(Given, ThenErrorTellsWhatElseHappened) {
    EXPECT_EQ(
        given().when(check_out).then_error(ErrorCode::VersionConflict).to_string().substr(0, 38),
        "expected VersionConflict, and it faile");
    const CheckReport succeeded =
        two_items().when(check_out).then_error(ErrorCode::InvalidArgument);
    EXPECT_NE(succeeded.to_string().find("and it succeeded"), std::string::npos);
    const CheckReport appended = given()
                                     .when([](Store& store) -> Result<void> {
                                         BATPAK_CHECK(store.append(kCart, ItemAdded{"book"}));
                                         return fail(ErrorCode::InvalidArgument, "too late");
                                     })
                                     .then_error(ErrorCode::InvalidArgument);
    EXPECT_NE(appended.to_string().find("and no events"), std::string::npos);
}

TEST(Given, TakesAnyPayloadAndSettings) {
    const EventKind kind = EventKind::custom(0x4, 9);
    const auto copy = [](Store& store) -> Result<void> {
        BATPAK_TRY(const auto events, store.query(Region::all()).collect<Bytes>());
        for (const auto& stored : events) {
            BATPAK_CHECK(store.append_raw(kCart, stored.event.header.kind, stored.payload()));
        }
        return {};
    };
    const Bytes no_message_pack = {std::byte{0xC1}};
    EXPECT_TRUE(
        given(event(kCart, kind, nlohmann::json{{"a", 1}}), event(kCart, kind, no_message_pack))
            .when(copy)
            .then(event(kCart, kind, nlohmann::json{{"a", 1}}), event(kCart, kind, no_message_pack))
            .ok());
    EXPECT_EQ(event(kCart, kind, no_message_pack).to_string(), "cart:7 @ shop  0x4009 v1  1 bytes");
    const StoreConfig small = StoreConfig("x").with_payload_bytes_max(4);
    EXPECT_TRUE(
        given()
            .in(small)
            .when([](Store& store) { return store.append(kCart, ItemAdded{"a long name"}); })
            .then_error(ErrorCode::PayloadTooLarge)
            .ok());
}

TEST(Given, APayloadWithoutAFormIsToldOf) {
    const Value too_deep = [] {
        Value value = 1;
        for (int i = 0; i < 100; ++i) value = Value(Value::Array{value});
        return value;
    }();
    const ScriptedEvent unencodable = event(kCart, EventKind::custom(0x4, 9), too_deep);
    const auto nothing = [](Store&) {};
    EXPECT_NE(given(unencodable).when(nothing).then().to_string().find("EncodeFailed"),
              std::string::npos);
    EXPECT_NE(given().when(nothing).then(unencodable).to_string().find("EncodeFailed"),
              std::string::npos);
}

// ---- crashed

TEST(GivenCrash, ACommandThatKnowsWhatItDidSurvivesEveryCrash) {
    const CrashReport report =
        two_items().when(check_out).crash_at(any_io).then(event(kCart, CheckedOut{2}));
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_GT(report.calls, 20U);
    EXPECT_GT(report.crashes, report.calls);
}

TEST(GivenCrash, ACommandThatDoesItAgainIsFound) {
    const auto adds = [](Store& store) { return store.append(kCart, ItemAdded{"ink"}); };
    const When when = two_items().when(adds);
    ASSERT_TRUE(when.then(event(kCart, ItemAdded{"ink"})).ok());
    const CrashReport report = when.crash_at(any_io).then(event(kCart, ItemAdded{"ink"}));
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.to_string().find("found 2:"), std::string::npos);
    const CrashReport again =
        when.crash_at(*report.failure->point).then(event(kCart, ItemAdded{"ink"}));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.crashes, 1U);
    EXPECT_EQ(again.failure->problem, report.failure->problem);
}

TEST(GivenCrash, HalfOfWhatBelongsTogetherIsFound) {
    const auto one_by_one = [](Store& store) -> Result<void> {
        BATPAK_CHECK(store.append(kCart, ItemAdded{"a"}, {.expect = ExpectedVersion::none()}));
        BATPAK_CHECK(store.append(kCart, ItemAdded{"b"}));
        return {};
    };
    const auto together = [](Store& store) -> Result<void> {
        BatchBuilder batch;
        batch.add(kCart, ItemAdded{"a"}, {.expect = ExpectedVersion::none()});
        batch.add(kCart, ItemAdded{"b"});
        BATPAK_CHECK(store.append_batch(std::move(batch)));
        return {};
    };
    const auto a = event(kCart, ItemAdded{"a"});
    const auto b = event(kCart, ItemAdded{"b"});
    const CrashReport half = given().when(one_by_one).crash_at(any_io).then(a, b);
    ASSERT_FALSE(half.ok());
    EXPECT_NE(half.to_string().find("called again, it said VersionConflict"), std::string::npos)
        << half.to_string();
    const CrashReport whole = given().when(together).crash_at(any_io).with_seed(5).then(a, b);
    EXPECT_TRUE(whole.ok()) << whole.to_string();
    EXPECT_EQ(whole.seed, 5U);
}

TEST(MemoryConfig, OpensAStoreThatTouchesNoDisk) {
    const StoreConfig config = memory_config();
    {
        auto store = Store::open(config);
        ASSERT_TRUE(store);
        ASSERT_TRUE(store->append(kCart, ItemAdded{"book"}));
    }
    // The same config is the same store; another one is another.
    EXPECT_EQ(Store::open(config)->visible_end(), Sequence(1));
    EXPECT_EQ(Store::open(memory_config())->visible_end(), Sequence(0));
}

}  // namespace
}  // namespace batpak::testing
