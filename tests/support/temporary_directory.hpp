// TemporaryDirectory: an empty directory of the real file system, removed with all that is in it.
//
// Threads: thread-compatible
// Errors:  none; a test that cannot have one throws
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace batpak::testing {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string form = (std::filesystem::temp_directory_path() / "batpak_XXXXXX").string();
        if (::mkdtemp(form.data()) == nullptr) throw std::runtime_error("no directory: " + form);
        path_ = form;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::string operator/(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

}  // namespace batpak::testing
