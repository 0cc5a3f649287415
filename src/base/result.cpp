// What value() throws carries its text from the start: what() must not fail, and so cannot make
// one. Where memory ran out it is a std::bad_alloc, so that a program's handler for that has it.
#include "batpak/base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace batpak {

ErrorThrown::ErrorThrown(Error error)
    : tl::bad_expected_access<Error>(std::move(error)), text_(this->error().to_string()) {}

const char* ErrorThrown::what() const noexcept { return text_.c_str(); }

OutOfMemoryThrown::OutOfMemoryThrown(const Error& error) : text_(error.to_string()) {}

const char* OutOfMemoryThrown::what() const noexcept { return text_.c_str(); }

void detail::throw_error(const Error& error) {
#ifdef __cpp_exceptions
    if (error.code() == ErrorCode::OutOfMemory) throw OutOfMemoryThrown(error);
    throw ErrorThrown(error);
#else
    abort_with(error);
#endif
}

// Without exceptions a program ends here, in the words that it would have caught.
void detail::abort_with(const Error& error) {
    std::fprintf(stderr, "batpak: value() of a Result that has none: %s\n",
                 error.to_string().c_str());
    std::abort();
}

}  // namespace batpak
