// SegmentPlace: where the file that is appended to must still be found.
//
// A file that is open takes writes and syncs also when it was removed, moved or replaced, and what
// is acknowledged then is in no store. So the writer looks, behind each sync and before it
// acknowledges, whether the name still leads to its file: one system call.
//
// Threads: thread-compatible
// Errors:  check(): MissingSegment. Where it cannot look, it says nothing, and looks again after
//          the next sync.
#pragma once

#include <string>

#include "base/exceptions.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"

namespace batpak::store {

class SegmentPlace {
public:
    // Borrows: the store's directory.
    SegmentPlace(Directory& store, std::string folder, std::string name, const FileStat& file)
        : store_(&store), folder_(std::move(folder)), name_(std::move(name)), file_(file) {}

    [[nodiscard]] Result<void> check() const {
        const Result<FileStat> found = caught([&] { return store_->look_at(folder_, name_); });
        if (found && found->device == file_.device && found->inode == file_.inode) return {};
        const ErrorCode code = found ? ErrorCode::FileNotFound : found.error().code();
        // A look that fails says nothing, and no other writer comes in: the file itself is locked.
        if (code != ErrorCode::FileNotFound && code != ErrorCode::NotRegular) return {};
        return fail(Error(ErrorCode::MissingSegment,
                          "it was removed, moved or replaced while the store was open for writing")
                        .at(folder_ + '/' + name_));
    }

private:
    Directory* store_;
    std::string folder_;
    std::string name_;
    FileStat file_;
};

}  // namespace batpak::store
