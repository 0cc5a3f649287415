// short_reason: a text for people as an event can hold it: UTF-8, and not too long.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string>
#include <string_view>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/delivery/consumer_group.hpp"

namespace batpak::delivery {

inline std::string short_reason(std::string_view text) {
    const auto is_inside = [](char byte) { return (byte & 0xC0) == 0x80; };  // of a character
    std::size_t size = text.size();
    if (size > ConsumerGroup::kReasonBytesMax) {
        size = ConsumerGroup::kReasonBytesMax;
        while (size > 0 && is_inside(text[size])) --size;
    }
    const std::string_view kept = text.substr(0, size);
    return is_utf8(kept) ? std::string(kept) : "a reason that is not UTF-8";
}

}  // namespace batpak::delivery
