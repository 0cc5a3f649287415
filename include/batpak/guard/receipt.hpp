// Receipt: the proof that a payload passed the gates. It can be committed once.
//
// Only an evaluation makes one. It can be moved but not copied, holds the payload that was judged,
// and is bound to it, to the gate set and to the judged view by a MAC under a key that this process
// draws at random. All live receipts are in a table of the process; a commit takes the receipt out
// of it, so the second use of one, by whatever trick it was copied, is refused (INV G1, G2).
// docs/GATES.md says what that stops and what it does not.
//
// A commit consumes the receipt, whatever the result; a receipt that is destroyed uncommitted
// leaves the table. At most kLiveReceiptsMax live at a time: beyond that, evaluations are denied.
//
// Threads: thread-compatible; different receipts may be used by different threads
// Errors:  redeem(): ReceiptForged, ReceiptMismatch, ReceiptSpent, Forked, EncodeFailed
#pragma once

#include <cstdint>
#include <memory>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/guard/denial.hpp"
#include "batpak/guard/evidence.hpp"
#include "batpak/guard/gate_name.hpp"
#include "batpak/guard/judged_view.hpp"

namespace batpak {

template <class T, class Ctx>
class GateSet;

inline constexpr std::uint32_t kLiveReceiptsMax = 16'384;

// What a commit learns from a receipt that was good.
struct Approval {
    GateEvidence evidence{};
    JudgedView view{};
};

namespace detail {

struct GateRoll;

// The kind and version that the payload will have in the log; 0 for types without a kind.
template <class T>
constexpr std::uint32_t payload_type_of() {
    if constexpr (TypedEvent<T>) {
        return std::uint32_t{T::kind.number()} << 16 | payload_version_of<T>;
    } else {
        return 0;
    }
}

Hash proposal_digest(std::uint32_t payload_type, BytesView encoded) noexcept;

// The part of a receipt that does not depend on the payload's type.
class Claim {
public:
    Claim(Claim&& other) noexcept
        : set_(other.set_),
          proposal_(other.proposal_),
          view_(other.view_),
          mac_(other.mac_),
          nonce_(std::exchange(other.nonce_, 0)) {}
    Claim& operator=(Claim&& other) noexcept;
    ~Claim();

    bool is_live() const noexcept { return nonce_ != 0; }
    const GateSetId& gate_set() const noexcept { return set_; }
    // Empty, and nothing, of a claim that is not live. Borrow: as long as it is.
    const std::vector<GateName>& gates() const noexcept;
    const JudgedView& view() const noexcept;

    [[nodiscard]] Result<Approval> redeem(const Hash& proposal);

private:
    template <class T, class Ctx>
    friend class batpak::GateSet;

    // Not live, if kLiveReceiptsMax others are.
    static Claim issue(const std::shared_ptr<const GateRoll>& gates, const JudgedView& view,
                       const Hash& proposal);
    Claim() noexcept = default;
    Hash expected_mac() const noexcept;
    void give_back() noexcept;

    GateSetId set_;
    Hash proposal_;
    Hash view_;
    Hash mac_;
    std::uint64_t nonce_ = 0;
};

}  // namespace detail

// What a receipt gives when it is redeemed: the payload that was approved, and the approval.
template <class T>
struct Redeemed {
    T payload{};
    Approval approval{};
};

template <class T>
class [[nodiscard]] Receipt final {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "batpak: a receipt is moved, and must not lose its payload on the way");

public:
    using Payload = T;

    Receipt(Receipt&&) noexcept = default;
    Receipt& operator=(Receipt&&) noexcept = default;

    const T& payload() const& noexcept { return payload_; }
    const T& payload() const&& = delete;
    // False once it was moved from.
    bool is_live() const noexcept { return claim_.is_live(); }
    const GateSetId& gate_set() const noexcept { return claim_.gate_set(); }
    // In the order in which they passed. Borrow: as long as the receipt is live.
    const std::vector<GateName>& gates() const& noexcept { return claim_.gates(); }
    const JudgedView& view() const& noexcept { return claim_.view(); }

    // For committers: spends the receipt, and adds the payload's MessagePack form, which is what
    // was judged to the byte, to the buffer. What Approval::view demands is theirs to check.
    [[nodiscard]] Result<Redeemed<T>> redeem(Buffer& encoded) && {
        Receipt taken = std::move(*this);
        const std::size_t start = encoded.size();
        BATPAK_CHECK(PayloadCodec<T>::encode(taken.payload_, encoded));
        const Hash proposal =
            detail::proposal_digest(detail::payload_type_of<T>(), encoded.view().subspan(start));
        BATPAK_TRY(Approval approval, taken.claim_.redeem(proposal));
        return Redeemed<T>{std::move(taken.payload_), std::move(approval)};
    }

private:
    template <class U, class Ctx>
    friend class GateSet;

    Receipt(T&& payload, detail::Claim&& claim) noexcept
        : payload_(std::move(payload)), claim_(std::move(claim)) {}

    T payload_;
    detail::Claim claim_;
};

// What an evaluation answers.
template <class T>
using Decision = BasicResult<Receipt<T>, Denial>;

}  // namespace batpak
