// Checks proofs of a batpak log, without batpak: one file, C++20, and libsodium.
//
//     c++ -std=c++20 -O2 batpak_verify.cpp -lsodium -o batpak-verify
//     batpak-verify --policy POLICY [OPTIONS] FILE...
//         --since NOTE     the older checkpoint that a proof of growth goes on from
//         --hash HEX       the hash of the event, for a proof that does not show it
//         --head ENTITY    each file has to prove the latest event of this entity
//         --absent ENTITY  or that it has none
//         --json           an object for each file
//
// A file is the proof of an event, or of a head (which event is the latest of an entity, or that it
// has none), the proof of growth, or a checkpoint. The policy says whose signatures count (C2SP
// tlog-policy); nothing in a proof adds to it. docs/FORMAT.md, "Proofs", describes every byte.
// Prints `valid` and what was proved, or `refused` and one reason. Exit code: 0 if all are valid, 1
// if one is refused, 2 if the question was wrong. batpak_verify.py beside it is the same in Python.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <fstream>
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

constexpr std::size_t kNoteBytesMax = 16384, kSignaturesMax = 64, kEntriesMax = 32, kHashesMax = 64;
constexpr std::size_t kFileBytesMax = std::size_t{512} << 20;
constexpr unsigned char kEd25519 = 1, kCosignature = 4;

// Why a file proves nothing: one of the reasons of docs/FORMAT.md.
struct Refused {
    Text reason;
};
void demand(bool holds, const char* otherwise = "malformed") {
    if (!holds) throw Refused{otherwise};
}
// The same for what the caller wrote: the policy, the command line.
void insist(bool holds, const Text& otherwise) {
    if (!holds) throw std::runtime_error(otherwise);
}

const unsigned char* raw(View bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Text& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

template <class Number>
Number little_endian(View bytes, std::size_t at) {
    Number value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[at + i]));
    return value;
}

std::uint64_t big_endian(View bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

Text hex(View bytes) {
    Text digits(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(digits.data(), digits.size(), raw(bytes), bytes.size());
    digits.pop_back();
    return digits;
}

// ---- BLAKE3, key derivation mode

using Words = std::array<std::uint32_t, 8>;
constexpr Words kIv = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                       0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::uint32_t kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8;
constexpr std::uint32_t kContext = 32, kMaterial = 64;

Words compress(const Words& chain, View block, std::uint64_t counter, std::uint32_t flags) {
    static constexpr std::size_t kOrder[16] = {2, 6,  3,  10, 7, 0,  4,  13,
                                               1, 11, 12, 5,  9, 14, 15, 8};
    static constexpr std::size_t kLanes[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                                 {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                                 {2, 7, 8, 13},  {3, 4, 9, 14}};
    Text padded(block);
    padded.resize(64, '\0');
    std::array<std::uint32_t, 16> m{}, v{};
    for (std::size_t i = 0; i < 16; ++i) m[i] = little_endian<std::uint32_t>(padded, 4 * i);
    std::copy(chain.begin(), chain.end(), v.begin());
    std::copy_n(kIv.begin(), 4, v.begin() + 8);
    v[12] = static_cast<std::uint32_t>(counter);
    v[13] = static_cast<std::uint32_t>(counter >> 32);
    v[14] = static_cast<std::uint32_t>(block.size());
    v[15] = flags;
    for (int round = 0; round < 7; ++round) {
        for (std::size_t i = 0; i < 16; ++i) {
            const auto& [a, b, c, d] = kLanes[i / 2];
            v[a] += v[b] + m[i];
            v[d] = std::rotr(v[d] ^ v[a], i % 2 == 0 ? 16 : 8);
            v[c] += v[d];
            v[b] = std::rotr(v[b] ^ v[c], i % 2 == 0 ? 12 : 7);
        }
        const auto before = m;
        for (std::size_t i = 0; i < 16; ++i) m[i] = before[kOrder[i]];
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
    constexpr int kForm = sodium_base64_VARIANT_ORIGINAL;
    Text bytes(text.size() + 1, '\0');
    std::size_t used = 0;
    const char* end = nullptr;
    if (sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &used, &end,
                          kForm) != 0)
        return std::nullopt;
    bytes.resize(used);
    // There is one text for some bytes: the one that they are written as.
    Text again(sodium_base64_encoded_len(used, kForm), '\0');
    sodium_bin2base64(again.data(), again.size(), raw(bytes), used, kForm);
    again.pop_back();
    return again == text ? std::optional(bytes) : std::nullopt;
}

std::optional<Text> decode_hash(View text) {
    const auto bytes = decode_base64(text);
    return bytes && bytes->size() == 32 ? bytes : std::nullopt;
}

std::optional<std::uint64_t> decode_number(View text) {
    const bool has_zero = text.size() > 1 && text[0] == '0';
    if (text.empty() || text.size() > 19 || has_zero) return std::nullopt;
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value < std::uint64_t{1} << 63 ? std::optional(value) : std::nullopt;
}

// The number after a word that begins the line.
std::optional<std::uint64_t> numbered(View line, View word) {
    return line.starts_with(word) ? decode_number(line.substr(word.size())) : std::nullopt;
}

// The code points of strict UTF-8; nothing for other bytes.
std::optional<std::u32string> decode_utf8(View text) {
    std::u32string points;
    for (std::size_t at = 0, size = 0; at < text.size(); at += size) {
        const auto first = static_cast<unsigned char>(text[at]);
        size = first < 0x80 ? 1 : static_cast<std::size_t>(std::countl_one(first));
        if ((first >= 0x80 && size < 2) || size > 4 || at + size > text.size()) return std::nullopt;
        char32_t point = size == 1 ? first : first & (0x7FU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if ((next & 0xC0) != 0x80) return std::nullopt;
            point = point << 6 | (next & 0x3FU);
        }
        constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
        const bool is_surrogate = point >= 0xD800 && point < 0xE000;
        if (point < kLeast[size] || is_surrogate || point > 0x10FFFF) return std::nullopt;
        points += point;
    }
    return points;
}

bool is_key_name(View name) {
    const auto points = decode_utf8(name);
    const auto is_bad = [](char32_t c) {
        return c <= 0x20 || (c >= 0x2000 && c <= 0x200A) ||
               std::u32string_view(U"+\x7F\x85\xA0\u1680\u2028\u2029\u202F\u205F\u3000").find(c) !=
                   std::u32string_view::npos;
    };
    return points && !name.empty() && name.size() <= 255 && std::ranges::none_of(*points, is_bad);
}

std::vector<View> split(View text, View separators) {
    std::vector<View> parts;
    for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
        end = std::min(text.find_first_of(separators), text.size());
        parts.push_back(text.substr(0, end));
    }
    return parts;
}

Text sha256(std::initializer_list<View> parts) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const View part : parts) crypto_hash_sha256_update(&state, raw(part), part.size());
    Text hash(32, '\0');
    crypto_hash_sha256_final(&state, raw(hash));
    return hash;
}

struct Key {
    Text name, id, key;
    unsigned char kind = 0;

    Key(View text, unsigned char wanted) : kind(wanted) {
        const std::size_t one = text.find('+');
        const std::size_t two = one == View::npos ? one : text.find('+', one + 1);
        const auto data = two == View::npos ? std::nullopt : decode_base64(text.substr(two + 1));
        insist(data && data->size() == 33 && is_key_name(text.substr(0, one)) &&
                   static_cast<unsigned char>((*data)[0]) == wanted,
               "that is no verifier key of this kind");
        name = text.substr(0, one);
        key = data->substr(1);
        id = sha256({name, "\n", *data}).substr(0, 4);
        Text digits(text.substr(one + 1, two - one - 1));
        for (char& digit : digits)
            if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit + ('a' - 'A'));
        insist(digits == hex(id), "the id of the verifier key is not that of its bytes");
    }

    bool verifies(const Text& text, View signature) const {
        Text message = text;
        if (kind == kCosignature) {
            if (signature.size() != 72) return false;
            const Text time = std::to_string(big_endian(signature.substr(0, 8)));
            message = "cosignature/v1\ntime " + time + "\n" + message;
            signature.remove_prefix(8);
        }
        return signature.size() == 64 && crypto_sign_verify_detached(raw(signature), raw(message),
                                                                     message.size(), raw(key)) == 0;
    }
};

// Whose signatures count. What is wrong with its text is said with the line.
class Policy {
public:
    explicit Policy(View text) {
        for (const View line : split(text, "\n")) {
            std::vector<Text> words;
            for (const View word : split(line, " \t"))
                if (!word.empty()) words.emplace_back(word);
            if (words.empty() || words[0].starts_with('#')) continue;
            const std::vector<Text> members(
                words.begin() + std::min<std::ptrdiff_t>(3, std::ssize(words)), words.end());
            words.resize(3);
            insist(read(words, members), "a policy does not have this line here: " + Text(line));
        }
        insist(!logs.empty() && !quorum_.empty(), "a policy has lines `log` and a line `quorum`");
    }

    bool is_quorum(std::set<Text> holds) const {
        for (const auto& [name, needs, members] : groups_) {
            const auto is_there = [&](const Text& member) { return holds.contains(member); };
            if (std::ranges::count_if(members, is_there) >= needs) holds.insert(name);
        }
        return quorum_ == "none" || holds.contains(quorum_);
    }

    std::vector<Key> logs;
    std::vector<std::pair<Text, Key>> witnesses;

private:
    struct Group {
        Text name;
        std::ptrdiff_t needs;
        std::vector<Text> members;
    };

    // The first three words of a line, and those after them.
    bool read(const std::vector<Text>& words, const std::vector<Text>& rest) {
        const Text &what = words[0], &name = words[1];
        if (name.empty()) return false;
        if (what == "log") {
            logs.emplace_back(name, kEd25519);
            return rest.empty() && logs.size() <= kEntriesMax;
        }
        if (what == "quorum") {
            const bool is_first = std::exchange(quorum_, name).empty();
            return is_first && words[2].empty() && names_.contains(name);
        }
        if (what == "witness") {
            const Key key(words[2], kCosignature);
            const auto has_key = [&](const auto& other) { return other.second.key == key.key; };
            if (std::ranges::any_of(witnesses, has_key)) return false;
            witnesses.emplace_back(name, key);
            return rest.size() <= 1 && witnesses.size() <= kEntriesMax &&
                   names_.insert(name).second;
        }
        const auto is_free = [&](const Text& member) {
            return member != "none" && names_.contains(member) && members_.insert(member).second;
        };
        const std::size_t needs = words[2] == "any"   ? 1
                                  : words[2] == "all" ? rest.size()
                                                      : decode_number(words[2]).value_or(0);
        groups_.push_back({name, static_cast<std::ptrdiff_t>(needs), rest});
        return what == "group" && needs > 0 && needs <= rest.size() &&
               groups_.size() <= kEntriesMax && std::ranges::all_of(rest, is_free) &&
               names_.insert(name).second;
    }

    std::vector<Group> groups_;
    std::set<Text> names_{"none"}, members_;
    Text quorum_;
};

// ---- notes and checkpoints

struct Signature {
    Text name, id, bytes;
};

std::pair<Text, std::vector<Signature>> parse_note(View note) {
    const auto points = decode_utf8(note);
    const auto is_control = [](char32_t c) { return (c < 0x20 && c != '\n') || c == 0x7F; };
    demand(note.size() <= kNoteBytesMax && points && std::ranges::none_of(*points, is_control));
    const std::size_t gap = note.rfind("\n\n");
    demand(gap != View::npos && note.ends_with('\n'));
    std::vector<Signature> signatures;
    for (View line : split(note.substr(gap + 2), "\n")) {
        constexpr View kDash = "\xE2\x80\x94 ";
        demand(line.starts_with(kDash));
        line.remove_prefix(kDash.size());
        const std::size_t space = std::min(line.find(' '), line.size());
        demand(space < line.size() && is_key_name(line.substr(0, space)));
        const auto data = decode_base64(line.substr(space + 1));
        demand(data && data->size() > 4);
        signatures.push_back({Text(line.substr(0, space)), data->substr(0, 4), data->substr(4)});
    }
    demand(!signatures.empty() && signatures.size() <= kSignaturesMax);
    return {Text(note.substr(0, gap + 1)), signatures};
}

// What was proved: names and values, in order.
struct Fact {
    Fact(const char* what, View text) : name(what), value(text) {}
    template <std::integral Number>
    Fact(const char* what, Number number)
        : name(what), value(std::to_string(number)), is_number(true) {}

    Text name, value;
    bool is_number = false;
};
using Facts = std::vector<Fact>;

void add(Facts& facts, const Facts& more) { facts.insert(facts.end(), more.begin(), more.end()); }

// A checkpoint that the policy believes.
struct Checkpoint {
    Text origin;
    std::uint64_t size = 0;
    Text root;
    std::set<Text> witnesses;
    std::uint64_t seen = 0;

    Checkpoint(View note, const Policy& policy) {
        const auto [text, signatures] = parse_note(note);
        const std::vector<View> lines = split(text, "\n");
        demand(lines.size() >= 3 && std::ranges::find(lines, View()) == lines.end());
        const auto events = decode_number(lines[1]);
        const auto hash = decode_hash(lines[2]);
        demand(events && hash);
        origin = lines[0];
        size = *events;
        root = *hash;
        const auto signed_by = [&](const Key& key) {
            const Signature* found = nullptr;
            for (const Signature& one : signatures) {
                if (one.name != key.name || one.id != key.id) continue;
                demand(key.verifies(text, one.bytes), "bad-signature");
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
        demand(is_known, "unknown-origin");
        demand(is_signed, "no-trusted-signature");
        for (const auto& [name, key] : policy.witnesses) {
            const Signature* const line = signed_by(key);
            if (line == nullptr) continue;
            witnesses.insert(name);
            seen = std::max(seen, big_endian(View(line->bytes).substr(0, 8)));
        }
        demand(policy.is_quorum(witnesses), "quorum-missing");
    }

    Facts facts() const {
        Facts facts{{"origin", origin},
                    {"size", size},
                    {"root", hex(root)},
                    {"witnesses", witnesses.size()}};
        if (!witnesses.empty()) facts.emplace_back("witnessed_at", seen);
        return facts;
    }
};

// ---- the tree

Text node(View left, View right) { return sha256({View("\1", 1), left, right}); }

void exact_length(std::size_t has, std::size_t needs) {
    demand(has >= needs, "proof-too-short");
    demand(has <= needs, "proof-too-long");
}

unsigned ones(std::uint64_t number, unsigned above) {
    return above == 64 ? 0 : static_cast<unsigned>(std::popcount(number >> above));
}

void check_inclusion(View entry, std::uint64_t index, const Checkpoint& log,
                     const std::vector<Text>& proof) {
    demand(index < log.size, "index-not-below-size");
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (log.size - 1)));
    exact_length(proof.size(), inner + ones(index, inner));
    Text hash = sha256({View("\0", 1), entry});
    for (unsigned level = 0; level < proof.size(); ++level) {
        const bool has_left = level >= inner || (index >> level & 1) != 0;
        hash = has_left ? node(proof[level], hash) : node(hash, proof[level]);
    }
    demand(hash == log.root, "wrong-root");
}

void check_growth(const Checkpoint& from, const Checkpoint& to, const std::vector<Text>& proof) {
    demand(from.size <= to.size, "sizes-disagree");
    if (from.size == 0 || from.size == to.size) {
        exact_length(proof.size(), 0);
        demand(from.root == (from.size == 0 ? sha256({}) : to.root), "wrong-root");
        return;
    }
    const auto level = static_cast<unsigned>(std::countr_zero(from.size));
    const std::uint64_t begin = from.size - (std::uint64_t{1} << level);
    const auto inner = static_cast<unsigned>(std::bit_width(begin ^ (to.size - 1)));
    const std::size_t seed = begin != 0 ? 1 : 0;
    exact_length(proof.size(), seed + inner - level + ones(begin, inner));
    Text before = seed != 0 ? proof[0] : from.root;
    Text after = before;
    for (std::size_t i = seed; i < proof.size(); ++i) {
        const auto at = static_cast<unsigned>(level + i - seed);
        const bool has_left = at >= inner || (begin >> at & 1) != 0;
        if (has_left) before = node(proof[i], before);
        after = has_left ? node(proof[i], after) : node(after, proof[i]);
    }
    demand(before == from.root && after == to.root, "wrong-root");
}

// ---- events

// Takes bytes from the front.
View take(View& rest, std::size_t size, const char* otherwise = "malformed") {
    demand(size <= rest.size(), otherwise);
    const View taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
}

View take_counted(View& rest) { return take(rest, little_endian<std::uint32_t>(take(rest, 4), 0)); }

std::map<int, View> decode_evidence(View data) {
    demand(take(data, std::min<std::size_t>(4, data.size())) == "BPX1");
    std::map<int, View> found;
    for (int last = 0; !data.empty();) {
        const int tag = static_cast<unsigned char>(take(data, 1)[0]);
        demand(tag > last && tag <= 7);
        found[tag] = take_counted(data);
        last = tag;
    }
    demand(!found[1].empty() && found[2].size() == 124 && found.contains(3) == found.contains(4));
    demand(!found.contains(3) || found[3].size() == 16);
    if (!found.contains(5) && !found.contains(6) && !found.contains(7)) return found;
    demand(found.contains(4) && found.contains(5) && found.contains(6) && found.contains(7));
    demand(found[5] == View("\0", 1) || (found[5].size() == 73 && found[5][0] == 1));
    demand(found[6].size() % 32 == 0 && found[6].size() <= std::size_t{255} * 32);
    demand(!found[7].empty() && found[7].size() <= 1024);
    return found;
}

Text uuid(View bytes) {
    Text text = hex(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
    return text;
}

struct Event {
    Text hash;
    std::uint64_t sequence = 0;
    Facts facts{};
};

Facts facts_of(View content, View link) {
    View rest = content.substr(108);
    const View entity = take_counted(rest), scope = take_counted(rest);
    const View metadata = take_counted(rest);
    demand(rest.empty());
    std::array<char, 8> kind{};
    std::snprintf(kind.data(), kind.size(), "0x%04X",
                  0U + little_endian<std::uint16_t>(content, 20));
    return {{"log", uuid(content.substr(4, 16))},
            {"event_id", uuid(link.substr(44, 16))},
            {"entity", entity},
            {"scope", scope},
            {"kind", kind.data()},
            {"payload_version", little_endian<std::uint16_t>(content, 22)},
            {"flags", little_endian<std::uint32_t>(content, 24)},
            {"version", little_endian<std::uint64_t>(link, 8)},
            {"time_us", little_endian<std::int64_t>(link, 16)},
            {"timestamp_us", little_endian<std::int64_t>(content, 28)},
            {"metadata", hex(metadata)},
            {"payload_bytes", little_endian<std::uint64_t>(content, 68)}};
}

Event check_evidence(const std::map<int, View>& found) {
    const View content = found.at(1), link = found.at(2);
    demand(derive("batpak.v1 event content", content) == link.substr(60, 32),
           "content-not-in-event");
    demand(content.size() >= 108 && content.starts_with("BPC1"));
    Event event{derive("batpak.v1 event", link), little_endian<std::uint64_t>(link, 0),
                facts_of(content, link)};
    if (!found.contains(4)) return event;
    const View payload = found.at(4);
    Text committed(found.at(3));
    for (int shift = 0; shift < 64; shift += 8)
        committed += static_cast<char>(payload.size() >> shift & 255);
    committed += payload;
    demand(derive("batpak.v1 payload commitment", committed) == content.substr(76, 32) &&
               payload.size() == little_endian<std::uint64_t>(content, 68),
           "payload-not-in-content");
    event.facts.emplace_back("payload", hex(payload));
    return event;
}

// ---- heads of entities

constexpr const char* kNoRecord = "not-a-heads-record";

// A number of MessagePack, as short as it can be.
std::uint64_t take_number(View& rest) {
    const auto code = static_cast<unsigned char>(take(rest, 1, kNoRecord)[0]);
    if (code < 0x80) return code;
    demand(code >= 0xCC && code <= 0xCF, kNoRecord);
    const std::size_t size = std::size_t{1} << (code - 0xCC);
    const std::uint64_t value = big_endian(take(rest, size, kNoRecord));
    demand(value >= (size == 1 ? 0x80 : std::uint64_t{1} << 4 * size), kNoRecord);
    return value;
}

bool bit_of(View hash, std::size_t at) { return (hash[at / 8] >> (7 - at % 8) & 1) != 0; }

// What the record says of the entity: its latest event, or that it has none.
Facts check_head(const std::map<int, View>& found, const Event& record) {
    const auto says = [&](std::size_t fact, View value) {
        return record.facts[fact].value == value;
    };
    demand(says(2, "batpak:heads") && says(3, "batpak") && says(4, "0x0040"), kNoRecord);
    View rest = found.at(4);
    demand(take(rest, 6, kNoRecord) == "\x83\xA4size", kNoRecord);
    const std::uint64_t size = take_number(rest);
    demand(take(rest, 8, kNoRecord) == "\xA5heads\xC4\x20", kNoRecord);
    const View root = take(rest, 32, kNoRecord);
    demand(take(rest, 9, kNoRecord) ==
               "\xA8"
               "entities",
           kNoRecord);
    const std::uint64_t entities = take_number(rest);
    demand(rest.empty() && size <= record.sequence, kNoRecord);
    const View latest = found.at(5).substr(1), siblings = found.at(6);
    const Text place = derive("batpak.v1 entity id", found.at(7));
    Text hash = latest.empty() ? Text(32, '\0') : derive("batpak.v1 entity head leaf", latest);
    for (std::size_t at = siblings.size() / 32; at-- > 0;) {
        const bool is_one = bit_of(place, at);
        demand(latest.empty() || bit_of(latest, at) == is_one, "head-not-in-map");
        const Text sibling(siblings.substr(32 * at, 32));
        hash = derive("batpak.v1 entity head node", is_one ? sibling + hash : hash + sibling);
    }
    demand(hash == root, "head-not-in-map");
    const bool is_there = latest.substr(0, 32) == place;
    Facts facts{{"proved", is_there ? "head" : "absence"}, {"entity", found.at(7)}};
    if (is_there) {
        facts.emplace_back("version", little_endian<std::uint64_t>(latest, 32));
        facts.emplace_back("hash", hex(latest.substr(40)));
    }
    add(facts, {{"heads_at", size}, {"entities", entities}, {"recorded", record.sequence}});
    return facts;
}

std::vector<Text> decode_hashes(const std::vector<View>& lines, std::size_t from) {
    std::vector<Text> hashes;
    for (std::size_t i = from; i < lines.size(); ++i) {
        const auto hash = decode_hash(lines[i]);
        demand(hash && hashes.size() < kHashesMax);
        hashes.push_back(*hash);
    }
    return hashes;
}

struct Question {
    Policy policy;
    std::optional<Text> older{}, hash{}, head{}, absent{};
};

Facts verify_event(const std::vector<View>& lines, View note, const Question& question) {
    std::size_t at = 1;
    Text evidence;
    std::map<int, View> found;
    if (lines.size() > at && lines[at].starts_with("extra ")) {
        evidence = decode_base64(lines[at++].substr(6)).value_or("");
        found = decode_evidence(evidence);
    }
    const auto numbered_line = lines.size() > at ? numbered(lines[at], "index ") : std::nullopt;
    demand(numbered_line.has_value());
    const std::uint64_t index = numbered_line.value_or(0);
    const std::vector<Text> hashes = decode_hashes(lines, at + 1);
    const Checkpoint checkpoint(note, question.policy);
    Event event{question.hash.value_or(""), index};
    if (!found.empty()) event = check_evidence(found);
    demand(!event.hash.empty());
    demand(!question.hash || *question.hash == event.hash, "content-not-in-event");
    check_inclusion(event.hash, index, checkpoint, hashes);
    demand(event.sequence == index, "content-not-in-event");
    Facts facts{{"proved", "event"}, {"sequence", index}, {"hash", hex(event.hash)}};
    add(facts, event.facts);
    if (found.contains(5)) facts = check_head(found, event);
    add(facts, checkpoint.facts());
    return facts;
}

Facts verify_growth(const std::vector<View>& lines, View note, const Question& question) {
    demand(question.older.has_value());
    const Checkpoint older(*question.older, question.policy);
    const auto size = numbered(lines[0], "old ");
    demand(size.has_value());
    const std::vector<Text> hashes = decode_hashes(lines, 1);
    const Checkpoint newer(note, question.policy);
    demand(newer.origin == older.origin, "unknown-origin");
    demand(*size == older.size, "sizes-disagree");
    check_growth(older, newer, hashes);
    Facts facts{{"proved", "growth"}, {"since", *size}};
    add(facts, newer.facts());
    return facts;
}

Facts verify(const Text& data, const Question& question) {
    const bool is_event = data.starts_with("c2sp.org/tlog-proof@v1\n");
    Facts facts{{"proved", "checkpoint"}};
    if (is_event || data.starts_with("old ")) {
        const std::size_t gap = data.find("\n\n");
        demand(gap != Text::npos);
        const std::vector<View> lines = split(View(data).substr(0, gap), "\n");
        const View note = View(data).substr(gap + 2);
        facts = (is_event ? verify_event : verify_growth)(lines, note, question);
    } else {
        add(facts, Checkpoint(data, question.policy).facts());
    }
    const std::optional<Text>& entity = question.head ? question.head : question.absent;
    const View answer = question.head ? "head" : "absence";
    demand(!entity || (facts[0].value == answer && facts[1].value == *entity), "another-question");
    return facts;
}

// ---- the command line

// Without what a terminal would obey; `quote`: as JSON.
Text printable(View text, bool quote) {
    const bool is_utf8 = decode_utf8(text).has_value();
    Text shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_c1 = is_utf8 && text[at] == '\xC2' && text[at + 1] < '\xA0';
        const unsigned byte = static_cast<unsigned char>(text[at += is_c1 ? 1 : 0]);
        std::array<char, 8> code{};
        const unsigned point = byte < 0x80 || is_utf8 ? byte : 0xDC00 + byte;  // as in Python
        std::snprintf(code.data(), code.size(), "\\u%04x", point);
        const bool is_hidden = is_c1 || byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_utf8);
        if (quote && !is_hidden && (byte == '"' || byte == '\\')) shown += '\\';
        shown += is_hidden ? Text(code.data()) : Text(1, text[at]);
    }
    return quote ? "\"" + shown + "\"" : shown;
}

void print(const Text& file, const Facts& facts, const Text& refused, bool json) {
    Text out = (refused.empty() ? "valid  " : "refused  ") + printable(file, false);
    if (json) {
        const Text valid = refused.empty() ? "true" : "false, \"reason\": \"" + refused + "\"";
        out = "{\"file\": " + printable(file, true) + ", \"valid\": " + valid;
    } else if (!refused.empty()) {
        out += "  " + refused;
    }
    for (const auto& [name, value, is_number] : facts)
        out += (json ? ", \"" + name + "\": " : "\n  " + name + " ") +
               (is_number ? value : printable(value, json));
    std::printf("%s%s\n", out.c_str(), json ? "}" : "");
}

Text read(const Text& path) {
    std::ifstream file(path, std::ios::binary);
    insist(file.good(), "cannot read " + path);
    Text bytes;
    std::array<char, 65536> window{};
    while (file.read(window.data(), window.size()) || file.gcount() > 0) {
        bytes.append(window.data(), static_cast<std::size_t>(file.gcount()));
        insist(bytes.size() <= kFileBytesMax, path + " is too long");
    }
    return bytes;
}

int run(const std::vector<Text>& words) {
    std::map<Text, std::optional<Text>> options{
        {"--policy", {}}, {"--since", {}}, {"--hash", {}}, {"--head", {}}, {"--absent", {}}};
    std::vector<Text> files;
    bool json = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (const auto option = options.find(words[i]); option != options.end()) {
            insist(++i < words.size(), option->first + " takes a value");
            option->second = words[i];
        } else if (words[i] == "--json") {
            json = true;
        } else {
            insist(!words[i].starts_with("-"), "there is no option " + words[i]);
            files.push_back(words[i]);
        }
    }
    insist(options["--policy"] && !files.empty() && !(options["--head"] && options["--absent"]),
           "it takes --policy POLICY, one FILE or more, and --head or --absent, not both");
    Question question{.policy = Policy(read(*options["--policy"])),
                      .head = options["--head"],
                      .absent = options["--absent"]};
    if (options["--since"]) question.older = read(*options["--since"]);
    if (const auto& digits = options["--hash"]) {
        question.hash = Text(32, '\0');
        std::size_t used = 0;
        const int failed = sodium_hex2bin(raw(*question.hash), 32, digits->data(), digits->size(),
                                          nullptr, &used, nullptr);
        insist(failed == 0 && used == 32 && digits->size() == 64, "--hash takes 64 digits");
    }
    bool is_refused = false;
    for (const Text& file : files) {
        const Text data = read(file);
        try {
            print(file, verify(data, question), "", json);
        } catch (const Refused& why) {
            print(file, {}, why.reason, json);
            is_refused = true;
        }
    }
    insist(std::fflush(stdout) == 0 && std::ferror(stdout) == 0, "cannot write the answers");
    return is_refused ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
    try {
        insist(sodium_init() >= 0, "libsodium does not start");
        return run({words + 1, words + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "batpak-verify: %s\n", error.what());
        return 2;
    }
}
