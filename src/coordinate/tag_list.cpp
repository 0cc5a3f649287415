// Reading and writing stand in one file so that they can be compared. The list is MessagePack, but
// of four of its forms only, and this layer is below the codec.
#include "coordinate/tag_list.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/coordinate/tags.hpp"
#include "coordinate/control_bytes.hpp"

namespace batpak {
namespace {

// First bytes of the forms. What is longer than a short form takes two bytes of length.
constexpr std::uint32_t kShortArray = 0x90;  // and up to 15 items
constexpr std::uint32_t kLongArray = 0xDC;   // u16 items
constexpr std::uint32_t kShortText = 0xA0;   // and up to 31 bytes
constexpr std::uint32_t kText = 0xD9;        // u8 bytes
constexpr std::uint32_t kLongText = 0xDA;    // u16 bytes
constexpr std::uint32_t kBinary = 0xC4;      // u8 bytes
constexpr std::uint32_t kLongBinary = 0xC5;  // u16 bytes
constexpr std::size_t kShortArrayMax = 15;
constexpr std::size_t kShortTextMax = 31;
constexpr std::size_t kByteMax = 255;

void put(Buffer& out, std::uint32_t byte) { out.push_back(static_cast<std::byte>(byte)); }

void put_u16(Buffer& out, std::size_t number) {
    put(out, static_cast<std::uint32_t>(number >> 8));
    put(out, static_cast<std::uint32_t>(number & 0xFF));
}

// A list of at most 32 needs no longer form.
void put_head(Buffer& out, std::size_t count) {
    if (count <= kShortArrayMax) {
        put(out, kShortArray | static_cast<std::uint32_t>(count));
    } else {
        put(out, kLongArray);
        put_u16(out, count);
    }
}

void put_tag(Buffer& out, std::string_view tag) {
    const bool is_text = is_utf8(tag);
    if (is_text && tag.size() <= kShortTextMax) {
        put(out, kShortText | static_cast<std::uint32_t>(tag.size()));
    } else if (tag.size() <= kByteMax) {
        put(out, is_text ? kText : kBinary);
        put(out, static_cast<std::uint32_t>(tag.size()));
    } else {
        put(out, is_text ? kLongText : kLongBinary);
        put_u16(out, tag.size());
    }
    out.append(as_bytes(tag));
}

Error invalid(std::string detail) { return Error(ErrorCode::InvalidTags, std::move(detail)); }

Error too_many(std::size_t count) {
    return invalid("the event has " + std::to_string(count) +
                   " tags, and 32 are allowed: tag only what is asked for");
}

bool is_tag(std::string_view tag) noexcept {
    return !tag.empty() && tag.size() <= TagsView::kTagBytesMax && !has_control_bytes(tag);
}

// Why it is none.
Result<void> check_tag(std::string_view tag) {
    if (tag.empty()) return fail(invalid("a tag is empty: give it 1 to 256 bytes"));
    if (tag.size() > TagsView::kTagBytesMax) {
        return fail(invalid("a tag has " + std::to_string(tag.size()) +
                            " bytes: shorten it to at most 256"));
    }
    if (has_control_bytes(tag))
        return fail(invalid("a tag holds a control character: remove or encode it"));
    return {};
}

template <class Tag>
void put(Buffer& out, std::span<const Tag> tags) {
    put_head(out, tags.size());
    for (const std::string_view tag : tags) put_tag(out, tag);
}

// Whether these are already what sort() makes of them.
bool are_sorted_tags(std::span<const std::string> tags) noexcept {
    if (tags.size() > TagsView::kCountMax) return false;
    std::string_view before;
    for (const std::string_view tag : tags) {
        if (!is_tag(tag) || tag <= before) return false;
        before = tag;
    }
    return true;
}

using Sorted = std::array<std::string_view, TagsView::kCountMax>;

// Fills the front of `sorted`.
Result<std::span<const std::string_view>> sort(std::span<const std::string> tags, Sorted& sorted) {
    if (tags.size() > sorted.size()) return fail(too_many(tags.size()));
    const auto end = std::ranges::copy(tags, sorted.begin()).out;
    const std::span front(sorted.begin(), end);
    for (const std::string_view tag : front) BATPAK_CHECK(check_tag(tag));
    if (!std::ranges::is_sorted(front)) std::ranges::sort(front);
    const auto doubled = std::ranges::adjacent_find(front);
    if (doubled != front.end())
        return fail(invalid("a tag is given twice: give each once").at(std::string(*doubled)));
    return std::span<const std::string_view>(front);
}

}  // namespace

// Sorted, and each once, so that one set of tags has one form, which is hashed.
Result<void> encode_tags(Buffer& out, std::span<const std::string> given,
                         std::span<const std::string> own) {
    if (given.empty() && own.empty()) return {};
    const bool one_list = given.empty() || own.empty();
    const std::span<const std::string> only = given.empty() ? own : given;
    // Nearly all lists are: they need no copy.
    if (one_list && are_sorted_tags(only)) {
        put(out, only);
        return {};
    }
    Sorted sorted;
    if (one_list) {
        BATPAK_TRY(const auto all, sort(only, sorted));
        put(out, all);
        return {};
    }
    // A tag that the caller and the type both give is one tag; one that either gives twice is a
    // mistake, which sort() refuses.
    Sorted sorted_own;
    BATPAK_TRY(const auto of_caller, sort(given, sorted));
    BATPAK_TRY(const auto of_type, sort(own, sorted_own));
    std::array<std::string_view, 2 * TagsView::kCountMax> both;
    const auto end = std::ranges::set_union(of_caller, of_type, both.begin()).out;
    const std::span<const std::string_view> all(both.begin(), end);
    if (all.size() > TagsView::kCountMax) return fail(too_many(all.size()));
    put(out, all);
    return {};
}

// ---- reading

namespace {

// The bytes in front, and what is after them.
class Front {
public:
    explicit Front(BytesView bytes) noexcept : bytes_(bytes) {}

    bool has(std::size_t count) const noexcept { return bytes_.size() >= count; }
    std::size_t take_byte() noexcept {
        BATPAK_ASSERT(has(1));
        const auto byte = std::to_integer<std::size_t>(bytes_[0]);
        bytes_ = bytes_.subspan(1);
        return byte;
    }
    std::size_t take_u16() noexcept {
        const std::size_t high = take_byte();
        return (high << 8) | take_byte();
    }
    std::string_view take_text(std::size_t count) noexcept {
        BATPAK_ASSERT(has(count));
        const std::string_view text = as_text(bytes_.first(count));
        bytes_ = bytes_.subspan(count);
        return text;
    }
    BytesView rest() const noexcept { return bytes_; }

private:
    BytesView bytes_;
};

// The number of items; nothing if no list begins so.
std::optional<std::uint32_t> take_head(Front& front) noexcept {
    if (!front.has(1)) return std::nullopt;
    const std::size_t first = front.take_byte();
    if ((first & ~std::size_t{kShortArrayMax}) == kShortArray)
        return static_cast<std::uint32_t>(first & kShortArrayMax);
    if (first != kLongArray || !front.has(2)) return std::nullopt;
    return static_cast<std::uint32_t>(front.take_u16());
}

std::optional<std::string_view> take_tag(Front& front) noexcept {
    if (!front.has(1)) return std::nullopt;
    const std::size_t first = front.take_byte();
    std::size_t bytes = 0;
    if ((first & ~std::size_t{kShortTextMax}) == kShortText) {
        bytes = first & kShortTextMax;
    } else if ((first == kText || first == kBinary) && front.has(1)) {
        bytes = front.take_byte();
    } else if ((first == kLongText || first == kLongBinary) && front.has(2)) {
        bytes = front.take_u16();
    } else {
        return std::nullopt;
    }
    if (!front.has(bytes)) return std::nullopt;
    return front.take_text(bytes);
}

}  // namespace

// Reading never fails: what is no list has no tags, and a list that breaks off ends there. A
// verification says what is wrong with it (fault_of_tags).
TagsView::TagsView(BytesView stored) noexcept {
    Front front(stored);
    const std::optional<std::uint32_t> count = take_head(front);
    if (!count) return;
    count_ = *count;
    items_ = front.rest();
}

void TagsView::Iterator::read() noexcept {
    if (left_ == 0) return;
    Front front(rest_);
    const std::optional<std::string_view> tag = take_tag(front);
    // Before the first one stands the empty one, which is none.
    if (!tag || *tag <= tag_) {
        left_ = 0;
        return;
    }
    tag_ = *tag;
    rest_ = front.rest();
}

bool TagsView::contains(std::string_view tag) const noexcept {
    for (const std::string_view own : *this) {
        if (own == tag) return true;
    }
    return false;
}

// One pass, because both are sorted and have each tag once.
bool TagsView::contains_all(std::span<const std::string> sorted) const noexcept {
    std::size_t found = 0;
    for (const std::string_view own : *this) {
        if (found == sorted.size()) return true;
        if (own == sorted[found]) ++found;
    }
    return found == sorted.size();
}

// The list is encoded again and compared, as all that has one form is.
std::optional<std::string_view> fault_of_tags(BytesView stored) {
    Front front(stored);
    const std::optional<std::uint32_t> count = take_head(front);
    if (!count) return "its tags are no list";
    if (*count == 0 || *count > TagsView::kCountMax) return "its list of tags is empty, or over 32";
    ScratchBuffer again;
    put_head(*again, *count);
    std::string_view before;
    for (std::uint32_t left = *count; left > 0; --left) {
        const std::optional<std::string_view> tag = take_tag(front);
        if (!tag) return "one of its tags is no text";
        if (!is_tag(*tag)) return "one of its tags is empty, too long, or has control characters";
        if (*tag <= before) return "its tags do not grow";
        put_tag(*again, *tag);
        before = *tag;
    }
    // Bytes after the list are found here too: the list alone is shorter than what is stored.
    if (!equal_bytes(again->view(), stored)) return "its tags are not in their shortest form";
    return std::nullopt;
}

}  // namespace batpak
