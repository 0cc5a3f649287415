// SecretFile: reads a small file that nobody but this user may know: a key, a token.
//
// Threads: thread-safe
// Errors:  KeyExposed, DecodeFailed, NotRegular; those of files
#pragma once

#include <cstddef>
#include <string_view>

#include "batpak/base/file_system.hpp"

namespace batpak {

// Reads the whole file into `into`, and returns how long it is. Asks the open file whose it is, and
// what it is, before a byte of it is read. Errors: KeyExposed if it is another user's, or others
// may read or write it; NotRegular if it is a link, or no file; DecodeFailed if it is longer than
// `into`.
[[nodiscard]] Result<std::size_t> read_secret_file(Directory& directory, std::string_view name,
                                                   MutableBytesView into);

}  // namespace batpak
