#include "tool/inspect/store_files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace batpak::tool {

bool has_store_files(const std::string& directory) {
    std::error_code ignored;
    const std::filesystem::path path(directory);
    return std::filesystem::exists(path / "MANIFEST", ignored) ||
           std::filesystem::exists(path / "MANIFEST.copy", ignored);
}

Result<void> check_directory(const std::string& path) {
    struct stat status{};
    const bool is_there = ::stat(path.c_str(), &status) == 0;
    const bool is_file = is_there ? !S_ISDIR(status.st_mode) : errno == ENOTDIR;
    if (!is_file) return {};
    return fail(
        Error(ErrorCode::NotAStore, "it is no directory: give the directory of a store").at(path));
}

}  // namespace batpak::tool
