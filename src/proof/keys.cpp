// A key's id is SHA-256(name, line feed, type, public key), cut to four bytes. It finds the key for
// a line, and proves nothing.
#include "batpak/proof/keys.hpp"

#include <sodium/core.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include <algorithm>

#include "base/secret_file.hpp"
#include "batpak/base/assert.hpp"
#include "proof/base64.hpp"
#include "proof/sha256.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::size_t kSeedBytes = crypto_sign_ed25519_SEEDBYTES;
constexpr std::size_t kSignatureBytes = crypto_sign_ed25519_BYTES;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kKeyFileBytesMax = 1024;

using Seed = std::array<std::byte, kSeedBytes>;

// libsodium chooses its fastest code for this processor once, before the first key is used.
bool sodium_is_ready() {
    static const bool is_ready = sodium_init() >= 0;
    return is_ready;
}

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}
const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

KeyId key_id(std::string_view name, KeyType type, BytesView public_key) {
    const Hash hash =
        Sha256().add(name).add("\n").add(static_cast<std::uint8_t>(type)).add(public_key).done();
    KeyId id;
    std::copy_n(hash.bytes.begin(), id.size(), id.begin());
    return id;
}

void wipe(auto& bytes) { sodium_memzero(bytes.data(), bytes.size()); }

// Whatever way a function is left.
template <class Secret>
struct Wiped {
    Secret value;
    ~Wiped() { wipe(value); }
};

// What stands in both texts: NAME+HEX+BASE64(type, 32 bytes).
struct KeyText {
    std::string_view name;
    KeyId id{};
    KeyType type = KeyType::Ed25519;
    std::array<std::byte, 32> bytes{};

    KeyText() = default;
    KeyText(const KeyText&) = default;
    KeyText& operator=(const KeyText&) = default;
    ~KeyText() { wipe(bytes); }
};

// The names of keys have no plus sign, so the first two divide the text. The digits are small, as
// they are written: a key has one text.
std::optional<KeyText> parse_key_text(std::string_view text) {
    KeyText key;
    const std::size_t first = text.find('+');
    if (first == std::string_view::npos) return std::nullopt;
    key.name = text.substr(0, first);
    const std::size_t second = text.find('+', first + 1);
    if (second == std::string_view::npos || !is_key_name(key.name)) return std::nullopt;
    const std::string_view hex = text.substr(first + 1, second - first - 1);
    if (!from_hex(hex, key.id) || to_hex(key.id) != hex) return std::nullopt;
    std::optional<Bytes> decoded = from_base64(text.substr(second + 1));
    if (!decoded) return std::nullopt;
    const Wiped<Bytes> bytes{*std::move(decoded)};
    if (bytes.value.size() != 1 + key.bytes.size()) return std::nullopt;
    const auto type = std::to_integer<std::uint8_t>(bytes.value.front());
    if (type != 0x01 && type != 0x04) return std::nullopt;
    key.type = static_cast<KeyType>(type);
    std::copy(bytes.value.begin() + 1, bytes.value.end(), key.bytes.begin());
    return key;
}

// Added to `into`, which has room for it: a text that grows leaves its bytes in memory.
void add_key_text(std::string& into, std::string_view name, const KeyId& id, KeyType type,
                  BytesView bytes) {
    Wiped<Bytes> typed{Bytes(1 + bytes.size())};
    typed.value.front() = static_cast<std::byte>(type);
    std::ranges::copy(bytes, typed.value.begin() + 1);
    const Wiped<std::string> coded{to_base64(typed.value)};
    into.append(name).append("+").append(to_hex(id)).append("+").append(coded.value);
}

std::uint64_t big_endian(BytesView bytes) {
    std::uint64_t value = 0;
    for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

}  // namespace

VerifierKey::VerifierKey(std::string name, KeyType type,
                         const std::array<std::byte, 32>& public_key)
    : name_(std::move(name)),
      type_(type),
      public_key_(public_key),
      id_(key_id(name_, type_, public_key_)) {
    BATPAK_ASSERT(is_key_name(name_));
    BATPAK_ASSERT(sodium_is_ready());
}

Checked<VerifierKey> VerifierKey::parse(std::string_view text) {
    const std::optional<KeyText> key = parse_key_text(text);
    if (!key) return refuse(Reason::Malformed, "a verifier key is NAME+8 HEX DIGITS+BASE64");
    VerifierKey verifier(std::string(key->name), key->type, key->bytes);
    if (verifier.id() != key->id) {
        return refuse(Reason::Malformed, "the id of the verifier key is not that of its bytes");
    }
    return verifier;
}

std::string VerifierKey::to_string() const {
    std::string text;
    add_key_text(text, name_, id_, type_, public_key_);
    return text;
}

bool VerifierKey::is_named_by(const NoteSignature& line) const noexcept {
    return line.name == name_ && line.key_id == id_;
}

// A cosignature covers its time as well, which is in the line before the signature (C2SP
// tlog-cosignature).
bool VerifierKey::verifies(std::string_view text, const NoteSignature& line) const {
    BytesView signature = line.signature;
    std::string message(text);
    if (type_ == KeyType::Cosignature) {
        if (signature.size() != kTimeBytes + kSignatureBytes) return false;
        const std::uint64_t time = big_endian(signature.first(kTimeBytes));
        message = "cosignature/v1\ntime " + std::to_string(time) + "\n" + message;
        signature = signature.subspan(kTimeBytes);
    }
    return signature.size() == kSignatureBytes &&
           crypto_sign_ed25519_verify_detached(raw(signature.data()), raw(message), message.size(),
                                               raw(public_key_.data())) == 0;
}

std::uint64_t cosigned_at(const NoteSignature& line) {
    BATPAK_ASSERT(line.signature.size() == kTimeBytes + kSignatureBytes);
    return big_endian(BytesView(line.signature).first(kTimeBytes));
}

// The seed, and the key that libsodium makes of it.
struct SigningKey::Secret {
    Seed seed{};
    std::array<std::byte, crypto_sign_ed25519_SECRETKEYBYTES> key{};

    Secret() = default;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() {
        sodium_memzero(seed.data(), seed.size());
        sodium_memzero(key.data(), key.size());
    }
    std::array<std::byte, 32> expand() {
        std::array<std::byte, 32> public_key{};
        const int failed = crypto_sign_ed25519_seed_keypair(raw(public_key.data()), raw(key.data()),
                                                            raw(seed.data()));
        BATPAK_ASSERT(failed == 0);
        return public_key;
    }
};

SigningKey::SigningKey(std::unique_ptr<Secret> secret, VerifierKey verifier)
    : secret_(std::move(secret)), verifier_(std::move(verifier)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate(std::string name, Entropy& entropy) {
    auto secret = std::make_unique<Secret>();
    entropy.fill(secret->seed);
    VerifierKey verifier(std::move(name), KeyType::Ed25519, secret->expand());
    return {std::move(secret), std::move(verifier)};
}

Checked<SigningKey> SigningKey::parse(std::string_view text) {
    const auto refused = [] {
        return refuse(Reason::Malformed,
                      "a signing key is PRIVATE+KEY+NAME+8 HEX DIGITS+BASE64, on one line");
    };
    if (!text.starts_with(kPrivatePrefix)) return refused();
    std::optional<KeyText> key = parse_key_text(text.substr(kPrivatePrefix.size()));
    if (!key || key->type != KeyType::Ed25519) return refused();
    auto secret = std::make_unique<Secret>();
    secret->seed = key->bytes;
    VerifierKey verifier(std::string(key->name), KeyType::Ed25519, secret->expand());
    if (verifier.id() != key->id) return refused();
    return SigningKey(std::move(secret), std::move(verifier));
}

// Verified before it is given away: a fault of the memory or the processor can make a signature
// that gives the key away.
Result<NoteSignature> SigningKey::sign(std::string_view text) const {
    NoteSignature line{.name = verifier_.name(), .key_id = verifier_.id()};
    line.signature.resize(kSignatureBytes);
    crypto_sign_ed25519_detached(raw(line.signature.data()), nullptr, raw(text), text.size(),
                                 raw(secret_->key.data()));
    if (!verifier_.verifies(text, line)) {
        return fail(ErrorCode::Io, "the signature that was made is wrong: check the memory");
    }
    return line;
}

std::string origin_of(std::string_view name, const LogId& log_id) {
    return std::string(name) + "/" + batpak::to_string(log_id);
}

// Never over another file: the key that it held could not be made again.
Result<void> write_key_file(Directory& directory, std::string_view name, const SigningKey& key) {
    Wiped<std::string> text;
    text.value.reserve(kKeyFileBytesMax);
    text.value.append(kPrivatePrefix);
    add_key_text(text.value, key.verifier().name(), key.verifier().id(), KeyType::Ed25519,
                 key.secret_->seed);
    text.value.append("\n");
    BATPAK_ASSERT(text.value.size() <= kKeyFileBytesMax);
    BATPAK_TRY(const std::unique_ptr<File> file, directory.open_file(name, OpenMode::CreateNew));
    const auto write = [&]() -> Result<void> {
        BATPAK_CHECK(file->write_at(0, as_bytes(text.value)));
        BATPAK_CHECK(file->sync(SyncMode::All));
        return directory.sync();
    };
    const Result<void> written = write();
    // Nobody was told of this key yet, and its name must be free for the next attempt.
    if (!written) (void)directory.remove(name);
    return written;
}

// Whatever is wrong with the text, no part of it is in the error.
Result<SigningKey> read_key_file(Directory& directory, std::string_view name) {
    Wiped<std::array<std::byte, kKeyFileBytesMax>> bytes{};
    BATPAK_TRY(const std::size_t size, read_secret_file(directory, name, bytes.value));
    std::string_view text = as_text(BytesView(bytes.value).first(size));
    if (text.ends_with('\n')) text.remove_suffix(1);
    Checked<SigningKey> key = SigningKey::parse(text);
    if (key) return *std::move(key);
    return fail(Error(ErrorCode::DecodeFailed, key.error().detail()).at(std::string(name)));
}

}  // namespace batpak::proof
