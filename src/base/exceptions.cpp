// An error has words, and words need memory, which may be what ran out. So each step here has a
// second answer that allocates nothing: the code without the words. A caller that waits is told at
// least that (INV W8).
#include "base/exceptions.hpp"

#include <exception>
#include <new>

namespace batpak {
namespace {

// `words` may need memory that is not there.
template <class Words>
Error described(ErrorCode code, Words words) noexcept {
    try {
        return Error(code, words());
    } catch (...) {
        return Error(code);
    }
}

}  // namespace

Error error_of_exception() noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return described(ErrorCode::OutOfMemory, [] {
            return std::string("memory ran out: free some, or wait until others do, and try again");
        });
    } catch (const std::exception& exception) {
        return described(ErrorCode::HandlerFailed, [&] { return std::string(exception.what()); });
    } catch (...) {
        return described(ErrorCode::HandlerFailed,
                         [] { return std::string("it threw what is no std::exception"); });
    }
}

Error copy_of(const Error& error) noexcept {
    try {
        return error;
    } catch (...) {
        Error bare = Error(error.code()).with_os_error(error.os_error());
        if (error.offset()) bare = std::move(bare).at_offset(*error.offset());
        if (error.sequence()) bare = std::move(bare).at_sequence(*error.sequence());
        if (error.stage()) bare = std::move(bare).at_stage(*error.stage());
        if (error.item()) bare = std::move(bare).at_item(*error.item());
        return bare;
    }
}

}  // namespace batpak
