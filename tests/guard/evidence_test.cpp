#include "batpak/guard/evidence.hpp"

#include <gtest/gtest.h>

#include "batpak/event/msgpack.hpp"
#include "support/hex.hpp"

namespace batpak {
namespace {

Bytes encoded(const GateEvidence& evidence) {
    Buffer buffer;
    evidence.encode(buffer);
    return {buffer.view().begin(), buffer.view().end()};
}

GateEvidence sample() {
    GateEvidence evidence;
    evidence.gate_set.digest.bytes.fill(std::byte{0xAB});
    evidence.passed = {{"amount-limit", 2}, {"open", 70'000}};
    evidence.judged_end = Sequence(300);
    return evidence;
}

GateEvidence bypassed() {
    GateEvidence evidence;
    evidence.bypass = BypassReason::create("court-order", "File 12/2031.").value();
    return evidence;
}

TEST(GateEvidence, IsReadAsItWasWritten) {
    GateEvidence blind = sample();
    blind.judged_end.reset();
    GateEvidence empty = blind;
    empty.passed.clear();
    for (const GateEvidence& evidence : {sample(), blind, empty, bypassed()})
        EXPECT_EQ(GateEvidence::decode(encoded(evidence)), evidence);
}

TEST(GateEvidence, HasTheBytesThatTheFormatSays) {
    GateEvidence evidence = sample();
    evidence.passed.resize(1);
    EXPECT_EQ(to_hex(encoded(evidence)),
              "83"
              "a3736574c420"
              "abababababababababababababababababababababababababababababababab"
              "a56761746573"
              "91"
              "92"
              "ac616d6f756e742d6c696d6974"
              "02"
              "a47365656e"
              "cd012c");
    EXPECT_EQ(to_hex(encoded(bypassed())),
              "82"
              "a6627970617373"
              "ab636f7572742d6f72646572"
              "a762656361757365"
              "ad46696c652031322f323033312e");
}

TEST(GateEvidence, PassesOverWhatALaterVersionMayAdd) {
    const auto evidence =
        GateEvidence::decode(testing::from_hex("82 a36e6577 93010203 a47365656e 05"));
    ASSERT_TRUE(evidence);
    EXPECT_EQ(evidence->judged_end, Sequence(5));
}

// Every prefix is refused, and so is every change of type.
TEST(GateEvidence, RefusesWhatIsNone) {
    for (const Bytes& whole : {encoded(sample()), encoded(bypassed())}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto decoded = GateEvidence::decode(BytesView(whole).first(size));
            ASSERT_FALSE(decoded) << size;
            EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
        }
    }
    for (const char* hex :
         {"c0", "81 a3736574 c40101", "81 a56761746573 9101", "81 a56761746573 91 91 a161",
          "81 a56761746573 dd ffffffff", "81 a6627970617373 a178", "81 a762656361757365 a178",
          "81 a47365656e ff", "80 00",
          "82 a56761746573 91 92 a161 01 a56761746573 91 92 a161 01"}) {
        const auto decoded = GateEvidence::decode(testing::from_hex(hex));
        ASSERT_FALSE(decoded) << hex;
        EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed) << hex;
    }
}

TEST(GateEvidence, IsFoundInTheMetadataOfAnEvent) {
    Metadata metadata;
    ASSERT_TRUE(metadata.set("user", "alice"));
    const Bytes value = encoded(sample());
    Buffer buffer;
    const std::array own{Metadata::Reserved{Metadata::kGates, value}};
    metadata.encode_with(buffer, own);
    EventView event;
    EXPECT_EQ(GateEvidence::of(event).value(), std::nullopt);
    event.metadata_bytes = buffer.view();
    EXPECT_EQ(GateEvidence::of(event).value(), sample());
    EXPECT_EQ(event.metadata().value(), metadata);
}

TEST(BypassReason, IsBoundedAndSaysSomething) {
    const std::string name(BypassReason::kNameBytesMax, 'n');
    const std::string why(BypassReason::kJustificationBytesMax, 'w');
    EXPECT_TRUE(BypassReason::create(name, why));
    for (const auto& [bad_name, bad_why] : {std::pair<std::string, std::string>{"", why},
                                            {name, ""},
                                            {name + 'n', why},
                                            {name, why + 'w'},
                                            {"\xFF", why},
                                            {name, "\xFF"}}) {
        const auto reason = BypassReason::create(bad_name, bad_why);
        ASSERT_FALSE(reason);
        EXPECT_EQ(reason.error().code(), ErrorCode::InvalidArgument);
    }
}

}  // namespace
}  // namespace batpak
