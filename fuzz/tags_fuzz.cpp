// Lists of tags on bytes that nobody wrote: alone, and inside of metadata.
//
// What a TagsView gives lies within its bytes, is within the limits, and grows. A list without a
// fault is byte for byte what encoding its tags gives, and the codec reads it as the same texts; of
// any other the view gives a part that is a list itself.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/event/msgpack.hpp"
#include "coordinate/tag_list.hpp"

namespace batpak {
namespace {

std::vector<std::string> read(BytesView bytes) {
    std::vector<std::string> tags;
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    for (const std::string_view tag : TagsView(bytes)) {
        const auto at = reinterpret_cast<std::uintptr_t>(tag.data());
        BATPAK_ASSERT(begin <= at && at + tag.size() <= begin + bytes.size());
        BATPAK_ASSERT(!tag.empty() && tag.size() <= TagsView::kTagBytesMax);
        BATPAK_ASSERT(tags.empty() || tags.back() < tag);
        tags.emplace_back(tag);
    }
    BATPAK_ASSERT(tags.size() <= TagsView::kCountMax);
    for (const std::string& tag : tags) BATPAK_ASSERT(TagsView(bytes).contains(tag));
    return tags;
}

// As the codec reads it: an array of texts or of bytes.
std::vector<std::string> read_by_codec(BytesView bytes) {
    std::vector<std::string> tags;
    msgpack::Reader reader(bytes);
    for (std::uint32_t left = reader.array(); left > 0 && reader.ok(); --left) {
        const bool is_text = reader.peek() == msgpack::Type::String;
        tags.emplace_back(is_text ? reader.string() : as_text(reader.binary()));
    }
    BATPAK_ASSERT(reader.ok());
    return tags;
}

void judge(BytesView bytes) {
    const std::vector<std::string> tags = read(bytes);
    Buffer again;
    const bool can_be_written = encode_tags(again, tags, {}).has_value();
    if (!fault_of_tags(bytes)) {
        BATPAK_ASSERT(can_be_written && equal_bytes(again.view(), bytes));
        BATPAK_ASSERT(read_by_codec(bytes) == tags);
    } else if (can_be_written && !tags.empty()) {
        BATPAK_ASSERT(!equal_bytes(again.view(), bytes));
        BATPAK_ASSERT(read(again.view()) == tags);
    }
}

}  // namespace
}  // namespace batpak

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const batpak::BytesView bytes = std::as_bytes(std::span(data, size));
    batpak::judge(bytes);
    batpak::judge(batpak::Metadata::reserved(bytes, batpak::Metadata::kTags));
    return 0;
}
