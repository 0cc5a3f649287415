// Looks at files by their names alone, for messages and for `init`: whether something is a store,
// opening it says.
#include "tool/files/store_files.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace batpak::tool {

namespace {

// By its first words: other programs have files of this name too.
bool is_manifest(const std::filesystem::path& path) {
    constexpr std::string_view kFirstWords = "batpak manifest v";
    std::string words(kFirstWords.size(), '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(words.data(), static_cast<std::streamsize>(words.size()));
    return file.good() && words == kFirstWords;
}

}  // namespace

bool has_store_files(const std::string& directory) {
    std::error_code ignored;
    const std::filesystem::path path(directory);
    return std::filesystem::exists(path / "MANIFEST", ignored) ||
           std::filesystem::exists(path / "MANIFEST.copy", ignored);
}

Result<void> check_no_store_around(const std::string& file, const std::string& known) {
    namespace fs = std::filesystem;
    std::error_code failed;
    // By where links lead: a name elsewhere that leads into the store is inside of it. The file
    // itself need not be there.
    for (fs::path at = fs::weakly_canonical(fs::absolute(file), failed).parent_path();;
         at = at.parent_path()) {
        if (!known.empty() && fs::equivalent(at, known, failed)) return {};
        if (is_manifest(at / "MANIFEST") || is_manifest(at / "MANIFEST.copy")) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "it would lie in a store, where all files are the store's own: name "
                              "a place elsewhere")
                            .at(file));
        }
        if (at == at.parent_path()) return {};
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
