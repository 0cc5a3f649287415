// StoreFiles: whether a directory holds a store, before one is made there.
//
// Threads: the functions are thread-safe
// Errors:  check_directory(): NotAStore; check_no_store_around(): InvalidArgument
#pragma once

#include <string>

#include "batpak/base/result.hpp"

namespace batpak::tool {

// Whether there is a MANIFEST or its copy, whole or not.
bool has_store_files(const std::string& directory);

// Refuses a file, which need not be there, that lies in the directory of a store or below it: all
// that a command writes by a name of the user's is asked here first. By the real paths, so that a
// link does not hide it, and for any store, not only the one that the command is about; or, with
// `known`, for any but that one, of which the library says it better.
[[nodiscard]] Result<void> check_no_store_around(const std::string& file,
                                                 const std::string& known = {});

// Refuses a file where the directory of a store belongs. What is not there is no error.
[[nodiscard]] Result<void> check_directory(const std::string& path);

}  // namespace batpak::tool
