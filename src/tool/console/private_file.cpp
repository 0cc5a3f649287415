#include "tool/console/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "batpak/base/assert.hpp"

namespace batpak::tool {
namespace {

constexpr ::mode_t kOwnerOnly = 0600;

std::string from_environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

tl::unexpected<Error> failed(const std::string& path) {
    return fail(Error(ErrorCode::Io, "cannot write the file").at(path).with_os_error(errno));
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
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return std::nullopt;
    struct ::stat about{};
    const bool is_mine = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
                         about.st_uid == ::geteuid() && (about.st_mode & 077) == 0;
    std::array<char, 4096> text{};
    const ::ssize_t bytes = is_mine ? ::read(file, text.data(), text.size()) : -1;
    ::close(file);
    if (bytes < 0 || static_cast<std::size_t>(bytes) == text.size()) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(bytes));
}

// Beside it and renamed, so that nobody reads half of it, and what was readable by others is gone.
Result<void> write_private_file(const std::string& path, std::string_view text) {
    std::error_code ignored;  // what is wrong with the folder, the file says
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const std::string made = path + "." + std::to_string(::getpid());
    ::unlink(made.c_str());
    const int file =
        ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
    if (file < 0) return failed(path);
    const ::ssize_t written = ::write(file, text.data(), text.size());
    const bool is_closed = ::close(file) == 0;
    if (written != static_cast<::ssize_t>(text.size()) || !is_closed ||
        ::rename(made.c_str(), path.c_str()) != 0) {
        const auto failure = failed(path);
        ::unlink(made.c_str());
        return failure;
    }
    return {};
}

}  // namespace batpak::tool
