// MemoryFileSystem: files in memory, for tests that want a store and no disk.
//
// It keeps every promise of FileSystem, locks included, and starts empty. What is in it lives as
// long as the file system or anything opened from it; open the same object again to see what a
// store wrote. Durability means nothing here: see SimulatedFileSystem for what a crash leaves.
//
//     Environment environment = Environment::real();
//     environment.files = std::make_shared<testing::MemoryFileSystem>();
//
// A file holds up to 1 GiB; one that is mapped may grow to twice its size, or by 64 KiB, before
// growing it further is Unsupported.
//
// Threads: thread-safe
// Errors:  as FileSystem
#pragma once

#include <memory>
#include <string>

#include "batpak/base/file_system.hpp"

namespace batpak::testing {

class Machine;

class MemoryFileSystem final : public FileSystem {
public:
    MemoryFileSystem();

    // Relative and absolute paths are the same: both start at the root of this file system.
    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override;

private:
    const std::shared_ptr<Machine> machine_;
};

}  // namespace batpak::testing
