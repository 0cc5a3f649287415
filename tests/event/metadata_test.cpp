#include "batpak/event/metadata.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "batpak/event/msgpack.hpp"
#include "support/hex.hpp"

namespace batpak {
namespace {

using testing::from_hex;

Bytes encoded(const Metadata& metadata) {
    Buffer buffer;
    metadata.encode(buffer);
    EXPECT_EQ(buffer.size(), metadata.encoded_bytes());
    return {buffer.view().begin(), buffer.view().end()};
}

ErrorCode set_error(Metadata& metadata, std::string_view key, std::string_view value) {
    const Metadata before = metadata;
    const auto set = metadata.set(key, value);
    EXPECT_FALSE(set);
    EXPECT_EQ(metadata, before);
    return set ? ErrorCode{} : set.error().code();
}

TEST(Metadata, KeepsEntriesInTheOrderOfTheirKeys) {
    Metadata metadata;
    ASSERT_TRUE(metadata.set("b", "2"));
    ASSERT_TRUE(metadata.set("a", "1"));
    ASSERT_TRUE(metadata.set("b", "3"));
    EXPECT_EQ(metadata.size(), 2U);
    EXPECT_EQ(metadata.begin()->key, "a");
    EXPECT_EQ(metadata.get("b"), "3");
    EXPECT_EQ(metadata.get("c"), std::nullopt);
    EXPECT_EQ(to_hex(encoded(metadata)), "82a161a131a162a133");
    EXPECT_TRUE(metadata.erase("a"));
    EXPECT_FALSE(metadata.erase("a"));
    EXPECT_EQ(metadata.size(), 1U);
}

TEST(Metadata, HasNoBytesWhenItIsEmpty) {
    EXPECT_TRUE(encoded(Metadata()).empty());
    EXPECT_EQ(Metadata::decode({}), Metadata());
    EXPECT_EQ(Metadata::decode(from_hex("80")), Metadata());
}

TEST(Metadata, LimitsKeysValuesAndEntries) {
    Metadata metadata;
    EXPECT_EQ(set_error(metadata, "", "v"), ErrorCode::InvalidArgument);
    EXPECT_EQ(set_error(metadata, "\xFF", "v"), ErrorCode::InvalidArgument);
    EXPECT_EQ(set_error(metadata, "k", "\xFF"), ErrorCode::InvalidArgument);
    EXPECT_EQ(set_error(metadata, std::string(129, 'k'), "v"), ErrorCode::MetadataTooLarge);
    EXPECT_EQ(set_error(metadata, "k", std::string(1025, 'v')), ErrorCode::MetadataTooLarge);
    ASSERT_TRUE(metadata.set(std::string(128, 'k'), std::string(1024, 'v')));
    for (int i = 1; i < 32; ++i) ASSERT_TRUE(metadata.set(std::to_string(i), ""));
    EXPECT_EQ(set_error(metadata, "one more", ""), ErrorCode::MetadataTooLarge);
    EXPECT_TRUE(metadata.set("1", "changed"));
    EXPECT_EQ(Metadata::decode(encoded(metadata)), metadata);
}

TEST(Metadata, LimitsItsEncodedBytesToTheByte) {
    Metadata metadata;
    const std::string kilobyte(1024, 'v');
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g"}) {
        ASSERT_TRUE(metadata.set(key, kilobyte));
    }
    const std::size_t left = limits::kMetadataBytesMax - metadata.encoded_bytes();
    const std::string longest(left - 2 - 3, 'v');
    EXPECT_EQ(set_error(metadata, "h", longest + "v"), ErrorCode::MetadataTooLarge);
    EXPECT_TRUE(metadata.set("h", longest));
    EXPECT_EQ(metadata.encoded_bytes(), limits::kMetadataBytesMax);
    EXPECT_EQ(set_error(metadata, "h", longest + "v"), ErrorCode::MetadataTooLarge);
    EXPECT_EQ(Metadata::decode(encoded(metadata)), metadata);
}

TEST(Metadata, ReadsWhatOthersMayHaveWritten) {
    const auto metadata = Metadata::decode(from_hex("84 a162 a131  a161 01  05 a161  a163 a0"));
    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->size(), 2U);
    EXPECT_EQ(metadata->get("b"), "1");
    EXPECT_EQ(metadata->get("c"), "");
}

// Every subset of batpak's own entries among every prefix of five of the user's.
TEST(Metadata, KeepsEntriesOfBatpaksOwnInTheirPlace) {
    const Bytes gates = from_hex("81a178c3");
    const Bytes key = from_hex("c403010203");
    const std::array<std::string_view, 5> names{"a", "batpak", "batpal", "z", "batpa"};
    Metadata metadata;
    for (std::size_t count = 0; count <= names.size(); ++count) {
        for (unsigned present = 0; present < 4; ++present) {
            const std::array own{
                Metadata::Reserved{Metadata::kGates, (present & 1) != 0 ? gates : BytesView()},
                Metadata::Reserved{Metadata::kIdempotencyKey,
                                   (present & 2) != 0 ? key : BytesView()}};
            Buffer buffer;
            metadata.encode_with(buffer, own);
            EXPECT_EQ(Metadata::decode(buffer.view()), metadata);
            EXPECT_EQ(buffer.empty(), count == 0 && present == 0);
            EXPECT_TRUE(
                equal_bytes(Metadata::reserved(buffer.view(), Metadata::kGates), own[0].value));
            EXPECT_TRUE(equal_bytes(Metadata::idempotency_key(buffer.view()),
                                    (present & 2) != 0 ? from_hex("010203") : Bytes()));
            // Added later, an entry stands where it would have stood.
            const std::array more{own[0], own[1],
                                  Metadata::Reserved{Metadata::kKind, BytesView(gates)}};
            Buffer at_once;
            metadata.encode_with(at_once, more);
            Buffer later;
            Metadata::add_reserved(later, buffer.view(), more[2]);
            EXPECT_TRUE(equal_bytes(later.view(), at_once.view()));
            EXPECT_TRUE(equal_bytes(Metadata::found_by(later.view()).kind, gates));
            EXPECT_TRUE(Metadata::found_by(buffer.view()).kind.empty());
            // The keys as they stand, one behind the other.
            msgpack::Reader reader(buffer.view());
            std::string before;
            for (std::uint32_t left = buffer.empty() ? 0 : reader.map(); left > 0; --left) {
                const std::string name(reader.string());
                EXPECT_LT(before, name);
                before = name;
                reader.skip();
            }
            EXPECT_TRUE(buffer.empty() || reader.finished());
        }
        if (count == names.size()) break;
        ASSERT_TRUE(metadata.set(names[count], "v"));
    }
}

TEST(Metadata, RefusesWhatIsNoMetadata) {
    for (const char* hex : {"c0", "91 a161", "81 a161", "81 a161 a16200", "82 a161 a1 62 a161 a163",
                            "81 c1 a161", "df ffffffff"}) {
        const auto metadata = Metadata::decode(from_hex(hex));
        ASSERT_FALSE(metadata) << hex;
        EXPECT_EQ(metadata.error().code(), ErrorCode::DecodeFailed);
    }
    const auto large = Metadata::decode(Bytes(limits::kMetadataReadBytesMax + 1));
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code(), ErrorCode::MetadataTooLarge);
}

TEST(Metadata, NamesTheKeysOfTraceContext) {
    Metadata metadata;
    ASSERT_TRUE(metadata.set(Metadata::kTraceParent,
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    EXPECT_TRUE(metadata.get("traceparent"));
}

}  // namespace
}  // namespace batpak
