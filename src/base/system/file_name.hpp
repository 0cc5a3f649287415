// check_file_name: the one rule for names, shared by every FileSystem.
//
// Threads: thread-safe
// Errors:  InvalidArgument
#pragma once

#include <string_view>

#include "batpak/base/result.hpp"

namespace batpak {

inline constexpr std::size_t kFileNameBytesMax = 255;

// A name is one path component: 1 to 255 bytes, no '/', no NUL, and neither "." nor "..".
// `directory` is the path for the message.
[[nodiscard]] Result<void> check_file_name(std::string_view directory, std::string_view name);

// directory + '/' + name: what an Error calls a file.
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace batpak
