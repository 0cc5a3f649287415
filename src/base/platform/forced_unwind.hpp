// ForcedUnwind: what unwinds a thread that pthread_exit() or pthread_cancel() ends.
//
// With libstdc++ such a thread unwinds as if by an exception of this type, and the C library
// demands that it goes on to its end: code that catches everything catches this first, and throws
// it on. Other C++ libraries have no name for it, and nothing is thrown of the type that stands in.
//
// Threads: never made
// Errors:  none
#pragma once

#include <exception>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace batpak {

#if defined(__GLIBCXX__)
using ForcedUnwind = abi::__forced_unwind;
#else
struct ForcedUnwind {};
#endif

}  // namespace batpak
