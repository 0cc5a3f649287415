// replace_file: a file as a whole in the place of another, or none.
//
// Threads: thread-safe, for different names
// Errors:  those of Directory and File. Then the file of that name is as it was, and what was
//          written is removed
#pragma once

#include <string>

#include "batpak/base/file_system.hpp"

namespace batpak {

// The content is durable before it has its name, so that after a power cut the name leads to the
// old content or to the new one, or to none if there was none. That it leads to the new one is
// durable after directory.sync(), which is the caller's.
[[nodiscard]] Result<void> replace_file(Directory& directory, const std::string& name,
                                        BytesView content);

}  // namespace batpak
