#include "batpak/event/type_registry.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace batpak::type_registry_test {
namespace {

// Version 1 had {x:int}, version 2 {x:int,y:int}; version 3 calls them by one name.
struct Moved {
    static constexpr auto kind = EventKind::custom(1, 1);
    static constexpr std::uint16_t payload_version = 3;
    std::string at;
};
struct SameKind {
    static constexpr auto kind = EventKind::custom(1, 1);
    int x = 0;
};
struct Named {
    static constexpr auto kind = EventKind::custom(1, 2);
    static constexpr std::string_view event_name = "player.named";
    std::string name;
};
struct SameName {
    static constexpr auto kind = EventKind::custom(1, 3);
    static constexpr std::string_view event_name = "player.named";
};
struct Carrying {
    static constexpr auto kind = EventKind::custom(2, 1);
    static constexpr std::uint16_t payload_version = 2;
    std::string text;

    static Result<Value> upcast(std::uint16_t from_version, Value value) {
        EXPECT_EQ(from_version, 1);
        value.rename("old", "text");
        return value;
    }
};
struct Node {
    static constexpr auto kind = EventKind::custom(0xF, 0xFFF);
    std::vector<Node> children;
};
enum class Colour : std::int16_t { Red };
struct Everything {
    static constexpr auto kind = EventKind::custom(3, 1);
    bool flag;
    Colour colour;
    std::uint8_t tiny;
    float real32;
    double real64;
    std::string text;
    Bytes bytes;
    std::array<std::byte, 4> fixed;
    EventId id;
    Hash hash;
    Version version;
    std::optional<std::vector<Named>> names;
    std::array<std::array<int, 2>, 3> matrix;
    std::map<std::string, long long> map;
    std::chrono::seconds span;
    std::chrono::system_clock::time_point time;
    Value value;
};

template <class P>
Bytes encoded(const P& payload) {
    Buffer buffer;
    EXPECT_TRUE(PayloadCodec<P>::encode(payload, buffer));
    return {buffer.view().begin(), buffer.view().end()};
}

Value map_of(std::initializer_list<std::pair<const char*, Value>> members) {
    Value map = Value::Map{};
    for (const auto& [key, value] : members) map.set(key, value);
    return map;
}

Result<Value> add_y(Value value) {
    value.set("y", 0);
    return value;
}
Result<Value> join(Value value) {
    const auto x = value.find("x")->as_i64().value();
    const auto y = value.find("y")->as_i64().value();
    return map_of({{"at", std::to_string(x) + "," + std::to_string(y)}});
}

template <class T>
ErrorCode code_of(const Result<T>& result) {
    return result ? ErrorCode{} : result.error().code();
}

TypeRegistry filled() {
    TypeRegistry types;
    EXPECT_TRUE(types.add<Moved>());
    EXPECT_TRUE(types.upcast<Moved>(2, join));
    EXPECT_TRUE(types.upcast<Moved>(1, add_y));
    EXPECT_TRUE(types.add<Carrying>());
    EXPECT_TRUE(types.validate());
    return types;
}

TEST(TypeRegistry, DecodesEveryVersionUpToItsOwn) {
    const TypeRegistry types = filled();
    EXPECT_EQ(types.decode<Moved>(1, encoded(map_of({{"x", 1}})))->at, "1,0");
    EXPECT_EQ(types.decode<Moved>(2, encoded(map_of({{"x", 1}, {"y", 2}})))->at, "1,2");
    EXPECT_EQ(types.decode<Moved>(3, encoded(Moved{"here"}))->at, "here");
    EXPECT_EQ(types.decode<Carrying>(1, encoded(map_of({{"old", "t"}})))->text, "t");
    EXPECT_EQ(types.decode<Named>(1, encoded(Named{"n"}))->name, "n");
}

TEST(TypeRegistry, RefusesNewerVersionsAndVersionZero) {
    const TypeRegistry types = filled();
    const Bytes bytes = encoded(Moved{"here"});
    EXPECT_EQ(code_of(types.decode<Moved>(4, bytes)), ErrorCode::NewerPayload);
    EXPECT_EQ(code_of(types.decode<Moved>(65535, bytes)), ErrorCode::NewerPayload);
    EXPECT_EQ(code_of(types.decode<Moved>(0, bytes)), ErrorCode::DecodeFailed);
    EXPECT_EQ(code_of(decode_payload<Carrying>(3, bytes)), ErrorCode::NewerPayload);
}

TEST(TypeRegistry, RefusesTwoTypesWithOneKindOrName) {
    TypeRegistry types;
    ASSERT_TRUE(types.add<Moved>());
    EXPECT_TRUE(types.add<Moved>()) << "the same type again changes nothing";
    EXPECT_EQ(code_of(types.add<SameKind>()), ErrorCode::DuplicateKind);
    ASSERT_TRUE(types.add<Named>());
    EXPECT_EQ(code_of(types.add<SameName>()), ErrorCode::DuplicateKind);
    EXPECT_EQ(types.size(), 2U);
    EXPECT_EQ(types.find(Moved::kind)->name, "Moved");
    EXPECT_EQ(types.find(Moved::kind)->payload_version, 3);
    EXPECT_EQ(types.find(Named::kind)->name, "player.named");
    EXPECT_EQ(types.find(SameName::kind), nullptr);
}

TEST(TypeRegistry, FindsEveryMissingHop) {
    for (const bool first : {false, true}) {
        for (const bool second : {false, true}) {
            TypeRegistry types;
            ASSERT_TRUE(types.add<Moved>());
            if (first) {
                ASSERT_TRUE(types.upcast<Moved>(1, add_y));
            }
            if (second) {
                ASSERT_TRUE(types.upcast<Moved>(2, join));
            }
            const ErrorCode expected = first && second ? ErrorCode{} : ErrorCode::MissingUpcaster;
            EXPECT_EQ(code_of(types.validate()), expected) << first << second;
            const Bytes bytes = encoded(map_of({{"x", 1}}));
            EXPECT_EQ(code_of(types.decode<Moved>(1, bytes)), expected) << first << second;
        }
    }
    const TypeRegistry none;
    EXPECT_EQ(code_of(none.decode<Moved>(2, encoded(Value()))), ErrorCode::MissingUpcaster);
    EXPECT_EQ(code_of(decode_payload<Moved>(1, encoded(Value()))), ErrorCode::MissingUpcaster);
}

TEST(TypeRegistry, RefusesUpcastersThatHaveNoPlace) {
    TypeRegistry types;
    EXPECT_EQ(code_of(types.upcast<Moved>(1, add_y)), ErrorCode::InvalidArgument);
    ASSERT_TRUE(types.add<Moved>());
    ASSERT_TRUE(types.add<Carrying>());
    EXPECT_EQ(code_of(types.upcast<Moved>(0, add_y)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(types.upcast<Moved>(3, add_y)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(types.upcast<Moved>(1, nullptr)), ErrorCode::InvalidArgument);
    EXPECT_TRUE(types.upcast<Moved>(1, add_y));
    EXPECT_EQ(code_of(types.upcast<Moved>(1, add_y)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(types.upcast<Carrying>(1, add_y)), ErrorCode::InvalidArgument);
}

TEST(TypeRegistry, PassesOnWhatUpcastersRefuse) {
    TypeRegistry types;
    ASSERT_TRUE(types.add<Moved>());
    ASSERT_TRUE(types.upcast<Moved>(
        1, [](Value) -> Result<Value> { return fail(ErrorCode::DecodeFailed, "no x"); }));
    ASSERT_TRUE(types.upcast<Moved>(2, [](Value) { return Result<Value>(Value(5)); }));
    EXPECT_EQ(types.decode<Moved>(1, encoded(Value())).error().detail(), "no x");
    EXPECT_EQ(types.decode<Moved>(2, encoded(Value())).error().detail(),
              "expected a map, found an integer");
    EXPECT_EQ(code_of(types.decode<Moved>(2, Bytes(1, std::byte{0xC1}))), ErrorCode::DecodeFailed);
}

TEST(TypeRegistry, RefusesOldPayloadsThatAreNestedTooDeep) {
    const TypeRegistry types = filled();
    const Bytes deep(1'000'000, std::byte{0x91});
    for (std::uint16_t version = 1; version <= 3; ++version) {
        EXPECT_EQ(code_of(types.decode<Moved>(version, deep)), ErrorCode::DecodeFailed);
    }
}

TEST(Upcast, NeedsNoRegistryForATypeThatCarriesItsChain) {
    EXPECT_EQ(decode_payload<Carrying>(1, encoded(map_of({{"old", "t"}})))->text, "t");
    EXPECT_EQ(decode_payload<Carrying>(2, encoded(Carrying{"t"}))->text, "t");
    EXPECT_EQ(decode_payload<Bytes>(1, encoded(Value(5))), Bytes(1, std::byte{5}));
}

TEST(PayloadLayout, IsOneLineThatATestCanLock) {
    EXPECT_EQ(layout_of<Moved>(), "Moved 0x1001 v3 {at:string}");
    EXPECT_EQ(layout_of<Named>(), "player.named 0x1002 v1 {name:string}");
    EXPECT_EQ(layout_of<SameName>(), "player.named 0x1003 v1 {}");
    EXPECT_EQ(layout_of<Node>(), "Node 0xFFFF v1 {children:Node[]}");
    EXPECT_EQ(layout_of<Everything>(),
              "Everything 0x3001 v1 {flag:bool,colour:int16,tiny:uint8,real32:float32,"
              "real64:float64,text:string,bytes:bytes,fixed:bytes[4],id:bytes[16],hash:bytes[32],"
              "version:uint64,names:{name:string}[]?,matrix:int32[2][3],map:map<int64>,span:us,"
              "time:us,value:any}");
}

TEST(PayloadLayout, ListsARegistryInTheOrderOfKinds) {
    TypeRegistry types;
    ASSERT_TRUE(types.add<Node>());
    ASSERT_TRUE(types.add<Moved>());
    EXPECT_EQ(types.layouts(), "Moved 0x1001 v3 {at:string}\nNode 0xFFFF v1 {children:Node[]}\n");
}

}  // namespace
}  // namespace batpak::type_registry_test
