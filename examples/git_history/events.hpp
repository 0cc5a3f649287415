// What happens in a git repository, as four events.
//
// The coordinate says what an event is about: the entity of a commit is the repository, that of a
// change is the path of the file, and the scope of both is the repository.
#pragma once

#include <batpak/batpak.hpp>

#include <cstdint>
#include <string>

namespace git_history {

struct CommitMade {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string hash;
    std::string parent;  // empty for the first
    std::string author;
    std::string subject;
    std::int64_t time_s = 0;  // of the commit; batpak adds when it was stored
    std::uint32_t files = 0;
};

struct FileAdded {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x002);
    std::string commit;
    std::int64_t lines_added = 0;
    std::int64_t lines_deleted = 0;
};

struct FileModified {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x003);
    std::string commit;
    std::int64_t lines_added = 0;
    std::int64_t lines_deleted = 0;
};

struct FileDeleted {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x004);
    std::string commit;
    std::int64_t lines_deleted = 0;
};

}  // namespace git_history
