// Invoice numbers: one after another, without a gap, whoever writes the invoice.
//
// The number is a rule over all invoices, whatever customer they are for. The state reads the last
// one alone, and the condition is that no invoice was written since.
#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct InvoiceCreated {
    static constexpr auto kind = EventKind::custom(0x6, 5);
    static auto tags_of(const InvoiceCreated& event) {
        return "invoice:" + std::to_string(event.number);
    }
    std::uint64_t number = 0;
    std::int64_t cents = 0;
};

struct LastInvoice {
    static constexpr auto projection = batpak::projection_of<InvoiceCreated>("last-invoice", 1);
    std::uint64_t number = 0;
    Region region() const { return Region::scope("invoices"); }
    void on(const InvoiceCreated& created) { number = created.number; }
};

Result<std::uint64_t> create_invoice(Store& store, const Coordinate& customer, std::int64_t cents) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<std::uint64_t> {
        BATPAK_TRY(const auto model, store.decide(LastInvoice{}));
        const std::uint64_t number = model.get<LastInvoice>().number + 1;
        BATPAK_CHECK(store.append(customer, InvoiceCreated{number, cents},
                                  {.condition = model.condition()}));
        return number;
    });
}

constexpr int kInvoicesEach = 20;

bool audit(const Store& store) {
    std::uint64_t next = 1;
    for (const auto& event : store.by_fact(InvoiceCreated::kind)) {
        if (event->as<InvoiceCreated>().value().number != next) return false;
        ++next;
    }
    const auto found = store.count(Region::tag("invoice:77")).value();
    return next == together::kThreads * kInvoicesEach + 1 && found == 1;
}

}  // namespace

int main() {
    Store store = together::open("invoice-data");
    together::in_eight_threads([&](int thread) {
        const auto customer =
            Coordinate::create("customer:" + std::to_string(thread), "invoices").value();
        for (int i = 0; i < kInvoicesEach; ++i) create_invoice(store, customer, 100 + i).value();
    });
    return together::report("invoice numbers", audit(store));
}
