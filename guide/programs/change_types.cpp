// Types of your own as fields: an amount of money, and an enumeration that is stored by name.
#include <batpak/batpak.hpp>
#include <batpak/json.hpp>

#include <map>
#include <string>
#include <vector>

using batpak::Result;

class Money {
public:
    Money() = default;
    static Result<Money> create(std::int64_t cents) {
        if (cents >= 0) return Money(cents);
        return batpak::fail(batpak::ErrorCode::InvalidArgument, "money is not negative");
    }
    std::int64_t cents() const { return cents_; }

private:
    explicit Money(std::int64_t cents) : cents_(cents) {}
    std::int64_t cents_ = 0;
};

enum class Size { Small, Large };

// Each says which type its values are written as: the form.
template <>
struct batpak::FieldCodec<Money> {
    using Form = std::int64_t;
    static Form encode(const Money& money) { return money.cents(); }
    static Result<Money> decode(Form cents) { return Money::create(cents); }
};

template <>
struct batpak::FieldCodec<Size> {
    using Form = std::string;
    static Form encode(Size size) { return size == Size::Small ? "small" : "large"; }
    static Result<Size> decode(const Form& name) {
        if (name == "small") return Size::Small;
        if (name == "large") return Size::Large;
        return fail(ErrorCode::DecodeFailed, "no size is called " + name);
    }
};

struct OrderPlaced {
    static constexpr auto kind = batpak::EventKind::custom(0x4, 0x001);
    std::vector<Size> cups;
    std::map<Size, Money> prices;
};

Result<void> run() {
    BATPAK_TRY(auto store, batpak::Store::open(batpak::StoreConfig("./cafe")));
    BATPAK_TRY(const auto table, batpak::Coordinate::create("table:1", "cafe"));
    BATPAK_TRY(const Money low, Money::create(250));
    BATPAK_TRY(const Money high, Money::create(420));
    const OrderPlaced order{{Size::Small, Size::Large}, {{Size::Small, low}, {Size::Large, high}}};
    BATPAK_TRY(const auto placed, store.append(table, order));

    BATPAK_TRY(const auto json, store.get<nlohmann::json>(placed.event_id));
    fmt::print("stored: {}\n", json.payload().dump());
    BATPAK_TRY(const auto read, store.get<OrderPlaced>(placed.event_id));
    fmt::print("a large one is {} cents\n", read.payload().prices.at(Size::Large).cents());

    // What decode() refuses is an error with the path to the field.
    BATPAK_TRY(const auto wrong,
               store.append(table, OrderPlaced::kind, nlohmann::json{{"cups", {"small", "huge"}}}));
    fmt::print("{}\n", store.get<OrderPlaced>(wrong.event_id).error());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
