// Survey: what can be read of a store that is damaged, file by file.
//
// It opens no store and believes no file more than its checksums. What a file says of others is
// evidence only: of how many events there were, and of which log.
//
// Threads: thread-safe
// Errors:  FutureFormat; Io if the folder cannot be listed, or a file cannot be opened or read for
//          a reason that is no damage (disk_error.hpp). What is wrong with a file stands in the
//          survey.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// A file whose frames can be checked.
struct SurveyedFile {
    std::uint64_t id = 0;  // by its name
    std::uint64_t bytes = 0;
    SegmentHeader header;
    bool is_listed = false;      // by the MANIFEST, and it is that segment
    bool has_made_salt = false;  // one that has the checksum of the real one, and is another
    // Where the damage starts that the file ends with, but for zeros; 0 if it ends with none.
    std::uint64_t damaged_from = 0;
    std::uint64_t content_end = 0;  // after it are zeros, which are room
};

// An event alone, or a whole batch, whose frames hold.
struct FoundUnit {
    Sequence first;
    std::uint32_t count = 1;
    std::uint32_t file = 0;    // which of Survey::files
    std::size_t place = 0;     // of its first event's offset in Survey::offsets
    bool is_committed = true;  // false: a batch whose commit is not there
};

// A record of an erasure, which may never have been put in force.
struct FoundIntent {
    Sequence sequence;
    SequenceSet erased;
    std::optional<Sequence> previous;
};

// Which events a segment should have.
struct SegmentExtent {
    std::uint64_t id = 0;
    Sequence first;

    friend bool operator==(const SegmentExtent&, const SegmentExtent&) = default;
};

struct Survey {
    std::vector<Era> eras;  // as far as they are known; the first begins at 0, if it is
    bool has_hashes = false;
    std::vector<SurveyedFile> files;
    std::vector<std::uint64_t> offsets;
    // By their first sequence; of several with the same one, the one to prefer comes first.
    std::vector<FoundUnit> units;
    // Whose payloads are not to be taken: see take_up_erasures().
    SequenceSet erased;
    std::vector<Sequence> without_payload;  // in any file, in any order
    std::vector<FoundIntent> intents;       // in any order
    std::optional<Prune> prune;             // as the MANIFEST says
    std::vector<SegmentExtent> extents;     // in the order of their events
    // Without a MANIFEST: the name, behind those of all extents, of a file that holds another
    // segment. So there was one of that name.
    std::optional<std::uint64_t> lacking;
    Sequence end;  // the log had the events before this one, at least
    bool has_manifest = false;
    std::uint64_t generation = 0;  // of the MANIFEST
    std::vector<Error> damage;
};

// Which of the files is that segment: what its header says counts, and then its name. Nothing if
// none is.
std::optional<std::uint32_t> file_of(const Survey& survey, const SegmentExtent& extent);

// The MANIFEST and the headers of all files; of no frame yet.
[[nodiscard]] Result<Survey> survey_files(StoreDirectory& directory);
// Adds what the frames of one of its files say. `step` is told of the bytes that were read; false
// from it ends the walk. Returns whether it came to the end of the file, or of what can be read.
[[nodiscard]] Result<bool> survey_frames(StoreDirectory& directory, Survey& survey,
                                         std::uint32_t file, const CopyStep& step);
// The same for all of its files, and all that is below. If `step` ended it, it is not whole.
[[nodiscard]] Result<void> survey_all_frames(StoreDirectory& directory, Survey& survey,
                                             const CopyStep& step);
// Puts the units into the order of Survey::units.
void order_units(Survey& survey);
// Works out Survey::erased: what has no payload in one of the files, and what the records name that
// the MANIFEST puts in force. Without a MANIFEST each record counts, because what was asked to be
// erased must not come back; so it does where one that is in force is lost.
void take_up_erasures(Survey& survey);

// All of that.
[[nodiscard]] Result<Survey> survey_log(StoreDirectory& directory, const CopyStep& step);

}  // namespace batpak::store
