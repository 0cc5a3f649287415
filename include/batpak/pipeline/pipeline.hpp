// Pipeline: the way from a proposal to a commit, through the gates or, for a reason, around them.
//
//     Proposal ── evaluate ──> Receipt ── commit ──> Committed
//         └────── bypass ───> BypassReceipt ─ commit ──┘
//
//     const Pipeline pipeline(gates);
//     const JudgedView view = store.judge(Region::entity("account:alice"));
//     auto decision = pipeline.evaluate(bank, Proposal(transfer), view);
//     if (!decision) return refuse(decision.error());
//     auto committed = store.commit(std::move(*decision), coordinate);
//
// commit() is for places other than a store: anything that can be called as a Committer.
//
// Threads: thread-safe, if the gates are
// Errors:  commit(): ReceiptForeign, those of Receipt::redeem(), and the committer's
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "batpak/base/detail/language.hpp"
#include "batpak/guard/gate_set.hpp"
#include "batpak/pipeline/bypass.hpp"
#include "batpak/pipeline/committed.hpp"

namespace batpak {

// Proposal: something that a caller wants to happen, and that no gate has seen yet.
//
// Only a Pipeline takes the value out again, so a proposal cannot be committed by mistake.
template <class T, class Ctx>
class Pipeline;

template <class T>
class Proposal {
public:
    explicit Proposal(T payload) : payload_(std::move(payload)) {}

    const T& payload() const& noexcept { return payload_; }
    const T& payload() const&& = delete;

    // The proposal of what `change` makes of this one.
    template <class Change>
    [[nodiscard]] auto map(Change&& change) && {
        using U = std::decay_t<std::invoke_result_t<Change, T&&>>;
        return Proposal<U>(std::forward<Change>(change)(std::move(payload_)));
    }

private:
    template <class U, class Ctx>
    friend class Pipeline;

    T payload_;
};

// Stores a payload with what is known about why it may be, and says where. It must look at
// Approval::view if what it stores into can change.
template <class C, class T>
concept Committer = requires(C&& committer, T&& payload, const Approval& approval) {
    {
        std::forward<C>(committer)(std::move(payload), approval)
    } -> std::convertible_to<Result<Committed<T>>>;
};

namespace detail {

// Errors: ReceiptForeign.
Result<void> check_gate_set(const Approval& approval, const GateSetId& own);

}  // namespace detail

template <class T, class Ctx = NoContext>
class Pipeline {
public:
    explicit Pipeline(GateSet<T, Ctx> gates) : gates_(std::move(gates)) {}

    const GateSet<T, Ctx>& gates() const& noexcept { return gates_; }

    // For gates that read nothing of a store.
    [[nodiscard]] Decision<T> evaluate(const Ctx& context, Proposal<T> proposal) const {
        return evaluate(context, std::move(proposal), JudgedView::nothing());
    }
    // Requires: `view` was taken before anything that the context says of the store was read.
    [[nodiscard]] Decision<T> evaluate(const Ctx& context, Proposal<T> proposal,
                                       const JudgedView& view) const {
        return gates_.evaluate(std::move(proposal.payload_), context, view);
    }
    [[nodiscard]] std::vector<Denial> evaluate_all(const Ctx& context,
                                                   const Proposal<T>& proposal) const {
        return gates_.evaluate_all(proposal.payload(), context);
    }
    [[nodiscard]] static BypassReceipt<T> bypass(Proposal<T> proposal, BypassReason reason) {
        return BypassReceipt<T>(std::move(proposal.payload_), std::move(reason));
    }

    // Spends the receipt, which must be of these gates, and calls the committer once; never, if the
    // receipt is not good.
    template <Committer<T> C>
    [[nodiscard]] Result<Committed<T>> commit(Receipt<T>&& receipt, C&& committer) const {
        Buffer encoded;
        BATPAK_TRY(Redeemed<T> redeemed, std::move(receipt).redeem(encoded));
        BATPAK_CHECK(detail::check_gate_set(redeemed.approval, gates_.id()));
        return std::forward<C>(committer)(std::move(redeemed.payload),
                                          std::as_const(redeemed.approval));
    }
    template <Committer<T> C>
    [[nodiscard]] static Result<Committed<T>> commit_bypass(BypassReceipt<T>&& receipt,
                                                            C&& committer) {
        Buffer encoded;
        BATPAK_TRY(Redeemed<T> redeemed, std::move(receipt).redeem(encoded));
        return std::forward<C>(committer)(std::move(redeemed.payload),
                                          std::as_const(redeemed.approval));
    }

private:
    GateSet<T, Ctx> gates_;
};

}  // namespace batpak
