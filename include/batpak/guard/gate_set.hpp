// GateSet: gates in order, which together decide about proposals of type T in a context Ctx.
//
//     GateSet<Transfer, Bank> gates;
//     gates.add(AmountLimit{10'000}).add("open", 1, is_open);
//     Decision<Transfer> decision = gates.evaluate(transfer, bank, view);
//
// evaluate() stops at the first gate that denies, and makes a receipt if none does; evaluate_all()
// asks them all, and never makes one. An empty set passes everything. A gate that throws denies
// (GATE_DEFECT), and the set stays usable. No lock is held while gates run: they may read the
// store, and even append to it.
//
// Threads: thread-safe once all gates are added, if the gates are
// Errors:  none; what cannot be judged is denied, see Denial
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/guard/denial.hpp"
#include "batpak/guard/gate_name.hpp"
#include "batpak/guard/receipt.hpp"

namespace batpak {

// Gate: a rule that a proposal must pass before it may be committed.
//
// A gate is a plain object that can be called with what it looks at: the proposal, the context, or
// both, in this order. A struct carries its name and version:
//
//     struct AmountLimit {
//         static constexpr std::string_view name = "amount-limit";
//         static constexpr std::uint32_t version = 2;
//         std::int64_t limit;
//         Verdict operator()(const Transfer& transfer) const;
//     };
//
// A lambda gets both where it is added, and GateInterface is for gates that are known only at run
// time. A gate looks and answers: it is called by any number of threads at once, holds nothing up,
// and gets proposal and context as const. An exception from a gate is a denial.

// The context of gates that look at nothing but the proposal.
struct NoContext {};

namespace detail {

template <class R>
concept VerdictLike = std::convertible_to<R, Verdict>;

template <class J, class... Arguments>
concept Judges = std::invocable<const J&, const Arguments&...> &&
                 VerdictLike<std::invoke_result_t<const J&, const Arguments&...>>;

}  // namespace detail

// Something that can be asked about a proposal T in a context Ctx.
template <class J, class T, class Ctx>
concept Judge = detail::Judges<J, T, Ctx> || detail::Judges<J, T> || detail::Judges<J, Ctx>;

// A judge with a name and a version of its own.
template <class G, class T, class Ctx = NoContext>
concept Gate = Judge<G, T, Ctx> && requires(const G& gate) {
    { gate.name } -> std::convertible_to<std::string_view>;
    { gate.version } -> std::convertible_to<std::uint32_t>;
};

// A judge that is known at run time only.
template <class T, class Ctx = NoContext>
class GateInterface {
public:
    virtual ~GateInterface() = default;
    GateInterface() = default;
    GateInterface(const GateInterface&) = delete;
    GateInterface& operator=(const GateInterface&) = delete;

    // Both are asked once, when the gate is added.
    virtual std::string_view name() const = 0;
    virtual std::uint32_t version() const = 0;
    virtual Verdict judge(const T& proposal, const Ctx& context) const = 0;
};

namespace detail {

template <class T, class Ctx, Judge<T, Ctx> J>
Verdict ask(const J& judge, const T& proposal, const Ctx& context) {
    if constexpr (Judges<J, T, Ctx>) {
        return std::invoke(judge, proposal, context);
    } else if constexpr (Judges<J, T>) {
        return std::invoke(judge, proposal);
    } else {
        return std::invoke(judge, context);
    }
}

}  // namespace detail

namespace detail {

// A gate without its types.
struct ErasedGate {
    std::shared_ptr<const void> object;
    Verdict (*judge)(const void* object, const void* proposal, const void* context);
};

// The gates of a set. Never changed: adding one makes another roll, so that receipts can share it.
struct GateRoll {
    std::vector<GateName> names;
    std::vector<ErasedGate> gates;
    GateSetId id;
};

std::shared_ptr<const GateRoll> empty_roll();
std::span<const GateName> names_of(const GateRoll& roll) noexcept;
std::shared_ptr<const GateRoll> with_gate(const GateRoll& roll, GateName name, ErasedGate gate);
std::optional<Denial> first_denial(const GateRoll& roll, const void* proposal, const void* context);
std::vector<Denial> all_denials(const GateRoll& roll, const void* proposal, const void* context);
Denial not_encodable(const Error& error);
Denial too_many_receipts();

}  // namespace detail

template <class T, class Ctx = NoContext>
class GateSet {
public:
    static constexpr std::size_t kGatesMax = 64;

    GateSet() : roll_(detail::empty_roll()) {}

    // Requires, of each: fewer than kGatesMax gates so far, and a name that is new to the set, has
    // 1 to GateName::kBytesMax bytes, and is UTF-8.
    template <Gate<T, Ctx> G>
    GateSet& add(G gate) {
        GateName name{std::string(std::string_view(gate.name)), gate.version};
        return add_judge(std::move(name), std::move(gate));
    }
    template <Judge<T, Ctx> J>
    GateSet& add(std::string name, std::uint32_t version, J judge) {
        return add_judge({std::move(name), version}, std::move(judge));
    }
    GateSet& add(std::unique_ptr<const GateInterface<T, Ctx>> gate) {
        GateName name{std::string(gate->name()), gate->version()};
        const auto judge = [](const void* object, const void* proposal, const void* context) {
            return static_cast<const GateInterface<T, Ctx>*>(object)->judge(
                *static_cast<const T*>(proposal), *static_cast<const Ctx*>(context));
        };
        std::shared_ptr<const GateInterface<T, Ctx>> shared = std::move(gate);
        roll_ = detail::with_gate(*roll_, std::move(name), {std::move(shared), judge});
        return *this;
    }

    std::size_t size() const noexcept { return roll_->names.size(); }
    bool empty() const noexcept { return roll_->names.empty(); }
    // In the order in which they were added. Borrows: until the next is.
    std::span<const GateName> names() const& noexcept { return detail::names_of(*roll_); }
    const GateSetId& id() const& noexcept { return roll_->id; }

    [[nodiscard]] Decision<T> evaluate(T proposal, const Ctx& context,
                                       const JudgedView& view) const {
        // Taken first: what an early gate judged, a late one cannot change.
        const Result<Hash> digest = digest_of(proposal);
        if (!digest) return denied(detail::not_encodable(digest.error()));
        if (auto denial = detail::first_denial(*roll_, &proposal, &context)) {
            return denied(*std::move(denial));
        }
        detail::Claim claim = detail::Claim::issue(roll_, view, *digest);
        if (!claim.is_live()) return denied(detail::too_many_receipts());
        return Receipt<T>(std::move(proposal), std::move(claim));
    }

    // Every denial, in the order of the gates; none if all pass.
    [[nodiscard]] std::vector<Denial> evaluate_all(const T& proposal, const Ctx& context) const {
        return detail::all_denials(*roll_, &proposal, &context);
    }

private:
    template <class J>
    GateSet& add_judge(GateName name, J judge) {
        const auto erased = [](const void* object, const void* proposal, const void* context) {
            return detail::ask<T, Ctx>(*static_cast<const J*>(object),
                                       *static_cast<const T*>(proposal),
                                       *static_cast<const Ctx*>(context));
        };
        auto object = std::make_shared<const J>(std::move(judge));
        roll_ = detail::with_gate(*roll_, std::move(name), {std::move(object), erased});
        return *this;
    }

    static tl::unexpected<Denial> denied(Denial denial) {
        return tl::unexpected<Denial>(std::move(denial));
    }
    static Result<Hash> digest_of(const T& proposal) {
        ScratchBuffer encoded;
        BATPAK_CHECK(PayloadCodec<T>::encode(proposal, *encoded));
        return detail::proposal_digest(detail::payload_type_of<T>(), encoded->view());
    }

    std::shared_ptr<const detail::GateRoll> roll_;
};

}  // namespace batpak
