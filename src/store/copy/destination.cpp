// From the directory that is there already, upwards: a directory is the store's own if the store's
// segment has its name in it. Names and links do not matter for that.
#include "store/copy/destination.hpp"

#include <memory>

namespace batpak::store {
namespace {

// Above the root is the root: the walk upwards would not end by itself.
constexpr int kDepthMax = 256;

// The directory that holds `path`, as a path; nothing above "/" and ".".
std::string parent_of(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    if (end == std::string::npos || path == ".") return {};
    const std::size_t slash = path.find_last_of('/', end);
    if (slash == std::string::npos) return ".";
    return path.substr(0, slash + 1);
}

// The nearest of the path and what is above it that is there.
Result<std::string> nearest_directory(FileSystem& files, std::string path) {
    for (;;) {
        const auto found = files.open_directory(path, false);
        if (found) return path;
        if (found.error().code() != ErrorCode::FileNotFound) return fail(found.error());
        std::string parent = parent_of(path);
        if (parent.empty()) return fail(found.error());
        path = std::move(parent);
    }
}

}  // namespace

Result<void> require_outside(FileSystem& files, const std::string& path, StoreDirectory& store,
                             std::uint64_t segment_id) {
    BATPAK_TRY(const FileStat own, store.look_at_segment(segment_id));
    BATPAK_TRY(std::string above, nearest_directory(files, path));
    for (int depth = 0; depth < kDepthMax; ++depth, above += "/..") {
        const auto directory = files.open_directory(above, false);
        if (!directory) break;  // a directory that may not be read is not the store's
        const auto found = StoreDirectory::look_at_segment(**directory, segment_id);
        if (found && found->device == own.device && found->inode == own.inode) {
            return fail(Error(ErrorCode::BadDestination,
                              "it is inside the directory of the store: choose another place")
                            .at(path));
        }
    }
    return {};
}

}  // namespace batpak::store
