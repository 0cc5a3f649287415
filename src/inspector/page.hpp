// Page: the files of web/dist, which are part of the library (cmake/BatpakEmbed.cmake).
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string_view>

namespace batpak::inspector {

struct PageFile {
    std::string_view path;  // "/app.js"
    std::string_view type;  // of its content
    std::string_view bytes;
};

// Null if there is none. All other paths of pages are index.html, which reads the path itself.
const PageFile* find_page_file(std::string_view path) noexcept;

}  // namespace batpak::inspector
