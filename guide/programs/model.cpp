// The catalogue of a program's events: one place for all kinds, checked when the program starts and
// pinned in a test.
#include <batpak/batpak.hpp>

#include <optional>
#include <string>
#include <vector>

using batpak::EventKind;
using batpak::Result;

// One category for each part of the program, one number for each event. Numbers are never reused.
namespace kinds {
constexpr std::uint8_t kOrders = 0x1;
constexpr std::uint8_t kStock = 0x2;
}  // namespace kinds

struct Line {  // part of an event, so it has no kind
    std::string article;
    int pieces = 0;
    std::int64_t cents_each = 0;
};
struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(kinds::kOrders, 0x001);
    std::string customer;
    std::vector<Line> lines;
};
struct OrderCancelled {
    static constexpr auto kind = EventKind::custom(kinds::kOrders, 0x002);
    std::string reason;
    std::optional<std::string> by;  // absent: the customer
};
struct StockCounted {
    static constexpr auto kind = EventKind::custom(kinds::kStock, 0x001);
    int pieces = 0;
};

Result<batpak::TypeRegistry> catalogue() {
    batpak::TypeRegistry types;
    BATPAK_CHECK(types.add<OrderPlaced>());
    BATPAK_CHECK(types.add<OrderCancelled>());
    BATPAK_CHECK(types.add<StockCounted>());
    BATPAK_CHECK(types.validate());
    return types;
}

int main() {
    const batpak::TypeRegistry types = catalogue().value();
    fmt::print("{}", types.layouts());
    // A test compares this text with the one of the last release.
}
