// A program that shows its own store: a till takes orders, and its owner looks at them in a
// browser. Started with "stay", it goes on until Enter is pressed; without, it ends at once.
#include <batpak/batpak.hpp>
#include <batpak/inspector/inspector.hpp>
#include <cstdio>
#include <string_view>

using namespace batpak;

struct OrderTaken {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string meal;
    std::int64_t cents = 0;
};
struct OrderPaid {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    std::int64_t cents = 0;
};

int main(int argc, char** argv) {
    Store store = Store::open(StoreConfig("./batpak-data")).value();
    for (int i = 0; i < 20; ++i) {
        const auto order =
            Coordinate::create("order:" + std::to_string(i), "table:" + std::to_string(i % 4))
                .value();
        const AppendReceipt taken =
            store.append(order, OrderTaken{i % 3 == 0 ? "soup" : "rice", 900 + 10 * i}).value();
        AppendOptions caused;
        caused.correlation_id = taken.event_id;
        caused.causation_id = taken.event_id;
        (void)store.append(order, OrderPaid{900 + 10 * i}, caused).value();
    }

    // [inspector]
    auto inspector = Inspector::start(store, InspectorConfig().with_title("the till")).value();
    std::printf("%s\n", inspector.url().c_str());
    // [/inspector]

    if (argc > 1 && std::string_view(argv[1]) == "stay") (void)std::getchar();
    inspector.stop();  // before the store, which it reads
    (void)std::move(store).close().value();
    return 0;
}
