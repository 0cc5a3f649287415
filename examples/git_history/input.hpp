// The two files that this example reads: a history, one JSON object per line, and what git says
// the tree at its head looks like.
#pragma once

#include <batpak/batpak.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events.hpp"

namespace git_history {

using Change = std::variant<CommitMade, FileAdded, FileModified, FileDeleted>;
using LinesByPath = std::map<std::string, std::int64_t>;
using EventsByKind = std::map<batpak::EventKind, std::uint64_t>;

// One line of the history, and so one event.
struct Record {
    batpak::Coordinate coordinate;
    std::string commit;  // the commit it is, or belongs to
    Change change;
};

struct History {
    std::string repository;
    std::vector<Record> records;

    EventsByKind count_by_kind() const;
    // The end of the commit that record `at` belongs to.
    std::size_t commit_end(std::size_t at) const;
};

// Of how many records the first commit consists: itself, and the changes behind it.
std::size_t commit_size(std::span<const Record> records);

struct Expected {
    std::string head;
    LinesByPath lines_at_head;
};

batpak::Result<Record> parse_record(std::string_view line);
batpak::Result<History> read_history(const std::string& path);
batpak::Result<Expected> read_expected(const std::string& path);

}  // namespace git_history
