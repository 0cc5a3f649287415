// OutcomeError: why an outcome is Err, in the words of the domain.
//
// An Error comes from the store and says how to react to it. An OutcomeError comes from the program
// that uses the store: a kind, a message, whether the same call may be tried again, and what must
// be undone. One turns into the other: an Error that became an OutcomeError comes out of to_error()
// unchanged, even after it was stored.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/error.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/pipeline/outcome_parts.hpp"

namespace batpak {

// Stored as numbers: part of the format. Numbers that have no name here are of newer programs; they
// are neither of the domain nor operational, and never retryable.
enum class ErrorKind : std::uint32_t {
    // of the domain
    NotFound = 1,
    Conflict = 2,
    Validation = 3,
    PolicyRejection = 4,
    // operational
    StorageError = 5,
    Timeout = 6,
    Serialization = 7,
    Internal = 8,
};

// A kind of the application's own. Neither of the domain nor operational.
constexpr ErrorKind custom_error_kind(std::uint16_t code) noexcept {
    return ErrorKind{0x10000U | code};
}
// Empty, if the kind is one of batpak's.
constexpr std::optional<std::uint16_t> custom_code(ErrorKind kind) noexcept {
    const auto number = static_cast<std::uint32_t>(kind);
    if (number >> 16 != 1) return std::nullopt;
    return static_cast<std::uint16_t>(number);
}
constexpr bool is_domain(ErrorKind kind) noexcept {
    return kind >= ErrorKind::NotFound && kind <= ErrorKind::PolicyRejection;
}
constexpr bool is_operational(ErrorKind kind) noexcept {
    return kind >= ErrorKind::StorageError && kind <= ErrorKind::Internal;
}
// Whether trying again may help, as far as the kind can tell.
constexpr bool is_retryable(ErrorKind kind) noexcept {
    return kind == ErrorKind::StorageError || kind == ErrorKind::Timeout;
}
// "NotFound", "Custom(7)", "Unknown(99)".
std::string to_string(ErrorKind kind);

// The Error that an OutcomeError came from, as plain data. Code and stage stand there by their
// names, which do not change from version to version.
struct ErrorCause {
    using required = batpak::all_fields;

    std::string code{};
    std::string detail{};
    std::string place{};
    std::optional<std::uint64_t> offset{};
    std::optional<Sequence> sequence{};
    std::int32_t os_error = 0;
    std::optional<std::string> stage{};
    std::optional<std::uint32_t> item{};

    friend bool operator==(const ErrorCause&, const ErrorCause&) = default;
};

struct OutcomeError {
    using required = batpak::all_fields;

    ErrorKind kind = ErrorKind::Internal;
    std::string message{};
    std::optional<CompensationAction> compensation{};
    // Whether the same call may be tried again; batpak sets it, and a program may know better.
    bool retryable = false;
    std::optional<ErrorCause> cause{};

    // Retryable as the kind is.
    static OutcomeError of(ErrorKind kind, std::string message);
    // Kind and retryable by the error's class: Busy, Full, WouldBlock, Timeout and Io may be tried
    // again. Bytes of its texts that are not ASCII become '?' in a text that is not UTF-8.
    static OutcomeError of(const Error& error);

    OutcomeError with_compensation(CompensationAction action) &&;

    // The cause, if there is one that this version knows; else a code for the kind, with the
    // message as its detail. Compensation and retryable have no place in an Error.
    Error to_error() const;
    // "[NotFound] no such account"
    std::string to_string() const;

    friend bool operator==(const OutcomeError&, const OutcomeError&) = default;
};

}  // namespace batpak
