// OpenFolders: the folders from the top down to where the last file was written.
//
// Files come in the order of their paths, so a folder that is left is complete: it is synced then,
// and its names are durable. At no time more folders are open than a path has parts.
//
// Threads: thread-compatible
// Errors:  those of Directory
#pragma once

#include <span>
#include <string>
#include <vector>

#include "batpak/base/file_system.hpp"

namespace batpak::proof {

class OpenFolders {
public:
    // Borrows: the directory.
    explicit OpenFolders(Directory& top) : top_(top) {}

    // The folder of this path, made if it is not there. Borrows from this, up to the next call.
    [[nodiscard]] Result<Directory*> go_to(std::span<const std::string> path);
    // A name was made in the folder of the last call.
    void note_change() noexcept;
    // Leaves all of them.
    [[nodiscard]] Result<void> close();

private:
    struct Folder {
        std::string name;
        std::unique_ptr<Directory> directory;
        bool is_changed = false;
    };

    [[nodiscard]] Result<void> leave_to(std::size_t depth);

    Directory& top_;
    bool is_top_changed_ = false;
    std::vector<Folder> open_;
};

}  // namespace batpak::proof
