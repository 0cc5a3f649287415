// The keys by which a reactor finds again what it stored:
//
//     batpak:reaction:<depth>:<source>:<reactor>:<ordinal>   each reaction, stored once
//     batpak:position:<digest>:<reactor>                     the position in the batch with them
//
// The depth is in the key because an event says nothing else of where it comes from: the next
// reactor reads it there (INV Q2).
#include "delivery/reactor/reaction_key.hpp"

#include <charconv>

#include "batpak/delivery/reactor.hpp"
#include "batpak/event/detail/limits.hpp"

namespace batpak::delivery {
namespace {

constexpr std::string_view kPrefix = "batpak:reaction:";
constexpr std::string_view kPositionPrefix = "batpak:position:";

constexpr std::size_t kNumbersMax = 10 + 1 + 20 + 1 + 10 + 1;
static_assert(kPrefix.size() + kNumbersMax + ReactorId::kBytesMax <=
              limits::kIdempotencyKeyBytesMax);
static_assert(kPositionPrefix.size() + 2 * Hash::kBytes + 1 + ReactorId::kBytesMax <=
              limits::kIdempotencyKeyBytesMax);

// Takes a number and the colon after it off the front.
template <class Number>
bool take(std::string_view& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || *end != ':') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

}  // namespace

// From both ends: numbers from the front, the ordinal from the back, and what is between is the id,
// which may hold colons.
std::optional<ReactionKey> ReactionKey::parse(std::string_view key) {
    if (!key.starts_with(kPrefix)) return std::nullopt;
    key.remove_prefix(kPrefix.size());
    ReactionKey parsed;
    if (!take(key, parsed.depth) || !take(key, parsed.source.value)) return std::nullopt;
    const std::size_t ordinal_at = key.rfind(':');
    if (ordinal_at == std::string_view::npos) return std::nullopt;
    parsed.reactor = key.substr(0, ordinal_at);
    return parsed;
}

std::string ReactionKey::prefix() const {
    std::string text(kPrefix);
    text += std::to_string(depth) + ':' + std::to_string(source.value) + ':';
    text += reactor;
    return text + ':';
}

std::string position_key(std::string_view reactor, const Hash& digest) {
    std::string text(kPositionPrefix);
    text += batpak::to_string(digest) + ':';
    text += reactor;
    return text;
}

}  // namespace batpak::delivery
