// Where the index of a run comes from, in this order (INV I3):
//
//     its file, bound to exactly this run, whose last event is where it says     as it is
//     the frames, all whole                                  made again, and written to a file
//     the frames that are left                               a DamagedIndex, never written
//
// Damage in the log never makes a good index file worse: what only it knows of damaged events would
// be gone. So a file is replaced only by one that knows more.
#include "store/index/index_store.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "batpak/base/assert.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/frame_reader.hpp"
#include "store/frame/limits.hpp"
#include "store/index/damaged_index.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kPartSuffix = ".bpx";

// "<segment>-<first sequence>.bpx"
std::string part_name(std::uint64_t segment_id, Sequence first) {
    return std::to_string(segment_id) + "-" + to_string(first) + std::string(kPartSuffix);
}

struct PartName {
    std::uint64_t segment_id = 0;
    Sequence first;
};

std::optional<PartName> parse_part_name(std::string_view name) {
    PartName part;
    const char* const end = name.data() + name.size();
    const auto id = std::from_chars(name.data(), end, part.segment_id);
    if (id.ec != std::errc() || id.ptr == end || *id.ptr != '-') return std::nullopt;
    const auto first = std::from_chars(id.ptr + 1, end, part.first.value);
    if (first.ec != std::errc() || part_name(part.segment_id, part.first) != name)
        return std::nullopt;
    return part;
}

Result<std::shared_ptr<const IndexPart>> part_in_memory(Buffer bytes) {
    auto owner = std::make_shared<Buffer>(std::move(bytes));
    BATPAK_TRY(std::unique_ptr<IndexPart> part, IndexPart::open(owner, owner->view()));
    return std::shared_ptr<const IndexPart>(std::move(part));
}

}  // namespace

IndexedEvent indexed_event(const Frame& frame, std::uint64_t frame_offset) {
    BATPAK_ASSERT(frame.type == FrameType::Event && frame_offset < kSegmentBytesMax);
    const EventView& event = frame.event;
    return {.fields = fields_of(event),
            .frame_offset = static_cast<std::uint32_t>(frame_offset),
            .event_id = event.header.event_id,
            .version = event.position.version,
            .idempotency_key = as_text(Metadata::idempotency_key(event.metadata_bytes))};
}

Result<std::shared_ptr<const IndexPart>> IndexStore::open_part(const std::string& name) {
    BATPAK_TRY(std::shared_ptr<File> file, directory_.open_index_file(name));
    BATPAK_TRY(std::unique_ptr<IndexPart> part,
               IndexPart::read(std::move(file), name, part_files_));
    return std::shared_ptr<const IndexPart>(std::move(part));
}

// What damages the segment and not the file changes nothing here: the file still knows what the
// damaged events were.
Result<std::shared_ptr<const Index>> IndexStore::load(const LogRun& run) {
    BATPAK_TRY(std::shared_ptr<const Index> part, find_part(run));
    if (part) return part;
    BATPAK_TRY(std::unique_ptr<MemoryIndex> scanned, scan(run));
    if (scanned) return keep_scanned(std::move(scanned), run);
    rebuilt_.fetch_add(1, std::memory_order_relaxed);
    return scan_damaged(run);
}

// Not even an index with gaps: the parts or the memory that cover the segment now know more, and
// stay.
Result<std::shared_ptr<const Index>> IndexStore::make_whole(const LogRun& run) {
    BATPAK_TRY(std::shared_ptr<const Index> part, find_part(run));
    if (part) return part;
    BATPAK_TRY(std::unique_ptr<MemoryIndex> scanned, scan(run));
    if (scanned) return keep_scanned(std::move(scanned), run);
    return fail(Error(ErrorCode::CorruptFrame, "an event is damaged, so its index stays as it is")
                    .at(segment_file_name(run.header.segment_id)));
}

Result<std::shared_ptr<const Index>> IndexStore::replace(const LogRun& run, bool in_memory) {
    if (!in_memory) {
        // Another may have mended it already.
        BATPAK_TRY(std::shared_ptr<const Index> part, find_part(run));
        if (part) return part;
    }
    rebuilt_.fetch_add(1, std::memory_order_relaxed);
    BATPAK_TRY(std::unique_ptr<MemoryIndex> scanned, scan(run));
    if (!scanned) return scan_damaged(run);
    // Else a part in memory: as this one has no file, nothing can happen to it.
    return make_part(std::move(scanned), run,
                     !in_memory && directory_.writable() && may_replace_file(run));
}

// A file of more events than this run has is of use to a later open, and stays.
bool IndexStore::may_replace_file(const LogRun& run) {
    if (run.first != run.header.first) return false;
    const auto there = open_part(part_name(run.header.segment_id, run.first));
    return !there || (*there)->binding().end <= run.end;
}

// A part whose event is damaged or gone in the segment counts: it is the last to know what was
// there.
Result<std::shared_ptr<const Index>> IndexStore::find_part(const LogRun& run) {
    auto part = open_part(part_name(run.header.segment_id, run.first));
    if (!part || !(*part)->binding().covers(run.binding())) return std::shared_ptr<const Index>();
    BATPAK_TRY(const Standing standing, standing_of(**part));
    if (standing == Standing::Differs || standing == Standing::Unknown)
        return std::shared_ptr<const Index>();
    return std::shared_ptr<const Index>(*part);
}

Result<std::shared_ptr<const Index>> IndexStore::keep_scanned(std::unique_ptr<MemoryIndex> index,
                                                              const LogRun& run) {
    rebuilt_.fetch_add(1, std::memory_order_relaxed);
    const bool is_whole = run.first == run.header.first;
    if (is_whole) remove_other_parts(run.header.segment_id, run.first);
    return store(std::move(index), run);
}

// A run that is asked for here is final. So its end is judged as that of a sealed segment, and only
// a scan that arrives exactly there will do.
Result<std::unique_ptr<MemoryIndex>> IndexStore::scan(const LogRun& run) {
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(run.header.segment_id));
    auto index = std::make_unique<MemoryIndex>(run.first, key_hash_);
    const auto add = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
        index->add(indexed_event(frame, offset));
        return {};
    };
    BATPAK_TRY(const ScanEnd end,
               scan_segment(*file, run.end_offset, run.header, {run.start_offset, run.first}, add));
    const TailCase found{SegmentRole::Sealed, end.behind, end.open_batch, Testimony::No};
    const bool is_clean =
        decide(found) == Verdict::Clean && end.next == run.end && end.offset == run.end_offset;
    if (!is_clean) index.reset();
    BATPAK_ASSERT(!index || index->end() == run.end);
    return index;
}

Result<std::shared_ptr<const Index>> IndexStore::scan_damaged(const LogRun& run) {
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(run.header.segment_id));
    const auto index = std::make_shared<DamagedIndex>(run.first, key_hash_);
    const auto add = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
        index->add(indexed_event(frame, offset));
        return {};
    };
    const auto add_missing = [&](std::uint64_t offset, std::uint64_t count) {
        index->add_damaged(static_cast<std::uint32_t>(offset), count);
    };
    BATPAK_CHECK(scan_past_damage(*file, run.header, {run.start_offset, run.first},
                                  {run.end_offset, run.end}, add, add_missing));
    BATPAK_ASSERT(index->end() == run.end);  // what is missing has its ordinals too
    return std::shared_ptr<const Index>(index);
}

// The checksum of the last frame tells this run from another of the same length, which the same
// places could hold after a restore.
Result<PartBinding> IndexStore::bind(const MemoryIndex& index, const LogRun& run) {
    PartBinding binding = run.binding();
    BATPAK_ASSERT(index.first() == run.first && index.end() == run.end);
    if (run.first == run.end) return binding;
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(run.header.segment_id));
    const auto last = static_cast<std::uint32_t>(run.end.value - run.first.value - 1);
    std::array<std::byte, kFrameHeaderBytes> head{};
    BATPAK_CHECK(file->read_at(index.frame_offset(last), head));
    binding.last_checksum = frame_checksum(head);
    return binding;
}

// By the last event alone: frames are never exchanged one by one, and what a rolled-back log lost
// or got instead includes its end.
Result<Standing> IndexStore::standing_of(const IndexPart& part) {
    const PartBinding& binding = part.binding();
    if (binding.first == binding.end) return Standing::Holds;
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(binding.segment_id));
    BATPAK_TRY(const FileStat stat, file->stat());
    const auto last = static_cast<std::uint32_t>(binding.end.value - binding.first.value - 1);
    const std::uint64_t offset = part.frame_offset(last);
    if (part.is_lost()) return Standing::Unknown;
    WindowReader reader(*file);
    BATPAK_TRY(BytesView bytes, reader.at(offset, kFrameHeaderBytes));
    if (bytes.size() < kFrameHeaderBytes || load_little_endian<std::uint32_t>(bytes) == 0) {
        return Standing::Absent;
    }
    if (frame_checksum(bytes) == binding.last_checksum) return Standing::Holds;
    const std::size_t claimed = check_frame(bytes, binding.salt, offset).frame_bytes;
    if (claimed == 0 || claimed > stat.size_bytes) return Standing::Damaged;
    BATPAK_TRY(bytes, reader.at(offset, claimed));
    // A frame that is whole and is another one means another log: the part is of no use. One that
    // is damaged leaves the part in force, which is then the only one to know what was there.
    const bool valid = check_frame(bytes, binding.salt, offset).status == FrameStatus::Valid;
    return valid ? Standing::Differs : Standing::Damaged;
}

Result<std::shared_ptr<const Index>> IndexStore::store(std::shared_ptr<const MemoryIndex> index,
                                                       const LogRun& run) {
    BATPAK_ASSERT(index->end() == run.end);  // nobody adds to it any more
    return make_part(std::move(index), run, directory_.writable());
}

Result<std::shared_ptr<const Index>> IndexStore::make_part(std::shared_ptr<const MemoryIndex> index,
                                                           const LogRun& run, bool in_file) {
    BATPAK_TRY(const PartBinding binding, bind(*index, run));
    std::optional<Buffer> bytes = encode_part(*index, binding, part_bytes_max_);
    if (!bytes) return std::shared_ptr<const Index>(std::move(index));
    // What was written is opened again: from then on it is proved by the same checks as after a
    // restart. If that fails, the index serves from memory.
    if (in_file) {
        const std::string name = part_name(run.header.segment_id, run.first);
        if (directory_.write_index_file(name, bytes->view())) {
            const auto part = open_part(name);
            if (part && (*part)->binding() == binding) return std::shared_ptr<const Index>(*part);
        }
    }
    BATPAK_TRY(std::shared_ptr<const IndexPart> part, part_in_memory(*std::move(bytes)));
    return std::shared_ptr<const Index>(std::move(part));
}

Result<std::vector<std::shared_ptr<const IndexPart>>> IndexStore::leading_parts(
    const SegmentHeader& header) {
    BATPAK_TRY(const std::vector<std::string> names, directory_.list_index());
    std::vector<Sequence> firsts;
    for (const std::string& name : names) {
        const std::optional<PartName> part = parse_part_name(name);
        if (part && part->segment_id == header.segment_id) firsts.push_back(part->first);
    }
    std::ranges::sort(firsts);
    // The first gap ends the row: what comes after it is left to the scan.
    std::vector<std::shared_ptr<const IndexPart>> parts;
    PartBinding next{.log_id = header.log_id,
                     .segment_id = header.segment_id,
                     .salt = header.salt,
                     .first = header.first,
                     .end = header.first,
                     .start_offset = SegmentHeader::kBytes,
                     .end_offset = SegmentHeader::kBytes};
    for (const Sequence first : firsts) {
        if (first != next.first) continue;
        const auto part = open_part(part_name(header.segment_id, first));
        if (!part) break;
        const PartBinding& found = (*part)->binding();
        next.end = found.end;
        next.end_offset = found.end_offset;
        // A part is taken up only where it begins exactly at the end of the one before, in bytes as
        // well as in events: each byte of the segment is then either covered by a part or scanned.
        if (!found.covers(next)) break;
        BATPAK_ASSERT(next.end >= next.first && next.end_offset >= next.start_offset);
        parts.push_back(*part);
        next.first = found.end;
        next.start_offset = found.end_offset;
    }
    return parts;
}

Result<std::vector<PartBinding>> IndexStore::bindings_of(
    const std::function<bool(std::uint64_t segment_id)>& wants) {
    BATPAK_TRY(const std::vector<std::string> names, directory_.list_index());
    std::vector<PartBinding> bindings;
    for (const std::string& name : names) {
        const std::optional<PartName> named = parse_part_name(name);
        if (!named || !wants(named->segment_id)) continue;
        const auto part = open_part(name);
        if (part && (*part)->binding().segment_id == named->segment_id)
            bindings.push_back((*part)->binding());
    }
    std::ranges::sort(bindings, {}, &PartBinding::first);
    return bindings;
}

void IndexStore::remove_other_parts(std::uint64_t segment_id, Sequence keep) {
    const auto names = directory_.list_index();
    if (!names) return;
    for (const std::string& name : *names) {
        const std::optional<PartName> part = parse_part_name(name);
        if (part && part->segment_id == segment_id && part->first != keep) {
            directory_.remove_index_file(name);
        }
    }
}

void IndexStore::remove_unlisted_parts(const Manifest& manifest) {
    const auto names = directory_.list_index();
    if (!names) return;
    std::unordered_set<std::uint64_t> listed{manifest.active.id};
    for (const SealedSegment& segment : manifest.sealed) listed.insert(segment.id);
    for (const std::string& name : *names) {
        const std::optional<PartName> part = parse_part_name(name);
        const bool is_stray =
            part && !listed.contains(part->segment_id) && part->segment_id < manifest.next_id();
        if (is_stray) directory_.remove_index_file(name);
    }
}

// A compaction changes no event and leaves none out: what a reader knows by sequence is found by
// sequence.
Result<std::optional<LogRun>> IndexStore::moved(const LogRun& run) {
    BATPAK_TRY(const std::optional<Manifest> manifest, directory_.look_at_manifest());
    const std::optional<LogRun> nowhere;
    if (!manifest) return nowhere;
    const auto has_events = [&](const SealedSegment& segment) {
        return segment.first <= run.first && run.end <= segment.end && run.first < segment.end;
    };
    const auto found = std::ranges::find_if(manifest->sealed, has_events);
    const bool is_other =
        found != manifest->sealed.end() && found->id > run.header.segment_id && run.first < run.end;
    if (!is_other) return nowhere;
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(found->id));
    BATPAK_TRY(const SegmentHeader header, header_of(*file, *found));
    if (header.log_id != run.header.log_id || header.era != run.header.era) return nowhere;
    const LogRun whole{header, found->first, found->end, SegmentHeader::kBytes, found->bytes};
    LogRun moved = whole;
    moved.first = run.first;
    moved.end = run.end;
    BATPAK_TRY(moved.start_offset, border(whole, run.first));
    BATPAK_TRY(moved.end_offset, border(whole, run.end));
    return std::optional(moved);
}

// Behind the frame of the event before it, and behind that of its batch, if it is the last of one.
Result<std::uint64_t> IndexStore::border(const LogRun& whole, Sequence before) {
    if (before == whole.first) return whole.start_offset;
    if (before == whole.end) return whole.end_offset;
    BATPAK_ASSERT(before > whole.first && before < whole.end);
    const auto ordinal = static_cast<std::uint32_t>(before.value - whole.first.value - 1);
    BATPAK_TRY(const std::shared_ptr<const Index> index, load(whole));
    const std::uint64_t offset = index->frame_offset(ordinal);
    BATPAK_TRY(const std::shared_ptr<File> file, files_.get(whole.header.segment_id));
    FrameReader reader(*file, whole.header.salt, kPointReadBytes);
    BATPAK_TRY(const CheckedFrame event, reader.at(offset, whole.end_offset));
    const std::uint64_t behind = offset + event.frame_bytes;
    if (event.status != FrameStatus::Valid) {
        return fail(Error(ErrorCode::CorruptFrame, "the frame before the ones that are looked for")
                        .at(segment_file_name(whole.header.segment_id))
                        .at_offset(offset));
    }
    BATPAK_TRY(const CheckedFrame next, reader.at(behind, whole.end_offset));
    if (next.status != FrameStatus::Valid) return behind;
    const Result<Frame> frame = decode_body(next.body);
    const bool ends_batch = frame && frame->type == FrameType::BatchCommit;
    return ends_batch ? behind + next.frame_bytes : behind;
}

IndexSurvey survey_indexes(StoreDirectory& directory, const std::vector<PartBinding>& sealed) {
    IndexSurvey survey;
    for (const PartBinding& run : sealed) {
        const auto file = directory.open_index_file(part_name(run.segment_id, run.first));
        if (!file) {
            ++survey.missing;
            continue;
        }
        const Result<PartBinding> found = IndexPart::read_binding(**file);
        if (!found || !found->covers(run)) ++survey.stale;
    }
    return survey;
}

}  // namespace batpak::store
