// StoreFiles: whether a directory holds a store, before one is made there.
//
// Threads: the functions are thread-safe
// Errors:  check_directory(): NotAStore
#pragma once

#include <string>

#include "batpak/base/result.hpp"

namespace batpak::tool {

// Whether there is a MANIFEST or its copy, whole or not.
bool has_store_files(const std::string& directory);

// Whether a file, which need not be there, lies in the directory or below it. By the real paths, so
// that a link does not hide it.
bool lies_inside(const std::string& directory, const std::string& file);

// Refuses a file where the directory of a store belongs. What is not there is no error.
[[nodiscard]] Result<void> check_directory(const std::string& path);

}  // namespace batpak::tool
