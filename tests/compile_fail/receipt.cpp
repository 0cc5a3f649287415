// A receipt exists only if gates made it, is used once, and stands for nothing but its own payload.
#include <array>
#include <bit>
#include <cstdint>

#include "batpak/pipeline/pipeline.hpp"

using namespace batpak;

struct Transfer {
    static constexpr auto kind = EventKind::custom(0x4, 1);
    std::int64_t amount = 0;
};
struct Refund {
    static constexpr auto kind = EventKind::custom(0x4, 2);
    std::int64_t amount = 0;
};
Result<Committed<Transfer>> store_it(Transfer&&, const Approval&);
Result<Committed<Refund>> store_refund(Refund&&, const Approval&);

#ifdef GOOD
bool good(const Pipeline<Transfer>& pipeline, const BypassReason& reason) {
    auto decision = pipeline.evaluate({}, Proposal(Transfer{1}));
    if (!decision || decision->payload().amount != 1) return false;
    Receipt<Transfer> receipt = std::move(*decision);
    auto bypass = Pipeline<Transfer>::bypass(Proposal(Transfer{2}), reason);
    return pipeline.commit(std::move(receipt), store_it) &&
           Pipeline<Transfer>::commit_bypass(std::move(bypass), store_it);
}
#endif

// ---- made by nobody else

#ifdef BAD_default_construction  // expect: no matching (function|constructor)
Receipt<Transfer> nothing;       // ERROR HERE
#endif

#ifdef BAD_from_a_payload               // expect: (no matching|no viable|private)
Receipt<Transfer> judged(Transfer{1});  // ERROR HERE
#endif

#ifdef BAD_aggregate_init  // expect: (private|no matching)
Receipt<Transfer> judged(detail::Claim&& claim) {
    return {Transfer{1}, std::move(claim)};  // ERROR HERE
}
#endif

#ifdef BAD_bit_cast  // expect: (bit_cast|constraint|no matching)
auto cast(const std::array<std::byte, sizeof(Receipt<Transfer>)>& bytes) {
    return std::bit_cast<Receipt<Transfer>>(bytes);  // ERROR HERE
}
#endif

#ifdef BAD_derived                   // expect: final
struct Mine : Receipt<Transfer> {};  // ERROR HERE
#endif

#ifdef BAD_claim_from_nothing  // expect: private
detail::Claim claim;           // ERROR HERE
#endif

#ifdef BAD_claim_issued  // expect: private
auto issue(const JudgedView& view) {
    return detail::Claim::issue(nullptr, view, Hash{});  // ERROR HERE
}
#endif

#ifdef BAD_from_a_denial  // expect: (no matching|no viable|conversion|could not convert)
Receipt<Transfer> forgiven(const Denial& denial) {
    return denial;  // ERROR HERE
}
#endif

// ---- not twice

#ifdef BAD_copy  // expect: (deleted|implicitly)
Receipt<Transfer> copy(const Receipt<Transfer>& receipt) {
    return receipt;  // ERROR HERE
}
#endif

#ifdef BAD_copy_assignment  // expect: (deleted|implicitly)
void assign(Receipt<Transfer>& a, const Receipt<Transfer>& b) {
    a = b;  // ERROR HERE
}
#endif

#ifdef BAD_copied_claim  // expect: (deleted|implicitly)
detail::Claim copy(const detail::Claim& claim) {
    return claim;  // ERROR HERE
}
#endif

#ifdef BAD_redeemed_by_name  // expect: (discards qualifiers|lvalue|rvalue)
bool redeem(Receipt<Transfer>& receipt, Buffer& buffer) {
    return receipt.redeem(buffer).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_committed_by_name  // expect: (no matching|rvalue|no known conversion|lvalue)
bool commit(const Pipeline<Transfer>& pipeline, Receipt<Transfer>& receipt) {
    return pipeline.commit(receipt, store_it).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_bypass_copied  // expect: (deleted|implicitly)
BypassReceipt<Transfer> copy(const BypassReceipt<Transfer>& receipt) {
    return receipt;  // ERROR HERE
}
#endif

// ---- nothing but itself

#ifdef BAD_payload_changed  // expect: (read-only|const|assign)
void change(Receipt<Transfer>& receipt) {
    receipt.payload().amount = 1'000'000;  // ERROR HERE
}
#endif

#ifdef BAD_payload_of_a_temporary  // expect: deleted
const Transfer& dangle(Receipt<Transfer>&& receipt) {
    return std::move(receipt).payload();  // ERROR HERE
}
#endif

#ifdef BAD_receipt_of_another_payload  // expect: (no matching|no known conversion)
bool commit(const Pipeline<Refund>& pipeline, Receipt<Transfer>&& receipt) {
    return pipeline.commit(std::move(receipt), store_refund).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_bypass_for_a_receipt  // expect: (no matching|no known conversion)
bool commit(const Pipeline<Transfer>& pipeline, BypassReceipt<Transfer>&& receipt) {
    return pipeline.commit(std::move(receipt), store_it).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_receipt_for_a_bypass  // expect: (no matching|no known conversion)
bool commit(Receipt<Transfer>&& receipt) {
    return Pipeline<Transfer>::commit_bypass(std::move(receipt), store_it)  // ERROR HERE
        .has_value();
}
#endif

#ifdef BAD_committer_of_nothing  // expect: (constraint|Committer)
void keep(Transfer&&, const Approval&);
void commit(const Pipeline<Transfer>& pipeline, Receipt<Transfer>&& receipt) {
    (void)pipeline.commit(std::move(receipt), keep);  // ERROR HERE
}
#endif

#ifdef BAD_proposal_opened  // expect: private
Transfer open(Proposal<Transfer>&& proposal) {
    return std::move(proposal.payload_);  // ERROR HERE
}
#endif

// ---- a bypass has a reason

#ifdef BAD_bypass_from_a_payload  // expect: (no matching|private|no viable)
BypassReceipt<Transfer> bypass(const BypassReason& reason) {
    return BypassReceipt<Transfer>(Transfer{1}, reason);  // ERROR HERE
}
#endif

#ifdef BAD_bypass_without_a_reason  // expect: (too few arguments|no matching)
auto bypass() {
    return Pipeline<Transfer>::bypass(Proposal(Transfer{1}));  // ERROR HERE
}
#endif

#ifdef BAD_unchecked_reason       // expect: private
BypassReason reason("name", "");  // ERROR HERE
#endif

// ---- nothing is ignored

#ifdef BAD_ignored_decision  // expect: (ignoring return|nodiscard)
void ignore(const Pipeline<Transfer>& pipeline) {
    pipeline.evaluate({}, Proposal(Transfer{1}));  // ERROR HERE
}
#endif

#ifdef BAD_ignored_redemption  // expect: (ignoring return|nodiscard)
void ignore(Receipt<Transfer>&& receipt, Buffer& buffer) {
    std::move(receipt).redeem(buffer);  // ERROR HERE
}
#endif

#ifdef BAD_ignored_denials  // expect: (ignoring return|nodiscard)
void ignore(const Pipeline<Transfer>& pipeline) {
    pipeline.evaluate_all({}, Proposal(Transfer{1}));  // ERROR HERE
}
#endif
