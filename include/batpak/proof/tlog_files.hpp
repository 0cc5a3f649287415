// TlogFiles: a log as files that any web server can serve, in the layout of C2SP tlog-tiles.
//
//     checkpoint                        the signed note
//     tile/<L>/<N>                      256 hashes of level 8 * L of the tree, 32 bytes each
//     tile/<L>/<N>.p/<W>                the last tile of a level, of W hashes
//     tile/entries/<N>[.p/<W>]          as many events: 0, 32, and the hash E of each
//
// <N> is a number in groups of three digits, each but the last with an x before it: x001/x234/067.
// A client that knows the key of the log and nothing of batpak checks from them that an event is
// in the log and that the log only grew. There is no payload and no name of the log's in them, so
// that an erasure never has to reach them.
//
// Threads: the function is thread-safe, for different directories
// Errors:  those of expect_checkpoint(); InvalidArgument if the directory has the checkpoint of a
//          larger size or of another log, or a file of that name that is none; those of reading
//          and writing
#pragma once

#include <cstdint>

#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/log_tree.hpp"

namespace batpak::proof {

struct TlogReport {
    std::uint64_t files_written = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t files_kept = 0;  // full ones of an earlier call, which never change
};

// Brings the files up to the checkpoint, which is written last: whatever is cut off in between, the
// one that is there has all of its tiles. What an earlier call wrote in full is kept if it has its
// length, and written again if it is gone. A partial tile of an earlier size stays where it is; it
// may be removed once the tile is full. `tree`: of `log`.
[[nodiscard]] Result<TlogReport> write_tlog(const StoreReads& log, LogTree& tree,
                                            const SignedCheckpoint& checkpoint, Directory& into);

}  // namespace batpak::proof
