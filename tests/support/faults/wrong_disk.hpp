// wrong_disk: what lies between a store and its disk, and does one thing wrongly.
//
// Each fault is a mistake that an engine, an operating system or a driver makes somewhere: a sync
// that is left out, a cut that is not made, an error that is not told. A crash test that does not
// notice one of them proves nothing about the rest.
//
// Threads: as the disk
// Errors:  as the disk, but for those that are hidden
#pragma once

#include <memory>
#include <string_view>

#include "batpak/base/file_system.hpp"

namespace batpak::testing {

enum class DiskMistake : std::uint8_t {
    SegmentSyncDropped,      // syncs of segments do nothing
    DataSyncDropped,         // fdatasync does nothing, fsync works
    SyncWorksOnce,           // for each handle
    NewSegmentSyncDropped,   // the header of a new segment is not synced before it gets its name
    ManifestSyncDropped,     // nor is the MANIFEST
    DirectorySyncDropped,    // names are never synced
    SegmentNamesNotSynced,   // those of segments are not
    WriteAfterSync,          // the bytes of a write reach the file at the next write
    WriteLosesLastByte,      // a write leaves out its last byte
    MisdirectedWrite,        // a write of frames goes one byte too far
    ResizeIgnored,           // nothing is ever cut off
    AllocateReturnsGarbage,  // space reserved ahead holds what was there before
    RemoveIgnored,           // nothing is ever removed
    OpenCuts,                // a file opened for writing loses its last sector
    ReadStopsEarly,          // reads end at the first 4 KiB of a file
    // Mistakes about errors, which only show where there are errors.
    SyncRetried,      // a failed sync is tried again, and the second answer counts
    SyncErrorHidden,  // a failed sync is a success
    WriteErrorHidden,
    ReadErrorIsEnd,  // a failed read finds the end of the file
    CutErrorHidden,  // a failed resize is a success
};

std::string_view to_string(DiskMistake mistake) noexcept;

std::shared_ptr<FileSystem> wrong_disk(DiskMistake mistake, std::shared_ptr<FileSystem> disk);

}  // namespace batpak::testing
