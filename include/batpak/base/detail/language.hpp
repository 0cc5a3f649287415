// Language: stops the compiler at once, with one line, unless it was told to read C++20.
//
// Each header that includes no other batpak header includes this one, so that it is read first.
//
// Threads: immutable value
// Errors:  none
#pragma once

#if __cplusplus < 202002L
#error "batpak needs C++20: compile with -std=c++20, or set(CMAKE_CXX_STANDARD 20) in CMake"
// There is no such file: a compiler stops where it cannot include, and goes on after an #error.
#include <batpak_needs_cxx20>
#endif
