// Join: several outcomes as one.
//
// zip() and join_all() want values only: if something is not a value, they give the outcome of the
// highest rank, and of equals the first. join_any() wants one value.
//
//     Err > Cancelled > Retry > Pending > Ok
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/pipeline/outcome.hpp"

namespace batpak {
namespace detail {

// How much an outcome keeps a whole from being Ok. Requires: not Batch.
int rank_for_all(OutcomeState leaf) noexcept;
// How much an outcome is worth where one is enough. Requires: not Batch.
int rank_for_any(OutcomeState leaf) noexcept;

// A leaf that is not Ok as an outcome of another type.
template <class U, class T>
Outcome<U> without_value(Outcome<T> leaf) {
    return std::move(leaf).map([](T&&) -> U { BATPAK_UNREACHABLE(); });
}

}  // namespace detail

// Two outcomes as one of pairs. Two batches pair member by member, as far as the shorter goes; what
// is no batch goes with each member of one.
template <std::copyable A, std::copyable B>
Outcome<std::pair<A, B>> zip(const Outcome<A>& a, const Outcome<B>& b) {
    using Pair = std::pair<A, B>;
    if (a.is_batch() || b.is_batch()) {
        const auto* const as = a.as_batch();
        const auto* const bs = b.as_batch();
        std::size_t count = as != nullptr ? as->size() : bs->size();
        if (bs != nullptr && bs->size() < count) count = bs->size();
        typename Outcome<Pair>::Batch members;
        members.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            members.push_back(zip(as != nullptr ? (*as)[i] : a, bs != nullptr ? (*bs)[i] : b));
        }
        return Outcome<Pair>::batch(std::move(members));
    }
    if (a.is_ok() && b.is_ok()) return Outcome<Pair>::ok({*a.as_ok(), *b.as_ok()});
    if (detail::rank_for_all(a.state()) >= detail::rank_for_all(b.state())) {
        return detail::without_value<Pair>(a);
    }
    return detail::without_value<Pair>(b);
}

// Ok with the values of all leaves in order, if all are Ok; nothing at all gives an empty list.
template <class T>
Outcome<std::vector<T>> join_all(std::vector<Outcome<T>> list) {
    std::vector<T> values;
    std::optional<Outcome<T>> worst;
    const auto take = [&](Outcome<T>&& leaf) {
        if (leaf.is_ok()) {
            values.push_back(std::move(*leaf.as_ok()));
        } else if (!worst ||
                   detail::rank_for_all(leaf.state()) > detail::rank_for_all(worst->state())) {
            worst = std::move(leaf);
        }
    };
    for (Outcome<T>& member : list) std::move(member).for_each_leaf(take);
    if (worst) return detail::without_value<std::vector<T>>(*std::move(worst));
    return Outcome<std::vector<T>>::ok(std::move(values));
}
template <class T>
Outcome<std::vector<T>> join_all(Outcome<T> batch) {
    std::vector<Outcome<T>> list;
    list.push_back(std::move(batch));
    return join_all(std::move(list));
}

// The first Ok among all leaves. If there is none, what may still become one: the first Retry, else
// the first Pending. If there is none either, the last Err, else the last Cancelled. Nothing at all
// is an Err of the kind NotFound.
template <class T>
Outcome<T> join_any(std::vector<Outcome<T>> list) {
    std::optional<Outcome<T>> best;
    const auto take = [&](Outcome<T>&& leaf) {
        const int rank = detail::rank_for_any(leaf.state());
        const int best_rank = best ? detail::rank_for_any(best->state()) : 0;
        // Of those that are over and done with, the last: as if each stood in for the one before.
        const bool later_wins = leaf.is_err() || leaf.is_cancelled();
        if (rank > best_rank || (rank == best_rank && later_wins)) best = std::move(leaf);
    };
    for (Outcome<T>& member : list) std::move(member).for_each_leaf(take);
    if (best) return *std::move(best);
    return Outcome<T>::err(ErrorKind::NotFound, "there is nothing to choose from");
}
template <class T>
Outcome<T> join_any(Outcome<T> batch) {
    std::vector<Outcome<T>> list;
    list.push_back(std::move(batch));
    return join_any(std::move(list));
}

}  // namespace batpak
