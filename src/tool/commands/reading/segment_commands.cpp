// segments and dump: the files of a store, also of one that does not open.
//
// They are for the moment when nothing else works: each segment is read by itself, one that fails
// hides no other, and damage is a line among lines. The exit code says in the end that there was
// some.
#include <algorithm>

#include "batpak/store/read_only_store.hpp"
#include "store/salvage/segment_walk.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/table.hpp"
#include "tool/events/event_members.hpp"
#include "tool/files/explain.hpp"
#include "tool/files/segment_json.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using store::Frame;
using store::FrameType;
using store::Piece;
using store::SegmentHeader;
using store::SegmentWalk;

constexpr std::size_t kHexBytesInRow = 16;

// ---- segments

bool is_bad(const SegmentInfo& segment) {
    return segment.state == SegmentState::Missing || segment.state == SegmentState::Damaged ||
           segment.problem.has_value();
}

void print_segment_table(Console& console, const SegmentList& list) {
    constexpr auto kRight = Table::Align::Right;
    Table table({{"segment", kRight},
                 {"state"},
                 {"first", kRight},
                 {"end", kRight},
                 {"bytes", kRight},
                 {"of frames", kRight}});
    const auto number = [](const std::optional<Sequence>& sequence) {
        return sequence ? std::to_string(sequence->value) : std::string("-");
    };
    for (const SegmentInfo& segment : list.segments) {
        const Colour colour = is_bad(segment) ? Colour::Red : Colour::Plain;
        table.add({{std::to_string(segment.id)},
                   {std::string(to_string(segment.state)), colour},
                   {number(segment.first)},
                   {number(segment.end)},
                   {std::to_string(segment.file_bytes)},
                   {std::to_string(segment.frame_bytes)}});
    }
    table.print(console);
}

// ---- dump

// A frame in one line of JSON: where it is, what it is, and what it says.
std::string frame_json(std::uint64_t segment, const Piece& piece, const KindNames& names,
                       bool ascii) {
    JsonLine line(ascii);
    line.number("segment", segment);
    line.number("offset", piece.offset);
    line.number("bytes", piece.bytes);
    if (piece.kind != Piece::Kind::Frame) {
        line.text("type", piece.kind == Piece::Kind::Zeros ? "zeros" : "damage");
        return line.finish() + "\n";
    }
    const Result<Frame> frame = store::decode_body(piece.frame.subspan(store::kFrameHeaderBytes));
    if (!frame) {
        line.text("type", "unknown");
        line.raw("problem", error_json(frame.error(), ascii));
        return line.finish() + "\n";
    }
    switch (frame->type) {
        case FrameType::Event: line.text("type", "event"); break;
        case FrameType::BatchBegin: line.text("type", "batch-begin"); break;
        case FrameType::BatchCommit: line.text("type", "batch-commit"); break;
        case FrameType::Mark: line.text("type", "mark"); break;
    }
    line.number("durable_end", frame->durable_end.value);
    if (frame->type == FrameType::Event) {
        add_event(line, frame->event, names);
        const bool has_hash = !frame->event.hash.is_zero();
        if (has_hash && frame->event.erased)
            line.text("payload_commitment", to_string(frame->commitment));
        if (has_hash && !frame->event.erased) line.text("blind", to_hex(frame->blind));
        return line.finish() + "\n";
    }
    line.number("sequence", frame->sequence.value);
    if (frame->type != FrameType::Mark) line.number("batch_count", frame->batch_count);
    if (frame->type == FrameType::BatchCommit) line.number("checksum", frame->batch_checksum);
    return line.finish() + "\n";
}

std::string payload_size(const EventView& event) {
    return event.erased ? "erased, " + format_bytes(event.erased_bytes)
                        : format_bytes(event.payload.size());
}

// The same frame for people: who, what and how large. All that it says is in --json, or --explain.
std::string frame_text(const Frame& frame, const KindNames& names) {
    switch (frame.type) {
        case FrameType::Event:
            return fmt::format("event         {}  {} v{}  {}  {}", frame.sequence.value,
                               escape(frame.event.entity), frame.event.version().value,
                               names.shown(frame.event.kind()), payload_size(frame.event));
        case FrameType::BatchBegin:
            return fmt::format("batch begin   {}  {}", frame.sequence.value,
                               count_of(frame.batch_count, "event"));
        case FrameType::BatchCommit:
            return fmt::format("batch commit  {}  {}", frame.sequence.value,
                               count_of(frame.batch_count, "event"));
        case FrameType::Mark:
            return fmt::format("mark          {}  {} durable", frame.sequence.value,
                               frame.durable_end.value);
    }
    return "";
}

void print_piece(Console& console, std::uint64_t segment, const Piece& piece,
                 const KindNames& names) {
    if (console.is_json()) {
        console.write(frame_json(segment, piece, names, console.ascii_json()));
        return;
    }
    const std::string place = fmt::format("{:>6} {:>10} {:>9}", segment, piece.offset, piece.bytes);
    std::string text;
    if (piece.kind == Piece::Kind::Zeros) {
        text = console.paint(Colour::Dim, "zeros");
    } else if (piece.kind == Piece::Kind::Damage) {
        text = console.paint(Colour::Red, "damage");
    } else {
        const Result<Frame> frame =
            store::decode_body(piece.frame.subspan(store::kFrameHeaderBytes));
        text = frame ? frame_text(*frame, names)
                     : console.paint(Colour::Red, escape_line(frame.error().to_string()));
    }
    console.print("{}  {}\n", console.paint(Colour::Dim, place), text);
}

// A frame whose checksum holds and whose body makes no sense is damage as well, and no crash leaves
// it.
bool is_whole(const Piece& piece) {
    if (piece.kind == Piece::Kind::Zeros) return true;
    return piece.kind == Piece::Kind::Frame &&
           store::decode_body(piece.frame.subspan(store::kFrameHeaderBytes)).has_value();
}

// Which segments the command is about. Errors: InvalidArgument if there is no such one.
Result<std::vector<std::uint64_t>> chosen_segments(const DumpCommand& command) {
    BATPAK_TRY(std::vector<std::uint64_t> ids, list_segment_ids(command.directory));
    if (!command.segment) return ids;
    if (std::ranges::find(ids, *command.segment) != ids.end()) return std::vector{*command.segment};
    std::ranges::sort(ids);
    const std::string there = ids.empty() ? "no segments"
                              : ids.size() == 1
                                  ? fmt::format("segment {} only", ids.front())
                                  : fmt::format("segments {} to {}", ids.front(), ids.back());
    return fail(ErrorCode::InvalidArgument, fmt::format("--segment: there is no segment {}, the "
                                                        "store has {} (batpak segments DIR)",
                                                        *command.segment, there));
}

// Where the frames of a segment begin, or the command says. Errors: InvalidArgument. Any offset,
// also inside a frame: what is not a frame is shown as damage up to the next one.
Result<std::uint64_t> chosen_offset(const DumpCommand& command, const OpenSegment& segment) {
    const std::uint64_t offset = command.offset.value_or(SegmentHeader::kBytes);
    if (!command.offset || (offset >= SegmentHeader::kBytes && offset < segment.file_bytes)) {
        return offset;
    }
    const bool is_empty = segment.file_bytes <= SegmentHeader::kBytes;
    return fail(ErrorCode::InvalidArgument,
                is_empty
                    ? fmt::format("--offset: segment {} has no frames", *command.segment)
                    : fmt::format("--offset: frames of segment {} lie at offsets {} to {}",
                                  *command.segment, SegmentHeader::kBytes, segment.file_bytes - 1));
}

// What the MANIFEST says of the segment is not asked for. `left` counts over all segments.
Result<ExitCode> dump_segment(const DumpCommand& command, std::uint64_t id, std::uint64_t& left,
                              const KindNames& names, Console& console) {
    BATPAK_TRY(const OpenSegment segment, open_segment(command.directory, id));
    BATPAK_TRY(const std::uint64_t start, chosen_offset(command, segment));
    SegmentWalk walk(*segment.file, segment.file_bytes, segment.header, start);
    ExitCode code = ExitCode::Ok;
    for (; left > 0 && !console.gone(); --left) {
        BATPAK_TRY(const std::optional<Piece> piece, walk.next());
        if (!piece) break;
        if (!is_whole(*piece)) code = ExitCode::Refused;
        print_piece(console, id, *piece, names);
    }
    return code;
}

std::string row_hex(BytesView bytes) {
    std::string out;
    for (const std::byte byte : bytes) {
        if (!out.empty()) out += ' ';
        out += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    return out;
}

void print_parts(Console& console, const std::vector<FramePart>& parts) {
    if (console.is_json()) {
        for (const FramePart& part : parts) {
            JsonLine line(console.ascii_json());
            line.number("offset", part.offset);
            line.number("bytes", part.bytes.size());
            line.text("field", part.field);
            line.text("hex", to_hex(part.bytes));
            line.text("meaning", part.meaning);
            console.write(line.finish() + "\n");
        }
        return;
    }
    Table table({{"offset", Table::Align::Right}, {"bytes"}, {"field"}, {"meaning"}});
    for (const FramePart& part : parts) {
        for (std::size_t at = 0; at < part.bytes.size(); at += kHexBytesInRow) {
            const std::size_t count = std::min(part.bytes.size() - at, kHexBytesInRow);
            const bool first = at == 0;
            table.add({{std::to_string(part.offset + at), Colour::Dim},
                       {row_hex(part.bytes.subspan(at, count)), Colour::Cyan},
                       {first ? part.field : "", Colour::Bold},
                       {first ? part.meaning : ""}});
        }
    }
    table.print(console);
}

// A length that reaches beyond the file is explained with what there is.
Result<ExitCode> explain(const DumpCommand& command, Console& console) {
    if (!command.segment || !command.offset) {
        return fail(ErrorCode::InvalidArgument,
                    "--explain explains one frame: give its --segment and --offset");
    }
    BATPAK_CHECK(chosen_segments(command));
    BATPAK_TRY(const OpenSegment segment, open_segment(command.directory, *command.segment));
    BATPAK_TRY(const std::uint64_t offset, chosen_offset(command, segment));
    store::WindowReader reader(*segment.file);
    const std::uint64_t left = segment.file_bytes - offset;
    BATPAK_TRY(BytesView bytes,
               reader.at(offset, std::min<std::uint64_t>(left, store::kFrameHeaderBytes)));
    // The header first: it says how long the frame is, if it is one.
    const store::CheckedFrame checked = store::check_frame(bytes, segment.header.salt, offset);
    if (checked.frame_bytes > 0 && checked.frame_bytes <= left) {
        BATPAK_TRY(bytes, reader.at(offset, checked.frame_bytes));
        bytes = bytes.first(std::min(bytes.size(), checked.frame_bytes));
    }
    print_parts(console, explain_frame(bytes, segment.header.salt, offset));
    const bool valid =
        store::check_frame(bytes, segment.header.salt, offset).status == store::FrameStatus::Valid;
    return valid ? ExitCode::Ok : ExitCode::Refused;
}

}  // namespace

Result<ExitCode> run(const SegmentsCommand& command, Console& console) {
    BATPAK_TRY(const SegmentList list, list_segments(command.directory));
    ExitCode code = ExitCode::Ok;
    if (console.is_json()) {
        for (const SegmentInfo& segment : list.segments) {
            console.write(segment_json(segment, console.ascii_json()) + "\n");
        }
    } else {
        print_segment_table(console, list);
    }
    // After the table, so that what is wrong is the last thing on the screen.
    if (list.manifest_problem) code = console.report(*list.manifest_problem);
    for (const SegmentInfo& segment : list.segments) {
        if (segment.problem) code = console.report(*segment.problem);
    }
    return code;
}

Result<ExitCode> run(const DumpCommand& command, Console& console) {
    if (command.explain) return explain(command, console);
    if (command.offset && !command.segment) {
        return fail(ErrorCode::InvalidArgument, "--offset is one of a segment: give its --segment");
    }
    BATPAK_TRY(const std::vector<std::uint64_t> ids, chosen_segments(command));
    // Frames are shown of a store that cannot be opened as well: its kinds have no names then.
    const auto store = ReadOnlyStore::open(StoreConfig(command.directory));
    const KindNames names = store ? KindNames(*store) : KindNames();
    ExitCode code = ExitCode::Ok;
    std::uint64_t left = command.limit.value_or(UINT64_MAX);
    for (const std::uint64_t id : ids) {
        const Result<ExitCode> dumped = dump_segment(command, id, left, names, console);
        // One segment that cannot be read hides no other.
        if (!dumped) {
            code = console.report(dumped.error());
        } else if (*dumped != ExitCode::Ok) {
            code = *dumped;
        }
    }
    return code;
}

}  // namespace batpak::tool
