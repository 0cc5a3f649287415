// Questions: what the log can be asked once the history is in it.
#pragma once

#include <batpak/batpak.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "input.hpp"

namespace git_history {

// Folds all changes of files that the store, or the view of it, holds into the tree as it was then:
// each path with its number of lines.
batpak::Result<LinesByPath> lines_per_file(const batpak::StoreReads& store,
                                           std::string_view repository);

// How many events of each kind, from the index.
batpak::Result<EventsByKind> count_by_kind(const batpak::StoreReads& store);

// The stream of one file.
struct FileStory {
    std::uint64_t events = 0;
    std::int64_t lines_highest = 0;
    std::int64_t lines_at_end = 0;
};
batpak::Result<FileStory> story_of(const batpak::StoreReads& store, std::string_view path);

// How many changes name the event of their commit as their cause, and share its story.
batpak::Result<std::uint64_t> count_linked_changes(const batpak::StoreReads& store,
                                                   std::string_view repository);

// From the latest change of a file to the commit that caused it.
struct Cause {
    CommitMade commit;
    std::uint64_t events_of_commit = 0;  // the commit and all its changes
};
batpak::Result<Cause> cause_of_latest_change(const batpak::StoreReads& store,
                                             std::string_view path);

// The subjects of the newest commits, newest first, in pages; at most `pages` of them.
using Page = std::vector<std::string>;
batpak::Result<std::vector<Page>> newest_commits(const batpak::StoreReads& store,
                                                 std::string_view repository, std::size_t pages,
                                                 std::size_t page_size);

}  // namespace git_history
