// Result: a value, or the Error that says why there is none.
//
//     Result<Store> store = Store::open(config);
//     if (!store) return report(store.error());
//     store->sync().value();   // throws, if it fails
//
// It has the vocabulary of std::expected, and is a tl::expected. batpak throws nothing; only
// value() throws, in the caller's own code, if there is no value: an ErrorThrown, whose what() is
// the text of the error, so a program that does not catch it ends with that text. OutOfMemory is
// thrown as a std::bad_alloc with the same text, as out-of-memory handlers expect. Code that is
// compiled without exceptions prints the text to stderr and aborts instead.
//
// Threads: as T
// Errors:  carries them
#pragma once

#include <functional>
#include <new>
#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "batpak/base/error.hpp"

namespace batpak {

// What value() throws, but for OutOfMemory. error() is the error, what() its text.
class ErrorThrown : public tl::bad_expected_access<Error> {
public:
    explicit ErrorThrown(Error error);
    const char* what() const noexcept override;

private:
    std::string text_;
};

// What value() throws for OutOfMemory. what() is the error's text.
class OutOfMemoryThrown : public std::bad_alloc {
public:
    explicit OutOfMemoryThrown(const Error& error);
    const char* what() const noexcept override;

private:
    std::string text_;
};

namespace detail {

[[noreturn]] void throw_error(const Error& error);
[[noreturn]] void abort_with(const Error& error);

// Out of line and in one place, because value() is called often and fails once.
template <class E>
[[noreturn]] void no_value(const E& error) {
    if constexpr (!std::is_same_v<E, Error>) {
        no_value(error.to_error());
    } else {
#ifdef __cpp_exceptions
        throw_error(error);
#else
        abort_with(error);
#endif
    }
}

}  // namespace detail

// Result<T> with the reason E, which is an Error or has a to_error(). It adds to tl::expected the
// text that value() throws, a value() of void, and that no caller overlooks it.
template <class T, class E>
class [[nodiscard]] BasicResult : public tl::expected<T, E> {
    using Base = tl::expected<T, E>;
    template <class U>
    static constexpr bool kIsOwn = std::is_base_of_v<Base, std::remove_cvref_t<U>>;

public:
    using Base::Base;
    BasicResult() = default;
    BasicResult(Base other) noexcept(std::is_nothrow_move_constructible_v<Base>)
        : Base(std::move(other)) {}

    template <class U>
        requires(!kIsOwn<U> && std::is_assignable_v<Base&, U>)
    BasicResult& operator=(U&& other) {
        Base::operator=(std::forward<U>(other));
        return *this;
    }

    // The value. Throws ErrorThrown if there is none, or OutOfMemoryThrown if memory ran out.
    template <class U = T>
        requires(!std::is_void_v<U>)
    constexpr U& value() & {
        demand_value();
        return **this;
    }
    template <class U = T>
        requires(!std::is_void_v<U>)
    constexpr const U& value() const& {
        demand_value();
        return **this;
    }
    // A value, not a reference into what ends with the expression: a loop over the value() of a
    // call goes over what is still there.
    template <class U = T>
        requires(!std::is_void_v<U>)
    constexpr U value() && {
        demand_value();
        return *std::move(*this);
    }
    template <class U = T>
        requires(!std::is_void_v<U>)
    constexpr const U&& value() const&& {
        demand_value();
        return *std::move(*this);
    }
    constexpr void value() const
        requires(std::is_void_v<T>)
    {
        demand_value();
    }

    // What f makes of the value, which is another Result; an error passes by.
    template <class F>
    constexpr auto and_then(F&& f) & {
        return and_then_of(*this, std::forward<F>(f));
    }
    template <class F>
    constexpr auto and_then(F&& f) const& {
        return and_then_of(*this, std::forward<F>(f));
    }
    template <class F>
    constexpr auto and_then(F&& f) && {
        return and_then_of(std::move(*this), std::forward<F>(f));
    }

    // What f makes of the value, as a Result; an error passes by. transform() is map().
    template <class F>
    constexpr auto map(F&& f) & {
        return wrapped(Base::map(std::forward<F>(f)));
    }
    template <class F>
    constexpr auto map(F&& f) const& {
        return wrapped(Base::map(std::forward<F>(f)));
    }
    template <class F>
    constexpr auto map(F&& f) && {
        return wrapped(std::move(*this).Base::map(std::forward<F>(f)));
    }
    template <class F>
    constexpr auto transform(F&& f) & {
        return map(std::forward<F>(f));
    }
    template <class F>
    constexpr auto transform(F&& f) const& {
        return map(std::forward<F>(f));
    }
    template <class F>
    constexpr auto transform(F&& f) && {
        return std::move(*this).map(std::forward<F>(f));
    }

    // The same value, or what f makes of the error.
    template <class F>
    constexpr auto map_error(F&& f) & {
        return wrapped(Base::map_error(std::forward<F>(f)));
    }
    template <class F>
    constexpr auto map_error(F&& f) const& {
        return wrapped(Base::map_error(std::forward<F>(f)));
    }
    template <class F>
    constexpr auto map_error(F&& f) && {
        return wrapped(std::move(*this).Base::map_error(std::forward<F>(f)));
    }

    // The same value, or the Result that f makes of the error.
    template <class F>
    constexpr BasicResult or_else(F&& f) & {
        return or_else_of(*this, std::forward<F>(f));
    }
    template <class F>
    constexpr BasicResult or_else(F&& f) const& {
        return or_else_of(*this, std::forward<F>(f));
    }
    template <class F>
    constexpr BasicResult or_else(F&& f) && {
        return or_else_of(std::move(*this), std::forward<F>(f));
    }

private:
    constexpr void demand_value() const {
        if (!this->has_value()) [[unlikely]]
            detail::no_value(this->error());
    }

    template <class U, class G>
    static constexpr BasicResult<U, G> wrapped(tl::expected<U, G>&& result) {
        return BasicResult<U, G>(std::move(result));
    }

    template <class Self, class F>
    static constexpr auto and_then_of(Self&& self, F&& f) {
        if constexpr (std::is_void_v<T>) {
            using Next = std::remove_cvref_t<std::invoke_result_t<F>>;
            return self.has_value() ? std::invoke(std::forward<F>(f))
                                    : Next(tl::unexpect, std::forward<Self>(self).error());
        } else {
            using Next =
                std::remove_cvref_t<std::invoke_result_t<F, decltype(*std::forward<Self>(self))>>;
            return self.has_value() ? std::invoke(std::forward<F>(f), *std::forward<Self>(self))
                                    : Next(tl::unexpect, std::forward<Self>(self).error());
        }
    }

    template <class Self, class F>
    static constexpr BasicResult or_else_of(Self&& self, F&& f) {
        using Answer = std::invoke_result_t<F, decltype(std::forward<Self>(self).error())>;
        if (self.has_value()) return std::forward<Self>(self);
        if constexpr (std::is_void_v<Answer>) {
            std::invoke(std::forward<F>(f), self.error());
            return std::forward<Self>(self);
        } else {
            return std::invoke(std::forward<F>(f), std::forward<Self>(self).error());
        }
    }
};

template <class T>
using Result = BasicResult<T, Error>;

// A failed Result of any type: return fail(error).
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// Or return fail(ErrorCode::Full, "no room"): what else an Error is made with may follow the code.
template <class... Detail>
tl::unexpected<Error> fail(ErrorCode code, Detail&&... detail) {
    return tl::unexpected<Error>(Error(code, std::forward<Detail>(detail)...));
}

}  // namespace batpak

#define BATPAK_CONCAT_INNER(a, b) a##b
#define BATPAK_CONCAT(a, b) BATPAK_CONCAT_INNER(a, b)

// BATPAK_TRY(auto x, f()): x = the value of f(), or return f()'s error from this function.
#define BATPAK_TRY(declaration, ...)                                                       \
    auto BATPAK_CONCAT(batpak_result_, __LINE__) = (__VA_ARGS__);                          \
    if (!BATPAK_CONCAT(batpak_result_, __LINE__)) [[unlikely]]                             \
        return ::batpak::fail(std::move(BATPAK_CONCAT(batpak_result_, __LINE__)).error()); \
    declaration = *std::move(BATPAK_CONCAT(batpak_result_, __LINE__))

// BATPAK_CHECK(f()): goes on if f() succeeded, else returns its error from this function.
#define BATPAK_CHECK(...)                                                      \
    do {                                                                       \
        if (auto batpak_checked = (__VA_ARGS__); !batpak_checked) [[unlikely]] \
            return ::batpak::fail(std::move(batpak_checked).error());          \
    } while (false)
