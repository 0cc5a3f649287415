// A line of /proc/locks:
//
//     3: FLOCK  ADVISORY  WRITE 708 fe:00:1234 0 EOF
//                               process, device, inode
//
// The numbers of devices are not those that files have on some file systems, so that an inode is
// looked up without them. That it is the store's file, the descriptors of the process show, if they
// may be read.
#include "tool/doctor/lock_holder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "batpak/base/file_system.hpp"
#include "tool/text/parse.hpp"

namespace batpak::tool {
namespace {

std::string text_of(const std::filesystem::path& path) {
    const std::ifstream file(path);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    return text.str();
}

// Whether the process has the file open; true as well if that may not be known.
bool may_hold(std::uint64_t process, const std::filesystem::path& file) {
    std::error_code unknown;
    const std::filesystem::path folder = "/proc/" + std::to_string(process) + "/fd";
    for (std::filesystem::directory_iterator at(folder, unknown), end; !unknown && at != end;
         at.increment(unknown)) {
        std::error_code gone;
        if (std::filesystem::read_symlink(at->path(), gone) == file) return true;
    }
    return static_cast<bool>(unknown);
}

std::optional<std::uint64_t> inode_of(const std::string& directory) {
    const auto root = real_file_system()->open_directory(directory, false);
    if (!root) return std::nullopt;
    const auto file = (*root)->open_file("LOCK", OpenMode::ReadOnly);
    if (!file) return std::nullopt;
    const auto stat = (*file)->stat();
    if (!stat) return std::nullopt;
    return stat->inode;
}

}  // namespace

std::vector<std::uint64_t> find_locks(std::string_view locks, std::uint64_t inode) {
    std::vector<std::uint64_t> processes;
    std::istringstream lines{std::string(locks)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number;
        std::string type;
        std::string strength;
        std::string mode;
        std::string process;
        std::string place;
        words >> number >> type >> strength >> mode >> process >> place;
        const std::size_t colon = place.rfind(':');
        if (type != "FLOCK" || colon == std::string::npos) continue;
        if (parse_number(std::string_view(place).substr(colon + 1)) != inode) continue;
        const auto holder = parse_number(process);
        if (holder && *holder > 0) processes.push_back(*holder);
    }
    return processes;
}

std::optional<LockHolder> lock_holder_of(const std::string& directory) {
    const std::optional<std::uint64_t> inode = inode_of(directory);
    std::error_code failed;
    const std::filesystem::path file = std::filesystem::canonical(directory, failed) / "LOCK";
    if (!inode || failed) return std::nullopt;
    const std::vector<std::uint64_t> processes = find_locks(text_of("/proc/locks"), *inode);
    const auto found = std::ranges::find_if(
        processes, [&](std::uint64_t process) { return may_hold(process, file); });
    if (found == processes.end()) return std::nullopt;
    std::string program = text_of("/proc/" + std::to_string(*found) + "/comm");
    if (program.ends_with('\n')) program.pop_back();
    return LockHolder{*found, std::move(program)};
}

}  // namespace batpak::tool
