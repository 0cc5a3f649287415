// JSON events: payloads without a type, metadata, two writers in conflict, and paging.
//
// Types are the better choice where they are known (quickstart.cpp). JSON is for what comes from
// outside, such as webhooks, and for tools that read any event.
#include <batpak/batpak.hpp>
#include <batpak/json.hpp>

#include <cstdlib>

namespace {

using batpak::AppendOptions;
using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::EventKind;
using batpak::ExpectedVersion;
using batpak::QueryOptions;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using nlohmann::json;

constexpr EventKind kOrderPlaced = EventKind::custom(0x1, 0x001);
constexpr EventKind kItemAdded = EventKind::custom(0x1, 0x002);

// Metadata travels with the event and is no part of what happened: here, who asked for it.
Result<void> place_order(Store& store, const Coordinate& order) {
    AppendOptions options{.expect = ExpectedVersion::none()};  // or VersionConflict
    BATPAK_CHECK(options.metadata.set("user", "alice"));
    BATPAK_CHECK(store.append(order, kOrderPlaced, json{{"currency", "EUR"}}, options));
    return {};
}

// Reads, decides, and appends only if nobody else was faster; else reads and decides again.
Result<void> add_item(Store& store, const Coordinate& order, const json& item) {
    for (;;) {
        BATPAK_TRY(const auto seen, store.latest<json>(order.entity()));
        if (!seen) return batpak::fail(ErrorCode::EventNotFound, "no such order");
        const AppendOptions options{.expect = ExpectedVersion::exactly(seen->version())};
        const auto receipt = store.append(order, kItemAdded, item, options);
        if (receipt) return {};
        if (receipt.error().code() != ErrorCode::VersionConflict) {
            return batpak::fail(receipt.error());
        }
    }
}

Result<void> show_conflict(Store& store, const Coordinate& order) {
    const AppendOptions stale{.expect = ExpectedVersion::exactly(0)};
    const auto refused = store.append(order, kItemAdded, json{{"sku", "late"}}, stale);
    if (refused) return batpak::fail(ErrorCode::InvalidArgument, "a stale append was accepted");
    fmt::print("refused: {}\n", refused.error());
    return {};
}

Result<void> show_pages(const Store& store, std::uint64_t page_size) {
    QueryOptions options{.limit = page_size};
    for (int page = 1;; ++page) {
        BATPAK_TRY(const auto events, store.query(Region::scope("shop"), options).collect<json>());
        if (events.empty()) return {};
        for (const auto& event : events) {
            const std::string user(event.event.metadata.get("user").value_or("nobody"));
            fmt::print("page {}: {} v{} {} by {}\n", page, event.coordinate.entity(),
                       event.version(), event.payload().dump(), user);
        }
        options.from = events.back().sequence().next();
    }
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./batpak-data")));
    BATPAK_TRY(const Coordinate order, Coordinate::create("order:1", "shop"));
    BATPAK_CHECK(place_order(store, order));
    BATPAK_TRY(const json from_outside, batpak::parse_json(R"({"sku": "tea", "count": 2})"));
    BATPAK_CHECK(add_item(store, order, from_outside));
    BATPAK_CHECK(add_item(store, order, json{{"sku", "milk"}, {"count", 1}}));
    BATPAK_CHECK(show_conflict(store, order));
    BATPAK_CHECK(show_pages(store, 2));
    BATPAK_CHECK(std::move(store).close());
    return {};
}

}  // namespace

int main() {
    const Result<void> done = run();
    if (!done) fmt::print(stderr, "json_events: {}\n", done.error());
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
