// The log of the worked example in docs/FORMAT.md: eight events, and a key that everybody knows;
// and other keys, each of a seed of one byte.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/tree.hpp"
#include "proof/base64.hpp"

namespace batpak::proof {

inline constexpr std::string_view kExampleOrigin =
    "example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f";
inline constexpr std::string_view kExampleSigningKey =
    "PRIVATE+KEY+example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f+b66f3e1f+"
    "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
inline constexpr std::string_view kExampleVerifierKey =
    "example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f+b66f3e1f+"
    "AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
inline constexpr std::string_view kExampleCheckpoint =
    "example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f\n"
    "7\n"
    "Nug8YHXx4l8rM4WTNMcBhRfii2KduBbucatj26cIthY=\n"
    "\n"
    "\xE2\x80\x94 example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f "
    "tm8+H5tZvhtu5/SDIJ+ELOZWwsXO3n+/LYXrfFdbWCVLm9CV56FRzaAd6IgvvHB/XeiYKfNX00TVMKSH1EDCnyz0uA4="
    "\n";

// A key that is made of one byte, and of any name.
class OneByteEntropy final : public Entropy {
public:
    explicit OneByteEntropy(std::uint8_t byte) : byte_(byte) {}
    void fill(MutableBytesView into) noexcept override {
        for (std::byte& byte : into) byte = std::byte{byte_};
    }

private:
    std::uint8_t byte_;
};

inline SigningKey key_of(std::string name, std::uint8_t byte) {
    OneByteEntropy entropy(byte);
    return SigningKey::generate(std::move(name), entropy);
}

// A witness with the seed of one byte.
inline VerifierKey witness_key(const std::string& name, std::uint8_t seed) {
    // The same 32 bytes as those of a log's key, under another type.
    const Bytes bytes =
        from_base64(key_of(name, seed).verifier().to_string().substr(name.size() + 10)).value();
    std::array<std::byte, 32> key{};
    std::copy(bytes.begin() + 1, bytes.end(), key.begin());
    return VerifierKey(name, KeyType::Cosignature, key);
}

// The text with the first `from` replaced.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

}  // namespace batpak::proof
