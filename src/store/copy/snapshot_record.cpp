// The text of SNAPSHOT, as strict as a MANIFEST: its checksum, its version, its lines, and then the
// text as it would be written again. It is written after all segments and before the MANIFEST, so a
// directory that has one and no MANIFEST is a copy that was cut short.
#include "store/copy/snapshot_record.hpp"

#include <algorithm>

#include "batpak/base/bytes.hpp"
#include "store/log/checked_text.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kAnyRecord = "batpak snapshot v";
constexpr std::string_view kRecordFirstLine = "batpak snapshot v1\n";

SnapshotRecord::Segment read_segment(TextReader& reader) {
    SnapshotRecord::Segment segment;
    reader.expect("segment ");
    segment.id = reader.number();
    reader.expect(" bytes ");
    segment.bytes = reader.number();
    reader.expect(" salt ");
    reader.hex(segment.salt);
    reader.expect(" hash ");
    if (reader.follows("none")) {
        reader.expect("none");
    } else {
        reader.hex(segment.hash.emplace().bytes);
    }
    reader.expect("\n");
    return segment;
}

SnapshotRecord read_record(TextReader& reader) {
    SnapshotRecord record;
    reader.expect(kRecordFirstLine);
    reader.expect("log ");
    record.log_id = reader.log_id();
    reader.expect("\nevents ");
    record.end = Sequence(reader.number());
    reader.expect("\n");
    while (reader.follows("segment ")) record.segments.push_back(read_segment(reader));
    return record;
}

bool ids_grow(const std::vector<SnapshotRecord::Segment>& segments) {
    const auto not_growing = [](const auto& one, const auto& next) { return one.id >= next.id; };
    return std::ranges::adjacent_find(segments, not_growing) == segments.end();
}

}  // namespace

// By halves: parse() and the copy make sure that ids grow.
const SnapshotRecord::Segment* SnapshotRecord::find(std::uint64_t id) const noexcept {
    const auto found = std::ranges::lower_bound(segments, id, {}, &Segment::id);
    return found == segments.end() || found->id != id ? nullptr : &*found;
}

std::string SnapshotRecord::to_text() const {
    std::string text(kRecordFirstLine);
    text += "log " + to_string(log_id) + "\n";
    text += "events " + to_string(end) + "\n";
    for (const Segment& segment : segments) {
        text += "segment " + std::to_string(segment.id) + " bytes " +
                std::to_string(segment.bytes) + " salt " + to_hex(segment.salt) + " hash " +
                (segment.hash ? to_string(*segment.hash) : "none") + "\n";
    }
    return text + checksum_line(text);
}

Result<SnapshotRecord> SnapshotRecord::parse(std::string_view text) {
    const std::optional<std::string_view> covered = covered_by_checksum(text);
    if (!covered) return fail(ErrorCode::CorruptSnapshot, "its checksum is wrong");
    if (!covered->starts_with(kRecordFirstLine) && covered->starts_with(kAnyRecord)) {
        return fail(ErrorCode::FutureFormat,
                    "written by a newer batpak: restore it with that version");
    }
    TextReader reader(*covered);
    SnapshotRecord record = read_record(reader);
    const bool sound = reader.done() && ids_grow(record.segments) && record.to_text() == text;
    if (!sound)
        return fail(ErrorCode::CorruptSnapshot, "its checksum holds but its lines do not fit");
    return record;
}

Result<std::optional<SnapshotRecord>> read_record(StoreDirectory& directory) {
    BATPAK_TRY(const std::optional<Buffer> text, directory.read_snapshot_record(kAnyRecord));
    if (!text) return std::optional<SnapshotRecord>();
    Result<SnapshotRecord> record = SnapshotRecord::parse(as_text(text->view()));
    if (!record) return fail(std::move(record).error().at("SNAPSHOT"));
    return std::optional<SnapshotRecord>(*std::move(record));
}

}  // namespace batpak::store
