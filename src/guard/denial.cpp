#include "batpak/guard/denial.hpp"

namespace batpak {

Denial Denial::with_code(std::string_view text) && {
    code = text;
    return std::move(*this);
}

Denial Denial::with_context(std::string_view key, std::string_view value) && {
    context.push_back({std::string(key), std::string(value)});
    return std::move(*this);
}

std::string to_string(const Denial& denial) { return '[' + denial.gate + "] " + denial.message; }

// For callers that have room for an error only: its facts and its code are not in it.
Error Denial::to_error() const { return Error(ErrorCode::GateDenied, to_string(*this)); }

}  // namespace batpak
