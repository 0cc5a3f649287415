// Result: a value, or the Error that says why there is none.
//
// Result<T> is tl::expected, which has the vocabulary of std::expected (has_value, value, error,
// and_then, map). batpak throws nothing; only value() throws, in the caller's own code, where he
// asks for a value that is not there.
//
// Threads: as T
// Errors:  carries them
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "batpak/base/error.hpp"

namespace batpak {

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

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
