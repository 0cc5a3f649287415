// Goal:   an index file that says other events than the frames do, under checksums that hold, is
//         found by verify(), whatever it leaves out or invents.
// Method: one letter of a key in a part's file is changed, on each axis in turn, and its checksums
//         are made again.
#include "store/view/index_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
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

}  // namespace
}  // namespace batpak::store
