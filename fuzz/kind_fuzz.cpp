// What a log says of a kind, of any bytes: a note is what encoding it again gives, the name and
// the shape can be shown, and the shape fits itself. The shape is also compared with one of a
// program, in both directions, and taken apart into fields.
#include <cstdint>

#include "batpak/base/assert.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/store/catalogue.hpp"
#include "event/kind_note.hpp"
#include "event/shape_fit.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace batpak;
    const BytesView bytes = std::as_bytes(std::span(data, size));
    const Metadata::FoundBy found = Metadata::found_by(bytes);
    BATPAK_ASSERT(equal_bytes(found.kind, Metadata::reserved(bytes, Metadata::kKind)));
    const auto note = decode_kind_note(found.kind.empty() ? bytes : found.kind);
    // Also what could not have been stored: a comparison must end for any text.
    const std::string_view shape = note ? std::string_view(note->shape) : as_text(bytes);
    constexpr std::string_view kOwn = "{who:string,at:{x:int32,y:int32}[],tags:map<set<bytes>>?}";
    (void)shape_fits(shape, kOwn);
    (void)shape_fits(kOwn, shape);
    BATPAK_ASSERT(shape_fits(shape, shape));
    if (!note) return 0;
    BATPAK_ASSERT(check_kind_name(note->name).has_value());
    BATPAK_ASSERT(note->shape.empty() || is_kind_shape(note->shape));
    BATPAK_ASSERT(decode_kind_note(encode_kind_note(*note)) == note);
    (void)KindVersion{1, note->name, note->shape, Sequence(0)}.fields();
    return 0;
}
