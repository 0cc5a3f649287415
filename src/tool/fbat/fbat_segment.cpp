// A footer is believed where every byte of it is accounted for; else its bytes are those of frames,
// and will be found to be none. After what is no frame, one is looked for byte by byte: by what a
// frame begins with first, since a checksum over each length that might be one would take hours.
#include "tool/fbat/fbat_segment.hpp"

#include <algorithm>
#include <array>

#include "base/hash/crc32.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kHeaderBytesMax = 64U << 10;
constexpr std::uint32_t kFrameBytesMax = 256U << 20;
constexpr std::size_t kTrailerBytes = 16;  // of a footer: where it begins, how many rows, its magic
constexpr std::string_view kSegmentMagic = "FBAT";

std::uint64_t fbat_number(BytesView bytes, std::size_t at, std::size_t width, bool is_little) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < width; ++i) {
        const std::size_t place = at + (is_little ? width - 1 - i : i);
        number = number << 8 | std::to_integer<std::uint64_t>(bytes[place]);
    }
    return number;
}

std::uint64_t big_number(BytesView bytes, std::size_t at, std::size_t width) {
    return fbat_number(bytes, at, width, false);
}

std::uint64_t little_number(BytesView bytes, std::size_t at, std::size_t width) {
    return fbat_number(bytes, at, width, true);
}

// The three forms of a footer. In a row, the place of the event's id is 0, and that of its sequence
// is counted from the end, before the two ids.
struct FooterForm {
    std::string_view magic;
    std::size_t row_bytes;
    std::size_t checksum_bytes;
};
constexpr std::array kFooterForms = {FooterForm{"SIDX", 154, 0}, FooterForm{"SDX2", 162, 0},
                                     FooterForm{"SDX3", 162, 4}};
constexpr std::size_t kRowEndBytes = 8 + 16 + 16;

// An id of a row has its least significant byte first.
FbatRow row_at(BytesView file, std::size_t at, std::size_t row_bytes) {
    FbatRow row;
    for (std::size_t i = 0; i < row.event_id.size(); ++i)
        row.event_id[i] = file[at + row.event_id.size() - 1 - i];
    row.sequence = little_number(file, at + row_bytes - kRowEndBytes, 8);
    return row;
}

bool is_string_table(BytesView bytes) {
    msgpack::Reader reader(bytes);
    for (std::uint32_t left = reader.array(); left > 0 && reader.ok(); --left) reader.string();
    return reader.finished();
}

void take_footer(BytesView file, const FooterForm& form, FbatLayout& layout) {
    const std::size_t trailer = file.size() - kTrailerBytes;
    const std::uint64_t table = little_number(file, trailer, 8);
    const std::uint64_t rows = little_number(file, trailer + 8, 4);
    if (table < layout.frames_begin || table > trailer) return;
    const std::uint64_t room = trailer - table;
    // Rows are below 2^32 and of less than 2^8 bytes. They are compared with what is there before
    // any room is taken for them.
    const std::uint64_t needed = rows * form.row_bytes + form.checksum_bytes;
    if (needed > room) return;
    const auto begin = static_cast<std::size_t>(table);
    const auto first_row = static_cast<std::size_t>(trailer - needed);
    if (!is_string_table(file.subspan(begin, first_row - begin))) return;
    const std::size_t rows_end = trailer - form.checksum_bytes;
    if (form.checksum_bytes > 0 &&
        crc32(file.subspan(begin, rows_end - begin)) != little_number(file, rows_end, 4))
        return;
    layout.footer = form.magic;
    layout.frames_end = begin;
    layout.rows.reserve(static_cast<std::size_t>(rows));
    for (std::size_t at = first_row; at < rows_end; at += form.row_bytes)
        layout.rows.push_back(row_at(file, at, form.row_bytes));
}

Result<void> find_footer(BytesView file, FbatLayout& layout) {
    if (file.size() < layout.frames_begin + kTrailerBytes) return {};
    const std::string_view magic = as_text(file.last(4));
    for (const FooterForm& form : kFooterForms) {
        if (magic == form.magic) take_footer(file, form, layout);
    }
    // Of a release after those that are known: where its frames end cannot be told.
    const bool is_later = magic.starts_with("SDX") && magic[3] > '3' && magic[3] <= '9';
    if (!is_later) return {};
    return fail(Error(ErrorCode::FutureFormat, "its footer is of a later release")
                    .at_offset(file.size() - 4));
}

Result<void> check_header(BytesView header, std::uint64_t id) {
    msgpack::Reader reader(header);
    std::uint64_t version = 0;
    std::uint64_t segment = 0;
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        const std::string_view key = reader.string();
        if (key == "version") {
            version = reader.u64();
        } else if (key == "segment_id") {
            segment = reader.u64();
        } else {
            reader.skip();
        }
    }
    if (!reader.finished()) return fail(ErrorCode::CorruptSegment, "its header is damaged");
    if (version != 1) return fail(ErrorCode::FutureFormat, "its header is of another version");
    if (segment == id) return {};
    return fail(ErrorCode::ForeignSegment, "its header is that of another segment");
}

// Whether these bytes may be the front of a frame: a small map whose first key is one of a frame.
bool looks_like_frame(BytesView bytes) {
    constexpr std::array<std::string_view, 4> keys = {"event", "entity", "scope",
                                                      "receipt_extensions"};
    if (bytes.size() < 2 || (std::to_integer<unsigned>(bytes[0]) & 0xF0) != 0x80) return false;
    const unsigned tag = std::to_integer<unsigned>(bytes[1]);
    const std::string_view rest = as_text(bytes.subspan(2));
    return std::ranges::any_of(keys, [&](std::string_view key) {
        return tag == (0xA0U | key.size()) && rest.starts_with(key);
    });
}

}  // namespace

Result<FbatLayout> read_fbat_layout(BytesView file, std::uint64_t id) {
    FbatLayout layout{.frames_begin = 0,
                      .frames_end = file.size(),
                      .footer = {},
                      .rows = {},
                      .is_cut_header = false};
    const std::string_view magic = as_text(file.first(std::min(file.size(), kSegmentMagic.size())));
    if (!kSegmentMagic.starts_with(magic))
        return fail(ErrorCode::CorruptSegment, "it does not begin as a segment does");
    const std::uint64_t header_bytes = file.size() < kPrefixBytes ? 0 : big_number(file, 4, 4);
    if (header_bytes > kHeaderBytesMax)
        return fail(Error(ErrorCode::CorruptSegment, "its header is damaged").at_offset(4));
    layout.frames_begin = kPrefixBytes + static_cast<std::size_t>(header_bytes);
    if (file.size() < layout.frames_begin) {
        layout.is_cut_header = true;
        layout.frames_begin = layout.frames_end;
        return layout;
    }
    BATPAK_CHECK(
        check_header(file.subspan(kPrefixBytes, static_cast<std::size_t>(header_bytes)), id));
    BATPAK_CHECK(find_footer(file, layout));
    return layout;
}

bool FbatFrames::read_at(std::size_t offset) {
    frame_.reset();
    if (end_ - offset < kPrefixBytes) return false;
    const std::uint64_t bytes = big_number(file_, offset, 4);
    if (bytes == 0 || bytes > kFrameBytesMax || bytes > end_ - offset - kPrefixBytes) return false;
    const BytesView body = file_.subspan(offset + kPrefixBytes, static_cast<std::size_t>(bytes));
    if (crc32(body) != big_number(file_, offset + 4, 4)) return false;
    Result<FbatFrame> frame = decode_fbat_frame(body);
    if (!frame) return false;
    frame_ = *std::move(frame);
    next_ = offset + kPrefixBytes + body.size();
    return true;
}

FbatFrames::Found FbatFrames::next() {
    offset_ = next_;
    if (offset_ == end_) return Found::End;
    if (read_at(offset_)) return Found::Frame;
    for (std::size_t at = offset_ + 1; at + kPrefixBytes < end_; ++at) {
        if (!looks_like_frame(file_.first(end_).subspan(at + kPrefixBytes))) continue;
        if (!read_at(at)) continue;
        // read_at() went behind the frame. The frame is the next piece, and this one ends where it
        // begins.
        next_ = at;
        return Found::Damage;
    }
    next_ = end_;
    return is_sealed_ ? Found::Damage : Found::Torn;
}

}  // namespace batpak::tool
