// One round: the size, the frames up to there, and, if damage follows them, what testifies after
// it.
//
//     it looks whole                        done
//     it does not, and frames were added    another round, from the new end
//     it does not, twice at the same end    done: it is as it looks (INV I6)
#include "store/log/live_scan.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

// Adds what a scan found that began at the end of the one before.
void go_on(LiveScan& scan, const ScanEnd& found) {
    // A round may find nothing new; it never takes back what an earlier one found.
    BATPAK_ASSERT(found.offset >= scan.end.offset && found.next >= scan.end.next);
    const bool took_more = found.offset > scan.end.offset;
    ScanEnd end = found;
    end.durable_end = std::max(scan.end.durable_end, found.durable_end);
    end.heads = scan.end.heads;
    end.heads.add(found.heads);
    if (!took_more) end.ends_with_mark = scan.end.ends_with_mark;
    scan.end = end;
}

}  // namespace

Result<LiveScan> scan_beside_writer(File& file, const SegmentHeader& header, const ScanStart& start,
                                    const EventVisitor& visit) {
    LiveScan scan;
    scan.end.offset = start.offset;
    scan.end.next = start.next;
    for (bool again = false;; again = true) {
        const ScanStart from{scan.end.offset, scan.end.next};
        BATPAK_TRY(const FileStat stat, file.stat());
        scan.file_bytes = std::max(stat.size_bytes, from.offset);
        BATPAK_TRY(const ScanEnd found, scan_segment(file, scan.file_bytes, header, from, visit));
        go_on(scan, found);
        BATPAK_ASSERT(scan.end.offset <= scan.file_bytes);
        scan.testimony = Testimony::No;
        if (scan.end.behind == Behind::Damage) {
            BATPAK_TRY(scan.testimony, find_testimony(file, scan.file_bytes, header,
                                                      scan.end.offset, scan.end.next));
        }
        const bool looks_whole =
            scan.testimony == Testimony::No && scan.end.behind != Behind::Contradiction;
        const bool stands_still = again && scan.end.offset == from.offset;
        if (looks_whole || stands_still) return scan;
    }
}

}  // namespace batpak::store
