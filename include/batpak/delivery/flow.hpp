// Flow: what a subscription yields, passed through steps: filter, map, take, scan.
//
//     auto names = store.subscribe_lossy(room).value()
//                      .filter([](const Notification& n) { return n.kind() == Joined::kind; })
//                      .map([](const Notification& n) { return n.coordinate().entity(); })
//                      .take(10);
//     while (const auto name = names.next(deadline).value()) { ... }
//
// Nothing runs before next() is called, and then in the caller's thread, with no lock held. Steps
// run in the order in which they were written. A note that notifications are missing passes through
// all steps unchanged: no filter hides it.
//
// Threads: thread-compatible
// Errors:  those of the source; what a step throws passes through
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

// In this place of a subscription, `missed` notifications are missing. Their events are in the
// store: those of the subscription's region from `resume_at` on.
struct Lagged {
    std::uint64_t missed = 0;
    Sequence resume_at{};

    friend bool operator==(const Lagged&, const Lagged&) = default;
};

// A value, or the note that some are missing here.
template <class T>
class Live {
public:
    explicit Live(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    explicit Live(const Lagged& lag) : content_(std::in_place_index<1>, lag) {}

    // Null if this is a value.
    const Lagged* lag() const noexcept { return std::get_if<1>(&content_); }
    // Requires: lag() is null.
    const T& value() const& { return *checked(std::get_if<0>(&content_)); }
    T value() && { return std::move(*checked(std::get_if<0>(&content_))); }
    const T& operator*() const& { return value(); }
    const T* operator->() const { return &value(); }

private:
    template <class Pointer>
    static Pointer checked(Pointer value) {
        BATPAK_ASSERT(value != nullptr);
        return value;
    }

    std::variant<T, Lagged> content_;
};

template <class Source, class Step>
class Flow;

namespace detail {

// Each step: what it makes of a value, nothing if it passes over it; and whether it is at its end.

template <class T, class Predicate>
struct FilterStep {
    using Value = T;
    Predicate keeps;
    bool done() const noexcept { return false; }
    std::optional<T> operator()(T value) {
        if (!keeps(std::as_const(value))) return std::nullopt;
        return std::optional<T>(std::move(value));
    }
};

template <class T>
struct OptionalValue {
    using Type = T;
};
template <class T>
struct OptionalValue<std::optional<T>> {
    using Type = T;
};

template <class T, class Function>
struct MapStep {
    using Value = typename OptionalValue<std::decay_t<std::invoke_result_t<Function&, T>>>::Type;
    Function function;
    bool done() const noexcept { return false; }
    std::optional<Value> operator()(T value) { return function(std::move(value)); }
};

template <class T>
struct TakeStep {
    using Value = T;
    std::uint64_t left{};
    bool done() const noexcept { return left == 0; }
    std::optional<T> operator()(T value) {
        --left;
        return std::optional<T>(std::move(value));
    }
};

template <class T, class State, class Function>
struct ScanStep {
    using Value = State;
    State state;
    Function function;
    bool done() const noexcept { return false; }
    std::optional<State> operator()(T value) {
        state = function(std::move(state), std::move(value));
        return std::optional<State>(state);
    }
};

}  // namespace detail

// The steps, for whatever has `Value`, next() and done(). They take the source over.
template <class Source>
class FlowSteps {
public:
    // Those for which `keeps` is true.
    template <class Predicate>
    auto filter(Predicate keeps) && {
        using Element = typename Source::Value;
        return then(detail::FilterStep<Element, Predicate>{std::move(keeps)});
    }
    // What `function` makes of each; if that is an empty std::optional, it is passed over.
    template <class Function>
    auto map(Function function) && {
        using Element = typename Source::Value;
        return then(detail::MapStep<Element, Function>{std::move(function)});
    }
    // The first `count`; then done().
    auto take(std::uint64_t count) && {
        using Element = typename Source::Value;
        return then(detail::TakeStep<Element>{count});
    }
    // After each, the state that `function(state, value)` makes of the state before.
    template <class State, class Function>
    auto scan(State state, Function function) && {
        using Element = typename Source::Value;
        return then(
            detail::ScanStep<Element, State, Function>{std::move(state), std::move(function)});
    }

private:
    template <class Step>
    auto then(Step step) {
        return Flow<Source, Step>(std::move(static_cast<Source&>(*this)), std::move(step));
    }
};

template <class Source, class Step>
class Flow : public FlowSteps<Flow<Source, Step>> {
public:
    using Value = typename Step::Value;

    Flow(Source source, Step step) : source_(std::move(source)), step_(std::move(step)) {}

    // The next one; nothing if none came before the deadline, or if this is done().
    [[nodiscard]] Result<std::optional<Live<Value>>> next(
        std::chrono::steady_clock::time_point deadline) {
        while (!done()) {
            BATPAK_TRY(auto item, source_.next(deadline));
            if (!item) break;
            if (const Lagged* lag = item->lag()) return std::optional(Live<Value>(*lag));
            if (std::optional<Value> value = step_((*std::move(item)).value())) {
                return std::optional(Live<Value>(*std::move(value)));
            }
        }
        return std::optional<Live<Value>>();
    }
    // The next one of those that have come.
    [[nodiscard]] Result<std::optional<Live<Value>>> try_next() {
        return next(std::chrono::steady_clock::time_point::min());
    }
    // Whether take() has yielded all that it may.
    bool done() const noexcept { return step_.done() || source_.done(); }
    // As of the subscription.
    [[nodiscard]] Result<int> descriptor() { return source_.descriptor(); }

private:
    Source source_;
    Step step_;
};

}  // namespace batpak
