// TextHash: the hash of every table whose keys others choose, for example names of entities.
//
//     std::unordered_map<std::string, State, TextHash, std::equal_to<>> states;
//
// It is keyed with secrets that each process draws, so no one can prepare names that all fall into
// one bucket and turn a table into a list. It is never stored: it differs in each process.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstddef>
#include <string_view>

namespace batpak {

struct TextHash {
    using is_transparent = void;  // so that a std::string_view finds a std::string
    std::size_t operator()(std::string_view text) const noexcept;
};

}  // namespace batpak
