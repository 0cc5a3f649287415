// PrivateFile: small files that only this user may read, in the folder where programs keep what is
// neither configuration nor data: $XDG_STATE_HOME/batpak, or ~/.local/state/batpak.
//
// Threads: thread-safe
// Errors:  write_private_file(): those of files
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/result.hpp"

namespace batpak::tool {

// The path of a file in that folder; nothing if the environment names neither.
std::optional<std::string> private_path(std::string_view name);
// What the file holds; nothing if there is none, if it is longer than 4 KiB, or if it is another
// user's, others may read or write it, or it is a link (base/secret_file.hpp, as for keys).
std::optional<std::string> read_private_file(const std::string& path);
// Makes the folder and the file, of mode 0600, in the place of one that is there.
[[nodiscard]] Result<void> write_private_file(const std::string& path, std::string_view text);

}  // namespace batpak::tool
