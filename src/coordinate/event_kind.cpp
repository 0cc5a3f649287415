// The two functions that never return are what a compiler names when a constant kind is wrong:
// calling one of them is no constant expression.
#include "batpak/coordinate/event_kind.hpp"

#include <string_view>

namespace batpak {
namespace detail {

void category_is_reserved_or_out_of_range() {
    assert_failed("the category of a kind is 0x1..0xF, and not 0xD", __FILE__, __LINE__);
}

void type_is_over_12_bits() {
    assert_failed("the type of a kind is 0x000..0xFFF", __FILE__, __LINE__);
}

}  // namespace detail

// For numbers that are known only now. A constant kind is made by custom(), and is right or does
// not compile.
Result<EventKind> EventKind::create(std::uint8_t category, std::uint16_t type) {
    if (category > 0xF || type > kTypeMax) {
        return fail(ErrorCode::InvalidArgument,
                    "a kind has a category of 0x0..0xF and a type of 0x000..0xFFF");
    }
    if (is_reserved_category(category)) {
        return fail(ErrorCode::ReservedKind,
                    "categories 0x0 and 0xD belong to batpak: choose another category");
    }
    return EventKind(category, type);
}

std::string to_string(EventKind kind) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "0x0000";
    for (unsigned place = 0; place < 4; ++place) {
        text[5 - place] = digits[(unsigned{kind.number()} >> (4 * place)) & 0xFU];
    }
    return text;
}

}  // namespace batpak
