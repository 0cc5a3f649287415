#include "batpak/guard/denial.hpp"

namespace batpak {

std::string to_string(const Denial& denial) { return '[' + denial.gate + "] " + denial.message; }

// For callers that have room for an error only: its facts and its code are not in it.
Error Denial::to_error() const { return Error(ErrorCode::GateDenied, to_string(*this)); }

}  // namespace batpak
