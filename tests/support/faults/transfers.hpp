// Transfers: the proposals, contexts and gates that tests of decisions share.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <string_view>

#include "batpak/coordinate/event_kind.hpp"
#include "batpak/guard/gate_set.hpp"

namespace batpak::testing {

struct Transfer {
    static constexpr auto kind = EventKind::custom(0x4, 0x001);
    std::int64_t amount = 0;
    std::int64_t to = 0;

    friend bool operator==(const Transfer&, const Transfer&) = default;
};

// The same fields in another event.
struct Refund {
    static constexpr auto kind = EventKind::custom(0x4, 0x002);
    std::int64_t amount = 0;
    std::int64_t to = 0;
};

struct Bank {
    bool open = true;
    std::int64_t balance = 100;
};

struct AmountLimit {
    static constexpr std::string_view name = "amount-limit";
    static constexpr std::uint32_t version = 2;

    std::int64_t limit = 1000;

    Verdict operator()(const Transfer& transfer) const {
        if (transfer.amount <= limit) return pass();
        return deny("over the limit").with_code("AMOUNT").with_context("limit", limit);
    }
};

inline Verdict is_open(const Bank& bank) { return bank.open ? pass() : Verdict(deny("closed")); }

inline Verdict is_covered(const Transfer& transfer, const Bank& bank) {
    return transfer.amount <= bank.balance ? pass() : Verdict(deny("not covered"));
}

// In this order: amount-limit, open, covered.
inline GateSet<Transfer, Bank> bank_gates() {
    GateSet<Transfer, Bank> gates;
    gates.add(AmountLimit{}).add("open", 1, is_open).add("covered", 1, is_covered);
    return gates;
}

inline Receipt<Transfer> receipt_for(const Transfer& transfer, const JudgedView& view) {
    return bank_gates().evaluate(transfer, Bank{}, view).value();
}

}  // namespace batpak::testing
