// Makes a failed assertion an exception while it lives, so that a test can provoke it cheaply.
#pragma once

#include <stdexcept>

#include "batpak/base/assert.hpp"

namespace batpak::testing {

struct AssertFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class ThrowingAssert {
public:
    ThrowingAssert()
        : before_(set_assert_handler(
              [](const char* condition, const char*, int) { throw AssertFailed(condition); })) {}
    ~ThrowingAssert() { set_assert_handler(before_); }
    ThrowingAssert(const ThrowingAssert&) = delete;
    ThrowingAssert& operator=(const ThrowingAssert&) = delete;

private:
    AssertHandler before_;
};

}  // namespace batpak::testing
