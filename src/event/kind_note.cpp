// A name is data of the program that made the log, so both directions have the same limits: what
// could not have been written is not read either, and a name that was read can be shown.
#include "event/kind_note.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/msgpack.hpp"
#include "coordinate/control_bytes.hpp"

namespace batpak {
namespace {

constexpr std::uint32_t kParts = 2;

bool is_clean(std::string_view text, std::size_t bytes_max) noexcept {
    return !text.empty() && text.size() <= bytes_max && !has_control_bytes(text) && is_utf8(text);
}

std::string_view without_arguments(std::string_view name) noexcept {
    return name.substr(0, name.find('<'));
}

}  // namespace

Result<void> check_kind_name(std::string_view name) {
    if (name.empty()) return fail(ErrorCode::InvalidArgument, "the name of a kind is empty");
    if (name.size() > limits::kKindNameBytesMax) {
        return fail(ErrorCode::InvalidArgument, "the name of a kind has " +
                                                    std::to_string(name.size()) +
                                                    " bytes: shorten it to at most 256");
    }
    if (is_clean(name, limits::kKindNameBytesMax)) return {};
    return fail(ErrorCode::InvalidArgument,
                "the name of a kind is not UTF-8, or has control characters: rename it");
}

bool is_kind_shape(std::string_view shape) noexcept {
    return is_clean(shape, limits::kKindShapeBytesMax);
}

Bytes encode_kind_note(const KindNote& note) {
    BATPAK_ASSERT(is_clean(note.name, limits::kKindNameBytesMax));
    BATPAK_ASSERT(note.shape.empty() || is_kind_shape(note.shape));
    Buffer buffer;
    msgpack::Writer writer(buffer);
    writer.array(kParts);
    writer.string(note.name);
    if (note.shape.empty()) {
        writer.nil();
    } else {
        writer.string(note.shape);
    }
    return {buffer.view().begin(), buffer.view().end()};
}

std::optional<KindNote> decode_kind_note(BytesView stored) {
    msgpack::Reader reader(stored);
    if (reader.peek() != msgpack::Type::Array || reader.array() != kParts) return std::nullopt;
    if (reader.peek() != msgpack::Type::String) return std::nullopt;
    const std::string_view name = reader.string();
    const bool has_shape = reader.peek() == msgpack::Type::String;
    const std::string_view shape = has_shape ? reader.string() : std::string_view();
    if (!has_shape) reader.nil();
    const bool good = reader.finished() && is_clean(name, limits::kKindNameBytesMax) &&
                      (!has_shape || is_kind_shape(shape));
    if (!good) return std::nullopt;
    KindNote note{std::string(name), std::string(shape)};
    // One note has one form (docs/FORMAT.md, "Kinds"): another spelling was not written by a
    // batpak.
    if (!equal_bytes(encode_kind_note(note), stored)) return std::nullopt;
    return note;
}

bool same_kind_name(std::string_view a, std::string_view b) noexcept {
    return without_arguments(a) == without_arguments(b);
}

}  // namespace batpak
