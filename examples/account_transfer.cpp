// Account transfer: money moves between accounts, eight threads at once, and none is made or lost.
//
// A transfer reads two balances and decides on them. It is two events, one for each account, in one
// batch, on condition that neither account has changed since it was read. Who was too late reads
// again. Then a second reader, who knows nothing of the threads, opens the log and adds up: the sum
// is what it was, no account was ever below zero, and each thread's acknowledged transfers are
// there, once.
//
//     account_transfer [TRANSFERS]     default: 100000
#include <batpak/batpak.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using batpak::AppendCondition;
using batpak::BatchBuilder;
using batpak::BatchOptions;
using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::fail;
using batpak::Region;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;

constexpr std::size_t kThreads = 8;
constexpr std::size_t kAccounts = 32;
constexpr std::int64_t kOpeningBalance = 1000;

// The balance is written down with each change, so that reading an account reads one event.
struct Booked {
    static constexpr auto kind = batpak::EventKind::custom(0x4, 0x001);
    std::string transfer;
    std::int64_t amount = 0;  // negative: it left the account
    std::int64_t balance = 0;
};

struct Transfer {
    std::string name;
    std::size_t from = 0;
    std::size_t to = 0;
    std::int64_t amount = 0;
};

Coordinate account(std::size_t number) {
    return Coordinate::create("account:" + std::to_string(number), "bank").value();
}

// ---- moving money

// [transfer]
// True if it was booked, false if the money is not there. ConditionConflict: somebody was faster.
Result<bool> try_transfer(Store& store, const Transfer& transfer) {
    const Coordinate from = account(transfer.from);
    const Coordinate to = account(transfer.to);
    // All that is decided below is decided on the log up to here.
    const Sequence seen_end = store.visible_end();
    BATPAK_TRY(const auto source, store.latest<Booked>(from.entity()));
    BATPAK_TRY(const auto target, store.latest<Booked>(to.entity()));
    if (!source || !target) return fail(ErrorCode::EventNotFound, "no such account");
    const std::int64_t left = source->payload().balance - transfer.amount;
    if (left < 0) return false;

    BatchBuilder batch;
    batch.add(from, Booked{transfer.name, -transfer.amount, left});
    batch.add(to,
              Booked{transfer.name, transfer.amount, target->payload().balance + transfer.amount});
    BatchOptions options;
    options.condition =
        AppendCondition{Region::entity(from.entity()) | Region::entity(to.entity()), seen_end};
    BATPAK_CHECK(store.append_batch(std::move(batch), options));
    return true;
}
// [/transfer]

// What one thread did, and was told.
struct Ledger {
    std::vector<Transfer> booked;
    std::uint64_t refused = 0;
    std::uint64_t retries = 0;
    std::optional<batpak::Error> error;
};

void work(Store& store, std::size_t thread, std::uint64_t transfers, Ledger& ledger) {
    std::mt19937_64 random(thread);
    for (std::uint64_t i = 0; i < transfers && !ledger.error;) {
        Transfer transfer{std::to_string(thread) + '/' + std::to_string(i), random() % kAccounts, 0,
                          1 + static_cast<std::int64_t>(random() % 200)};
        transfer.to = (transfer.from + 1 + random() % (kAccounts - 1)) % kAccounts;
        auto booked = try_transfer(store, transfer);
        while (!booked && booked.error().code() == ErrorCode::ConditionConflict) {
            ++ledger.retries;
            booked = try_transfer(store, transfer);
        }
        if (!booked) {
            ledger.error = booked.error();
        } else if (*booked) {
            ledger.booked.push_back(transfer);
            ++i;
        } else {
            ++ledger.refused;
        }
    }
}

// ---- the reader who trusts nobody

struct Audit {
    std::map<std::string, std::int64_t> sums;         // by account, of the amounts
    std::map<std::string, std::set<std::string>> of;  // transfers and the bookings they consist of
    bool consistent = true;
};

Result<Audit> audit(const batpak::StoreReads& store) {
    Audit found;
    for (const auto& event : store.by_scope("bank")) {
        if (!event) return fail(event.error());
        BATPAK_TRY(const Booked booked, event->as<Booked>());
        std::int64_t& sum = found.sums[std::string(event->entity)];
        sum += booked.amount;
        if (sum != booked.balance || sum < 0) found.consistent = false;
        const std::string booking =
            std::string(event->entity) + ' ' + std::to_string(booked.amount);
        if (!found.of[booked.transfer].insert(booking).second) found.consistent = false;
    }
    return found;
}

// Each acknowledged transfer is there with its two sides, and no other is.
bool agrees(const Audit& found, const std::array<Ledger, kThreads>& ledgers) {
    std::size_t transfers = 1;  // the opening of the accounts
    for (const Ledger& ledger : ledgers) {
        transfers += ledger.booked.size();
        for (const Transfer& transfer : ledger.booked) {
            const std::string amount = std::to_string(transfer.amount);
            const std::set<std::string> sides = {account(transfer.from).entity() + " -" + amount,
                                                 account(transfer.to).entity() + " " + amount};
            const auto there = found.of.find(transfer.name);
            if (there == found.of.end() || there->second != sides) return false;
        }
    }
    return found.of.size() == transfers;
}

Result<void> open_accounts(Store& store) {
    BatchBuilder batch;
    for (std::size_t i = 0; i < kAccounts; ++i)
        batch.add(account(i), Booked{"opening", kOpeningBalance, kOpeningBalance});
    BATPAK_CHECK(store.append_batch(std::move(batch)));
    return {};
}

Result<bool> run(std::uint64_t transfers) {
    const auto config = batpak::StoreConfig("./batpak-data").with_sync_every_n_events(1000);
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_CHECK(open_accounts(store));
    std::array<Ledger, kThreads> ledgers;
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back(
            [&store, &ledgers, transfers, i] { work(store, i, transfers / kThreads, ledgers[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    BATPAK_CHECK(std::move(store).close());

    std::uint64_t booked = 0;
    std::uint64_t retries = 0;
    std::uint64_t refused = 0;
    for (const Ledger& ledger : ledgers) {
        if (ledger.error) return fail(*ledger.error);
        booked += ledger.booked.size();
        retries += ledger.retries;
        refused += ledger.refused;
    }
    fmt::print("{} transfers by {} threads in {:.1f} s; {} tried again, {} without cover\n", booked,
               kThreads, took.count(), retries, refused);

    BATPAK_TRY(const auto reader,
               batpak::ReadOnlyStore::open(batpak::StoreConfig("./batpak-data")));
    BATPAK_TRY(const Audit found, audit(reader));
    std::int64_t total = 0;
    for (const auto& [name, sum] : found.sums) total += sum;
    const std::int64_t expected = kOpeningBalance * static_cast<std::int64_t>(kAccounts);
    const bool ledgers_agree = agrees(found, ledgers);
    fmt::print("{} accounts hold {} of {}: {}\n", found.sums.size(), total, expected,
               total == expected ? "no money made or lost" : "WRONG");
    fmt::print("balances: {}; ledgers of the threads: {}\n",
               found.consistent ? "each follows from the one before" : "WRONG",
               ledgers_agree ? "as in the log" : "NOT as in the log");
    return total == expected && found.consistent && ledgers_agree;
}

}  // namespace

int main(int count, char** values) {
    const std::uint64_t transfers = count > 1 ? std::strtoull(values[1], nullptr, 10) : 100'000;
    const Result<bool> right = run(transfers);
    if (!right) fmt::print(stderr, "account_transfer: {}\n", right.error());
    return right && *right ? EXIT_SUCCESS : EXIT_FAILURE;
}
