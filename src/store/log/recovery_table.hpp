// The decision that every open takes about the end of a segment, as one table.
//
//     what the scan of a segment's frames found         -> what open() does
//
// The table is data, and the compiler proves that it decides every case exactly once. Reading
// errors are not in it: a segment that cannot be read has not been judged.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace batpak::store {

enum class SegmentRole : std::uint8_t { Sealed, Active };

// What lies behind the last good frame.
enum class Behind : std::uint8_t {
    Nothing,        // the file ends there
    Zeros,          // zeros to the end of the file: space reserved ahead
    Damage,         // bytes that are no frame
    Contradiction,  // a frame of this segment and offset that does not fit what came before it
};

// Whether the last good frames are a batch without its commit.
enum class OpenBatch : std::uint8_t { No, Yes };

// Whether anything testifies that more events were durable than the scan found.
enum class Testimony : std::uint8_t { No, Yes };

enum class Verdict : std::uint8_t {
    Clean,          // append there
    CutTail,        // nothing durable is behind: keep a copy, cut, sync, report
    RefuseLost,     // durable events are damaged: only a person may drop data
    RefuseCorrupt,  // a sealed segment, or well-formed nonsense: no crash leaves that behind
};

struct TailCase {
    SegmentRole role;
    Behind behind;
    OpenBatch open_batch;
    Testimony testimony;

    friend constexpr bool operator==(const TailCase&, const TailCase&) = default;
};

Verdict decide(const TailCase& found) noexcept;

}  // namespace batpak::store
