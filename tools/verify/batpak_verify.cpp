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
    for (const char c : bytes.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(c);
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
    constexpr int kForm = sodium_base64_VARIANT_ORIGINAL;
    Text bytes(text.size() + 1, '\0');
    std::size_t used = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &used, &end, kForm) != 0)
        return std::nullopt;
    bytes.resize(used);
    // There is one text for some bytes: the one that they are written as.
    Text again(sodium_base64_encoded_len(used, kForm), '\0');
    sodium_bin2base64(again.data(), again.size(), raw(bytes), used, kForm);
    again.pop_back();
    return again == text ? std::optional(bytes) : std::nullopt;
}

std::optional<Hash> decode_hash(View text) {
    const auto bytes = decode_base64(text);
    Hash hash{};
    if (!bytes || bytes->size() != hash.size()) return std::nullopt;
    std::memcpy(hash.data(), bytes->data(), hash.size());
    return hash;
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

    Key(View text, unsigned char wanted) : kind(wanted) {
        const std::size_t one = text.find('+');
        const std::size_t two = one == View::npos ? one : text.find('+', one + 1);
        const auto data = two == View::npos ? std::nullopt : decode_base64(text.substr(two + 1));
        insist(data && data->size() == 33 && is_key_name(text.substr(0, one)) &&
                   static_cast<unsigned char>((*data)[0]) == wanted,
               "that is no verifier key of this kind");
        name = text.substr(0, one);
        key = data->substr(1);
        id = view(sha256({name, "\n", *data})).substr(0, 4);
        Text digits(text.substr(one + 1, two - one - 1));
        for (char& digit : digits)
            if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit + ('a' - 'A'));
        insist(digits == hex(id), "the id of the verifier key is not that of its bytes");
    }

    bool verifies(const Text& text, View signature) const {
        Text message = text;
        if (kind == kCosignature) {
            if (signature.size() != 72) return false;
            const Text time = std::to_string(big_endian_64(signature));
            message = "cosignature/v1\ntime " + time + "\n" + message;
            signature.remove_prefix(8);
        }
        return signature.size() == 64 && crypto_sign_verify_detached(raw(signature), raw(message),
                                                                     message.size(), raw(key)) == 0;
    }
};

// Whose signatures count.
class Policy {
public:
    explicit Policy(View text) {
        std::size_t number = 0;
        for (const View line : split(text, "\n")) {
            ++number;
            std::vector<Text> words;
            for (const View word : split(line, " \t"))
                if (!word.empty()) words.emplace_back(word);
            if (words.empty() || words[0].starts_with('#')) continue;
            try {
                read(words);
            } catch (const std::runtime_error& error) {
                insist(false, "line " + std::to_string(number) + " of the policy: " + error.what());
            }
        }
        insist(!logs.empty(), "the policy names no log");
        insist(quorum_.has_value(), "the policy has no line `quorum`");
    }

    bool is_quorum(std::set<Text> holds) const {
        for (const Group& group : groups_) {
            const auto is_there = [&](const Text& member) { return holds.contains(member); };
            if (std::ranges::count_if(group.members, is_there) >= group.needs)
                holds.insert(group.name);
        }
        return *quorum_ == "none" || holds.contains(*quorum_);
    }

    std::vector<Key> logs;
    std::vector<std::pair<Text, Key>> witnesses;

private:
    struct Group {
        Text name;
        std::ptrdiff_t needs;
        std::vector<Text> members;
    };

    bool is_new(const Text& name) const {
        const auto is_it = [&](const auto& one) { return one.first == name; };
        const auto is_its = [&](const auto& one) { return one.name == name; };
        return name != "none" && std::ranges::none_of(witnesses, is_it) &&
               std::ranges::none_of(groups_, is_its);
    }

    void read(const std::vector<Text>& words) {
        const std::size_t count = words.size();
        if (words[0] == "log") {
            insist((count == 2 || count == 3) && logs.size() < kEntriesMax, "it is: log VKEY");
            logs.emplace_back(words[1], kEd25519);
        } else if (words[0] == "witness") {
            insist((count == 3 || count == 4) && witnesses.size() < kEntriesMax && is_new(words[1]),
                   "it is: witness NAME VKEY, with a new name");
            const Key key(words[2], kCosignature);
            for (const auto& [name, other] : witnesses)
                insist(other.key != key.key, "the witness is there");
            witnesses.emplace_back(words[1], key);
        } else if (words[0] == "group") {
            insist(count >= 4 && groups_.size() < kEntriesMax && is_new(words[1]),
                   "it is: group NAME any|all|COUNT MEMBER..., with a new name");
            const std::vector<Text> members(words.begin() + 3, words.end());
            for (const Text& member : members)
                insist(!is_new(member) && members_.insert(member).second,
                       "each member is declared before, and a member once");
            const std::uint64_t needs = words[2] == "any"   ? 1
                                        : words[2] == "all" ? members.size()
                                                            : decode_number(words[2]).value_or(0);
            insist(needs > 0 && needs <= members.size(), "a group asks for 1 up to all members");
            groups_.push_back({words[1], static_cast<std::ptrdiff_t>(needs), members});
        } else {
            insist(words[0] == "quorum", "a line begins with log, witness, group or quorum");
            insist(count == 2 && !quorum_ && (words[1] == "none" || !is_new(words[1])),
                   "it is, once: quorum NAME|none, of what was declared");
            quorum_ = words[1];
        }
    }

    std::vector<Group> groups_;
    std::set<Text> members_;
    std::optional<Text> quorum_;
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
class Facts {
public:
    void text(const char* name, View value) { facts_.push_back({name, Text(value), false}); }
    template <class Number>
    void number(const char* name, Number value) {
        facts_.push_back({name, std::to_string(value), true});
    }
    struct Fact {
        Text name, value;
        bool is_number;
    };
    void add(const Fact& fact) { facts_.push_back(fact); }
    const std::vector<Fact>& all() const { return facts_; }

private:
    std::vector<Fact> facts_;
};

// A checkpoint that the policy believes.
struct Checkpoint {
    Text origin;
    std::uint64_t size = 0;
    Hash root{};
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
            seen = std::max(seen, big_endian_64(line->bytes));
        }
        demand(policy.is_quorum(witnesses), "quorum-missing");
    }

    void tell(Facts& facts) const {
        facts.text("origin", origin);
        facts.number("size", size);
        facts.text("root", hex(view(root)));
        facts.number("witnesses", witnesses.size());
        if (!witnesses.empty()) facts.number("witnessed_at", seen);
    }
};

// ---- the tree

Hash node(const Hash& left, const Hash& right) {
    return sha256({View("\1", 1), view(left), view(right)});
}

void exact_length(std::size_t has, std::size_t needs) {
    demand(has >= needs, "proof-too-short");
    demand(has <= needs, "proof-too-long");
}

unsigned ones(std::uint64_t number, unsigned above) {
    return above == 64 ? 0 : static_cast<unsigned>(std::popcount(number >> above));
}

void check_inclusion(View entry, std::uint64_t index, const Checkpoint& log,
                     const std::vector<Hash>& proof) {
    demand(index < log.size, "index-not-below-size");
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (log.size - 1)));
    exact_length(proof.size(), inner + ones(index, inner));
    Hash hash = sha256({View("\0", 1), entry});
    for (unsigned level = 0; level < proof.size(); ++level) {
        const bool has_left = level >= inner || (index >> level & 1) != 0;
        hash = has_left ? node(proof[level], hash) : node(hash, proof[level]);
    }
    demand(hash == log.root, "wrong-root");
}

void check_growth(const Checkpoint& from, const Checkpoint& to, const std::vector<Hash>& proof) {
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
    Hash before = seed != 0 ? proof[0] : from.root;
    Hash after = before;
    for (std::size_t i = seed; i < proof.size(); ++i) {
        const auto at = static_cast<unsigned>(level + i - seed);
        const bool has_left = at >= inner || (begin >> at & 1) != 0;
        if (has_left) before = node(proof[i], before);
        after = has_left ? node(proof[i], after) : node(after, proof[i]);
    }
    demand(before == from.root && after == to.root, "wrong-root");
}

// ---- events

View take_counted(View data, std::size_t& at) {
    demand(data.size() - at >= 4);
    const std::size_t size = little_endian<std::uint32_t>(data, at);
    demand(size <= data.size() - at - 4);
    const View taken = data.substr(at + 4, size);
    at += 4 + size;
    return taken;
}

std::map<int, View> decode_evidence(View data) {
    demand(data.starts_with("BPX1"));
    std::map<int, View> found;
    int last = 0;
    for (std::size_t at = 4; at < data.size();) {
        const int tag = static_cast<unsigned char>(data[at++]);
        demand(tag > last && tag <= 4);
        found[tag] = take_counted(data, at);
        last = tag;
    }
    demand(!found[1].empty() && found[2].size() == 124 && found.contains(3) == found.contains(4));
    demand(!found.contains(3) || found[3].size() == 16);
    return found;
}

Text uuid(View bytes) {
    const Text digits = hex(bytes);
    Text text = digits.substr(0, 8);
    for (const std::size_t at : {8U, 12U, 16U}) text += '-' + digits.substr(at, 4);
    return text + '-' + digits.substr(20);
}

struct Event {
    Text hash;
    std::uint64_t sequence = 0;
    Facts facts;
};

void tell_event(View content, View link, Event& event) {
    std::size_t at = 108;
    const View entity = take_counted(content, at), scope = take_counted(content, at),
               metadata = take_counted(content, at);
    demand(at == content.size());
    std::array<char, 8> kind{};
    std::snprintf(kind.data(), kind.size(), "0x%04X",
                  static_cast<unsigned>(little_endian<std::uint16_t>(content, 20)));
    event.facts.text("log", uuid(content.substr(4, 16)));
    event.facts.text("event_id", uuid(link.substr(44, 16)));
    event.facts.text("entity", entity);
    event.facts.text("scope", scope);
    event.facts.text("kind", kind.data());
    event.facts.number("payload_version", little_endian<std::uint16_t>(content, 22));
    event.facts.number("flags", little_endian<std::uint32_t>(content, 24));
    event.facts.number("version", little_endian<std::uint64_t>(link, 8));
    event.facts.number("time_us", little_endian<std::int64_t>(link, 16));
    event.facts.number("timestamp_us", little_endian<std::int64_t>(content, 28));
    event.facts.text("metadata", hex(metadata));
    event.facts.number("payload_bytes", little_endian<std::uint64_t>(content, 68));
}

Event check_evidence(const std::map<int, View>& found) {
    const View content = found.at(1), link = found.at(2);
    demand(derive("batpak.v1 event content", content) == link.substr(60, 32),
           "content-not-in-event");
    demand(content.size() >= 108 && content.starts_with("BPC1"));
    Event event{derive("batpak.v1 event", link), little_endian<std::uint64_t>(link, 0), {}};
    tell_event(content, link, event);
    if (found.contains(4)) {
        const View payload = found.at(4);
        Text committed(found.at(3));
        for (int shift = 0; shift < 64; shift += 8)
            committed += static_cast<char>(payload.size() >> shift & 255);
        committed += payload;
        demand(derive("batpak.v1 payload commitment", committed) == content.substr(76, 32) &&
                   payload.size() == little_endian<std::uint64_t>(content, 68),
               "payload-not-in-content");
        event.facts.text("payload", hex(payload));
    }
    return event;
}

std::vector<Hash> decode_hashes(const std::vector<View>& lines, std::size_t from) {
    std::vector<Hash> hashes;
    for (std::size_t i = from; i < lines.size(); ++i) {
        const auto hash = decode_hash(lines[i]);
        demand(hash && hashes.size() < kHashesMax);
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
    const auto numbered_line = lines.size() > at ? numbered(lines[at], "index ") : std::nullopt;
    demand(numbered_line.has_value());
    const std::uint64_t index = numbered_line.value_or(0);
    const std::vector<Hash> hashes = decode_hashes(lines, at + 1);
    const Checkpoint checkpoint(note, question.policy);
    Event event{question.hash.value_or(""), index, {}};
    if (!found.empty()) event = check_evidence(found);
    demand(!event.hash.empty());
    demand(!question.hash || *question.hash == event.hash, "content-not-in-event");
    check_inclusion(event.hash, index, checkpoint, hashes);
    demand(event.sequence == index, "content-not-in-event");
    Facts facts;
    facts.text("proved", "event");
    facts.number("sequence", index);
    facts.text("hash", hex(event.hash));
    for (const auto& fact : event.facts.all()) facts.add(fact);
    checkpoint.tell(facts);
    return facts;
}

Facts verify_growth(const std::vector<View>& lines, View note, const Question& question) {
    demand(question.older.has_value());
    const Checkpoint older(*question.older, question.policy);
    const auto size = numbered(lines[0], "old ");
    demand(size.has_value());
    const std::vector<Hash> hashes = decode_hashes(lines, 1);
    const Checkpoint newer(note, question.policy);
    demand(newer.origin == older.origin, "unknown-origin");
    demand(*size == older.size, "sizes-disagree");
    check_growth(older, newer, hashes);
    Facts facts;
    facts.text("proved", "growth");
    facts.number("since", *size);
    newer.tell(facts);
    return facts;
}

Facts verify(const Text& data, const Question& question) {
    const bool is_event = data.starts_with("c2sp.org/tlog-proof@v1\n");
    if (!is_event && !data.starts_with("old ")) {
        Facts facts;
        facts.text("proved", "checkpoint");
        Checkpoint(data, question.policy).tell(facts);
        return facts;
    }
    const std::size_t gap = data.find("\n\n");
    demand(gap != Text::npos);
    const std::vector<View> lines = split(View(data).substr(0, gap), "\n");
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
        const bool is_hidden = byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_utf8);
        if (quote && !is_hidden && (c == '"' || c == '\\')) shown += '\\';
        shown += is_hidden ? Text(code.data()) : Text(1, c);
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
    for (const auto& [name, value, is_number] : facts.all()) {
        const Text shown = is_number ? value : printable(value, json);
        out += json ? ", \"" + name + "\": " + shown : "\n  " + name + " " + shown;
    }
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

Text from_hex(const Text& digits) {
    Text bytes(32, '\0');
    std::size_t used = 0;
    const int failed = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                      digits.data(), digits.size(), nullptr, &used, nullptr);
    insist(failed == 0 && used == 32 && digits.size() == 64, "--hash takes 64 digits");
    return bytes;
}

int run(const std::vector<Text>& words) {
    std::map<Text, Text> options;
    std::vector<Text> files;
    bool json = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool takes_value =
            words[i] == "--policy" || words[i] == "--since" || words[i] == "--hash";
        insist(!takes_value || i + 1 < words.size(), words[i] + " takes a value");
        if (takes_value) {
            options[words[i]] = words[i + 1];
            ++i;
        } else if (words[i] == "--json") {
            json = true;
        } else {
            insist(!words[i].starts_with("-"), "there is no option " + words[i]);
            files.push_back(words[i]);
        }
    }
    insist(options.contains("--policy") && !files.empty(),
           "batpak-verify --policy POLICY [--since NOTE] [--hash HEX] [--json] FILE...");
    Question question{Policy(read(options["--policy"])), {}, {}};
    if (options.contains("--since")) question.older = read(options["--since"]);
    if (options.contains("--hash")) question.hash = from_hex(options["--hash"]);
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
