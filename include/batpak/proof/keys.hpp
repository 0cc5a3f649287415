// Keys: what signs checkpoints, and what checks the signatures.
//
//     VerifierKey   NAME+8 HEX DIGITS+BASE64: public; give it to every auditor
//     SigningKey    PRIVATE+KEY+NAME+8 HEX DIGITS+BASE64: one line, in a file of mode 0600
//
// Both are the texts of golang.org/x/mod/sumdb/note, and an Ed25519 key is what they hold. The name
// of a log's key is the log's origin. A signing key has no way to be printed, and is wiped from
// memory when it is destroyed.
//
// Threads: immutable values
// Errors:  parse(): refuses, Malformed; read_key_file(): KeyExposed, DecodeFailed; those of files
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "batpak/base/environment.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/id.hpp"
#include "batpak/proof/note.hpp"

namespace batpak::proof {

enum class KeyType : std::uint8_t {
    Ed25519 = 0x01,      // signs the text of a note
    Cosignature = 0x04,  // a witness's: signs the text and the time at which it was seen
};

class VerifierKey {
public:
    [[nodiscard]] static Checked<VerifierKey> parse(std::string_view text);
    VerifierKey(std::string name, KeyType type, const std::array<std::byte, 32>& public_key);

    const std::string& name() const noexcept { return name_; }
    KeyType type() const noexcept { return type_; }
    const KeyId& id() const noexcept { return id_; }
    const std::array<std::byte, 32>& public_key() const noexcept { return public_key_; }
    std::string to_string() const;

    // Whether a signature line names this key: then it must be good.
    bool is_named_by(const NoteSignature& line) const noexcept;
    // Whether the line is this key's signature of the text.
    bool verifies(std::string_view text, const NoteSignature& line) const;
    friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

private:
    std::string name_;
    KeyType type_;
    std::array<std::byte, 32> public_key_;
    KeyId id_{};
};

// When a witness says that it saw a text, in seconds since 1970. Requires: the line is of a key of
// type Cosignature, which verifies it.
std::uint64_t cosigned_at(const NoteSignature& line);

class SigningKey {
public:
    // Requires: is_key_name(name).
    [[nodiscard]] static SigningKey generate(std::string name, Entropy& entropy);
    [[nodiscard]] static Checked<SigningKey> parse(std::string_view text);
    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    const VerifierKey& verifier() const noexcept { return verifier_; }
    // Signs, and checks the signature before it is given away. Errors: Io if it is wrong, which is
    // broken memory or an attack by faults.
    [[nodiscard]] Result<NoteSignature> sign(std::string_view text) const;

private:
    struct Secret;
    friend Result<void> write_key_file(Directory&, std::string_view, const SigningKey&);
    SigningKey(std::unique_ptr<Secret> secret, VerifierKey verifier);

    std::unique_ptr<Secret> secret_;
    VerifierKey verifier_;
};

// The origin of a log: NAME/LOG ID. A fork, or a restore that discards events, has another log id,
// so that no two histories meet under one origin.
std::string origin_of(std::string_view name, const LogId& log_id);

// A new file, mode 0600, durable before this returns. Errors: Io with EEXIST if it is there.
[[nodiscard]] Result<void> write_key_file(Directory& directory, std::string_view name,
                                          const SigningKey& key);
// Errors: KeyExposed if it is another user's, or others may read or write it; NotRegular if it is a
// link.
[[nodiscard]] Result<SigningKey> read_key_file(Directory& directory, std::string_view name);

}  // namespace batpak::proof
