// Outcome: how a step of a domain ended: a value, or one of five answers without one.
//
//     Ok         it worked: a T
//     Err        it failed: an OutcomeError says why, and what is to be undone
//     Retry      it may work later: try again after a while
//     Pending    it waits for something: resume with the token
//     Cancelled  it was given up
//     Batch      several outcomes, in order, which may be batches themselves
//
// Where a Result says that the store or a call failed, an Outcome says what the domain answered. It
// is data: nothing waits, retries or undoes by itself. An outcome is a tree whose leaves are all
// but Batch; map, and_then, or_else and their like change the leaves they are about, at any depth,
// and leave the others and the shape alone. docs/OUTCOME.md lists every case. match() takes an
// outcome apart, and does not compile unless it handles all six (batpak/pipeline/match.hpp); zip()
// and join_all() combine outcomes (batpak/pipeline/join.hpp).
//
// Threads: immutable value, as long as it is not changed
// Errors:  carries them; what callbacks throw passes through
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/detail/field_types.hpp"
#include "batpak/pipeline/outcome_error.hpp"
#include "batpak/pipeline/outcome_parts.hpp"

namespace batpak {

template <class T>
class Outcome;

namespace detail {

template <class T>
inline constexpr bool is_outcome = is_of<T, Outcome>;

template <class T>
concept OutcomePart = std::same_as<T, OutcomeError> || std::same_as<T, outcome::Retry> ||
                      std::same_as<T, outcome::Pending> || std::same_as<T, outcome::Cancelled>;

// The one Result that is no value or error of an outcome of this state.
Error unsettled(OutcomeState state, std::string_view reason);

}  // namespace detail

template <class T>
class [[nodiscard]] Outcome {
    static_assert(std::is_object_v<T> && std::same_as<T, std::remove_cv_t<T>>,
                  "batpak: an Outcome holds a plain value: use batpak::Unit where there is none");
    static_assert(!detail::OutcomePart<T>, "batpak: an Outcome of one of its own parts");

public:
    using value_type = T;
    using Batch = std::vector<Outcome>;
    using AsResult = Result<std::conditional_t<std::same_as<T, Unit>, void, T>>;

    // Copying, comparing, changing and destroying recurse: so deep at most may batches lie in one
    // another. In MessagePack and JSON a batch takes two of the 64 levels that a payload may have.
    static constexpr std::size_t kDepthMax = 256;

    // ---- makers

    // An empty Batch: nothing was done.
    Outcome() : parts_(std::in_place_index<kBatch>) {}
    static Outcome ok(T value) { return Outcome(std::in_place_index<kOk>, std::move(value)); }
    static Outcome err(OutcomeError error) {
        return Outcome(std::in_place_index<kErr>, std::move(error));
    }
    static Outcome err(ErrorKind kind, std::string message) {
        return err(OutcomeError::of(kind, std::move(message)));
    }
    static Outcome retry(outcome::Retry retry) {
        return Outcome(std::in_place_index<kRetry>, std::move(retry));
    }
    static Outcome pending(WaitCondition condition, ResumeToken resume_token) {
        return Outcome(std::in_place_index<kPending>,
                       outcome::Pending{std::move(condition), resume_token});
    }
    static Outcome cancelled(std::string reason) {
        return Outcome(std::in_place_index<kCancelled>, outcome::Cancelled{std::move(reason)});
    }
    // Requires: depth() of the result is at most kDepthMax.
    static Outcome batch(Batch members) {
        return checked(Outcome(std::in_place_index<kBatch>, std::move(members)));
    }
    // A value is Ok, an OutcomeCancelled is Cancelled, every other error is Err.
    static Outcome from_result(AsResult result) {
        if (!result) {
            const Error& error = result.error();
            if (error.code() == ErrorCode::OutcomeCancelled) return cancelled(error.detail());
            return err(OutcomeError::of(error));
        }
        if constexpr (std::same_as<T, Unit>) {
            return ok(Unit{});
        } else {
            return ok(*std::move(result));
        }
    }

    // ---- observers

    OutcomeState state() const noexcept { return static_cast<OutcomeState>(parts_.index()); }
    bool is_ok() const noexcept { return state() == OutcomeState::Ok; }
    bool is_err() const noexcept { return state() == OutcomeState::Err; }
    bool is_retry() const noexcept { return state() == OutcomeState::Retry; }
    bool is_pending() const noexcept { return state() == OutcomeState::Pending; }
    bool is_cancelled() const noexcept { return state() == OutcomeState::Cancelled; }
    bool is_batch() const noexcept { return state() == OutcomeState::Batch; }
    // Whether nothing can change any more: no leaf is Retry or Pending.
    bool is_terminal() const {
        bool terminal = true;
        for_each_leaf([&](const Outcome& leaf) {
            terminal = terminal && !leaf.is_retry() && !leaf.is_pending();
        });
        return terminal;
    }

    // Null, if the outcome is another.
    const T* as_ok() const noexcept { return std::get_if<kOk>(&parts_); }
    T* as_ok() noexcept { return std::get_if<kOk>(&parts_); }
    const OutcomeError* as_err() const noexcept { return std::get_if<kErr>(&parts_); }
    const outcome::Retry* as_retry() const noexcept { return std::get_if<kRetry>(&parts_); }
    const outcome::Pending* as_pending() const noexcept { return std::get_if<kPending>(&parts_); }
    const outcome::Cancelled* as_cancelled() const noexcept {
        return std::get_if<kCancelled>(&parts_);
    }
    const Batch* as_batch() const noexcept { return std::get_if<kBatch>(&parts_); }

    // How many batches lie in one another; 0, if this is none.
    std::size_t depth() const noexcept {
        if (!is_batch()) return 0;
        std::size_t deepest = 0;
        for (const Outcome& member : *as_batch()) {
            const std::size_t depth = member.depth();
            if (depth > deepest) deepest = depth;
        }
        return 1 + deepest;
    }
    // Calls visit(outcome) for everything that is no Batch, in order.
    template <class F>
    void for_each_leaf(F visit) const& {
        each(*this, visit);
    }
    template <class F>
    void for_each_leaf(F visit) && {
        each(std::move(*this), visit);
    }

    // ---- changing leaves. On an rvalue callbacks get rvalues, and nothing is copied

    // f(T) -> U, to every Ok.
    template <class F>
    auto map(F f) const& {
        return map_of(*this, f);
    }
    template <class F>
    auto map(F f) && {
        return map_of(std::move(*this), f);
    }
    // f(T) -> Outcome<U>, to every Ok; a Batch that f returns stays a Batch in its place.
    // Requires: depth() of the result is at most kDepthMax.
    template <class F>
    auto and_then(F f) const& {
        return and_then_of(*this, f);
    }
    template <class F>
    auto and_then(F f) && {
        return and_then_of(std::move(*this), f);
    }
    // The same for the values of which predicate(const T&) is true; the others stay.
    template <class P, class F>
    Outcome and_then_if(P predicate, F f) const& {
        return Outcome(*this).and_then_if(std::move(predicate), std::move(f));
    }
    template <class P, class F>
    Outcome and_then_if(P predicate, F f) && {
        return std::move(*this).and_then([&](T&& value) {
            const bool chosen = std::invoke(predicate, std::as_const(value));
            return chosen ? Outcome(std::invoke(f, std::move(value))) : ok(std::move(value));
        });
    }
    // f(OutcomeError) -> OutcomeError, to every Err.
    template <class F>
    Outcome map_err(F f) const& {
        return Outcome(*this).map_err(std::move(f));
    }
    template <class F>
    Outcome map_err(F f) && {
        return std::move(*this).or_else([&](OutcomeError&& error) {
            static_assert(std::is_invocable_r_v<OutcomeError, F&, OutcomeError>,
                          "batpak: map_err() needs a function of an OutcomeError to another");
            return err(std::invoke(f, std::move(error)));
        });
    }
    // f(OutcomeError) -> Outcome<T>, to every Err. Cancelled, Retry and Pending are no errors.
    // Requires: depth() of the result is at most kDepthMax.
    template <class F>
    Outcome or_else(F f) const& {
        return Outcome(*this).or_else(std::move(f));
    }
    template <class F>
    Outcome or_else(F f) && {
        static_assert(std::is_invocable_r_v<Outcome, F&, OutcomeError>,
                      "batpak: or_else() needs a function of an OutcomeError to this Outcome");
        const auto change = [&](Outcome&& leaf) -> Outcome {
            if (!leaf.is_err()) return std::move(leaf);
            return std::invoke(f, std::get<kErr>(std::move(leaf.parts_)));
        };
        return checked(rebuild<T>(std::move(*this), change));
    }
    // f(const T&) for every Ok; f(const OutcomeError&) for every Err.
    template <class F>
    const Outcome& inspect(F f) const& {
        for_each_leaf([&](const Outcome& leaf) {
            if (leaf.is_ok()) std::invoke(f, *leaf.as_ok());
        });
        return *this;
    }
    template <class F>
    Outcome inspect(F f) && {
        std::as_const(*this).inspect(std::move(f));
        return std::move(*this);
    }
    template <class F>
    const Outcome& inspect_err(F f) const& {
        for_each_leaf([&](const Outcome& leaf) {
            if (leaf.is_err()) std::invoke(f, *leaf.as_err());
        });
        return *this;
    }
    template <class F>
    Outcome inspect_err(F f) && {
        std::as_const(*this).inspect_err(std::move(f));
        return std::move(*this);
    }

    // ---- leaving. Anything but Ok, a Batch too, is not a value

    T unwrap_or(T fallback) const& { return is_ok() ? *as_ok() : std::move(fallback); }
    T unwrap_or(T fallback) && { return is_ok() ? std::move(*as_ok()) : std::move(fallback); }
    template <class F>
    T unwrap_or_else(F fallback) const& {
        return is_ok() ? *as_ok() : T(std::invoke(fallback));
    }
    template <class F>
    T unwrap_or_else(F fallback) && {
        return is_ok() ? std::move(*as_ok()) : T(std::invoke(fallback));
    }
    // Err gives its to_error(). Errors: OutcomeCancelled, and OutcomeUnsettled for the other three.
    [[nodiscard]] AsResult into_result() const& { return Outcome(*this).into_result_of(); }
    [[nodiscard]] AsResult into_result() && { return into_result_of(); }

    friend bool operator==(const Outcome& a, const Outcome& b)
        requires std::equality_comparable<T>
    {
        return a.parts_ == b.parts_;
    }

    // Stored with every outcome: part of the format.
    static constexpr std::array<std::string_view, 6> kPartNames = {"ok",      "err",       "retry",
                                                                   "pending", "cancelled", "batch"};

private:
    friend detail::PartsAccess;
    template <class U>
    friend class Outcome;

    // In the order of OutcomeState.
    static constexpr std::size_t kOk = 0, kErr = 1, kRetry = 2, kPending = 3, kCancelled = 4,
                                 kBatch = 5;
    using Parts =
        std::variant<T, OutcomeError, outcome::Retry, outcome::Pending, outcome::Cancelled, Batch>;

    template <std::size_t I, class Part>
    Outcome(std::in_place_index_t<I> index, Part&& part)
        : parts_(index, std::forward<Part>(part)) {}

    static Outcome checked(Outcome made) {
        BATPAK_ASSERT(made.depth() <= kDepthMax);
        return made;
    }

    // Self is Outcome or const Outcome&; what is handed on is an rvalue exactly if Self is one.
    template <class Self, class F>
    static void each(Self&& self, F& visit) {
        if (!self.is_batch()) return static_cast<void>(visit(std::forward<Self>(self)));
        for (auto& member : std::get<kBatch>(self.parts_)) each(std::forward<Self>(member), visit);
    }
    // The same tree, with change(leaf) -> Outcome<U> in the place of each leaf.
    template <class U, class Self, class Change>
    static Outcome<U> rebuild(Self&& self, const Change& change) {
        if (!self.is_batch()) return change(std::forward<Self>(self));
        typename Outcome<U>::Batch members;
        members.reserve(self.as_batch()->size());
        for (auto& member : std::get<kBatch>(self.parts_)) {
            members.push_back(rebuild<U>(std::forward<Self>(member), change));
        }
        return Outcome<U>(std::in_place_index<kBatch>, std::move(members));
    }
    // A leaf that holds no T, as an outcome of another type. Requires: neither Ok nor Batch.
    template <class U, class Self>
    static Outcome<U> pass(Self&& leaf) {
        auto&& parts = std::forward<Self>(leaf).parts_;
        const auto as = [&]<std::size_t I>(std::in_place_index_t<I> index) {
            return Outcome<U>(index, std::get<I>(std::forward<decltype(parts)>(parts)));
        };
        switch (leaf.state()) {
            case OutcomeState::Err: return as(std::in_place_index<kErr>);
            case OutcomeState::Retry: return as(std::in_place_index<kRetry>);
            case OutcomeState::Pending: return as(std::in_place_index<kPending>);
            case OutcomeState::Cancelled: return as(std::in_place_index<kCancelled>);
            case OutcomeState::Ok:
            case OutcomeState::Batch: break;
        }
        BATPAK_UNREACHABLE();
    }
    template <class Self>
    using ValueOf = decltype(std::get<kOk>(std::declval<Self>().parts_));

    template <class Self, class F>
    static auto map_of(Self&& self, F& f) {
        using U = std::remove_cvref_t<std::invoke_result_t<F&, ValueOf<Self>>>;
        static_assert(!std::is_void_v<U>, "batpak: map() needs a value: return batpak::Unit{}");
        return rebuild<U>(std::forward<Self>(self), [&](Self&& leaf) {
            if (!leaf.is_ok()) return pass<U>(std::forward<Self>(leaf));
            return Outcome<U>::ok(std::invoke(f, std::get<kOk>(std::forward<Self>(leaf).parts_)));
        });
    }
    template <class Self, class F>
    static auto and_then_of(Self&& self, F& f) {
        using Next = std::remove_cvref_t<std::invoke_result_t<F&, ValueOf<Self>>>;
        static_assert(detail::is_outcome<Next>,
                      "batpak: and_then() needs a function that returns an Outcome, see map()");
        using U = typename Next::value_type;
        return Next::checked(rebuild<U>(std::forward<Self>(self), [&](Self&& leaf) -> Next {
            if (!leaf.is_ok()) return pass<U>(std::forward<Self>(leaf));
            return std::invoke(f, std::get<kOk>(std::forward<Self>(leaf).parts_));
        }));
    }
    AsResult into_result_of() {
        if (is_err()) return fail(as_err()->to_error());
        if (!is_ok()) {
            const std::string* reason = nullptr;
            if (is_cancelled()) reason = &as_cancelled()->reason;
            if (is_retry()) reason = &as_retry()->reason;
            return fail(detail::unsettled(state(), reason != nullptr ? *reason : std::string()));
        }
        if constexpr (std::same_as<T, Unit>) {
            return {};
        } else {
            return std::move(*as_ok());
        }
    }

    Parts parts_;
};

// The outcome inside an outcome, in the place of each Ok.
template <class T>
Outcome<T> flatten(Outcome<Outcome<T>> outer) {
    return std::move(outer).and_then([](Outcome<T>&& inner) { return std::move(inner); });
}

}  // namespace batpak
