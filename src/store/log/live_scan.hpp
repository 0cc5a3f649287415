// The scan of a segment that a writer may be appending to, by who has no lock.
//
// Two reads see two moments. What looks like the end of the log in one may be followed, in the
// next, by frames that testify for more than was found. So while frames stand at the end, the scan
// goes on, and what it says at last about the end was so when nothing moved there: what testifies
// was written after what it testifies for, and a frame that is not there then was never whole.
//
// Threads: the function is thread-safe
// Errors:  those of scan_segment and find_testimony
#pragma once

#include "store/log/segment_scan.hpp"

namespace batpak::store {

struct LiveScan {
    ScanEnd end;
    Testimony testimony = Testimony::No;  // of what lies after the end
    std::uint64_t file_bytes = 0;         // as far as the file was looked at
};

// Scans from `start` to the end of the file, however far that moves meanwhile.
[[nodiscard]] Result<LiveScan> scan_beside_writer(File& file, const SegmentHeader& header,
                                                  const ScanStart& start,
                                                  const EventVisitor& visit);

}  // namespace batpak::store
