// A small file of one user's: the token of the inspector, the page by which a browser opens it. It
// lies in the folder that the XDG base directory specification has for state. A relative path in
// the environment is ignored, as that specification asks, since it would be another folder for each
// program.
//
// Reading gives nothing where anything is wrong: to have no such file is the usual case, and its
// readers go on without it.
#include "tool/console/private_file.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/secret_file.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/environment.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kPrivateBytesMax = 4096;

std::string from_environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::optional<std::string> private_path(std::string_view name) {
    BATPAK_ASSERT(!name.empty());
    std::filesystem::path folder = from_environment("XDG_STATE_HOME");
    if (!folder.is_absolute()) {
        folder = from_environment("HOME");
        if (!folder.is_absolute()) return std::nullopt;
        folder = folder / ".local" / "state";
    }
    return (folder / "batpak" / name).string();
}

std::optional<std::string> read_private_file(const std::string& path) {
    const std::filesystem::path whole(path);
    const auto folder = real_file_system()->open_directory(whole.parent_path().string(), false);
    if (!folder) return std::nullopt;
    // Owner and rights are checked there: a token that others could have written is not believed.
    std::array<std::byte, kPrivateBytesMax> bytes{};
    const auto size = read_secret_file(**folder, whole.filename().string(), bytes);
    if (!size) return std::nullopt;
    return std::string(as_text(BytesView(bytes).first(*size)));
}

// Beside it, and renamed, so that nobody reads half of it. A file that others may read is replaced
// and not written to.
Result<void> write_private_file(const std::string& path, std::string_view text) {
    BATPAK_ASSERT(text.size() <= kPrivateBytesMax);
    const std::filesystem::path whole(path);
    std::error_code ignored;  // what is wrong with the folder, opening it says
    std::filesystem::create_directories(whole.parent_path(), ignored);
    BATPAK_TRY(const auto folder,
               real_file_system()->open_directory(whole.parent_path().string(), false));
    const std::string made = whole.filename().string() + "." + std::to_string(::getpid());
    const auto removed = folder->remove(made);
    if (!removed && removed.error().code() != ErrorCode::FileNotFound) return removed;
    const auto write = [&]() -> Result<void> {
        BATPAK_TRY(const auto file, folder->open_file(made, OpenMode::CreateNew));
        BATPAK_CHECK(file->write_at(0, as_bytes(text)));
        return folder->rename(made, whole.filename().string());
    };
    const auto written = write();
    if (!written) (void)folder->remove(made);
    return written;
}

}  // namespace batpak::tool
