#include "batpak/guard/denial.hpp"

namespace batpak {

std::string to_string(const Denial& denial) { return '[' + denial.gate + "] " + denial.message; }

Error Denial::to_error() const { return Error(ErrorCode::GateDenied, to_string(*this)); }

}  // namespace batpak
