// The text is proved in four steps, each of which needs the one before:
//
//     the checksum of all that comes before it   it is what a batpak wrote, or a forgery
//     the first line                             this version can read it
//     the lines                                  each number is one, and nothing is left over
//     the relations                              segments and eras follow one another, and no
//                                                two segments have one id
//
// and at last to_text() of what was read must give the same text: so each manifest has one
// spelling, and neither a leading zero nor a space can hide in it.
#include "store/log/manifest.hpp"

#include <algorithm>
#include <optional>

#include "batpak/base/assert.hpp"
#include "store/frame/limits.hpp"
#include "store/log/checked_text.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kFirstLine = "batpak manifest v1\n";
// The second version has what only a compaction makes.
constexpr std::string_view kFirstLineV2 = "batpak manifest v2\n";
// The third knows of payloads that were erased: the segments may have frames of type 5.
constexpr std::string_view kFirstLineV3 = "batpak manifest v3\n";

bool ids_grow(const Manifest& manifest) {
    std::uint64_t last_id = 0;
    for (const SealedSegment& segment : manifest.sealed) {
        if (segment.id <= last_id) return false;
        last_id = segment.id;
    }
    return manifest.active.id > last_id;
}

// The first that says all of it.
std::string_view first_line(const Manifest& manifest) {
    if (manifest.prune) return kFirstLineV3;
    return manifest.gone.empty() && ids_grow(manifest) ? kFirstLine : kFirstLineV2;
}

// The loop ends at the line of the active segment: what comes after that is not taken, and the
// caller sees it.
void read_segments(TextReader& reader, Manifest& manifest) {
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
    if (!active) reader.stop();
}

void read_prune(TextReader& reader, Manifest& manifest) {
    reader.expect("prune ");
    const Sequence intent(reader.number());
    const bool is_pending = reader.follows(" pending");
    reader.expect(is_pending ? " pending\n" : " done\n");
    manifest.prune = Prune{intent, is_pending};
}

Manifest read_lines(TextReader& reader) {
    Manifest manifest;
    const bool is_v3 = reader.follows(kFirstLineV3);
    const bool is_v2 = reader.follows(kFirstLineV2);
    reader.expect(is_v3 ? kFirstLineV3 : is_v2 ? kFirstLineV2 : kFirstLine);
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
    read_segments(reader, manifest);
    if (reader.follows("prune ")) read_prune(reader, manifest);
    while (reader.follows("gone ")) {
        reader.expect("gone ");
        manifest.gone.push_back(reader.number());
        reader.expect("\n");
    }
    if (manifest.eras.empty() || manifest.log_id() != log_id) reader.stop();
    return manifest;
}

// An event takes a byte at least, so a segment cannot have more events than bytes: a number beyond
// that is refused before anything is sized by it (INV R6).
bool segments_follow_one_another(const Manifest& manifest) {
    Sequence next;
    for (const SealedSegment& segment : manifest.sealed) {
        const bool follows = segment.first == next && segment.end >= segment.first &&
                             segment.bytes <= kSegmentBytesMax &&
                             segment.end.value - segment.first.value <= segment.bytes;
        if (!follows) return false;
        next = segment.end;
    }
    return manifest.active.first == next;
}

// Ids are file names: no two of those that are listed, or gone, are one.
bool ids_are_sound(const Manifest& manifest) {
    std::vector<std::uint64_t> ids = manifest.gone;
    if (!std::ranges::is_sorted(ids)) return false;
    ids.push_back(manifest.active.id);
    for (const SealedSegment& segment : manifest.sealed) ids.push_back(segment.id);
    std::ranges::sort(ids);
    return ids.front() > 0 && ids.back() <= kSegmentIdMax &&
           std::ranges::adjacent_find(ids) == ids.end();
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

std::uint64_t Manifest::next_id() const noexcept {
    std::uint64_t last = active.id;
    for (const SealedSegment& segment : sealed) last = std::max(last, segment.id);
    if (!gone.empty()) last = std::max(last, gone.back());
    return last + 1;
}

bool Manifest::lists(std::uint64_t id) const noexcept {
    return active.id == id || std::ranges::find(sealed, id, &SealedSegment::id) != sealed.end();
}

Manifest Manifest::with_rotation(Sequence end, std::uint64_t bytes, std::uint64_t next_id) const {
    BATPAK_ASSERT(end >= active.first && next_id >= this->next_id());
    BATPAK_ASSERT(bytes <= kSegmentBytesMax);
    Manifest next = *this;
    ++next.generation;
    next.sealed.push_back({active.id, active.first, end, bytes});
    next.active = {next_id, end};
    BATPAK_ASSERT(segments_follow_one_another(next));
    return next;
}

Manifest Manifest::with_announced() const {
    Manifest next = *this;
    ++next.generation;
    next.gone.push_back(next_id());
    BATPAK_ASSERT(ids_are_sound(next));
    return next;
}

Manifest Manifest::with_merged(std::size_t place, std::size_t count,
                               const SealedSegment& merged) const {
    BATPAK_ASSERT(count > 0 && place + count <= sealed.size());
    BATPAK_ASSERT(sealed[place].first == merged.first);
    BATPAK_ASSERT(sealed[place + count - 1].end == merged.end);
    Manifest next = *this;
    ++next.generation;
    // It was announced, and so stood among what is gone: from here on it is listed.
    const auto erased = std::erase(next.gone, merged.id);
    BATPAK_ASSERT(erased == 1);
    const auto begin = next.sealed.begin() + static_cast<std::ptrdiff_t>(place);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    std::for_each(begin, end,
                  [&](const SealedSegment& segment) { next.gone.push_back(segment.id); });
    std::ranges::sort(next.gone);
    *begin = merged;
    next.sealed.erase(begin + 1, end);
    BATPAK_ASSERT(segments_follow_one_another(next) && ids_are_sound(next));
    return next;
}

Manifest Manifest::with_prune(const Prune& next_prune) const {
    BATPAK_ASSERT(!prune || next_prune.intent >= prune->intent);
    BATPAK_ASSERT(!prune || !prune->is_pending || next_prune.intent == prune->intent);
    Manifest next = *this;
    ++next.generation;
    next.prune = next_prune;
    return next;
}

Manifest Manifest::once_more() const {
    Manifest next = *this;
    ++next.generation;
    return next;
}

Manifest Manifest::without_gone() const {
    Manifest next = *this;
    ++next.generation;
    std::uint64_t listed = active.id;
    for (const SealedSegment& segment : sealed) listed = std::max(listed, segment.id);
    // An id above all that are listed stays: it was announced and given up, and forgotten it would
    // be given to another file (docs/FORMAT.md, "Compaction").
    std::erase_if(next.gone, [&](std::uint64_t id) { return id < listed; });
    return next;
}

std::string Manifest::to_text() const {
    BATPAK_ASSERT(!eras.empty());
    std::string text(first_line(*this));
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
    if (prune) {
        text +=
            "prune " + to_string(prune->intent) + (prune->is_pending ? " pending\n" : " done\n");
    }
    for (const std::uint64_t id : gone) text += "gone " + std::to_string(id) + "\n";
    return text + checksum_line(text);
}

Result<Manifest> Manifest::parse(std::string_view text) {
    const std::optional<std::string_view> covered = covered_by_checksum(text);
    if (!covered) return fail(ErrorCode::CorruptManifest, "its checksum is wrong");
    const bool is_known = covered->starts_with(kFirstLine) || covered->starts_with(kFirstLineV2) ||
                          covered->starts_with(kFirstLineV3);
    if (!is_known && covered->starts_with(kAnyVersion)) {
        return fail(ErrorCode::FutureFormat,
                    "written by a newer batpak: open it with that version");
    }
    TextReader reader(*covered);
    Manifest manifest = read_lines(reader);
    // Writing what was read proves the spelling of every number and line at once, and that the
    // version is the first that says all of it.
    const bool sound = reader.done() && segments_follow_one_another(manifest) &&
                       ids_are_sound(manifest) && eras_follow_one_another(manifest) &&
                       manifest.to_text() == text;
    if (!sound)
        return fail(ErrorCode::CorruptManifest, "its checksum holds but its lines do not fit");
    return manifest;
}

}  // namespace batpak::store
