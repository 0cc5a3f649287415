// hooked_disk: a file system that asks before each call, so that another process may come between.
//
// Around one call of a reader a test runs whatever a writer does, and before each call of a writer
// it lets a reader look. A write is asked for twice, with half of its bytes in the file the second
// time: so a reader sees it half done, and an error then leaves half of it.
//
// Threads: as the disk and the hook
// Errors:  as the disk, and those that the hook gives
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "batpak/base/file_system.hpp"

namespace batpak::testing {

enum class HookedCall : std::uint8_t { Read, Write, RestOfWrite, Resize, Sync, Other };

// Called before the call; an error is given in its place.
using DiskHook = std::function<std::optional<Error>(HookedCall call, const std::string& path)>;

std::shared_ptr<FileSystem> hooked_disk(std::shared_ptr<FileSystem> disk, DiskHook hook);

}  // namespace batpak::testing
