// An Error becomes an OutcomeError in two layers: a kind and a flag, by its class, for callers that
// decide; and its cause, as plain data by names, so that it can be stored and rebuilt, also by a
// later version. Where a name is not known, the kind stands in for it.
#include "batpak/pipeline/outcome_error.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/utf8.hpp"

namespace batpak {
namespace {

// By its class, so that a new code needs no new line here; only Invalid is looked at more closely,
// because callers tell a payload that cannot be read from a mistake in a call.
ErrorKind kind_of(const Error& error) {
    switch (error.error_class()) {
        case ErrorClass::Invalid: break;
        case ErrorClass::NotFound: return ErrorKind::NotFound;
        case ErrorClass::Conflict: return ErrorKind::Conflict;
        case ErrorClass::Denied: return ErrorKind::PolicyRejection;
        case ErrorClass::Timeout: return ErrorKind::Timeout;
        case ErrorClass::Domain: return ErrorKind::Internal;
        case ErrorClass::Busy:
        case ErrorClass::Full:
        case ErrorClass::WouldBlock:
        case ErrorClass::Io:
        case ErrorClass::Poisoned:
        case ErrorClass::Refused:
        case ErrorClass::Closed:
        case ErrorClass::Forked: return ErrorKind::StorageError;
    }
    switch (error.code()) {
        case ErrorCode::EncodeFailed:
        case ErrorCode::DecodeFailed:
        case ErrorCode::MissingUpcaster:
        case ErrorCode::NewerPayload: return ErrorKind::Serialization;
        default: return ErrorKind::Validation;
    }
}

// Whether the very same call may succeed later, with nothing done in between.
bool may_be_repeated(ErrorClass error_class) {
    switch (error_class) {
        case ErrorClass::Busy:
        case ErrorClass::Full:
        case ErrorClass::WouldBlock:
        case ErrorClass::Timeout:
        case ErrorClass::Io: return true;
        case ErrorClass::Invalid:
        case ErrorClass::NotFound:
        case ErrorClass::Conflict:
        case ErrorClass::Denied:
        case ErrorClass::Poisoned:
        case ErrorClass::Refused:
        case ErrorClass::Domain:
        case ErrorClass::Closed:
        case ErrorClass::Forked: return false;
    }
    BATPAK_UNREACHABLE();
}

ErrorCode code_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::NotFound: return ErrorCode::OutcomeNotFound;
        case ErrorKind::Conflict: return ErrorCode::OutcomeConflict;
        case ErrorKind::Validation: return ErrorCode::InvalidArgument;
        case ErrorKind::PolicyRejection: return ErrorCode::OutcomeDenied;
        case ErrorKind::StorageError: return ErrorCode::Io;
        case ErrorKind::Timeout: return ErrorCode::Timeout;
        case ErrorKind::Serialization: return ErrorCode::DecodeFailed;
        case ErrorKind::Internal: break;
    }
    return ErrorCode::OutcomeFailed;
}

// Places may hold names of any bytes, and stored text is UTF-8.
std::string storable(std::string text) {
    if (is_utf8(text)) return text;
    std::ranges::replace_if(
        text, [](char letter) { return static_cast<unsigned char>(letter) >= 0x80; }, '?');
    return text;
}

ErrorCause cause_of(const Error& error) {
    ErrorCause cause;
    cause.code = to_string(error.code());
    cause.detail = storable(error.detail());
    cause.place = storable(error.place());
    cause.offset = error.offset();
    cause.sequence = error.sequence();
    cause.os_error = error.os_error();
    if (error.stage()) cause.stage = to_string(*error.stage());
    cause.item = error.item();
    return cause;
}

Error rebuilt(ErrorCode code, const ErrorCause& cause) {
    Error error = Error(code, cause.detail).at(cause.place).with_os_error(cause.os_error);
    if (cause.offset) error = std::move(error).at_offset(*cause.offset);
    if (cause.sequence) error = std::move(error).at_sequence(*cause.sequence);
    if (cause.item) error = std::move(error).at_item(*cause.item);
    const auto stage = cause.stage ? batch_stage_named(*cause.stage) : std::nullopt;
    if (stage) error = std::move(error).at_stage(*stage);
    return error;
}

}  // namespace

std::string to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::NotFound: return "NotFound";
        case ErrorKind::Conflict: return "Conflict";
        case ErrorKind::Validation: return "Validation";
        case ErrorKind::PolicyRejection: return "PolicyRejection";
        case ErrorKind::StorageError: return "StorageError";
        case ErrorKind::Timeout: return "Timeout";
        case ErrorKind::Serialization: return "Serialization";
        case ErrorKind::Internal: return "Internal";
    }
    if (const auto code = custom_code(kind)) return "Custom(" + std::to_string(*code) + ")";
    return "Unknown(" + std::to_string(static_cast<std::uint32_t>(kind)) + ")";
}

OutcomeError OutcomeError::of(ErrorKind kind, std::string message) {
    OutcomeError made;
    made.kind = kind;
    made.message = std::move(message);
    made.retryable = is_retryable(kind);
    return made;
}

OutcomeError OutcomeError::of(const Error& error) {
    OutcomeError made = of(kind_of(error), storable(error.to_string()));
    made.retryable = may_be_repeated(error.error_class());
    made.cause = cause_of(error);
    return made;
}

OutcomeError OutcomeError::with_compensation(CompensationAction action) && {
    compensation = std::move(action);
    return std::move(*this);
}

// By the name of its code, if this version knows it. Else by its kind: the class is then about
// right, and the message is what it was.
Error OutcomeError::to_error() const {
    // By the name, which is what is stored: the log may be of a version that has other codes.
    const auto known = cause ? error_code_named(cause->code) : std::nullopt;
    if (known) return rebuilt(*known, *cause);
    const ErrorCode code = code_of(kind);
    const bool named = code != ErrorCode::OutcomeFailed || kind == ErrorKind::Internal;
    return Error(code, named ? message : to_string());
}

std::string OutcomeError::to_string() const {
    return "[" + batpak::to_string(kind) + "] " + message;
}

}  // namespace batpak
