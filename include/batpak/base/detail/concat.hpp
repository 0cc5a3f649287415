// Concat: one text out of several. Public headers use it in place of +: in `"text" + std::string`
// GCC 12 sees overlaps that are not there when it optimises a user's program (GCC bug 105651), and
// what is compiled once costs each program less.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace batpak::detail {

std::string concat(std::initializer_list<std::string_view> parts);

}  // namespace batpak::detail
