// A folder may be new, and then its name is durable with the one above it; whether it is, opening
// does not tell. So a folder with a change changes the one above.
#include "proof/tlog/open_folders.hpp"

namespace batpak::proof {

Result<Directory*> OpenFolders::go_to(std::span<const std::string> path) {
    std::size_t same = 0;
    while (same < std::min(path.size(), open_.size()) && open_[same].name == path[same]) ++same;
    BATPAK_CHECK(leave_to(same));
    for (const std::string& name : path.subspan(same)) {
        Directory& above = open_.empty() ? top_ : *open_.back().directory;
        BATPAK_TRY(auto opened, above.open_directory(name, true));
        open_.push_back({name, std::move(opened)});
    }
    return open_.empty() ? &top_ : open_.back().directory.get();
}

void OpenFolders::note_change() noexcept {
    (open_.empty() ? is_top_changed_ : open_.back().is_changed) = true;
}

Result<void> OpenFolders::leave_to(std::size_t depth) {
    while (open_.size() > depth) {
        const Folder last = std::move(open_.back());
        open_.pop_back();
        if (!last.is_changed) continue;
        BATPAK_CHECK(last.directory->sync());
        note_change();
    }
    return {};
}

Result<void> OpenFolders::close() {
    BATPAK_CHECK(leave_to(0));
    if (!is_top_changed_) return {};
    is_top_changed_ = false;
    return top_.sync();
}

}  // namespace batpak::proof
