// ErasureMarks: of which logs a cache has no state from before the last erasure of payloads.
//
// One value under one key, so that the removal of all states for one log keeps what was noted of
// the others. Two processes that note at once may lose a mark: then states are removed once more.
//
// Threads: externally synchronised
// Errors:  none; bytes that make no sense are no marks
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::projection {

class ErasureMarks {
public:
    // No state has it: the keys of states have a 0x00 in them.
    static constexpr std::string_view kKey = "erased";
    // Of so many logs; more are not remembered together.
    static constexpr std::size_t kLogsMax = 4096;

    static ErasureMarks decode(BytesView bytes);
    // Appends, for each log: its id, and the end, 8 bytes, least significant first.
    void encode(Buffer& out) const;

    // Whether the states were removed for an erasure whose record ends there, or a later one.
    bool covers(const LogId& log, Sequence erasures_end) const;
    void note(const LogId& log, Sequence erasures_end);

private:
    std::map<LogId, Sequence> ends_;
};

}  // namespace batpak::projection
