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
//
// Threads: a gate must be thread-safe if its set is used by several threads
// Errors:  none
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>

#include "batpak/guard/denial.hpp"

namespace batpak {

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
}  // namespace batpak
