// A machine without a plan of faults, and without memory of what was synced: for tests in which
// nothing crashes.
#include "batpak/testing/memory_file_system.hpp"

#include "testing/machine.hpp"

namespace batpak::testing {

MemoryFileSystem::MemoryFileSystem() : machine_(std::make_shared<Machine>()) {}

Result<std::unique_ptr<Directory>> MemoryFileSystem::open_directory(const std::string& path,
                                                                    bool create) {
    return open_on(machine_, path, create);
}

}  // namespace batpak::testing
