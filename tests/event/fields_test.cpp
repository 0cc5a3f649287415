#include "batpak/event/fields.hpp"

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "batpak/coordinate/event_kind.hpp"

namespace batpak::fields_test {

namespace elsewhere::events {
struct Deep {
    int value;
    int nowhere;
    std::uint64_t n_1;
};
}  // namespace elsewhere::events

namespace {

struct Empty {};
struct One {
    std::string who;
};
struct Moved {
    static constexpr auto kind = EventKind::custom(1, 1);  // a static member is no field
    std::string who;
    double x{}, y{};
    std::optional<std::string> note;
    std::vector<std::uint32_t> path;
};
enum class Colour { Red, Green };
struct Shapes {
    Colour colour;
    Moved moved;
    One one;
    Empty empty;
    std::map<std::string, int> map;
    std::array<int, 3> array;
    std::array<std::array<double, 2>, 2> matrix;
    std::variant<int, std::string> variant;
    std::optional<int> optional;
    std::chrono::system_clock::time_point time;
    std::chrono::milliseconds span;
    std::unique_ptr<int> pointer;
    std::vector<Moved> list;
    bool flag;
    char letter;
    float real;
};
struct Nested {
    struct Inner {
        int a;
        int b;
    };
    Inner inner;
    int after;
};
struct Many {
    int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
    int a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31;
};
template <class T>
struct Generic {
    T left;
    T right;
};

class Renamed {
    std::string player_;
    double x_ = 0;

public:
    using fields = batpak::fields<field<&Renamed::player_, "who">, &Renamed::x_>;
    Renamed(std::string player, double x) : player_(std::move(player)), x_(x) {}
};
struct Base {
    int id = 1;
};
struct Derived : Base {
    std::string text = "t";
    using fields = batpak::fields<&Derived::id, &Derived::text>;
};
// A member that is called like the descriptor is no descriptor.
struct Confusing {
    int fields;
    int field;
};

template <class T>
std::string names() {
    std::string all;
    for (const std::string_view name : field_names<T>) all += std::string(name) + " ";
    return all;
}

struct Wrappers {
    std::any any;
    std::function<void()> function;
    std::shared_ptr<Moved> shared;
    std::pair<int, std::string> pair;
    std::tuple<int, double> tuple;
    std::string_view view;
    std::vector<std::byte> bytes;
    std::set<std::string> set;
    char16_t wide;
};

static_assert(Moved::kind.type() == 1);
static_assert(field_count<Moved> == 5);
static_assert(field_names<Moved>[0] == "who");

TEST(Fields, AreTheMembersOfAPlainStruct) {
    EXPECT_EQ(names<Empty>(), "");
    EXPECT_EQ(names<One>(), "who ");
    EXPECT_EQ(names<Moved>(), "who x y note path ");
    EXPECT_EQ(names<elsewhere::events::Deep>(), "value nowhere n_1 ");
    EXPECT_EQ(names<Nested>(), "inner after ");
    EXPECT_EQ(names<Nested::Inner>(), "a b ");
    EXPECT_EQ(names<Generic<Moved>>(), "left right ");
    EXPECT_EQ(names<Confusing>(), "fields field ");
    EXPECT_EQ(names<Shapes>(),
              "colour moved one empty map array matrix variant optional time span pointer list "
              "flag letter real ");
}

TEST(Fields, AreCountedWhateverTheirTypesConvertFrom) {
    EXPECT_EQ(names<Wrappers>(), "any function shared pair tuple view bytes set wide ");
}

// The static assertions that refuse these types say what to do; here only that they would.
TEST(Fields, AreNotTakenFromCArrays) {
    struct First {
        int raw[3];
        int z;
    };
    struct Last {
        std::string who;
        Nested nested;
        int z;
        char raw[2];
    };
    struct Square {
        std::string who;
        double raw[2][2];
        std::string z;
    };
    EXPECT_TRUE((detail::has_c_array<First, detail::count_values<First>()>()));
    EXPECT_TRUE((detail::has_c_array<Last, detail::count_values<Last>()>()));
    EXPECT_TRUE((detail::has_c_array<Square, detail::count_values<Square>()>()));
    EXPECT_FALSE((detail::has_c_array<Shapes, detail::count_values<Shapes>()>()));
    EXPECT_FALSE((detail::has_c_array<Many, detail::count_values<Many>()>()));
}

TEST(Fields, AreNotTakenFromBases) {
    EXPECT_TRUE(detail::HasBase<Derived>);
    EXPECT_FALSE(detail::HasBase<Moved>);
    EXPECT_FALSE(detail::HasBase<Nested>);
    EXPECT_FALSE(detail::HasBase<Wrappers>);
    EXPECT_FALSE(detail::HasBase<Empty>);
}

TEST(Fields, CountEveryNumberOfFieldsUpToThirtyTwo) {
    EXPECT_EQ(field_count<Many>, 32U);
    Many many{};
    int next = 0;
    std::apply([&](auto&... field) { ((field = next++), ...); }, field_references(many));
    EXPECT_EQ(many.a0, 0);
    EXPECT_EQ(many.a17, 17);
    EXPECT_EQ(many.a31, 31);
    EXPECT_EQ(field_names<Many>[31], "a31");
}

TEST(Fields, WorkForLocalTypes) {
    struct Local {
        double lx;
        int ly;
    };
    EXPECT_EQ(names<Local>(), "lx ly ");
}

TEST(Fields, GiveReferencesToTheMembers) {
    Moved moved{"alice", 1, 2, {}, {}};
    std::get<0>(field_references(moved)) = "bob";
    EXPECT_EQ(moved.who, "bob");
    const Moved& constant = moved;
    EXPECT_EQ(&std::get<4>(field_references(constant)), &constant.path);
}

TEST(Fields, CanBeDescribedForRenamesPrivateMembersAndBases) {
    EXPECT_EQ(names<Renamed>(), "who x_ ");
    Renamed renamed("alice", 2);
    EXPECT_EQ(std::get<0>(field_references(renamed)), "alice");
    EXPECT_EQ(std::get<1>(field_references(renamed)), 2);

    EXPECT_EQ(names<Derived>(), "id text ");
    Derived derived;
    std::get<0>(field_references(derived)) = 7;
    EXPECT_EQ(derived.id, 7);
}

TEST(Fields, ExistOnlyForClassesThatHaveThem) {
    EXPECT_TRUE(Reflected<Moved>);
    EXPECT_TRUE(Reflected<Renamed>);
    EXPECT_FALSE(Reflected<int>);
    EXPECT_FALSE(Reflected<std::string>);
    EXPECT_FALSE(Reflected<std::unique_ptr<int>>);
}

}  // namespace
}  // namespace batpak::fields_test
