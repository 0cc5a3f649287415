// Base64 as in RFC 4648, section 4, with padding: what notes, proofs and keys are written in.
// Decoding takes the one text that encoding gives, so that no two proofs differ in spelling alone.
#include "proof/base64.hpp"

#include <sodium/utils.h>

#include <algorithm>

namespace batpak::proof {

std::string to_base64(BytesView bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // the NUL
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.empty()) return Bytes();  // libsodium takes no null pointer
    if (text.size() % 4 != 0) return std::nullopt;
    Bytes bytes(text.size() / 4 * 3);
    std::size_t used = 0;
    const char* end = nullptr;
    const int failed =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &used, &end, sodium_base64_VARIANT_ORIGINAL);
    if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
    bytes.resize(used);
    // libsodium takes some bytes above 0x7F for characters of the alphabet. There is one text for
    // some bytes: the one that they are written as.
    std::string again = to_base64(bytes);
    const bool is_the_one = again == text;
    sodium_memzero(again.data(), again.size());  // it may be a key's
    if (!is_the_one) return std::nullopt;
    return bytes;
}

std::optional<Hash> hash_from_base64(std::string_view text) {
    const std::optional<Bytes> bytes = from_base64(text);
    if (!bytes || bytes->size() != Hash::kBytes) return std::nullopt;
    Hash hash;
    std::ranges::copy(*bytes, hash.bytes.begin());
    return hash;
}

}  // namespace batpak::proof
