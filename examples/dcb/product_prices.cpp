// Dynamic product prices: what was shown is what is paid, if it is still valid.
//
// A price that was changed stays valid for a while. An order of several products rests on the
// prices of exactly these: the order has their tags, and a change of any of them in between makes
// the decision be made again, a change of any other does not.
#include <map>
#include <set>

#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

using Cents = std::int64_t;
using Minute = std::int64_t;
constexpr Minute kGraceMinutes = 10;

// A price of a product, from this minute on.
struct PriceSet {
    static constexpr auto kind = EventKind::custom(0x6, 9);
    static auto tags_of(const PriceSet& event) { return "product:" + event.product; }
    std::string product;
    Cents price = 0;
    Minute at = 0;
};
struct Item {
    std::string product;
    Cents price = 0;
};
struct ProductsOrdered {
    static constexpr auto kind = EventKind::custom(0x6, 10);
    static auto tags_of(const ProductsOrdered& event) {
        std::set<std::string> tags;
        for (const Item& item : event.items) tags.insert("product:" + item.product);
        return tags;
    }
    std::vector<Item> items;
    Minute at = 0;
};

// The prices of some products that are valid now.
struct ValidPrices {
    static constexpr auto projection = batpak::projection_of<PriceSet>("valid-prices", 1);
    std::set<std::string> products;
    Minute now = 0;
    std::map<std::string, std::set<Cents>> prices{};
    Region region() const {
        Region any = Region::none();
        for (const std::string& product : products) any = any | Region::tag("product:" + product);
        return any;
    }
    void on(const PriceSet& set) {
        std::set<Cents>& valid = prices[set.product];
        if (now - set.at > kGraceMinutes) valid.clear();
        valid.insert(set.price);
    }
};

// False if a price is not valid any more.
Result<bool> order(Store& store, const std::vector<Item>& items, Minute now) {
    std::set<std::string> products;
    for (const Item& item : items) products.insert(item.product);
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<bool> {
        BATPAK_TRY(auto model, store.decide(ValidPrices{products, now}));
        auto prices = model.get<ValidPrices>().prices;
        for (const Item& item : items) {
            if (!prices[item.product].contains(item.price)) return false;
        }
        BATPAK_TRY(const auto where, Coordinate::create("orders", "shop"));
        BATPAK_CHECK(
            store.append(where, ProductsOrdered{items, now}, {.condition = model.condition()}));
        return true;
    });
}

constexpr int kProducts = 4;
constexpr int kMinutes = 60;

std::string product(int number) { return "p" + std::to_string(number % kProducts); }
Cents price_at(int number, Minute at) { return 100 * (number % kProducts + 1) + at / 5; }

void set_price(Store& store, int number, Minute at) {
    const auto where = Coordinate::create("prices:" + product(number), "shop").value();
    store.append(where, PriceSet{product(number), price_at(number, at), at}).value();
}

// Reads the log in its order, and asks of each order what was valid then.
bool audit(const Store& store, int accepted) {
    std::map<std::string, std::vector<PriceSet>> history;
    int orders = 0;
    for (const auto& event : store.query(Region::scope("shop"))) {
        if (event->kind() == PriceSet::kind) {
            const auto set = event->as<PriceSet>().value();
            history[set.product].push_back(set);
            continue;
        }
        const auto ordered = event->as<ProductsOrdered>().value();
        ++orders;
        for (const Item& item : ordered.items) {
            const std::vector<PriceSet>& prices = history[item.product];
            bool valid = false;
            for (std::size_t i = 0; i < prices.size(); ++i) {
                bool superseded = false;
                for (std::size_t later = i + 1; later < prices.size(); ++later)
                    superseded = superseded || ordered.at - prices[later].at > kGraceMinutes;
                valid = valid || (prices[i].price == item.price && !superseded);
            }
            if (!valid) return false;
        }
    }
    return orders == accepted && accepted > 0;
}

}  // namespace

int main() {
    Store store = together::open("price-data");
    for (int i = 0; i < kProducts; ++i) set_price(store, i, 0);
    std::atomic<int> accepted{0};
    std::atomic<int> refused{0};
    together::in_eight_threads([&](int thread) {
        for (Minute now = 1; now < kMinutes; ++now) {
            if (thread % 2 == 0) {
                set_price(store, thread / 2, now);
                continue;
            }
            // What was shown some minutes ago.
            const Minute shown = std::max<Minute>(0, now - thread * 3);
            const std::vector<Item> cart = {{product(thread), price_at(thread, shown)},
                                            {product(thread + 1), price_at(thread + 1, shown)}};
            (order(store, cart, now).value() ? accepted : refused)++;
        }
    });
    fmt::print("{} orders, {} refused\n", accepted.load(), refused.load());
    return together::report("product prices", audit(store, accepted));
}
