// Whether a directory is a place for a copy of a store.
//
// Threads: thread-safe
// Errors:  BadDestination; those of FileSystem
#pragma once

#include <string>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// The path, which need not be there, does not lead into the store's own directory, whatever links
// lie on the way. `segment_id`: any segment of the store, by whose file it is known.
[[nodiscard]] Result<void> require_outside(FileSystem& files, const std::string& path,
                                           StoreDirectory& store, std::uint64_t segment_id);

}  // namespace batpak::store
