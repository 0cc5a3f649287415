// Batch append: an order, its lines and the stock that it takes, stored together or not at all.
//
// The events lie in several streams, the later ones are caused by the first although it has no id
// yet, each stream must be as the program saw it, and the whole has a key: the customer who clicks
// twice has ordered once.
#include <batpak/batpak.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using batpak::AppendReceipt;
using batpak::BatchBuilder;
using batpak::BatchItem;
using batpak::BatchOptions;
using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::ExpectedVersion;
using batpak::Result;
using batpak::Store;

struct OrderPlaced {
    static constexpr auto kind = batpak::EventKind::custom(0x3, 0x010);
    std::string customer;
    int cents = 0;
};
struct StockTaken {
    static constexpr auto kind = batpak::EventKind::custom(0x3, 0x011);
    int pieces = 0;
    int left = 0;
};

using Receipts = std::vector<AppendReceipt>;

// [order]
// Takes a piece of each article, if nobody has touched its stream since `seen`.
Result<Receipts> place_order(Store& store, const std::string& number,
                             const std::vector<Coordinate>& articles,
                             const std::vector<ExpectedVersion>& seen) {
    BATPAK_TRY(const Coordinate order, Coordinate::create("order:" + number, "shop"));
    BatchBuilder batch;
    const BatchItem placed =
        batch.add(order, OrderPlaced{"alice", 4200}, {.expect = ExpectedVersion::none()});
    for (std::size_t i = 0; i < articles.size(); ++i) {
        batch.add(articles[i], StockTaken{1, 9}, {.expect = seen[i], .caused_by = placed});
    }
    BatchOptions once;
    once.idempotency_key = "order " + number;
    return store.append_batch(std::move(batch), once);
}
// [/order]

// Nothing of a batch is there if one of its items may not be.
Result<bool> refused_as_a_whole(Store& store, const std::vector<Coordinate>& articles) {
    const std::uint64_t before = store.visible_end().value;
    const auto refused = place_order(store, "1002", articles,
                                     {ExpectedVersion::exactly(0), ExpectedVersion::none()});
    const bool as_expected = !refused && refused.error().code() == ErrorCode::VersionConflict &&
                             refused.error().item() == 2 && store.visible_end().value == before;
    if (!refused) fmt::print("order 1002: {}\n", refused.error());
    fmt::print("order 1002: {} events in the store, as before\n", store.visible_end());
    return as_expected;
}

Result<bool> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./batpak-data")));
    BATPAK_TRY(const Coordinate pen, Coordinate::create("stock:pen", "shop"));
    BATPAK_TRY(const Coordinate ink, Coordinate::create("stock:ink", "shop"));
    const std::vector<ExpectedVersion> fresh = {ExpectedVersion::none(), ExpectedVersion::none()};
    const std::uint64_t syncs = store.stats().syncs;
    BATPAK_TRY(const Receipts first, place_order(store, "1001", {pen, ink}, fresh));
    fmt::print("order 1001: {} events, sequences {} to {}, {} sync\n", first.size(),
               first.front().sequence, first.back().sequence, store.stats().syncs - syncs);

    BATPAK_TRY(const Receipts again, place_order(store, "1001", {pen, ink}, fresh));
    const bool same = again[0].replayed && again[0].event_id == first[0].event_id;
    fmt::print("again:      {}\n", same ? "the first receipts, nothing added" : "NOT a replay");

    BATPAK_TRY(const auto taken, store.find_latest(ink.entity()));
    const bool caused = taken && (*taken)->header.causation_id == first[0].event_id;
    fmt::print("cause:      the ink was taken {} order 1001\n", caused ? "because of" : "NOT by");

    BATPAK_TRY(const bool refused, refused_as_a_whole(store, {pen, ink}));
    BATPAK_CHECK(std::move(store).close());
    return same && caused && refused;
}

}  // namespace

int main() {
    const Result<bool> right = run();
    if (!right) fmt::print(stderr, "batch_append: {}\n", right.error());
    return right && *right ? EXIT_SUCCESS : EXIT_FAILURE;
}
