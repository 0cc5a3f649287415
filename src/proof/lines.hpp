// Lines: what every text of this layer is made of; read strictly, in one pass.
//
// Threads: thread-compatible
// Errors:  none; what is not there is an empty optional
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace batpak::proof {

class Lines {
public:
    explicit Lines(std::string_view text) noexcept : rest_(text) {}

    // The next line without its line feed; nothing if no whole line is left. Borrows: the text.
    std::optional<std::string_view> next() noexcept {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return line;
    }
    // What was not read yet.
    std::string_view rest() const noexcept { return rest_; }
    bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

// A decimal number below 2^63 without leading zeros: others read these texts with signed numbers.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || text[0] == '-') return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

}  // namespace batpak::proof
