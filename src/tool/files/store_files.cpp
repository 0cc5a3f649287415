// Looks at files by their names alone, for messages and for `init`: whether something is a store,
// opening it says.
#include "tool/files/store_files.hpp"

#include <filesystem>
#include <system_error>

namespace batpak::tool {

bool has_store_files(const std::string& directory) {
    std::error_code ignored;
    const std::filesystem::path path(directory);
    return std::filesystem::exists(path / "MANIFEST", ignored) ||
           std::filesystem::exists(path / "MANIFEST.copy", ignored);
}

bool lies_inside(const std::string& directory, const std::string& file) {
    namespace fs = std::filesystem;
    std::error_code failed;
    const fs::path store = fs::weakly_canonical(directory, failed);
    for (fs::path at = fs::weakly_canonical(fs::absolute(file), failed).parent_path();;
         at = at.parent_path()) {
        if (at == store) return true;
        if (at == at.parent_path()) return false;
    }
}

Result<void> check_directory(const std::string& path) {
    std::error_code failed;
    const std::filesystem::file_status status = std::filesystem::status(path, failed);
    // A path through a file is none either.
    const bool is_file = std::filesystem::exists(status) ? !std::filesystem::is_directory(status)
                                                         : failed == std::errc::not_a_directory;
    if (!is_file) return {};
    return fail(
        Error(ErrorCode::NotAStore, "it is no directory: give the directory of a store").at(path));
}

}  // namespace batpak::tool
