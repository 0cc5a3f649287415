// Goal:   a part answers as the index it was made from, and no damaged or forged file is used or
//         does harm.
// Method: every axis, key and id of random indexes; every flipped bit and truncation of a file;
//         random bytes under checksums that hold, against the address sanitizer.
#include "store/index/index_part.hpp"

#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "store/index/ordinal_plan.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/file_helpers.hpp"
#include "support/store/sample_index.hpp"
#include "support/watchdog.hpp"

namespace batpak::store::index_part_test {
namespace {

using testing::code_of;
using testing::SampleIndex;

constexpr Sequence kFirst{812};
constexpr std::size_t kHeaderBytes = 128;

PartBinding binding_of(const SampleIndex& sample) {
    PartBinding binding{.segment_id = 7,
                        .first = sample.index.first(),
                        .end = sample.index.end(),
                        .start_offset = 96,
                        .end_offset = 96 + 100 * sample.ids.size()};
    binding.log_id.bytes.fill(std::byte{0x10});
    binding.salt.fill(std::byte{0x20});
    return binding;
}

Bytes encoded(const SampleIndex& sample) {
    const Buffer bytes = *encode_part(sample.index, binding_of(sample));
    return {bytes.view().begin(), bytes.view().end()};
}

// Exactly as large as the file, so that the sanitizer sees a read behind it.
Result<std::unique_ptr<IndexPart>> open(const Bytes& bytes) {
    const auto owner = std::make_shared<Bytes>(bytes);
    owner->shrink_to_fit();
    return IndexPart::open(owner, *owner);
}

void reseal(Bytes& bytes) {
    const MutableBytesView all(bytes);
    store_little_endian(all.subspan(80), std::uint64_t{bytes.size() - kHeaderBytes});
    store_little_endian(all.subspan(88), crc32(all.subspan(kHeaderBytes)));
    store_little_endian(all.subspan(124), crc32(all.first(124)));
}

TEST(IndexPart, AnswersAsTheIndexItWasMadeFrom) {
    for (const std::size_t count : {0U, 1U, 2U, 127U, 128U, 129U, 1500U, 6000U}) {
        SCOPED_TRACE(count);
        const SampleIndex sample(kFirst, count, 3);
        const auto part = open(encoded(sample));
        ASSERT_TRUE(part) << part.error().to_string();
        EXPECT_EQ((*part)->binding(), binding_of(sample));
        sample.expect_answers(**part);
    }
}

TEST(IndexPart, IsMadeOnlyForExactlyItsRun) {
    const SampleIndex sample(kFirst, 5, 3);
    PartBinding binding = binding_of(sample);
    binding.end = binding.end.next();
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(encode_part(sample.index, binding), testing::AssertFailed);
}

// Places in a body are 32 bits wide: one that is too large is not made at all.
TEST(IndexPart, IsMadeOnlyIfItsBodyFits) {
    const SampleIndex sample(kFirst, 20, 3);
    const std::size_t body = encoded(sample).size() - kHeaderBytes;
    EXPECT_TRUE(encode_part(sample.index, binding_of(sample), body));
    for (std::size_t max = 0; max < body; ++max)
        ASSERT_FALSE(encode_part(sample.index, binding_of(sample), max)) << max;
}

TEST(IndexPart, EveryFlippedBitIsNoticed) {
    Bytes bytes = encoded(SampleIndex(kFirst, 20, 4));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        const auto part = IndexPart::open(nullptr, bytes);
        // What no field uses is covered all the same.
        ASSERT_EQ(code_of(part), ErrorCode::CorruptSegment) << bit;
        bytes[bit / 8] ^= mask;
    }
}

TEST(IndexPart, EveryTruncationIsNoticed) {
    const Bytes bytes = encoded(SampleIndex(kFirst, 20, 4));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        ASSERT_FALSE(IndexPart::open(nullptr, BytesView(bytes).first(length))) << length;
    }
    Bytes longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(IndexPart::open(nullptr, longer));
}

// An open would go on scanning where the part ends.
TEST(IndexPart, ARunThatEndsBeforeItBeginsIsRefused) {
    const SampleIndex sample(kFirst, 0, 3);
    PartBinding binding = binding_of(sample);
    for (const std::uint64_t end : {std::uint64_t{0}, binding.start_offset - 1}) {
        binding.end_offset = end;
        const Buffer bytes = *encode_part(sample.index, binding);
        EXPECT_EQ(code_of(open({bytes.view().begin(), bytes.view().end()})),
                  ErrorCode::CorruptSegment);
    }
}

// Asks everything that readers ask; only harm would be wrong.
void ask_everything(const IndexPart& part) {
    const auto count = static_cast<std::uint32_t>(part.end().value - part.first().value);
    const auto expect_inside = [&](std::uint32_t ordinal) {
        ASSERT_LT(ordinal, count);
        (void)part.frame_offset(ordinal);
    };
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        part.keys(static_cast<Axis>(axis), "", [&](std::string_view key) {
            if (axis == static_cast<std::size_t>(Axis::Kind)) (void)KindKey::parse(key);
            if (auto entry = part.find(static_cast<Axis>(axis), key)) {
                for (std::uint32_t i = 0; i < entry->postings.count(); ++i)
                    (void)entry->postings.at(i);
            }
            return true;
        });
    }
    const Region regions[] = {
        Region::all(),
        Region::entity("entity:1"),
        Region::entity("entity:1").with_versions(Version(11), Version(13)).with_scope("scope:1"),
        Region::entity_prefix("entity:").with_scope("scope:1"),
        Region::kinds(KindFilter::category(0)).with_entity("entity:2"),
        Region::all().with_correlation(SampleIndex::id_of(5))};
    for (const Region& region : regions) {
        for (const Direction direction : {Direction::Forward, Direction::Backward}) {
            OrdinalPlan plan(part, count, region, direction);
            for (std::uint32_t at = 0; at < count; ++at) {
                const std::uint32_t place = plan.next(at);
                if (place != kNoPlace) expect_inside(plan.ordinal_at(place));
            }
        }
    }
}

TEST(IndexPart, ForgedNonsenseUnderAGoodChecksumDoesNoHarm) {
    const testing::Watchdog watchdog("a forged index part", std::chrono::seconds(60));
    const Bytes honest = encoded(SampleIndex(kFirst, 30, 5));
    std::mt19937_64 random(6);
    std::size_t opened = 0;
    for (int round = 0; round < 4000; ++round) {
        Bytes bytes = honest;
        for (std::uint64_t edits = 1 + random() % 4; edits > 0; --edits) {
            // The head of the file, the tables and the lists alike.
            const std::size_t at = 48 + random() % (bytes.size() - 48);
            const std::byte values[] = {static_cast<std::byte>(random()), std::byte{0},
                                        std::byte{0xFF}, std::byte{0x80}};
            bytes[at] = values[random() % 4];
        }
        reseal(bytes);
        const auto part = open(bytes);
        if (!part) continue;
        ++opened;
        ask_everything(**part);
    }
    EXPECT_GT(opened, 1000U);
}

TEST(IndexPart, AKindKeyOfAnotherLengthIsNonsense) {
    Bytes bytes = encoded(SampleIndex(kFirst, 1, 5));
    // One event: 12 bytes of arrays, the table of axes, then one entry each of entity and scope.
    const std::size_t kind_entry = kHeaderBytes + 12 + kAxisCount * 8 + 2 * 24;
    ASSERT_EQ(load_little_endian<std::uint32_t>(BytesView(bytes).subspan(kind_entry + 4)), 2U);
    bytes[kind_entry + 4] = std::byte{1};
    reseal(bytes);
    EXPECT_EQ(code_of(open(bytes)), ErrorCode::CorruptSegment);
}

TEST(IndexPart, AFrameOutsideItsRunIsNonsense) {
    const Bytes honest = encoded(SampleIndex(kFirst, 4, 5));
    for (const std::uint32_t event : {0U, 1U, 3U}) {
        for (const auto& [offset, is_inside] :
             {std::pair{95U, false}, {96U, true}, {495U, true}, {496U, false}}) {
            Bytes bytes = honest;
            const std::size_t at = kHeaderBytes + 4 * std::size_t{8} + event * std::size_t{4};
            store_little_endian(MutableBytesView(bytes).subspan(at), offset);
            reseal(bytes);
            EXPECT_EQ(open(bytes).has_value(), is_inside) << offset << " of event " << event;
        }
    }
}

}  // namespace
}  // namespace batpak::store::index_part_test
