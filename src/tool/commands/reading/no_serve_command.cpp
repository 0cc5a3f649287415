// In place of serve_command.cpp where batpak is built without its inspector.
#include "tool/commands/commands.hpp"

namespace batpak::tool {

Result<ExitCode> run(const ServeCommand&, Console&) {
    return fail(ErrorCode::Unsupported,
                "this batpak was built without cpp-httplib: it shows no pages");
}

}  // namespace batpak::tool
