// Record duplication: a form that is sent twice places one order.
//
// The page makes a token and sends it with the form; the server makes the number of the order. The
// token is a tag, and an order is placed only if no order has it. (Where the whole append may
// simply be repeated, AppendOptions::idempotency_key does that without a decision.)
#include <set>

#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(0x6, 8);
    static auto tags_of(const OrderPlaced& event) {
        return std::array{"order:" + event.order, "token:" + event.token};
    }
    std::string order, token;
};

struct FormWasSent {
    static constexpr auto projection = batpak::projection_of<OrderPlaced>("form-was-sent", 1);
    std::string token;
    bool was_sent = false;
    Region region() const { return Region::tag("token:" + token); }
    void on(const OrderPlaced&) { was_sent = true; }
};

// False if the form had come before.
Result<bool> place_order(Store& store, const std::string& order, const std::string& token) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<bool> {
        BATPAK_TRY(const auto model, store.decide(FormWasSent{token}));
        if (model.get<FormWasSent>().was_sent) return false;
        BATPAK_TRY(const auto where, Coordinate::create("order:" + order, "shop"));
        BATPAK_CHECK(
            store.append(where, OrderPlaced{order, token}, {.condition = model.condition()}));
        return true;
    });
}

constexpr std::size_t kForms = 50;

bool audit(const Store& store) {
    std::set<std::string> tokens;
    for (const auto& event : store.by_fact(OrderPlaced::kind)) {
        if (!tokens.insert(event->as<OrderPlaced>().value().token).second) return false;
    }
    return tokens.size() == kForms;
}

}  // namespace

int main() {
    Store store = together::open("order-data");
    std::atomic<std::size_t> placed{0};
    together::in_eight_threads([&](int thread) {
        for (std::size_t form = 0; form < kForms; ++form) {
            const std::string order = std::to_string(thread) + "-" + std::to_string(form);
            if (place_order(store, order, "form" + std::to_string(form)).value()) ++placed;
        }
    });
    return together::report("record duplication", audit(store) && placed == kForms);
}
