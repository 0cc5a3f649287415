// A payments ledger: transfers between accounts, each booked once, large ones with a second pair of
// eyes; and the balances at the end of the month.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::EventKind;
using batpak::fail;
using batpak::Names;
using batpak::Region;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;

struct Booked {  // in the stream of an account
    static constexpr auto kind = EventKind::custom(0x4, 0x001);
    std::string transfer;
    std::int64_t cents = 0;  // negative: it left the account
};
struct Approved {  // in the stream of the transfer
    static constexpr auto kind = EventKind::custom(0x4, 0x002);
    std::string clerk;
};

struct Account {
    static constexpr auto projection = batpak::projection_of<Booked>("account", 1);
    std::int64_t balance = 0;
    void on(const Booked& booked) { balance += booked.cents; }
};

struct Transfer {
    std::string number, from, to;
    std::int64_t cents = 0;
    std::string clerk;
};
constexpr std::int64_t kTwoClerksFrom = 100'000;

Coordinate in_bank(const std::string& entity) { return Coordinate::create(entity, "bank").value(); }

// Books both sides or neither. ConditionConflict: an account changed meanwhile, so try again.
Result<void> book(Store& store, const Transfer& transfer) {
    const Region read =
        Region::entity(transfer.from) | Region::entity("transfer:" + transfer.number);
    const Sequence seen_end = store.visible_end();  // before anything is read
    BATPAK_TRY(const auto from, store.project<Account>(transfer.from));
    BATPAK_TRY(const auto approval, store.latest<Approved>("transfer:" + transfer.number));

    batpak::BatchBuilder batch;
    batch.add(in_bank(transfer.from), Booked{transfer.number, -transfer.cents});
    batch.add(in_bank(transfer.to), Booked{transfer.number, transfer.cents});
    batpak::BatchOptions options;
    options.condition = batpak::AppendCondition{read, seen_end};
    options.idempotency_key =
        "transfer " + transfer.number;  // a retry is answered, not booked again

    BATPAK_TRY(const auto known, store.find_key(options.idempotency_key));
    if (!known) {
        if (transfer.cents > (from ? from->balance : 0)) {
            return fail(ErrorCode::GateDenied, "not covered");
        }
        const bool second = approval && approval->payload().clerk != transfer.clerk;
        if (transfer.cents >= kTwoClerksFrom && !second) {
            return fail(ErrorCode::GateDenied, "a second clerk must approve it");
        }
    }
    BATPAK_TRY(const auto receipts, store.append_batch(std::move(batch), options));
    fmt::print("  booked as {} and {}{}\n", receipts[0].sequence, receipts[1].sequence,
               receipts[0].replayed ? ", by an earlier try" : "");
    return {};
}

void order(Store& store, const Transfer& transfer) {
    fmt::print("transfer {}: {} cents from {} to {}\n", transfer.number, transfer.cents,
               transfer.from, transfer.to);
    const Result<void> done = book(store, transfer);
    if (!done) fmt::print("  {}\n", done.error());
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./bank")));
    BATPAK_CHECK(store.append(in_bank("account:ada"), Booked{"opening", 250'000}));
    BATPAK_CHECK(store.append(in_bank("account:equity"), Booked{"opening", -250'000}));

    const Transfer rent{"1", "account:ada", "account:bob", 80'000, "clerk:eve"};
    order(store, rent);
    order(store, rent);  // the answer was lost on the way: ask again
    const Transfer car{"2", "account:ada", "account:bob", 150'000, "clerk:eve"};
    order(store, car);
    BATPAK_CHECK(store.append(in_bank("transfer:2"), Approved{"clerk:mia"}));
    order(store, car);
    order(store, {"3", "account:ada", "account:bob", 30'000, "clerk:eve"});

    std::int64_t sum = 0;
    BATPAK_TRY(const auto accounts, store.names(Names::Entities, "account:"));
    for (const auto& [name, events] : accounts) {
        BATPAK_TRY(const auto account, store.project<Account>(name));
        fmt::print("{:16}{:>10}\n", name, account->balance);
        sum += account->balance;
    }
    fmt::print("{:16}{:>10}\n", "sum", sum);
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
