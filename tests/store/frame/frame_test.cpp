// Goal:   every frame reads back as it was written, and nothing else reads as a frame.
// Method: every field at its borders, one at a time; every bit, every truncation, every place and
//         every salt of one frame of each type; every value of every byte of the bodies, sealed
//         anew, against the address sanitizer.
#include "store/frame/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/limits.hpp"
#include "support/faults/throwing_assert.hpp"

namespace batpak::store {
namespace {

constexpr std::uint64_t kOffset = 96;
constexpr std::uint64_t kBorders[] = {0,
                                      1,
                                      23,
                                      127,
                                      128,
                                      255,
                                      256,
                                      65535,
                                      65536,
                                      UINT32_MAX,
                                      1ULL << 32U,
                                      1ULL << 63U,
                                      UINT64_MAX - 1,
                                      UINT64_MAX};
constexpr std::int64_t kSignedBorders[] = {INT64_MIN, INT64_MIN + 1, -(1LL << 32), -32769,   -129,
                                           -128,      -33,           -32,          -1,       0,
                                           127,       128,           1LL << 32,    INT64_MAX};

Salt salt_of(unsigned char byte) {
    Salt salt;
    salt.fill(static_cast<std::byte>(byte));
    return salt;
}

const Salt kSalt = salt_of(0x5A);

// All that one event frame is made of.
struct Sample {
    EventFields content;
    FramePlace frame;
    const Blind* used_blind = nullptr;

    Sample() {
        content.entity = "player:alice";
        content.scope = "room:dungeon";
        content.kind = EventKind::from_number(0xF001);
        content.payload_version = 1;
        content.timestamp_us = frame.timestamp_us = frame.place.hlc.us = 1'700'000'000'000'000;
        frame.place.event_id.bytes.fill(std::byte{0xE0});
    }

    void set_time(std::int64_t hlc_us, std::int64_t timestamp_us) {
        frame.place.hlc.us = hlc_us;
        frame.timestamp_us = content.timestamp_us = timestamp_us;
    }

    Buffer encode() const {
        Buffer bytes;
        encode_content(bytes, content, used_blind);
        Buffer encoded;
        append_event_frame(encoded, kSalt, kOffset, frame, bytes.view());
        return encoded;
    }
};

// With every optional part.
class FullSample : public Sample {
public:
    FullSample() {
        hash.bytes.fill(std::byte{0xAB});
        blind.fill(std::byte{0xCD});
        frame.hash = &hash;
        frame.place.batch_index = 1;
        frame.place.batch_count = 3;
        frame.place.sequence = Sequence(1000);
        frame.durable_end = Sequence(990);
        frame.place.version = Version(7);
        frame.place.hlc.counter = 3;
        used_blind = &blind;
        content.correlation_id.bytes.fill(std::byte{0x11});
        content.causation_id.bytes.fill(std::byte{0x22});
        content.flags = 0x102;
        content.metadata = as_bytes("\x81\xA1k\xA1v");
        content.payload = as_bytes("\x82\xA1x\x0A\xA1y\x14");
    }

    Hash hash;
    Blind blind;
};

Frame decoded(const Buffer& bytes) {
    const CheckedFrame checked = check_frame(bytes.view(), kSalt, kOffset);
    EXPECT_EQ(checked.status, FrameStatus::Valid);
    EXPECT_EQ(checked.frame_bytes, bytes.size());
    auto frame = decode_body(checked.body);
    EXPECT_TRUE(frame) << frame.error().to_string();
    return frame.value_or(Frame{});
}

// Borrows what the frame borrows: compared at once.
void expect_reads_back(const Sample& sample) {
    const Buffer bytes = sample.encode();
    const Frame frame = decoded(bytes);
    const EventView& event = frame.event;
    EXPECT_EQ(frame.type, FrameType::Event);
    EXPECT_EQ(frame.sequence, sample.frame.place.sequence);
    EXPECT_EQ(frame.durable_end, sample.frame.durable_end);
    EXPECT_EQ(event.position, (Position{sample.frame.place.sequence, sample.frame.place.version,
                                        sample.frame.place.hlc}));
    EXPECT_EQ(event.batch_index, sample.frame.place.batch_index);
    EXPECT_EQ(event.batch_count, sample.frame.place.batch_count);
    EXPECT_EQ(event.header.event_id, sample.frame.place.event_id);
    const bool own_story = sample.content.correlation_id.is_nil();
    EXPECT_EQ(event.header.correlation_id,
              own_story ? sample.frame.place.event_id : sample.content.correlation_id);
    EXPECT_EQ(event.header.causation_id.value_or(EventId{}), sample.content.causation_id);
    EXPECT_EQ(event.header.kind, sample.content.kind);
    EXPECT_EQ(event.header.payload_version, sample.content.payload_version);
    EXPECT_EQ(event.header.flags, sample.content.flags);
    EXPECT_EQ(event.header.timestamp_us, sample.content.timestamp_us);
    EXPECT_EQ(event.entity, sample.content.entity);
    EXPECT_EQ(event.scope, sample.content.scope);
    EXPECT_TRUE(equal_bytes(event.metadata_bytes, sample.content.metadata));
    EXPECT_TRUE(equal_bytes(event.payload, sample.content.payload));
    EXPECT_EQ(event.hash, sample.frame.hash != nullptr ? *sample.frame.hash : Hash{});
    EXPECT_EQ(frame.blind, sample.used_blind != nullptr ? *sample.used_blind : Blind{});
}

TEST(Frame, EventsReadBackWithAndWithoutTheirOptionalParts) {
    expect_reads_back(Sample());
    expect_reads_back(FullSample());
}

TEST(Frame, EveryNumberOfAnEventReadsBackAtItsBorders) {
    for (const std::uint64_t number : kBorders) {
        SCOPED_TRACE(number);
        Sample sample;
        sample.frame.place.sequence = Sequence(number);
        sample.frame.durable_end = Sequence(number);
        expect_reads_back(sample);
        sample.frame.durable_end = Sequence(0);
        sample.frame.place.version = Version(number);
        expect_reads_back(sample);
        sample.frame.place.hlc.counter = static_cast<std::uint32_t>(number);
        sample.content.flags = static_cast<std::uint32_t>(number);
        sample.content.payload_version = static_cast<std::uint16_t>(number);
        sample.content.kind = EventKind::from_number(static_cast<std::uint16_t>(number));
        expect_reads_back(sample);
        const auto index = static_cast<std::uint32_t>(std::min<std::uint64_t>(number, 0xFFFFFFFE));
        sample.frame.place.sequence = Sequence(UINT64_MAX);
        sample.frame.place.batch_index = index;
        sample.frame.place.batch_count = index == 0 ? 2 : index + 1;
        expect_reads_back(sample);
    }
}

TEST(Frame, TimesReadBackWhateverTheWallClockSaid) {
    for (const std::int64_t timestamp_us : kSignedBorders) {
        for (const std::int64_t hlc_us : kSignedBorders) {
            if (hlc_us < 0) continue;
            SCOPED_TRACE(std::to_string(timestamp_us) + ", " + std::to_string(hlc_us));
            Sample sample;
            sample.set_time(hlc_us, timestamp_us);
            expect_reads_back(sample);
        }
    }
}

// The clock of a log starts at 0 (Hlc) and never goes back.
TEST(Frame, ALogClockBeforeItsStartIsCorrupt) {
    for (const std::int64_t hlc_us : {std::int64_t{-1}, INT64_MIN}) {
        Sample sample;
        sample.set_time(hlc_us, 0);
        const Buffer bytes = sample.encode();
        const auto frame = decode_body(check_frame(bytes.view(), kSalt, kOffset).body);
        EXPECT_EQ(frame.error().code(), ErrorCode::CorruptFrame);
    }
}

TEST(Frame, NamesAndPayloadsReadBackAtTheBordersOfTheirLengths) {
    for (const std::size_t length : {1U, 31U, 32U, 255U, 256U, 1023U, 1024U}) {
        for (const char letter : {'a', '\xFF'}) {
            const std::string name(length, letter);
            Sample sample;
            sample.content.entity = name;
            expect_reads_back(sample);
            sample.content.scope = name;
            expect_reads_back(sample);
        }
    }
    for (const std::size_t length : {0U, 1U, 255U, 256U, 65535U, 65536U, 1U << 20}) {
        const Bytes payload(length, std::byte{0x7F});
        Sample sample;
        sample.content.payload = payload;
        expect_reads_back(sample);
    }
}

TEST(Frame, AnEmptyOrOverlongNameIsCorrupt) {
    for (const std::size_t length : {0U, 1025U}) {
        const std::string name(length, 'a');
        Sample sample;
        sample.content.scope = name;
        const Buffer bytes = sample.encode();
        EXPECT_FALSE(decode_body(check_frame(bytes.view(), kSalt, kOffset).body));
    }
}

// One frame of each type, at kOffset.
// The same event without its payload.
Buffer erased(const Sample& sample) {
    const Buffer whole = sample.encode();
    const Frame frame = decoded(whole);
    const Hash commitment{{std::byte{0xEE}}};
    Buffer body;
    encode_erased(body, frame, sample.frame.hash != nullptr ? &commitment : nullptr);
    Buffer bytes;
    append_frame(bytes, kSalt, kOffset, body.view());
    return bytes;
}

TEST(Frame, AnErasedEventHasAllButItsPayload) {
    const Bytes payload(70'000, std::byte{0x7F});
    FullSample full;
    for (const std::size_t bytes : {0UL, 1UL, 300UL, payload.size()}) {
        full.content.payload = BytesView(payload).first(bytes);
        const Buffer whole = full.encode();
        const Buffer without = erased(full);
        const Frame before = decoded(whole);
        const Frame after = decoded(without);
        EXPECT_EQ(after.type, FrameType::Event);
        EXPECT_TRUE(after.event.erased);
        EXPECT_EQ(after.event.erased_bytes, bytes);
        EXPECT_TRUE(after.event.payload.empty());
        EXPECT_EQ(after.commitment, (Hash{{std::byte{0xEE}}}));
        EXPECT_EQ(after.blind, Blind{});
        EXPECT_EQ(after.durable_end, before.durable_end);
        EXPECT_EQ(after.event.position, before.event.position);
        EXPECT_EQ(after.event.header, before.event.header);
        EXPECT_EQ(after.event.entity, before.event.entity);
        EXPECT_EQ(after.event.scope, before.event.scope);
        EXPECT_EQ(after.event.hash, before.event.hash);
        EXPECT_EQ(after.event.batch_index, before.event.batch_index);
        EXPECT_TRUE(equal_bytes(after.event.metadata_bytes, before.event.metadata_bytes));
        EXPECT_EQ(without.view()[kFrameHeaderBytes + 3], std::byte{kErasedEventType});
    }
    const Frame bare = decoded(erased(Sample()));
    EXPECT_TRUE(bare.event.erased);
    EXPECT_EQ(bare.commitment, Hash{});
}

std::vector<Buffer> frames_of_all_types() {
    std::vector<Buffer> frames;
    frames.push_back(Sample().encode());
    frames.push_back(FullSample().encode());
    frames.push_back(erased(Sample()));
    frames.push_back(erased(FullSample()));
    append_batch_begin(frames.emplace_back(), kSalt, kOffset, Sequence(300), Sequence(299), 5);
    append_batch_commit(frames.emplace_back(), kSalt, kOffset, Sequence(300), Sequence(299), 5,
                        0xDEADBEEF);
    append_mark(frames.emplace_back(), kSalt, kOffset, Sequence(300), Sequence(300));
    return frames;
}

TEST(Frame, MarkersReadBackAtTheirBorders) {
    for (const std::uint64_t number : kBorders) {
        SCOPED_TRACE(number);
        const Sequence sequence(number);
        const auto count = std::max(1U, static_cast<std::uint32_t>(number));
        Buffer begin;
        append_batch_begin(begin, kSalt, kOffset, sequence, Sequence(number / 2), count);
        const Frame begun = decoded(begin);
        EXPECT_EQ(begun.type, FrameType::BatchBegin);
        EXPECT_EQ(begun.sequence, sequence);
        EXPECT_EQ(begun.durable_end, Sequence(number / 2));
        EXPECT_EQ(begun.batch_count, count);
        Buffer commit;
        append_batch_commit(commit, kSalt, kOffset, sequence, Sequence(0), count,
                            static_cast<std::uint32_t>(number));
        const Frame committed = decoded(commit);
        EXPECT_EQ(committed.type, FrameType::BatchCommit);
        EXPECT_EQ(committed.batch_count, count);
        EXPECT_EQ(committed.batch_checksum, static_cast<std::uint32_t>(number));
        Buffer mark;
        append_mark(mark, kSalt, kOffset, sequence, sequence);
        EXPECT_EQ(decoded(mark).type, FrameType::Mark);
        EXPECT_EQ(decoded(mark).durable_end, sequence);
    }
}

TEST(Frame, NothingCanBeDurableThatIsNotThere) {
    Buffer out;
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(append_mark(out, kSalt, kOffset, Sequence(3), Sequence(4)), testing::AssertFailed);
}

TEST(Frame, EveryFlippedBitIsNoticed) {
    for (const Buffer& whole : frames_of_all_types()) {
        Bytes bytes(whole.view().begin(), whole.view().end());
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            const auto mask = static_cast<std::byte>(1U << (bit % 8));
            bytes[bit / 8] ^= mask;
            ASSERT_NE(check_frame(bytes, kSalt, kOffset).status, FrameStatus::Valid) << bit;
            bytes[bit / 8] ^= mask;
        }
    }
}

TEST(Frame, EveryTruncationIsShort) {
    for (const Buffer& whole : frames_of_all_types()) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const CheckedFrame checked = check_frame(whole.view().first(length), kSalt, kOffset);
            ASSERT_EQ(checked.status, FrameStatus::Short) << length;
            ASSERT_EQ(checked.frame_bytes, length < kFrameHeaderBytes ? 0 : whole.size());
        }
    }
}

TEST(Frame, WhatFollowsAFrameIsNotItsOwn) {
    for (const Buffer& whole : frames_of_all_types()) {
        Bytes bytes(whole.view().begin(), whole.view().end());
        bytes.resize(bytes.size() + 100, std::byte{0xC1});
        const CheckedFrame checked = check_frame(bytes, kSalt, kOffset);
        EXPECT_EQ(checked.status, FrameStatus::Valid);
        EXPECT_EQ(checked.frame_bytes, whole.size());
    }
}

TEST(Frame, AFrameIsValidInItsPlaceOnly) {
    for (const Buffer& whole : frames_of_all_types()) {
        for (std::uint64_t offset = 0; offset < 4096; ++offset) {
            if (offset == kOffset) continue;
            ASSERT_EQ(check_frame(whole.view(), kSalt, offset).status, FrameStatus::Invalid);
        }
        for (unsigned bit = 0; bit < 8 * sizeof(Salt); ++bit) {
            Salt salt = kSalt;
            salt[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            ASSERT_EQ(check_frame(whole.view(), salt, kOffset).status, FrameStatus::Invalid);
        }
    }
}

// A header whose head check holds, and whatever follows.
Bytes headed(std::uint32_t n) {
    Bytes place(kSalt.begin(), kSalt.end());
    place.resize(28);
    store_little_endian(MutableBytesView(place).subspan(16), kOffset);
    store_little_endian(MutableBytesView(place).subspan(24), n);
    Bytes bytes(64);
    store_little_endian(MutableBytesView(bytes), n);
    store_little_endian(MutableBytesView(bytes).subspan(4),
                        static_cast<std::uint16_t>(crc32(place) & 0xFFFF));
    return bytes;
}

TEST(Frame, ZerosAndAbsurdLengthsClaimNothing) {
    EXPECT_EQ(check_frame(Bytes(64), kSalt, kOffset).status, FrameStatus::Invalid);
    constexpr std::uint32_t kMost = kFrameBodyBytesMax;
    EXPECT_EQ(check_frame(headed(kMost), kSalt, kOffset).frame_bytes, kFrameHeaderBytes + kMost);
    for (const std::uint32_t n : {0U, kMost + 1, UINT32_MAX}) {
        const CheckedFrame checked = check_frame(headed(n), kSalt, kOffset);
        EXPECT_EQ(checked.status, FrameStatus::Invalid);
        EXPECT_EQ(checked.frame_bytes, 0U);
    }
}

TEST(Frame, EveryByteOfABodyReadsAsAFrameOrIsCorrupt) {
    for (const Buffer& whole : frames_of_all_types()) {
        const BytesView view = whole.view().subspan(kFrameHeaderBytes);
        // Exactly as long as the body, so that the sanitizer sees a read behind it.
        const auto body = std::make_unique<std::byte[]>(view.size());
        std::ranges::copy(view, body.get());
        std::size_t accepted = 0;
        for (std::size_t at = 0; at < view.size(); ++at) {
            for (unsigned value = 0; value < 256; ++value) {
                body[at] = static_cast<std::byte>(value);
                const auto frame = decode_body({body.get(), view.size()});
                accepted += frame ? 1U : 0U;
                ASSERT_TRUE(frame || frame.error().code() == ErrorCode::CorruptFrame);
            }
            body[at] = view[at];
        }
        EXPECT_GE(accepted, view.size());  // at least itself, once for each byte
    }
}

TEST(Frame, EveryTruncatedOrProlongedBodyIsCorrupt) {
    for (const Buffer& whole : frames_of_all_types()) {
        const BytesView view = whole.view().subspan(kFrameHeaderBytes);
        for (std::size_t length = 0; length < view.size(); ++length) {
            const Bytes body(view.begin(), view.begin() + static_cast<std::ptrdiff_t>(length));
            ASSERT_FALSE(decode_body(body)) << length;
        }
        Bytes longer(view.begin(), view.end());
        longer.push_back(std::byte{0xC0});
        EXPECT_FALSE(decode_body(longer));
    }
}

// Events in usual and unusual forms: short and long, with and without each part.
std::vector<Buffer> events_of_all_forms() {
    std::vector<Buffer> frames;
    for (const std::size_t payload_bytes : {0U, 1U, 60U, 255U, 256U, 300U}) {
        const Bytes payload(payload_bytes, std::byte{0x7F});
        Sample bare;
        bare.content.payload = payload;
        frames.push_back(bare.encode());
        FullSample full;
        full.content.payload = payload;
        frames.push_back(full.encode());
        full.frame.place.batch_index = 0;
        full.frame.place.batch_count = 1;
        full.content.correlation_id = {};
        full.content.metadata = {};
        full.frame.place.sequence = Sequence(UINT32_MAX);
        full.frame.durable_end = Sequence(0);
        frames.push_back(full.encode());
    }
    FullSample unusual;
    unusual.set_time(5, -7);
    const std::string long_name(300, 'a');
    unusual.content.entity = long_name;
    unusual.content.scope = "\xFF";
    frames.push_back(unusual.encode());
    FullSample early;
    early.set_time(5, 7);
    early.content.scope = std::string_view(long_name).substr(0, 40);
    frames.push_back(early.encode());
    return frames;
}

void expect_same_event(const EventView& event, const EventView& expected) {
    ASSERT_EQ(event.position, expected.position);
    ASSERT_EQ(event.header, expected.header);
    ASSERT_EQ(event.entity, expected.entity);
    ASSERT_EQ(event.scope, expected.scope);
    ASSERT_TRUE(equal_bytes(event.metadata_bytes, expected.metadata_bytes));
    ASSERT_TRUE(equal_bytes(event.payload, expected.payload));
    ASSERT_EQ(event.hash, expected.hash);
    ASSERT_EQ(event.batch_index, expected.batch_index);
    ASSERT_EQ(event.batch_count, expected.batch_count);
    ASSERT_EQ(event.erased, expected.erased);
    ASSERT_EQ(event.erased_bytes, expected.erased_bytes);
}

// decode_body() and decode_event() read the usual event in a faster way, and must say of every
// body what decode_any_body() says.
void expect_agreement(BytesView body, const EventView& used_before) {
    const Result<Frame> expected = decode_any_body(body);
    const Result<Frame> frame = decode_body(body);
    ASSERT_EQ(frame.has_value(), expected.has_value());
    EventView event = used_before;
    ASSERT_EQ(decode_event(body, event), expected && expected->type == FrameType::Event);
    if (!expected) {
        ASSERT_EQ(frame.error().to_string(), expected.error().to_string());
        return;
    }
    ASSERT_EQ(frame->type, expected->type);
    ASSERT_EQ(frame->sequence, expected->sequence);
    ASSERT_EQ(frame->durable_end, expected->durable_end);
    ASSERT_EQ(frame->batch_count, expected->batch_count);
    ASSERT_EQ(frame->batch_checksum, expected->batch_checksum);
    ASSERT_EQ(frame->blind, expected->blind);
    expect_same_event(frame->event, expected->event);
    if (expected->type == FrameType::Event) expect_same_event(event, expected->event);
}

TEST(Frame, TheFasterWayToReadABodyAgreesWithTheGeneralOne) {
    const Buffer full = FullSample().encode();
    const EventView used_before = decoded(full).event;
    std::vector<Buffer> frames = events_of_all_forms();
    for (Buffer& frame : frames_of_all_types()) frames.push_back(std::move(frame));
    for (const Buffer& whole : frames) {
        const BytesView view = whole.view().subspan(kFrameHeaderBytes);
        for (std::size_t length = 0; length <= view.size() + 1; ++length) {
            // Exactly as long as the body, so that the sanitizer sees a read behind it.
            const auto body = std::make_unique<std::byte[]>(length);
            std::ranges::copy(view.first(std::min(length, view.size())), body.get());
            ASSERT_NO_FATAL_FAILURE(expect_agreement({body.get(), length}, used_before)) << length;
        }
        const auto body = std::make_unique<std::byte[]>(view.size());
        std::ranges::copy(view, body.get());
        // All but the middle of a payload.
        for (std::size_t at = 0; at < std::min<std::size_t>(view.size(), 260); ++at) {
            for (unsigned value = 0; value < 256; ++value) {
                body[at] = static_cast<std::byte>(value);
                ASSERT_NO_FATAL_FAILURE(expect_agreement({body.get(), view.size()}, used_before))
                    << at << ", " << value;
            }
            body[at] = view[at];
        }
    }
}

TEST(Frame, ABodyWithTheWrongNumberOfElementsIsCorrupt) {
    for (const Buffer& whole : frames_of_all_types()) {
        Bytes body(whole.view().begin() + kFrameHeaderBytes, whole.view().end());
        const bool is_long = body[0] == std::byte{0xDC};
        std::byte& count = body[is_long ? 2 : 0];
        count = static_cast<std::byte>(std::to_integer<unsigned>(count) + 1);
        EXPECT_FALSE(decode_body(body));
    }
}

TEST(Frame, AHashWithoutABlindOrTheOtherWayRoundIsCorrupt) {
    const Hash hash{{std::byte{1}}};
    const Blind blind{std::byte{1}};
    Sample no_blind;
    no_blind.frame.hash = &hash;
    Sample no_hash;
    no_hash.used_blind = &blind;
    for (const Sample& sample : {no_blind, no_hash}) {
        const Buffer bytes = sample.encode();
        EXPECT_FALSE(decode_body(check_frame(bytes.view(), kSalt, kOffset).body));
    }
}

// What the committer reckons with when it makes room for a group.
TEST(Frame, TheOverheadStaysBelowItsLimit) {
    FullSample widest;
    widest.content.metadata = {};
    widest.content.payload = {};
    widest.frame.place.sequence = widest.frame.durable_end = Sequence(UINT64_MAX);
    widest.frame.durable_end = Sequence(0);
    widest.frame.place.version = Version(UINT64_MAX);
    widest.set_time(INT64_MAX, INT64_MIN);
    widest.frame.place.hlc.counter = UINT32_MAX;
    widest.frame.place.batch_index = UINT32_MAX - 1;
    widest.frame.place.batch_count = UINT32_MAX;
    widest.content.flags = UINT32_MAX;
    const std::string name(Coordinate::kPartBytesMax, 'a');
    widest.content.entity = widest.content.scope = name;
    const Bytes payload(1 << 17);
    widest.content.payload = payload;
    const std::size_t own = payload.size() + 2 * name.size();
    EXPECT_LE(widest.encode().size() - own, kFrameOverheadBytesMax);

    // A lone event of a fresh store, as in docs/FORMAT.md: what each event costs on disk.
    FullSample usual;
    usual.frame.place.batch_count = 1;
    usual.frame.place.batch_index = 0;
    usual.content.metadata = usual.content.payload = {};
    usual.content.correlation_id = usual.content.causation_id = {};
    const std::size_t names = usual.content.entity.size() + usual.content.scope.size();
    EXPECT_EQ(usual.encode().size() - names, 115U);
}

}  // namespace
}  // namespace batpak::store
