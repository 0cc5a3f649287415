// The files of the log as they lie there, also where no store can be opened: what of them a person
// sees then is all that there is.
//
// A sealed segment is believed, and any other is read for where its frames end, unless it is longer
// than an answer may read. What an erasure took is counted by its records in the log.
#include <map>

#include "batpak/base/assert.hpp"
#include "inspector/answers/answers.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/erasure/sequence_set.hpp"
#include "tool/files/segment_json.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {
namespace {

using store::PruneIntended;
using store::SequenceSet;
using tool::IndexFileInfo;
using tool::JsonLine;
using tool::SegmentInfo;

constexpr std::uint64_t kSegmentsMax = 200;
constexpr std::uint64_t kIndexFilesMax = 10'000;

// Events whose payload is erased, as far as the records of that were read.
struct Erased {
    SequenceSet events;
    bool is_all = true;
};

// From the last record back: each names the one before it.
Result<Erased> erased_of(const StoreReads& store) {
    Erased erased;
    std::size_t read_bytes = 0;
    std::optional<Sequence> at;
    const Sequence erasures_end = store.erased_payloads().end();
    if (erasures_end > Sequence(0)) at = Sequence(erasures_end.value - 1);
    std::vector<SequenceSet> sets;
    while (at) {
        BATPAK_TRY(const HeldEvent event, store.find(*at));
        BATPAK_TRY(const PruneIntended intended, event->as<PruneIntended>());
        BATPAK_TRY(SequenceSet set, SequenceSet::decode(intended.sequences));
        sets.push_back(std::move(set));
        read_bytes += event->payload.size();
        if (read_bytes > kReadBytesMax) {
            erased.is_all = false;
            break;
        }
        at = intended.previous;
    }
    erased.events = SequenceSet::join(sets);
    return erased;
}

std::uint64_t count_between(const SequenceSet& events, Sequence first, Sequence end) {
    std::uint64_t count = 0;
    for (const SequenceSet::Range& range : events.ranges()) {
        const Sequence begin = std::max(range.first, first);
        const Sequence until = std::min(range.end, end);
        if (begin < until) count += until.value - begin.value;
    }
    return count;
}

using IndexFiles = std::multimap<std::uint64_t, IndexFileInfo>;

std::string index_json(const IndexFiles& files, std::uint64_t segment) {
    std::string list;
    const auto [begin, end] = files.equal_range(segment);
    for (auto at = begin; at != end; ++at) {
        JsonLine line(false);
        line.text("file", at->second.file);
        line.number("first", at->second.first.value);
        line.number("end", at->second.end.value);
        line.number("bytes", at->second.bytes);
        list += (list.empty() ? "" : ",") + line.finish();
    }
    return "[" + list + "]";
}

std::string segment_json(const SegmentInfo& segment, const std::optional<Erased>& erased,
                         const IndexFiles& files) {
    JsonLine line(false);
    tool::add_segment(line, segment);
    if (erased && segment.first && segment.end) {
        line.number("erased", count_between(erased->events, *segment.first, *segment.end));
    }
    line.raw("index", index_json(files, segment.id));
    return line.finish();
}

std::string problems_json(const std::vector<IndexFileInfo>& files) {
    std::string list;
    for (const IndexFileInfo& file : files) {
        if (!file.problem) continue;
        JsonLine line(false);
        line.text("file", file.file);
        line.raw("problem", tool::error_json(*file.problem, false));
        list += (list.empty() ? "" : ",") + line.finish();
    }
    return "[" + list + "]";
}

}  // namespace

Result<std::string> answer_segments(const std::string& directory, const StoreReads* store,
                                    const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"start", "limit"}, false));
    BATPAK_TRY(const std::uint64_t start, parameters.number_up_to("start", UINT32_MAX, 0));
    BATPAK_TRY(const std::uint64_t limit,
               parameters.number_up_to("limit", kSegmentsMax, kSegmentsMax));
    if (directory.empty()) {
        return fail(ErrorCode::Unsupported,
                    "where the files of the store lie was not said when the inspector started "
                    "(InspectorConfig::with_directory)");
    }
    BATPAK_TRY(const tool::SegmentList list,
               tool::list_segments(directory,
                                   {.skip = start, .max = limit, .scan_bytes_max = kReadBytesMax}));
    const auto index = tool::list_index_files(directory, kIndexFilesMax);
    IndexFiles files;
    if (index) {
        for (const IndexFileInfo& file : *index) {
            if (!file.problem) files.emplace(file.segment, file);
        }
    }
    std::optional<Error> erased_problem;
    std::optional<Erased> erased;
    if (store != nullptr) {
        Result<Erased> found = erased_of(*store);
        if (found) erased = std::move(*found);
        if (!found) erased_problem = found.error();
    }
    std::string segments;
    for (const SegmentInfo& segment : list.segments) {
        segments += (segments.empty() ? "" : ",") + segment_json(segment, erased, files);
    }
    JsonLine line(false);
    line.number("total", list.total);
    line.number("start", start);
    line.raw("segments", "[" + segments + "]");
    if (index) line.raw("index_problems", problems_json(*index));
    if (!index) line.raw("index_problem", tool::error_json(index.error(), false));
    line.boolean("index_is_cut", index && index->size() == kIndexFilesMax);
    if (erased_problem) line.raw("erased_problem", tool::error_json(*erased_problem, false));
    line.boolean("erased_is_cut", erased && !erased->is_all);
    if (list.manifest_problem) {
        line.raw("manifest_problem", tool::error_json(*list.manifest_problem, false));
    }
    return line.finish();
}

}  // namespace batpak::inspector
