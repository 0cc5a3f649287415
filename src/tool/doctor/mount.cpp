// A line of mountinfo:
//
//     36 35 98:0 /root /mnt/data rw,noatime master:1 - ext4 /dev/sda1 rw,nobarrier
//                      place     options  any number - type source    more options
//
// Of the mounts that a path lies below, the longest place counts, and of equal ones the last, which
// covers the others.
#include "tool/doctor/mount.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace batpak::tool {
namespace {

std::vector<std::string_view> words_of(std::string_view text, char between) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(between), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// Blanks in places are written as \040, and so on.
std::string place_of(std::string_view word) {
    std::string place;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const auto is_digit = [&](std::size_t at) { return word[at] >= '0' && word[at] <= '7'; };
        if (word[i] == '\\' && i + 3 < word.size() && is_digit(i + 1) && is_digit(i + 2) &&
            is_digit(i + 3)) {
            place += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 +
                                       (word[i + 3] - '0'));
            i += 3;
        } else {
            place += word[i];
        }
    }
    return place;
}

bool lies_below(std::string_view path, std::string_view place) {
    if (place == "/") return true;
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

}  // namespace

std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view path) {
    std::optional<Mount> found;
    std::size_t longest = 0;
    for (const std::string_view line : words_of(mountinfo, '\n')) {
        const std::vector<std::string_view> words = words_of(line, ' ');
        const auto dash = std::ranges::find(words, "-");
        if (dash - words.begin() < 6 || words.end() - dash < 4) continue;
        const std::string place = place_of(words[4]);
        if (!lies_below(path, place) || place.size() < longest) continue;
        longest = place.size();
        found = Mount{std::string(dash[1]), std::string(words[5]) + "," + std::string(dash[3])};
    }
    return found;
}

std::optional<Mount> mount_of(const std::string& directory) {
    std::error_code failed;
    const std::filesystem::path path = std::filesystem::canonical(directory, failed);
    const std::ifstream file("/proc/self/mountinfo");
    if (failed || !file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return find_mount(text.str(), path.string());
}

MountKind kind_of(const Mount& mount) {
    constexpr std::array<std::string_view, 2> memory = {"tmpfs", "ramfs"};
    constexpr std::array<std::string_view, 14> network = {
        "nfs",  "nfs4",   "cifs", "smb3",     "smbfs",  "afs",   "ceph",
        "coda", "lustre", "9p",   "virtiofs", "vboxsf", "ncpfs", "orangefs"};
    constexpr std::array<std::string_view, 4> no_sync = {"nobarrier", "barrier=0", "volatile",
                                                         "fsync_mode=nobarrier"};
    const auto is_one = [](const auto& list, std::string_view word) {
        return std::ranges::find(list, word) != list.end();
    };
    if (is_one(memory, mount.type)) return MountKind::Memory;
    if (is_one(network, mount.type)) return MountKind::Network;
    // What a program of a user serves, such as sshfs, decides by itself what a sync is.
    if (mount.type == "fuse" || mount.type.starts_with("fuse.")) return MountKind::Network;
    for (const std::string_view option : words_of(mount.options, ',')) {
        if (is_one(no_sync, option)) return MountKind::NoSync;
    }
    return MountKind::Usual;
}

}  // namespace batpak::tool
