// Tree: the files of a repository and their numbers of lines, folded from the changes.
#pragma once

#include <batpak/batpak.hpp>
#include <batpak/projection/projection.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "events.hpp"

namespace git_history {

// [tree]
struct Tree {
    static constexpr auto projection =
        batpak::projection_of<FileAdded, FileModified, FileDeleted>("tree", /*version*/ 1);
    std::map<std::string, std::int64_t> lines;  // by path

    void on(const FileAdded& added, const batpak::EventView& event) {
        lines[std::string(event.entity)] += added.lines_added - added.lines_deleted;
    }
    void on(const FileModified& modified, const batpak::EventView& event) {
        lines[std::string(event.entity)] += modified.lines_added - modified.lines_deleted;
    }
    void on(const FileDeleted&, const batpak::EventView& event) {
        lines.erase(std::string(event.entity));
    }
};
// [/tree]

}  // namespace git_history
