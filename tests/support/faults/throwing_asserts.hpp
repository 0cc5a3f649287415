// ThrowingAsserts: while one lives, a failed assertion throws AssertionFailed and does not abort.
//
// Threads: one at a time in a program
// Errors:  none
#pragma once

#include <stdexcept>

#include "batpak/base/assert.hpp"

namespace batpak::testing {

class AssertionFailed : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

class ThrowingAsserts {
public:
    ThrowingAsserts() : before_(set_assert_handler(&raise)) {}
    ~ThrowingAsserts() { set_assert_handler(before_); }
    ThrowingAsserts(const ThrowingAsserts&) = delete;
    ThrowingAsserts& operator=(const ThrowingAsserts&) = delete;

private:
    static void raise(const char* condition, const char*, int) { throw AssertionFailed(condition); }

    const AssertHandler before_;
};

}  // namespace batpak::testing
