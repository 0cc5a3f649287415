// Mount: what kind of file system a directory lies on, and how that was mounted.
//
// Threads: the functions are thread-safe
// Errors:  none; where the system does not tell, there is nothing
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batpak::tool {

struct Mount {
    std::string type{};     // "ext4", "nfs4", "fuse.sshfs"
    std::string options{};  // with commas between them, of the mount and of the file system

    friend bool operator==(const Mount&, const Mount&) = default;
};

// What a text of the form of /proc/self/mountinfo says of a path, which begins with '/' and has no
// links in it.
std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view path);
// Of a directory of this machine. Only Linux tells.
std::optional<Mount> mount_of(const std::string& directory);

// What a mount does to a promise that something is durable.
enum class MountKind : std::uint8_t {
    Usual,
    Memory,   // nothing is left after a power cut
    Network,  // of another machine, or of the machine around this one
    NoSync,   // a sync does not reach the disk
};
MountKind kind_of(const Mount& mount);

}  // namespace batpak::tool
