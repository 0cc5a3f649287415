// Checks proofs of a batpak log, without batpak: one file, C++20, and libsodium.
//
//     c++ -std=c++20 -O2 batpak_verify.cpp -lsodium -o batpak-verify
//     batpak-verify --policy POLICY [--since NOTE] [--hash HEX] [--json] FILE...
//
// A file is the proof of an event, the proof of growth (with --since, the older checkpoint), or a
// checkpoint. The policy says whose signatures count (C2SP tlog-policy); nothing in a proof adds to
// it. docs/FORMAT.md, "Proofs", describes every byte. Prints `valid` and what was proved, or
// `refused` and one reason. Exit code: 0 if all are valid, 1 if one is refused, 2 if the question
// was wrong. batpak_verify.py beside it is the same in Python; a test compares the two.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Text = std::string;
using View = std::string_view;
using Hash = std::array<unsigned char, 32>;

constexpr std::size_t kNoteBytesMax = 16384, kSignaturesMax = 64, kEntriesMax = 32, kHashesMax = 64;
constexpr unsigned char kEd25519 = 1, kCosignature = 4;

struct Refused {
    Text reason, detail;
};
[[noreturn]] void refuse(Text reason, Text detail = {}) {
    throw Refused{std::move(reason), std::move(detail)};
}
[[noreturn]] void malformed(Text detail) { refuse("malformed", std::move(detail)); }

const unsigned char* raw(View bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
View view(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

template <class Number>
Number little_endian(View bytes, std::size_t at) {
    Number value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[at + i]));
    return value;
}
std::uint64_t big_endian_64(View bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes.substr(0, 8))
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

Text hex(View bytes) {
    Text digits;
    for (const char byte : bytes) {
        digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
        digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
    }
    return digits;
}

// ---- BLAKE3, key derivation mode

using Words = std::array<std::uint32_t, 8>;
constexpr Words kIv = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                       0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
enum : std::uint32_t {
    kChunkStart = 1,
    kChunkEnd = 2,
    kParent = 4,
    kRoot = 8,
    kContext = 32,
    kMaterial = 64
};

Words compress(const Words& chain, View block, std::uint64_t counter, std::uint32_t flags) {
    static constexpr int kOrder[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    static constexpr std::size_t kLanes[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                                 {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                                 {2, 7, 8, 13},  {3, 4, 9, 14}};
    Text padded(block);
    padded.resize(64, '\0');
    std::array<std::uint32_t, 16> m{};
    for (std::size_t i = 0; i < 16; ++i) m[i] = little_endian<std::uint32_t>(padded, 4 * i);
    std::array<std::uint32_t, 16> v{};
    std::copy(chain.begin(), chain.end(), v.begin());
    std::copy_n(kIv.begin(), 4, v.begin() + 8);
    v[12] = static_cast<std::uint32_t>(counter);
    v[13] = static_cast<std::uint32_t>(counter >> 32);
    v[14] = static_cast<std::uint32_t>(block.size());
    v[15] = flags;
    for (int round = 0; round < 7; ++round) {
        for (std::size_t i = 0; i < 8; ++i) {
            const auto& [ia, ib, ic, id] = kLanes[i];
            std::uint32_t &a = v[ia], &b = v[ib], &c = v[ic], &d = v[id];
            for (int half = 0; half < 2; ++half) {
                a += b + m[2 * i + static_cast<std::size_t>(half)];
                d = std::rotr(d ^ a, half == 0 ? 16 : 8);
                c += d;
                b = std::rotr(b ^ c, half == 0 ? 12 : 7);
            }
        }
        std::array<std::uint32_t, 16> next{};
        for (std::size_t i = 0; i < 16; ++i) next[i] = m[static_cast<std::size_t>(kOrder[i])];
        m = next;
    }
    Words out{};
    for (std::size_t i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
    return out;
}

Text bytes_of(const Words& words) {
    Text bytes;
    for (const std::uint32_t word : words)
        for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(word >> shift & 255);
    return bytes;
}

Words blake3(const Words& key, View data, std::uint64_t number, std::uint32_t flags,
             std::uint32_t root) {
    if (data.size() <= 1024) {
        Words chain = key;
        std::size_t at = 0;
        do {
            const View block = data.substr(at, 64);
            std::uint32_t ends = at == 0 ? kChunkStart : 0U;
            if (at + 64 >= data.size()) ends |= kChunkEnd | root;
            chain = compress(chain, block, number, flags | ends);
            at += 64;
        } while (at < data.size());
        return chain;
    }
    const std::size_t left = std::bit_floor((data.size() - 1) / 1024);
    const Text halves = bytes_of(blake3(key, data.substr(0, left * 1024), number, flags, 0)) +
                        bytes_of(blake3(key, data.substr(left * 1024), number + left, flags, 0));
    return compress(key, halves, 0, flags | kParent | root);
}

Text derive(View context, View data) {
    return bytes_of(blake3(blake3(kIv, context, 0, kContext, kRoot), data, 0, kMaterial, kRoot));
}

// ---- texts

std::optional<Text> decode_base64(View text) {
    Text bytes(text.size(), '\0');
    std::size_t used = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &used, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.data() + text.size())
        return std::nullopt;
    bytes.resize(used);
    Text again(sodium_base64_encoded_len(used, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(again.data(), again.size(), raw(bytes), used, sodium_base64_VARIANT_ORIGINAL);
    again.pop_back();
    return again == text ? std::optional(bytes) : std::nullopt;
}

Hash to_hash(View bytes) {
    Hash hash{};
    std::memcpy(hash.data(), bytes.data(), hash.size());
    return hash;
}

std::optional<Hash> decode_hash(View text) {
    const auto bytes = decode_base64(text);
    if (!bytes || bytes->size() != 32) return std::nullopt;
    return to_hash(*bytes);
}

std::optional<std::uint64_t> decode_number(View text) {
    if (text.empty() || text.size() > 19 || (text[0] == '0' && text.size() > 1))
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value < std::uint64_t{1} << 63 ? std::optional(value) : std::nullopt;
}

// The code points of strict UTF-8; nothing for other bytes.
std::optional<std::vector<char32_t>> decode_utf8(View text) {
    std::vector<char32_t> points;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t size = first < 0x80   ? 1
                                 : first < 0xC2 ? 0
                                 : first < 0xE0 ? 2
                                 : first < 0xF0 ? 3
                                 : first < 0xF5 ? 4
                                                : 0;
        if (size == 0 || at + size > text.size()) return std::nullopt;
        char32_t point = size == 1 ? first : first & (0x7FU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if ((next & 0xC0) != 0x80) return std::nullopt;
            point = point << 6 | (next & 0x3FU);
        }
        const bool is_overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
        if (is_overlong || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF)
            return std::nullopt;
        points.push_back(point);
        at += size;
    }
    return points;
}

bool is_key_name(View name) {
    const auto points = decode_utf8(name);
    const auto is_bad = [](char32_t c) {
        return c <= 0x20 || c == 0x7F || c == '+' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
               (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
               c == 0x205F || c == 0x3000;
    };
    return points && !name.empty() && name.size() <= 255 && std::ranges::none_of(*points, is_bad);
}

std::vector<View> lines_of(View text) {
    std::vector<View> lines;
    for (std::size_t end = 0; (end = text.find('\n')) != View::npos; text.remove_prefix(end + 1))
        lines.push_back(text.substr(0, end));
    if (!text.empty()) lines.push_back(text);
    return lines;
}

Hash sha256(std::initializer_list<View> parts) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const View part : parts) crypto_hash_sha256_update(&state, raw(part), part.size());
    Hash hash{};
    crypto_hash_sha256_final(&state, hash.data());
    return hash;
}

struct Key {
    Text name, id, key;
    unsigned char kind = 0;

    Key(View text, unsigned char wanted) {
        const std::size_t one = text.find('+');
        const std::size_t two = one == View::npos ? one : text.find('+', one + 1);
        const auto data = two == View::npos ? std::nullopt : decode_base64(text.substr(two + 1));
        if (!data || data->size() != 33 || !is_key_name(text.substr(0, one)) ||
            static_cast<unsigned char>((*data)[0]) != wanted)
            throw std::runtime_error("that is no verifier key of this kind");
        name = text.substr(0, one);
        kind = wanted;
        key = data->substr(1);
        id = view(sha256({name, "\n", *data})).substr(0, 4);
        Text digits(text.substr(one + 1, two - one - 1));
        for (char& digit : digits)
            if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit + ('a' - 'A'));
        if (digits != hex(id))
            throw std::runtime_error("the id of the verifier key is not that of its bytes");
    }

    bool verifies(const Text& text, View signature) const {
        Text message = text;
        if (kind == kCosignature) {
            if (signature.size() != 72) return false;
            message =
                "cosignature/v1\ntime " + std::to_string(big_endian_64(signature)) + "\n" + message;
            signature.remove_prefix(8);
        }
        return signature.size() == 64 && crypto_sign_verify_detached(raw(signature), raw(message),
                                                                     message.size(), raw(key)) == 0;
    }
};

// Whose signatures count. What is wrong with the text is a runtime_error.
class Policy {
public:
    explicit Policy(View text) {
        std::size_t number = 0;
        for (const View line : lines_of(text)) {
            ++number;
            const std::vector<Text> words = words_of(line);
            if (words.empty() || words[0].starts_with('#')) continue;
            try {
                read(words);
            } catch (const std::runtime_error& error) {
                throw std::runtime_error("line " + std::to_string(number) +
                                         " of the policy: " + error.what());
            }
        }
        if (logs.empty()) throw std::runtime_error("the policy names no log");
    }

    bool is_quorum(std::set<Text> holds) const {
        for (const Group& group : groups_) {
            const auto is_there = [&](const Text& member) { return holds.contains(member); };
            if (std::ranges::count_if(group.members, is_there) >= group.needs)
                holds.insert(group.name);
        }
        return !quorum_ || *quorum_ == "none" || holds.contains(*quorum_);
    }

    std::vector<Key> logs;
    std::vector<std::pair<Text, Key>> witnesses;

private:
    struct Group {
        Text name;
        std::ptrdiff_t needs;
        std::vector<Text> members;
    };

    static std::vector<Text> words_of(View line) {
        std::vector<Text> words;
        for (;;) {
            const std::size_t begin = line.find_first_not_of(" \t");
            if (begin == View::npos) return words;
            const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
            words.emplace_back(line.substr(begin, end - begin));
            line.remove_prefix(end);
        }
    }
    static void demand(bool holds, const char* otherwise) {
        if (!holds) throw std::runtime_error(otherwise);
    }
    bool is_new(const Text& name) const {
        return name != "none" &&
               std::ranges::none_of(witnesses,
                                    [&](const auto& one) { return one.first == name; }) &&
               std::ranges::none_of(groups_, [&](const auto& one) { return one.name == name; });
    }

    void read(const std::vector<Text>& words) {
        const std::size_t count = words.size();
        if (words[0] == "log") {
            demand((count == 2 || count == 3) && logs.size() < kEntriesMax,
                   "it is: log VKEY, 32 times at most");
            logs.emplace_back(words[1], kEd25519);
        } else if (words[0] == "witness") {
            demand((count == 3 || count == 4) && witnesses.size() < kEntriesMax && is_new(words[1]),
                   "it is: witness NAME VKEY, with a new name, 32 times at most");
            const Key key(words[2], kCosignature);
            for (const auto& [name, other] : witnesses)
                demand(other.name != key.name || other.key != key.key,
                       "the witness is there already");
            witnesses.emplace_back(words[1], key);
        } else if (words[0] == "group") {
            demand(count >= 4 && groups_.size() < kEntriesMax && is_new(words[1]),
                   "it is: group NAME any|all|COUNT MEMBER..., with a new name, 32 times at most");
            const std::vector<Text> members(words.begin() + 3, words.end());
            demand(std::set(members.begin(), members.end()).size() == members.size() &&
                       std::ranges::none_of(members, [&](const Text& m) { return is_new(m); }),
                   "each member is declared before, and there once");
            const std::uint64_t needs = words[2] == "any"   ? 1
                                        : words[2] == "all" ? members.size()
                                                            : decode_number(words[2]).value_or(0);
            demand(needs > 0 && needs <= members.size(),
                   "a group asks for 1 member up to all of them");
            groups_.push_back({words[1], static_cast<std::ptrdiff_t>(needs), members});
        } else if (words[0] == "quorum") {
            demand(count == 2 && !quorum_ && (words[1] == "none" || !is_new(words[1])),
                   "it is, once: quorum NAME|none, of a witness or group that was declared");
            quorum_ = words[1];
        } else {
            demand(false, "a line begins with log, witness, group or quorum");
        }
    }

    std::vector<Group> groups_;
    std::optional<Text> quorum_;
};

// ---- notes and checkpoints

struct Signature {
    Text name, id, bytes;
};

std::pair<Text, std::vector<Signature>> parse_note(View note) {
    if (note.size() > kNoteBytesMax) malformed("a note has at most 16 KiB");
    const auto points = decode_utf8(note);
    if (!points) malformed("a note is UTF-8");
    for (const char32_t c : *points)
        if ((c < 0x20 && c != '\n') || c == 0x7F) malformed("a note has no control characters");
    const std::size_t gap = note.rfind("\n\n");
    if (gap == View::npos || !note.ends_with('\n'))
        malformed("a note has an empty line before its signatures");
    std::vector<Signature> signatures;
    for (View line : lines_of(note.substr(gap + 2))) {
        constexpr View kDash = "\xE2\x80\x94 ";
        const bool is_signature = line.starts_with(kDash);
        if (is_signature) line.remove_prefix(kDash.size());
        const std::size_t space = line.find(' ');
        const auto data = is_signature && space != View::npos && is_key_name(line.substr(0, space))
                              ? decode_base64(line.substr(space + 1))
                              : std::nullopt;
        if (!data || data->size() <= 4) malformed("that is no line of a signature");
        signatures.push_back({Text(line.substr(0, space)), data->substr(0, 4), data->substr(4)});
    }
    if (signatures.empty() || signatures.size() > kSignaturesMax)
        malformed("a note has 1 to 64 signatures");
    return {Text(note.substr(0, gap + 1)), signatures};
}

// What was proved: names and values, in order; a number as its digits.
struct Fact {
    Text name, value;
    bool is_number = false;
};
using Facts = std::vector<Fact>;

// A checkpoint that the policy believes.
struct Checkpoint {
    Text origin;
    std::uint64_t size = 0;
    Hash root{};
    std::set<Text> witnesses;
    std::uint64_t seen = 0;

    Checkpoint(View note, const Policy& policy) {
        const auto [text, signatures] = parse_note(note);
        const std::vector<View> lines = lines_of(text);
        const auto events = lines.size() >= 3 ? decode_number(lines[1]) : std::nullopt;
        const auto hash = lines.size() >= 3 ? decode_hash(lines[2]) : std::nullopt;
        if (!events || !hash || std::ranges::find(lines, View()) != lines.end())
            malformed("a checkpoint has three lines: origin, size, root");
        origin = lines[0];
        size = *events;
        root = *hash;
        const auto signed_by = [&](const Key& key) {
            const Signature* found = nullptr;
            for (const Signature& one : signatures) {
                if (one.name != key.name || one.id != key.id) continue;
                if (!key.verifies(text, one.bytes))
                    refuse("bad-signature", "the signature of " + key.name + " is bad");
                found = &one;
            }
            return found;
        };
        bool is_known = false, is_signed = false;
        for (const Key& key : policy.logs) {
            if (key.name != origin) continue;
            is_known = true;
            is_signed = (signed_by(key) != nullptr) || is_signed;
        }
        if (!is_known) refuse("unknown-origin", "the policy has no key of this log");
        if (!is_signed) refuse("no-trusted-signature", "the log has not signed it");
        for (const auto& [name, key] : policy.witnesses) {
            const Signature* const line = signed_by(key);
            if (line == nullptr) continue;
            witnesses.insert(name);
            seen = std::max(seen, big_endian_64(line->bytes));
        }
        if (!policy.is_quorum(witnesses))
            refuse("quorum-missing", "only " + std::to_string(witnesses.size()) +
                                         " of the policy's witnesses have signed it");
    }

    void tell(Facts& facts) const {
        facts.push_back({"origin", origin});
        facts.push_back({"size", std::to_string(size), true});
        facts.push_back({"root", hex(view(root))});
        facts.push_back({"witnesses", std::to_string(witnesses.size()), true});
        if (!witnesses.empty()) facts.push_back({"witnessed_at", std::to_string(seen), true});
    }
};

// ---- the tree

Hash node(const Hash& left, const Hash& right) {
    return sha256({View("\1", 1), view(left), view(right)});
}

void exact_length(std::size_t has, std::size_t needs) {
    if (has != needs) refuse(has < needs ? "proof-too-short" : "proof-too-long");
}

unsigned ones(std::uint64_t number, unsigned above) {
    return above == 64 ? 0 : static_cast<unsigned>(std::popcount(number >> above));
}

void check_inclusion(View entry, std::uint64_t index, const Checkpoint& log,
                     const std::vector<Hash>& proof) {
    if (index >= log.size) refuse("index-not-below-size");
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (log.size - 1)));
    exact_length(proof.size(), inner + ones(index, inner));
    Hash hash = sha256({View("\0", 1), entry});
    for (unsigned level = 0; level < proof.size(); ++level) {
        const bool has_left = level >= inner || (index >> level & 1) != 0;
        hash = has_left ? node(proof[level], hash) : node(hash, proof[level]);
    }
    if (hash != log.root) refuse("wrong-root");
}

void check_growth(const Checkpoint& from, const Checkpoint& to, const std::vector<Hash>& proof) {
    if (from.size > to.size) refuse("sizes-disagree", "the log has become shorter");
    if (from.size == 0 || from.size == to.size) {
        exact_length(proof.size(), 0);
        if (from.root != (from.size == 0 ? sha256({}) : to.root)) refuse("wrong-root");
        return;
    }
    const auto level = static_cast<unsigned>(std::countr_zero(from.size));
    const std::uint64_t begin = from.size - (std::uint64_t{1} << level);
    const auto inner = static_cast<unsigned>(std::bit_width(begin ^ (to.size - 1)));
    const std::size_t seed = begin != 0 ? 1 : 0;
    exact_length(proof.size(), seed + inner - level + ones(begin, inner));
    Hash before = seed != 0 ? proof[0] : from.root;
    Hash after = before;
    for (std::size_t i = seed; i < proof.size(); ++i) {
        const auto at = static_cast<unsigned>(level + i - seed);
        if (at >= inner || (begin >> at & 1) != 0) {
            before = node(proof[i], before);
            after = node(proof[i], after);
        } else {
            after = node(after, proof[i]);
        }
    }
    if (before != from.root || after != to.root) refuse("wrong-root");
}

// ---- events

std::map<int, View> decode_evidence(View data) {
    if (!data.starts_with("BPX1")) malformed("the line `extra` is no evidence");
    std::map<int, View> found;
    int last = 0;
    for (std::size_t at = 4; at < data.size();) {
        if (at + 5 > data.size()) malformed("the evidence ends early");
        const int tag = static_cast<unsigned char>(data[at]);
        const std::size_t size = little_endian<std::uint32_t>(data, at + 1);
        if (tag <= last || tag > 4 || size > data.size() - at - 5)
            malformed("the evidence has a record that cannot be there");
        found[tag] = data.substr(at + 5, size);
        last = tag;
        at += 5 + size;
    }
    if (found[1].empty() || found[2].size() != 124 || found.contains(3) != found.contains(4) ||
        (found.contains(3) && found[3].size() != 16))
        malformed("the evidence lacks a part");
    return found;
}

Text uuid(View bytes) {
    const Text digits = hex(bytes);
    return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
           digits.substr(16, 4) + "-" + digits.substr(20);
}

View take_counted(View content, std::size_t& at) {
    constexpr const char* kNotOfThatForm = "the content has not the form of an event's";
    if (content.size() - at < 4) malformed(kNotOfThatForm);
    const std::size_t size = little_endian<std::uint32_t>(content, at);
    if (size > content.size() - at - 4) malformed(kNotOfThatForm);
    const View taken = content.substr(at + 4, size);
    at += 4 + size;
    return taken;
}

struct Event {
    Text hash;
    std::uint64_t sequence = 0;
    Facts facts;
};

Event check_evidence(const std::map<int, View>& found) {
    const View content = found.at(1), link = found.at(2);
    if (derive("batpak.v1 event content", content) != link.substr(60, 32))
        refuse("content-not-in-event", "the link is of another content");
    if (content.size() < 108 || !content.starts_with("BPC1"))
        malformed("the content has not the form of an event's");
    std::size_t at = 108;
    const View entity = take_counted(content, at), scope = take_counted(content, at),
               metadata = take_counted(content, at);
    if (at != content.size()) malformed("the content has not the form of an event's");
    const auto number = [](auto value) { return std::to_string(value); };
    const auto size = little_endian<std::uint64_t>(content, 68);
    std::array<char, 8> kind{};
    std::snprintf(kind.data(), kind.size(), "0x%04X",
                  static_cast<unsigned>(little_endian<std::uint16_t>(content, 20)));
    Event event{derive("batpak.v1 event", link), little_endian<std::uint64_t>(link, 0), {}};
    event.facts = {{"log", uuid(content.substr(4, 16))},
                   {"event_id", uuid(link.substr(44, 16))},
                   {"entity", Text(entity)},
                   {"scope", Text(scope)},
                   {"kind", kind.data()},
                   {"payload_version", number(little_endian<std::uint16_t>(content, 22)), true},
                   {"flags", number(little_endian<std::uint32_t>(content, 24)), true},
                   {"version", number(little_endian<std::uint64_t>(link, 8)), true},
                   {"time_us", number(little_endian<std::int64_t>(link, 16)), true},
                   {"timestamp_us", number(little_endian<std::int64_t>(content, 28)), true},
                   {"metadata", hex(metadata)},
                   {"payload_bytes", number(size), true}};
    if (found.contains(4)) {
        const View payload = found.at(4);
        Text committed(found.at(3));
        for (int shift = 0; shift < 64; shift += 8)
            committed += static_cast<char>(payload.size() >> shift & 255);
        committed += payload;
        if (derive("batpak.v1 payload commitment", committed) != content.substr(76, 32) ||
            payload.size() != size)
            refuse("payload-not-in-content", "the content is of another payload");
        event.facts.push_back({"payload", hex(payload)});
    }
    return event;
}

std::vector<Hash> decode_hashes(const std::vector<View>& lines, std::size_t from) {
    std::vector<Hash> hashes;
    for (std::size_t i = from; i < lines.size(); ++i) {
        const auto hash = decode_hash(lines[i]);
        if (!hash || hashes.size() == kHashesMax)
            malformed("a proof has lines of hashes, then an empty line");
        hashes.push_back(*hash);
    }
    return hashes;
}

struct Question {
    Policy policy;
    std::optional<Text> older, hash;
};

Facts verify_event(const std::vector<View>& lines, View note, const Question& question) {
    std::size_t at = 1;
    Text evidence;
    std::map<int, View> found;
    if (lines.size() > at && lines[at].starts_with("extra ")) {
        evidence = decode_base64(lines[at++].substr(6)).value_or("");
        found = decode_evidence(evidence);
    }
    const auto index = lines.size() > at && lines[at].starts_with("index ")
                           ? decode_number(lines[at].substr(6))
                           : std::nullopt;
    if (!index) malformed("a proof has a line `index N`");
    const std::vector<Hash> hashes = decode_hashes(lines, at + 1);
    const Checkpoint checkpoint(note, question.policy);
    Event event{question.hash.value_or(""), *index, {}};
    if (!found.empty()) event = check_evidence(found);
    if (event.hash.empty()) malformed("the proof shows no event: give the hash of the event");
    if (question.hash && *question.hash != event.hash)
        refuse("content-not-in-event", "the proof is of another event");
    check_inclusion(event.hash, *index, checkpoint, hashes);
    if (event.sequence != *index)
        refuse("content-not-in-event", "the event says that its place is another");
    Facts facts = {
        {"proved", "event"}, {"sequence", std::to_string(*index), true}, {"hash", hex(event.hash)}};
    facts.insert(facts.end(), event.facts.begin(), event.facts.end());
    checkpoint.tell(facts);
    return facts;
}

Facts verify_growth(const std::vector<View>& lines, View note, const Question& question) {
    if (!question.older) malformed("a proof of growth needs --since, the older checkpoint");
    const Checkpoint older(*question.older, question.policy);
    const auto size = decode_number(lines[0].substr(4));
    if (!size) malformed("a proof of growth begins with `old N`");
    const std::vector<Hash> hashes = decode_hashes(lines, 1);
    const Checkpoint newer(note, question.policy);
    if (newer.origin != older.origin)
        refuse("unknown-origin", "the two checkpoints are of different logs");
    if (*size != older.size) refuse("sizes-disagree", "the proof is from another size");
    check_growth(older, newer, hashes);
    Facts facts = {{"proved", "growth"}, {"since", std::to_string(*size), true}};
    newer.tell(facts);
    return facts;
}

Facts verify(const Text& data, const Question& question) {
    const bool is_event = data.starts_with("c2sp.org/tlog-proof@v1\n");
    if (!is_event && !data.starts_with("old ")) {
        Facts facts = {{"proved", "checkpoint"}};
        Checkpoint(data, question.policy).tell(facts);
        return facts;
    }
    const std::size_t gap = data.find("\n\n");
    if (gap == Text::npos) malformed("a proof has an empty line before the checkpoint");
    const std::vector<View> lines = lines_of(View(data).substr(0, gap));
    const View note = View(data).substr(gap + 2);
    return is_event ? verify_event(lines, note, question) : verify_growth(lines, note, question);
}

// ---- the command line

// Without what a terminal would obey; `quote`: as JSON.
Text printable(View text, bool quote) {
    const bool is_utf8 = decode_utf8(text).has_value();
    Text shown;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        std::array<char, 8> code{};
        std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(byte));
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_utf8))
            shown += code.data();
        else if (quote && (c == '"' || c == '\\'))
            shown += Text("\\") + c;
        else
            shown += c;
    }
    return quote ? "\"" + shown + "\"" : shown;
}

void print(const Text& file, const Facts& facts, const std::optional<Refused>& refused, bool json) {
    if (json) {
        Text line =
            "{\"file\": " + printable(file, true) + ", \"valid\": " + (refused ? "false" : "true");
        if (refused)
            line += ", \"reason\": \"" + refused->reason +
                    "\", \"detail\": " + printable(refused->detail, true);
        for (const Fact& fact : facts)
            line += ", \"" + fact.name +
                    "\": " + (fact.is_number ? fact.value : printable(fact.value, true));
        std::printf("%s}\n", line.c_str());
    } else if (refused) {
        std::printf("refused  %s  %s%s%s\n", file.c_str(), refused->reason.c_str(),
                    refused->detail.empty() ? "" : ": ", printable(refused->detail, false).c_str());
    } else {
        std::printf("valid  %s\n", file.c_str());
        for (const Fact& fact : facts)
            std::printf("  %s %s\n", fact.name.c_str(), printable(fact.value, false).c_str());
    }
}

Text read(const Text& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Text from_hex(const Text& digits) {
    Text bytes(32, '\0');
    std::size_t used = 0;
    if (sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), digits.data(),
                       digits.size(), nullptr, &used, nullptr) != 0 ||
        used != 32 || digits.size() != 64)
        throw std::runtime_error("--hash takes 64 hexadecimal digits");
    return bytes;
}

int run(const std::vector<Text>& words) {
    std::map<Text, Text> options;
    std::vector<Text> files;
    bool json = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--json") {
            json = true;
        } else if (words[i] == "--policy" || words[i] == "--since" || words[i] == "--hash") {
            if (i + 1 == words.size()) throw std::runtime_error(words[i] + " takes a value");
            options[words[i]] = words[i + 1];
            ++i;
        } else if (words[i].starts_with("-")) {
            throw std::runtime_error("there is no option " + words[i]);
        } else {
            files.push_back(words[i]);
        }
    }
    if (!options.contains("--policy") || files.empty())
        throw std::runtime_error(
            "batpak-verify --policy POLICY [--since NOTE] [--hash HEX] [--json] FILE...");
    Question question{Policy(read(options["--policy"])), {}, {}};
    if (options.contains("--since")) question.older = read(options["--since"]);
    if (options.contains("--hash")) question.hash = from_hex(options["--hash"]);
    bool is_refused = false;
    for (const Text& file : files) {
        const Text data = read(file);
        std::optional<Refused> refused;
        Facts facts;
        try {
            facts = verify(data, question);
        } catch (const Refused& why) {
            refused = why;
            is_refused = true;
        }
        print(file, facts, refused, json);
    }
    return is_refused ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
    try {
        if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
        return run({words + 1, words + count});
    } catch (const std::runtime_error& error) {
        std::fprintf(stderr, "batpak-verify: %s\n", error.what());
        return 2;
    }
}
