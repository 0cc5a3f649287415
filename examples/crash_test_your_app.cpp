// Crash-test your app: cut the power at every single I/O call of your own code.
//
// batpak::testing has a disk that does what disks do: it loses what was not synced, tears sectors,
// and forgets new names. The application below gives numbers to invoices, and its tax office wants
// two things to be true whatever happens: an invoice that a customer holds is on file, and no
// number is given twice. The test runs it once for each I/O call, with the power cut there.
#include <batpak/batpak.hpp>
#include <batpak/testing/environment.hpp>
#include <batpak/testing/simulated_file_system.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

namespace {

using batpak::Coordinate;
using batpak::Environment;
using batpak::Result;
using batpak::Store;
using batpak::testing::CrashMoment;
using batpak::testing::CutMode;
using batpak::testing::SimulatedDisk;
using batpak::testing::SimulatedFileSystem;

// ---- the application: nothing in it knows of tests but that its environment is a parameter

struct InvoiceIssued {
    static constexpr auto kind = batpak::EventKind::custom(0x3, 0x001);
    std::uint64_t number = 0;
    std::string customer;
};

class InvoiceBook {
public:
    static Result<InvoiceBook> open(const Environment& environment) {
        const auto config = batpak::StoreConfig("invoices").with_environment(environment);
        BATPAK_TRY(Store store, Store::open(config));
        BATPAK_TRY(Coordinate book, Coordinate::create("invoices", "shop"));
        BATPAK_TRY(const auto last, store.latest<InvoiceIssued>(book.entity()));
        const std::uint64_t next = last ? last->payload().number + 1 : 1;
        return InvoiceBook(std::move(store), std::move(book), next);
    }

    // Returns the number once the invoice is on stable storage.
    Result<std::uint64_t> issue(const std::string& customer) {
        BATPAK_CHECK(store_.append(book_, InvoiceIssued{next_, customer}));
        return next_++;
    }

    const Store& store() const { return store_; }

private:
    InvoiceBook(Store store, Coordinate book, std::uint64_t next)
        : store_(std::move(store)), book_(std::move(book)), next_(next) {}

    Store store_;
    Coordinate book_;
    std::uint64_t next_;
};

// ---- its crash test

constexpr int kInvoices = 5;

Environment environment_on(std::shared_ptr<SimulatedFileSystem> disk, std::uint64_t seed) {
    Environment environment = batpak::testing::simulated_environment(seed);
    environment.files = std::move(disk);
    return environment;
}

// Returns the numbers that customers hold when the power goes.
std::set<std::uint64_t> issue_until_crash(const Environment& environment) {
    std::set<std::uint64_t> held;
    auto book = InvoiceBook::open(environment);
    for (int i = 0; book && i < kInvoices; ++i) {
        const auto number = book->issue("alice");
        if (!number) break;
        held.insert(*number);
    }
    return held;
}

// After the power is back: every number held is on file, none is on file twice, and work goes on.
Result<bool> promises_are_kept(const Environment& environment,
                               const std::set<std::uint64_t>& held) {
    BATPAK_TRY(InvoiceBook book, InvoiceBook::open(environment));
    BATPAK_CHECK(book.issue("bob"));
    BATPAK_TRY(const auto events, book.store().stream("invoices").collect<InvoiceIssued>());
    std::set<std::uint64_t> on_file;
    for (const auto& event : events) {
        if (!on_file.insert(event.payload().number).second) return false;
    }
    return std::includes(on_file.begin(), on_file.end(), held.begin(), held.end());
}

}  // namespace

int main() {
    std::uint64_t call = 0;
    for (;; ++call) {
        auto disk = std::make_shared<SimulatedFileSystem>(call, SimulatedDisk{});
        disk->crash_at(call, CrashMoment::BeforeCall);
        const std::set<std::uint64_t> held = issue_until_crash(environment_on(disk, call));
        if (!disk->crashed()) break;  // it survived: every call was tried

        const auto rebooted = disk->after_power_cut({.mode = CutMode::Random, .seed = call});
        const auto kept = promises_are_kept(environment_on(rebooted, call), held);
        if (!kept || !*kept) {
            fmt::print(stderr, "power cut before I/O call {}: {}\n", call,
                       kept ? "a promise is broken" : kept.error().to_string());
            return EXIT_FAILURE;
        }
    }
    fmt::print("{} power cuts, one at each I/O call: no invoice lost, no number given twice\n",
               call);
    return EXIT_SUCCESS;
}
