#include "base/system/start_thread.hpp"

#include <system_error>
#include <utility>

namespace batpak {

Result<std::unique_ptr<OwnedThread>> start_thread(std::function<void()> body) {
    try {
        return std::make_unique<OwnedThread>(std::move(body));
    } catch (const std::system_error& error) {
        return fail(Error(ErrorCode::Io,
                          "no thread could be started: end other programs, or raise the limit of "
                          "threads or of memory (ulimit -u, ulimit -v)")
                        .with_os_error(error.code().value()));
    }
}

}  // namespace batpak
