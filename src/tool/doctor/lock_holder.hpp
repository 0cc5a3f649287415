// LockHolder: which process has a store open for writing.
//
// Asked without taking the lock, so that no writer is turned away meanwhile.
//
// Threads: thread-safe
// Errors:  none; where the system does not tell, there is nothing
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batpak::tool {

struct LockHolder {
    std::uint64_t process = 0;
    std::string program{};  // its name, if it can be read
};

// The processes that hold a lock by flock() on a file of this inode, whatever disk it is on, as a
// text of the form of /proc/locks says.
std::vector<std::uint64_t> find_locks(std::string_view locks, std::uint64_t inode);
// Of a store. Only Linux tells, and of processes that can be seen from here.
std::optional<LockHolder> lock_holder_of(const std::string& directory);

}  // namespace batpak::tool
