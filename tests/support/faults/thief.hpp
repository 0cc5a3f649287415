// Thief: how C++ lets anybody reach the private members of a receipt, and copy it byte by byte.
//
// An explicit instantiation may name private members; a friend function that it defines gives them
// away. Tests of what receipts withstand rob them with it.
//
// Threads: as what is robbed
// Errors:  none
#pragma once

#include <cstring>
#include <memory>
#include <new>

#include "batpak/guard/receipt.hpp"
#include "support/faults/transfers.hpp"

namespace batpak::testing {

// `Member` of what is robbed, under the name of the tag.
template <class Tag, auto Member>
struct Thief {
    friend auto& steal(Tag, typename Tag::Victim& victim) { return victim.*Member; }
};

#define BATPAK_STEAL(tag, victim, member) \
    struct tag {                          \
        using Victim = victim;            \
    };                                    \
    auto& steal(tag, victim&);            \
    template struct Thief<tag, &victim::member>

BATPAK_STEAL(StolenPayload, Receipt<Transfer>, payload_);
BATPAK_STEAL(StolenClaim, Receipt<Transfer>, claim_);
BATPAK_STEAL(StolenSet, detail::Claim, set_);
BATPAK_STEAL(StolenProposal, detail::Claim, proposal_);
BATPAK_STEAL(StolenView, detail::Claim, view_);
BATPAK_STEAL(StolenMac, detail::Claim, mac_);
BATPAK_STEAL(StolenNonce, detail::Claim, nonce_);

#undef BATPAK_STEAL

// A receipt's bytes in other memory. Its destructor is never run.
class MemcpyCopy {
public:
    explicit MemcpyCopy(const Receipt<Transfer>& original) {
        std::memcpy(bytes_, static_cast<const void*>(std::addressof(original)), sizeof(bytes_));
    }
    Receipt<Transfer>& operator*() noexcept {
        return *std::launder(reinterpret_cast<Receipt<Transfer>*>(bytes_));
    }

private:
    alignas(Receipt<Transfer>) std::byte bytes_[sizeof(Receipt<Transfer>)];
};

}  // namespace batpak::testing
