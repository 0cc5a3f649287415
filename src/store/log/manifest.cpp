// The text is proved in four steps, each of which needs the one before:
//
//     the checksum of all that comes before it   it is what a batpak wrote, or a forgery
//     the first line                             this version can read it
//     the lines                                  each number is one, and nothing is left over
//     the relations                              ids grow, segments and eras follow one another
//
// and at last to_text() of what was read must give the same text: so each manifest has one
// spelling, and neither a leading zero nor a space can hide in it.
#include "store/log/manifest.hpp"

#include <optional>

#include "batpak/base/assert.hpp"
#include "store/frame/limits.hpp"
#include "store/log/checked_text.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kFirstLine = "batpak manifest v1\n";
// The loop ends at the line of the active segment: what comes after that is not taken, and done()
// says so.
Manifest read_lines(TextReader& reader) {
    Manifest manifest;
    reader.expect(kFirstLine);
    reader.expect("log ");
    const LogId log_id = reader.log_id();
    reader.expect("\ngeneration ");
    manifest.generation = reader.number();
    reader.expect("\nchain ");
    manifest.has_hashes = reader.follows("blake3");
    reader.expect(manifest.has_hashes ? "blake3\n" : "none\n");
    while (reader.follows("era ")) {
        reader.expect("era ");
        const Sequence from(reader.number());
        reader.expect(" ");
        manifest.eras.push_back({from, reader.log_id()});
        reader.expect("\n");
    }
    bool active = false;
    while (!active && reader.follows("segment ")) {
        reader.expect("segment ");
        const std::uint64_t id = reader.number();
        active = reader.follows(" active");
        reader.expect(active ? " active first " : " sealed first ");
        const Sequence first(reader.number());
        if (active) {
            manifest.active = {id, first};
        } else {
            reader.expect(" end ");
            const Sequence end(reader.number());
            reader.expect(" bytes ");
            manifest.sealed.push_back({id, first, end, reader.number()});
        }
        reader.expect("\n");
    }
    if (!active || manifest.eras.empty() || manifest.log_id() != log_id) reader.stop();
    return manifest;
}

// An event takes a byte at least, so a segment cannot have more events than bytes: a number beyond
// that is refused before anything is sized by it (INV R6).
bool segments_follow_one_another(const Manifest& manifest) {
    std::uint64_t last_id = 0;
    Sequence next;
    for (const SealedSegment& segment : manifest.sealed) {
        const bool follows = segment.id > last_id && segment.first == next &&
                             segment.end >= segment.first && segment.bytes <= kSegmentBytesMax &&
                             segment.end.value - segment.first.value <= segment.bytes;
        if (!follows) return false;
        last_id = segment.id;
        next = segment.end;
    }
    return manifest.active.id > last_id && manifest.active.id <= kSegmentIdMax &&
           manifest.active.first == next;
}

bool eras_follow_one_another(const Manifest& manifest) {
    BATPAK_ASSERT(!manifest.eras.empty());  // read_lines() stops where there is none
    if (manifest.eras.front().from != Sequence(0)) return false;
    for (std::size_t i = 1; i < manifest.eras.size(); ++i) {
        if (manifest.eras[i].from < manifest.eras[i - 1].from) return false;
    }
    return true;
}

}  // namespace

Manifest Manifest::with_rotation(Sequence end, std::uint64_t bytes, std::uint64_t next_id) const {
    BATPAK_ASSERT(end >= active.first && next_id > active.id);
    BATPAK_ASSERT(bytes <= kSegmentBytesMax);
    Manifest next = *this;
    ++next.generation;
    next.sealed.push_back({active.id, active.first, end, bytes});
    next.active = {next_id, end};
    BATPAK_ASSERT(segments_follow_one_another(next));
    return next;
}

std::string Manifest::to_text() const {
    BATPAK_ASSERT(!eras.empty());
    std::string text(kFirstLine);
    text += "log " + to_string(log_id()) + "\n";
    text += "generation " + std::to_string(generation) + "\n";
    text += has_hashes ? "chain blake3\n" : "chain none\n";
    for (const Era& era_line : eras) {
        text += "era " + to_string(era_line.from) + " " + to_string(era_line.log_id) + "\n";
    }
    for (const SealedSegment& segment : sealed) {
        text += "segment " + std::to_string(segment.id) + " sealed first " +
                to_string(segment.first) + " end " + to_string(segment.end) + " bytes " +
                std::to_string(segment.bytes) + "\n";
    }
    text +=
        "segment " + std::to_string(active.id) + " active first " + to_string(active.first) + "\n";
    return text + checksum_line(text);
}

Result<Manifest> Manifest::parse(std::string_view text) {
    const std::optional<std::string_view> covered = covered_by_checksum(text);
    if (!covered) return fail(ErrorCode::CorruptManifest, "its checksum is wrong");
    if (!covered->starts_with(kFirstLine) && covered->starts_with(kAnyVersion)) {
        return fail(ErrorCode::FutureFormat,
                    "written by a newer batpak: open it with that version");
    }
    TextReader reader(*covered);
    Manifest manifest = read_lines(reader);
    // Writing what was read proves the spelling of every number and line at once.
    const bool sound = reader.done() && segments_follow_one_another(manifest) &&
                       eras_follow_one_another(manifest) && manifest.to_text() == text;
    if (!sound)
        return fail(ErrorCode::CorruptManifest, "its checksum holds but its lines do not fit");
    return manifest;
}

}  // namespace batpak::store
