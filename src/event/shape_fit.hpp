// ShapeFit: whether payloads of one shape can be read as another: docs/PAYLOADS.md, "How a struct
// may change".
//
// It says no only where it is certain: where a text makes no sense, as with fields that have odd
// names, any other shape fits it.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <string_view>

namespace batpak {

// `stored` and `asked` are shapes of a KindNote. What holds only for some values is a fit.
bool shape_fits(std::string_view stored, std::string_view asked) noexcept;

}  // namespace batpak
