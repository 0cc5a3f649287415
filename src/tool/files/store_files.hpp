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

// Refuses a file where the directory of a store belongs. What is not there is no error.
[[nodiscard]] Result<void> check_directory(const std::string& path);

}  // namespace batpak::tool
