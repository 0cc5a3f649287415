// Names of files come from manifests, options and listings. One that were a path could lead out of
// the store's directory (INV L4).
#include "base/system/file_name.hpp"

namespace batpak {

Result<void> check_file_name(std::string_view directory, std::string_view name) {
    constexpr std::string_view kForbidden("/\0", 2);
    const bool legal = !name.empty() && name.size() <= kFileNameBytesMax && name != "." &&
                       name != ".." && name.find_first_of(kForbidden) == std::string_view::npos;
    if (legal) return {};
    return fail(Error(ErrorCode::InvalidArgument, "a file name must be a single path component")
                    .at(join_path(directory, name)));
}

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.ends_with('/')) path += '/';
    path += name;
    return path;
}

}  // namespace batpak
