// match: takes an Outcome, WaitCondition or CompensationAction apart, one handler for each part.
//
//     match(outcome,
//           [](int value) { ... },
//           [](const OutcomeError& error) { ... },
//           [](const outcome::Retry& retry) { ... },
//           [](const auto& other) { ... });  // Pending, Cancelled and Batch
//
// It does not compile if a part has no handler, or if two fit it equally well, or if the handlers
// return different types. Handlers are lambdas or function objects, and are taken by value; parts
// are passed as the whole is: those of an rvalue as rvalues.
//
// Threads: as its handlers
// Errors:  none; what handlers throw passes through
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "batpak/event/detail/field_types.hpp"

namespace batpak {
namespace detail {

template <class... Handlers>
struct HandlerSet : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
HandlerSet(Handlers...) -> HandlerSet<Handlers...>;

template <class Handlers, class Part>
struct HandlerFor {
    static constexpr bool kFound = std::is_invocable_v<Handlers&, Part>;
    static_assert(kFound, "batpak: match() has no handler for this part, or two that fit equally");
};

// A part of the whole, of its value category.
template <class Whole, std::size_t I>
using PartOf = decltype(std::get<I>(PartsAccess::parts(std::declval<Whole>())));

template <class Whole, class Handlers, std::size_t... I>
consteval bool all_handled(std::index_sequence<I...>) {
    return (HandlerFor<Handlers, PartOf<Whole, I>>::kFound && ...);
}
template <class Whole, class Handlers, std::size_t... I>
consteval bool results_agree(std::index_sequence<I...>) {
    using First = std::invoke_result_t<Handlers&, PartOf<Whole, 0>>;
    return (std::same_as<std::invoke_result_t<Handlers&, PartOf<Whole, I>>, First> && ...);
}

}  // namespace detail

template <class Whole, class... Handlers>
    requires detail::Alternatives<std::remove_cvref_t<Whole>>
decltype(auto) match(Whole&& whole, Handlers... handlers) {
    static_assert((std::is_class_v<Handlers> && ...), "batpak: match() takes function objects");
    using Set = detail::HandlerSet<Handlers...>;
    using EachPart = std::make_index_sequence<std::remove_cvref_t<Whole>::kPartNames.size()>;
    if constexpr (detail::all_handled<Whole, Set>(EachPart())) {
        constexpr bool kAgree = detail::results_agree<Whole, Set>(EachPart());
        static_assert(kAgree, "batpak: the handlers of match() return different types");
        if constexpr (kAgree) {
            return std::visit(Set{std::move(handlers)...},
                              detail::PartsAccess::parts(std::forward<Whole>(whole)));
        }
    }
}

}  // namespace batpak
