// Goal:   an index file that says other events than the frames do, under checksums that hold, is
//         found by verify(), whatever it leaves out or invents.
// Method: one letter of a key in a part's file is changed, on each axis in turn, and its checksums
//         are made again. Then an index that says whatever it is told to: each thing that it says
//         of some events is changed in turn.
#include "store/view/index_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/event/msgpack.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "coordinate/tag_list.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::store {
namespace {

constexpr std::size_t kPartBytes = 128;  // of the header

struct IndexCheckTest : ::testing::Test {
    IndexCheckTest() {
        Store store = Store::open(config).value();
        for (int i = 0; i < 20; ++i) {
            const auto where =
                Coordinate::create("entity:" + std::to_string(i % 3), "scope:a").value();
            const AppendOptions options{.idempotency_key = "key:" + std::to_string(i),
                                        .tags = {"tag:a", "number:" + std::to_string(i % 4)}};
            store.append_raw(where, EventKind::custom(1, 1), as_bytes("p"), options).value();
        }
        std::move(store).close().value();
        part = (directory / "store/index/1-0.bpx");
        std::ifstream file(part, std::ios::binary);
        sound.assign(std::istreambuf_iterator<char>(file), {});
    }

    // With one text in the place of another of the same length, and right checksums.
    void write_part(std::string_view from, std::string_view to) {
        std::string text = sound;
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        Bytes bytes(text.size());
        std::ranges::copy(as_bytes(text), bytes.begin());
        const MutableBytesView all(bytes);
        store_little_endian(all.subspan(88), crc32(all.subspan(kPartBytes)));
        store_little_endian(all.subspan(124), crc32(all.first(124)));
        std::ofstream(part, std::ios::binary) << as_text(bytes);
    }
    std::optional<Error> damage() const {
        return ReadOnlyStore::open(config).value().verify().value().damage;
    }

    testing::TemporaryDirectory directory;
    StoreConfig config{directory / "store"};
    std::string part;
    std::string sound;
};

TEST_F(IndexCheckTest, FindsAKeyThatIsNotThatOfItsEvents) {
    EXPECT_FALSE(damage());
    for (const auto& [from, to] :
         std::initializer_list<std::pair<const char*, const char*>>{{"tag:a", "tag:b"},
                                                                    {"number:1", "number:7"},
                                                                    {"entity:1", "entity:9"},
                                                                    {"scope:a", "scope:b"},
                                                                    {"key:7", "key:x"}}) {
        write_part(from, to);
        const std::optional<Error> found = damage();
        ASSERT_TRUE(found) << from;
        EXPECT_EQ(found->code(), ErrorCode::CorruptSegment) << from;
    }
    write_part("tag:a", "tag:a");
    EXPECT_FALSE(damage());
}

// What an index says, as plain lists.
struct Said {
    std::uint64_t first_version = 0;
    std::vector<std::uint32_t> ordinals;
};
using SaidOfAxis = std::map<std::string, Said, std::less<>>;

class ToldIndex final : public Index {
public:
    std::array<SaidOfAxis, kAxisCount> said;

    Sequence first() const noexcept override { return {}; }
    Sequence end() const noexcept override { return {}; }
    std::uint32_t frame_offset(std::uint32_t) const override { return 0; }
    std::uint64_t id_order_at(std::uint32_t) const override { return 0; }
    std::optional<std::uint32_t> find_id(std::uint64_t, std::uint32_t) const override { return {}; }
    std::size_t memory_bytes() const noexcept override { return 0; }
    std::optional<KeyEntry> find(Axis axis, std::string_view key) const override {
        const SaidOfAxis& keys = said[static_cast<std::size_t>(axis)];
        const auto found = keys.find(key);
        if (found == keys.end()) return std::nullopt;
        return KeyEntry{Postings(found->second.ordinals), Version(found->second.first_version)};
    }
    void keys(Axis axis, std::string_view,
              const std::function<bool(std::string_view)>& visit) const override {
        for (const auto& [key, value] : said[static_cast<std::size_t>(axis)])
            if (!visit(key)) return;
    }
};

// Each thing that could be said otherwise. `visit` is called while it is.
void for_each_lie(ToldIndex& index, const std::function<void(const std::string&)>& visit) {
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        const SaidOfAxis truth = index.said[axis];
        const auto tell = [&](const std::string& what,
                              const std::function<void(SaidOfAxis&)>& lie) {
            lie(index.said[axis]);
            visit("axis " + std::to_string(axis) + ": " + what);
            index.said[axis] = truth;
        };
        tell("a key without events", [](SaidOfAxis& keys) { keys["none"]; });
        tell("a key too many", [](SaidOfAxis& keys) { keys["none"].ordinals = {0}; });
        for (const auto& [key, value] : truth) {
            tell(key + " is not there", [&](SaidOfAxis& keys) { keys.erase(key); });
            tell(key + " has another name", [&](SaidOfAxis& keys) {
                keys[key + "x"] = keys[key];
                keys.erase(key);
            });
            if (axis == static_cast<std::size_t>(Axis::Entity))
                tell(key + " has other versions",
                     [&](SaidOfAxis& keys) { ++keys[key].first_version; });
            for (std::size_t i = 0; i < value.ordinals.size(); ++i) {
                const auto at = static_cast<std::ptrdiff_t>(i);
                const std::string which = key + " " + std::to_string(value.ordinals[i]);
                tell(which + " is left out", [&](SaidOfAxis& keys) {
                    auto& list = keys[key].ordinals;
                    list.erase(list.begin() + at);
                });
                tell(which + " is there twice", [&](SaidOfAxis& keys) {
                    auto& list = keys[key].ordinals;
                    list.insert(list.begin() + at, list[i]);
                });
                tell(which + " is another", [&](SaidOfAxis& keys) { ++keys[key].ordinals[i]; });
                for (const auto& [other, ignored] : truth) {
                    if (other == key) continue;
                    tell(which + " belongs to " + other, [&](SaidOfAxis& keys) {
                        auto& list = keys[key].ordinals;
                        keys[other].ordinals.push_back(list[i]);
                        list.erase(list.begin() + at);
                    });
                }
            }
        }
    }
}

// Metadata with a key and tags, as an append stores it.
Buffer stored_metadata(const std::string& key, const std::vector<std::string>& tags) {
    Buffer key_value;
    msgpack::Writer(key_value).binary(as_bytes(key));
    Buffer tag_value;
    encode_tags(tag_value, tags, {}).value();
    const std::array own{Metadata::Reserved{Metadata::kIdempotencyKey, key_value.view()},
                         Metadata::Reserved{Metadata::kTags, tag_value.view()}};
    Buffer stored;
    Metadata().encode_with(stored, own);
    return stored;
}

TEST(IndexCheck, FindsWhateverAnIndexSaysOtherwise) {
    const KeyHash secret(0x1234567890ABCDEF, 0xFEDCBA0987654321);
    IndexCheck check(Sequence(0), secret);
    ToldIndex index;
    const std::vector<EventId> ids = {EventId::make(), EventId::make()};
    for (std::uint32_t i = 0; i < 12; ++i) {
        const std::string entity = "entity:" + std::to_string(i % 3);
        const std::string scope = i < 6 ? "scope:a" : "scope:b";
        const std::string key = "key:" + std::to_string(i);
        const std::vector<std::string> tags = {"all", "tag:" + std::to_string(i % 4)};
        const Buffer metadata = stored_metadata(key, tags);
        Frame frame;
        frame.sequence = Sequence(i);
        EventView& event = frame.event;
        event.entity = entity;
        event.scope = scope;
        event.position.version = Version(i / 3);
        event.metadata_bytes = metadata.view();
        event.header.kind = EventKind::custom(1, static_cast<std::uint16_t>(i % 2));
        event.header.event_id = EventId::make();
        event.header.correlation_id = ids[i % 2];
        event.header.causation_id = ids[i / 6];
        check.add(frame);
        const auto say = [&](Axis axis, std::string_view name) {
            index.said[static_cast<std::size_t>(axis)][std::string(name)].ordinals.push_back(i);
        };
        say(Axis::Entity, entity);
        say(Axis::Scope, scope);
        say(Axis::Kind, KindKey(event.kind()).view());
        say(Axis::Correlation, as_text(event.header.correlation_id.view()));
        say(Axis::Causation, as_text(ids[i / 6].view()));
        say(Axis::Key, key);
        for (const std::string& tag : tags) say(Axis::Tag, tag);
    }
    EXPECT_TRUE(check.agrees_with(index));
    std::uint64_t lies = 0;
    for_each_lie(index, [&](const std::string& lie) {
        ++lies;
        EXPECT_FALSE(check.agrees_with(index)) << lie;
    });
    EXPECT_GT(lies, 400U);
    EXPECT_TRUE(check.agrees_with(index));
}

}  // namespace
}  // namespace batpak::store
