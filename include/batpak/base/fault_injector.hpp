// FaultInjector: the seam through which a test makes a named step of the store fail.
//
// A failing FileSystem reaches every call; an injector reaches the steps, by name, including those
// between two calls. The store asks at each InjectionPoint, in production code as well; where no
// injector is set, which is everywhere except in tests, asking is one comparison with null.
//
// An error from an injector is the failure of that step, and is treated like any other; the table
// says how. Ready-made injectors are in batpak/testing/injectors.hpp.
//
// Threads: reached() is called by the thread that does the step, so it must be thread-safe
// Errors:  whatever the injector returns
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "batpak/base/error.hpp"

namespace batpak {

// Steps of a store, and what a failure there does. "The call" is whatever the program asked for.
// [points]
enum class InjectionPoint : std::uint8_t {
    // open: the call fails, and the store can be opened again
    AfterLock,      // the directory is locked, and nothing is changed yet
    BeforeScan,     // the segments are there; the end of the log is about to be read
    BeforeTailCut,  // a torn tail was found; nothing is changed yet
    AfterTailCut,   // it is saved, cut off, and the cut is durable
    BeforeTakeUp,   // what was found is about to be made durable (INV R7)

    // files of the store, at open, rotation and close
    BeforeSegment,   // of making a segment. The call fails; the last segment stays active
    AfterSegment,    // it is whole, synced and named. As BeforeSegment
    BeforeManifest,  // of replacing the MANIFEST. As BeforeSegment
    // it is replaced, durably. open fails; a rotation or a compaction poisons the store
    AfterManifest,
    BeforeIndexPart,  // of writing an index file. Nobody notices, but for the time of the next open

    // append: one group commit
    BeforeStaging,  // of one event or batch. That call fails; nothing is written
    BeforeWrite,    // of the group's frames, or a mark. The calls fail; nothing is written
    AfterWrite,     // the frames are in the file. They are taken out again, and the calls fail
    BeforeUndo,     // of taking a failed write back. Poisons the store
    BeforeSync,     // Poisons the store; what was to be durable is as a power cut leaves it
    AfterSync,      // it is durable, and the call was not told. Poisons the store
    BeforePublish,  // it is written, synced if asked, and nobody sees it yet. Poisons the store

    // rotation
    BeforeRotation,  // the segment is full; nothing is done yet. The call fails
    BeforeSeal,      // of cutting the full segment to its size and syncing it. The call fails

    // close: it fails, the store is closed, and what was durable is kept
    BeforeClose,  // everything submitted is committed; the rest is about to be made durable
    BeforeMark,   // of the mark of a clean close. close() succeeds, without the mark
};
// [/points]

inline constexpr std::array kInjectionPoints = {
    InjectionPoint::AfterLock,       InjectionPoint::BeforeScan,     InjectionPoint::BeforeTailCut,
    InjectionPoint::AfterTailCut,    InjectionPoint::BeforeTakeUp,   InjectionPoint::BeforeSegment,
    InjectionPoint::AfterSegment,    InjectionPoint::BeforeManifest, InjectionPoint::AfterManifest,
    InjectionPoint::BeforeIndexPart, InjectionPoint::BeforeStaging,  InjectionPoint::BeforeWrite,
    InjectionPoint::AfterWrite,      InjectionPoint::BeforeUndo,     InjectionPoint::BeforeSync,
    InjectionPoint::AfterSync,       InjectionPoint::BeforePublish,  InjectionPoint::BeforeRotation,
    InjectionPoint::BeforeSeal,      InjectionPoint::BeforeClose,    InjectionPoint::BeforeMark};

std::string_view to_string(InjectionPoint point) noexcept;

class FaultInjector {
public:
    virtual ~FaultInjector() = default;
    FaultInjector() = default;
    FaultInjector(const FaultInjector&) = delete;
    FaultInjector& operator=(const FaultInjector&) = delete;

    // Called where `point` is reached. An error makes that step fail; nothing lets it go on. It may
    // make disks and do what it likes with other things, but must not use the store, nor throw.
    virtual std::optional<Error> reached(InjectionPoint point) noexcept = 0;
};

}  // namespace batpak
