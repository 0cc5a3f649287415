// PublicDirectory: a directory whose new files and folders are for all users to read.
//
// What batpak writes is for its owner alone. What is published is served by another user's program.
//
// Threads: as the directory that it is made of
// Errors:  those of that directory; Io if the permissions cannot be set
#pragma once

#include <memory>

#include "batpak/base/file_system.hpp"

namespace batpak::tool {

// Makes it, and its parents, if it is not there.
[[nodiscard]] Result<std::unique_ptr<Directory>> open_public_directory(const std::string& path);

}  // namespace batpak::tool
