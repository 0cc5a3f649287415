// Lasting: a value for a static object that is never destroyed.
//
// A user's store may be a static object, and may be used in an atexit handler or in the destructor
// of another static object, at a time when every static object of batpak that has a destructor may
// be gone. So batpak has none (tools/tidy/statics.py). A value that needs a destructor is held in a
// Lasting: its bytes are in the static object, and what it allocates is never freed, so Lasting is
// only for values that do not grow.
//
// Threads: as T
// Errors:  none
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace batpak {

template <class T>
class Lasting {
public:
    template <class... Arguments>
    explicit Lasting(Arguments&&... arguments)
        : value_(::new(static_cast<void*>(room_)) T(std::forward<Arguments>(arguments)...)) {}
    Lasting(const Lasting&) = delete;
    Lasting& operator=(const Lasting&) = delete;

    T& operator*() noexcept { return *value_; }
    const T& operator*() const noexcept { return *value_; }

private:
    alignas(T) std::byte room_[sizeof(T)];
    T* value_;
};

}  // namespace batpak
