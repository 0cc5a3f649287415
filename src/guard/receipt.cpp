// A receipt is a claim check: a nonce that names an entry of the ledger, and a MAC over all that it
// claims. The MAC says that this process made it, unchanged; the ledger, that it was not spent.
// Both are needed, in this order: a forged nonce must not end another's receipt (INV G1, G2).
#include "batpak/guard/receipt.hpp"

#include <array>

#include "base/little_endian.hpp"
#include "batpak/base/detail/lasting.hpp"
#include "guard/receipt_ledger.hpp"
#include "guard/seal.hpp"

namespace batpak::detail {

using guard::ReceiptLedger;

Hash proposal_digest(std::uint32_t payload_type, BytesView encoded) noexcept {
    std::array<std::byte, 4> type;
    store_little_endian(type, payload_type);
    return guard::digest_of({as_bytes("prop"), type, encoded});
}

Claim Claim::issue(const std::shared_ptr<const GateRoll>& gates, const JudgedView& view,
                   const Hash& proposal) {
    Claim claim;
    // First, because the MAC covers the nonce. 0 if the table is full: the claim is none then.
    claim.nonce_ = ReceiptLedger::of_process().issue(gates, view);
    if (!claim.is_live()) return claim;
    claim.set_ = gates->id;
    claim.proposal_ = proposal;
    claim.view_ = view.digest();
    claim.mac_ = claim.expected_mac();
    return claim;
}

Claim& Claim::operator=(Claim&& other) noexcept {
    if (this != &other) {
        give_back();
        set_ = other.set_;
        proposal_ = other.proposal_;
        view_ = other.view_;
        mac_ = other.mac_;
        // The other one is dead from here on: a receipt that is moved is still one receipt (INV
        // G1).
        nonce_ = std::exchange(other.nonce_, 0);
    }
    return *this;
}

Claim::~Claim() { give_back(); }

Hash Claim::expected_mac() const noexcept {
    std::array<std::byte, 8> nonce;
    store_little_endian(nonce, nonce_);
    return guard::mac_of(
        {as_bytes("rcpt"), set_.digest.view(), nonce, proposal_.view(), view_.view()});
}

// Only what is genuine: a forged nonce must not end somebody else's receipt.
void Claim::give_back() noexcept {
    if (!is_live()) return;
    if (mac_ == expected_mac()) (void)ReceiptLedger::of_process().take(nonce_);
    nonce_ = 0;
}

const std::vector<GateName>& Claim::gates() const noexcept {
    static const Lasting<const std::vector<GateName>> none;
    const ReceiptLedger::Entry* const entry = ReceiptLedger::of_process().find(nonce_);
    return entry != nullptr ? entry->gates->names : *none;
}

const JudgedView& Claim::view() const noexcept {
    static const Lasting<const JudgedView> nothing(JudgedView::nothing());
    const ReceiptLedger::Entry* const entry = ReceiptLedger::of_process().find(nonce_);
    return entry != nullptr ? entry->view : *nothing;
}

// Whether it is genuine; whether it is of this payload; whether it is the first to be presented,
// which is the last question, because asking it spends the receipt (INV G1, G2).
Result<Approval> Claim::redeem(const Hash& proposal) {
    if (is_live() && mac_ != expected_mac()) {
        nonce_ = 0;
        return fail(ErrorCode::ReceiptForged, "no evaluation made this receipt: evaluate");
    }
    if (is_live() && proposal != proposal_) {
        give_back();
        return fail(ErrorCode::ReceiptMismatch,
                    "the payload is not the one that was judged: evaluate this one");
    }
    BATPAK_TRY(const ReceiptLedger::Entry entry,
               ReceiptLedger::of_process().take(std::exchange(nonce_, 0)));
    BATPAK_ASSERT(entry.gates->id == set_);
    BATPAK_ASSERT(entry.view.digest() == view_);
    Approval approval{.evidence = {.gate_set = set_,
                                   .passed = entry.gates->names,
                                   .judged_end = std::nullopt,
                                   .bypass = std::nullopt},
                      .view = entry.view};
    if (!approval.view.is_nothing()) approval.evidence.judged_end = approval.view.end();
    return approval;
}

}  // namespace batpak::detail
