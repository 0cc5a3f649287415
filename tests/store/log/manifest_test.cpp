// Goal:   parse() takes exactly what to_text() writes, and refuses everything else.
// Method: every edit of one character and every truncation, with the old checksum and with a new
//         one; lines in every wrong order; numbers that do not follow one another.
#include "store/log/manifest.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "batpak/base/bytes.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::code_of;

constexpr std::string_view kLog = "0f0e0d0c-0b0a-4908-8706-050403020100";
constexpr std::string_view kOther = "10111213-1415-4617-9819-1a1b1c1d1e1f";

// The lines with a checksum that holds.
std::string sealed(const std::string& lines) {
    char checksum[16];
    std::snprintf(checksum, sizeof(checksum), "crc %08x\n", crc32(as_bytes(lines)));
    return lines + checksum;
}

std::string covered(const std::string& text) { return text.substr(0, text.size() - 13); }

Manifest sample() {
    const LogId log = LogId::parse(kLog).value();
    return {
        .generation = 3,
        .has_hashes = true,
        .eras = {{Sequence(0), LogId::parse(kOther).value()}, {Sequence(100), log}},
        .sealed = {{1, Sequence(0), Sequence(812), 65492}, {4, Sequence(812), Sequence(812), 96}},
        .active = {5, Sequence(812)}};
}

std::string lines_of(const std::string& eras, const std::string& segments) {
    return "batpak manifest v1\nlog " + std::string(kLog) + "\ngeneration 3\nchain blake3\n" +
           eras + segments;
}

std::string era(std::uint64_t from, std::string_view log) {
    return "era " + std::to_string(from) + " " + std::string(log) + "\n";
}

Result<Manifest> parse_segments(const std::string& segments) {
    return Manifest::parse(sealed(lines_of(era(0, kLog), segments)));
}

TEST(Manifest, IsTheTextOfTheFormat) {
    const std::string text =
        "batpak manifest v1\n"
        "log 0f0e0d0c-0b0a-4908-8706-050403020100\n"
        "generation 3\n"
        "chain blake3\n"
        "era 0 0f0e0d0c-0b0a-4908-8706-050403020100\n"
        "segment 1 sealed first 0 end 812 bytes 65492\n"
        "segment 2 active first 812\n";
    const Manifest manifest = Manifest::parse(sealed(text)).value();
    EXPECT_EQ(manifest.to_text(), sealed(text));
    EXPECT_EQ(manifest.sealed.at(0), (SealedSegment{1, Sequence(0), Sequence(812), 65492}));
    EXPECT_EQ(manifest.active, (ActiveSegment{2, Sequence(812)}));
    EXPECT_TRUE(manifest.has_hashes);
}

TEST(Manifest, ReadsBack) {
    EXPECT_EQ(Manifest::parse(sample().to_text()).value(), sample());
    Manifest bare = sample();
    bare.has_hashes = false;
    bare.eras.pop_back();
    bare.sealed.clear();
    bare.active.first = Sequence(0);
    bare.generation = UINT64_MAX;
    EXPECT_EQ(Manifest::parse(bare.to_text()).value(), bare);
}

TEST(Manifest, EveryEditedCharacterIsNoticed) {
    std::string text = sample().to_text();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char before = text[at];
        for (int value = 0; value < 256; ++value) {
            text[at] = static_cast<char>(value);
            if (text[at] == before) continue;
            ASSERT_EQ(code_of(Manifest::parse(text)), ErrorCode::CorruptManifest) << at;
        }
        text[at] = before;
    }
}

// With a checksum that holds, an edit may give another manifest, but never another spelling.
TEST(Manifest, EveryEditUnderANewChecksumIsRefusedOrReadsBackExactly) {
    std::string lines = covered(sample().to_text());
    std::size_t read = 0;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const char before = lines[at];
        for (int value = 0; value < 256; ++value) {
            lines[at] = static_cast<char>(value);
            const auto parsed = Manifest::parse(sealed(lines));
            read += parsed ? 1U : 0U;
            if (parsed) {
                ASSERT_EQ(parsed->to_text(), sealed(lines));
                continue;
            }
            // Versions 2 and 3 are read, and this one needs none of them.
            const bool is_known = value == '2' || value == '3';
            const bool another_version = (at == 17 && !is_known) || at == 18;
            ASSERT_EQ(parsed.error().code(),
                      another_version ? ErrorCode::FutureFormat : ErrorCode::CorruptManifest);
        }
        lines[at] = before;
    }
    EXPECT_GT(read, lines.size());
}

TEST(Manifest, EveryTruncationIsCorrupt) {
    const std::string text = sample().to_text();
    for (std::size_t length = 0; length < text.size(); ++length) {
        ASSERT_EQ(code_of(Manifest::parse(text.substr(0, length))), ErrorCode::CorruptManifest);
        const auto resealed = Manifest::parse(sealed(text.substr(0, length)));
        ASSERT_EQ(resealed.has_value(), length == text.size() - 13);
    }
    EXPECT_EQ(code_of(Manifest::parse(text + "\n")), ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(Manifest::parse(sealed(text))), ErrorCode::CorruptManifest);
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin) + 1;
        lines.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return lines;
}

TEST(Manifest, LinesThatAreSwappedMissingOrTwiceAreCorrupt) {
    const std::vector<std::string> lines = split(covered(sample().to_text()));
    const auto join = [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& part : parts) text += part;
        return sealed(text);
    };
    EXPECT_TRUE(Manifest::parse(join(lines)));
    for (std::size_t a = 0; a < lines.size(); ++a) {
        for (std::size_t b = a + 1; b < lines.size(); ++b) {
            auto swapped = lines;
            std::swap(swapped[a], swapped[b]);
            ASSERT_EQ(code_of(Manifest::parse(join(swapped))), ErrorCode::CorruptManifest)
                << a << ", " << b;
        }
        auto missing = lines;
        missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(a));
        // Without the segment that holds no events, the others still follow one another.
        ASSERT_EQ(Manifest::parse(join(missing)).has_value(), a == 7) << a;
        auto twice = lines;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(a), lines[a]);
        const bool possible = a == 4 || a == 5;  // an era without events
        ASSERT_EQ(Manifest::parse(join(twice)).has_value(), possible) << a;
    }
}

TEST(Manifest, SegmentsMustFollowOneAnother) {
    EXPECT_TRUE(parse_segments("segment 1 active first 0\n"));
    EXPECT_TRUE(parse_segments("segment 999999999999 active first 0\n"));
    for (const char* segments :
         {"",
          "segment 0 active first 0\n",
          "segment 1000000000000 active first 0\n",
          "segment 1 active first 1\n",
          "segment 01 active first 0\n",
          "segment +1 active first 0\n",
          "segment -1 active first 0\n",
          "segment 18446744073709551616 active first 0\n",
          "segment 1 active first 18446744073709551616\n",
          "segment 1 active first 0\nsegment 2 active first 0\n",
          "segment 1 sealed first 0 end 9 bytes 900\n",
          "segment 2 active first 9\nsegment 1 sealed first 0 end 9 bytes 900\n",
          "segment 1 sealed first 0 end 9 bytes 900\nsegment 2 active first 8\n",
          "segment 1 sealed first 0 end 9 bytes 900\nsegment 2 active first 10\n",
          "segment 1 sealed first 0 end 9 bytes 900\nsegment 1 active first 9\n",
          "segment 2 sealed first 0 end 9 bytes 900\nsegment 1 active first 9\n",
          "segment 1 sealed first 1 end 9 bytes 900\nsegment 2 active first 9\n",
          "segment 1 sealed first 0 end 9 bytes 4294967296\nsegment 2 active first 9\n",
          "segment 1 sealed first 0 end 5 bytes 900\nsegment 1 sealed first 5 end 9 bytes 900\n"
          "segment 2 active first 9\n",
          "segment 1 sealed first 0 end 5 bytes 900\nsegment 2 sealed first 5 end 4 bytes 900\n"
          "segment 3 active first 4\n"}) {
        EXPECT_EQ(code_of(parse_segments(segments)), ErrorCode::CorruptManifest) << segments;
    }
}

// A frame takes many bytes: ordinals of a segment are 32 bits everywhere behind the manifest.
TEST(Manifest, ASegmentHoldsNoMoreEventsThanBytes) {
    EXPECT_TRUE(
        parse_segments("segment 1 sealed first 0 end 900 bytes 900\nsegment 2 active first 900\n"));
    EXPECT_EQ(code_of(parse_segments(
                  "segment 1 sealed first 0 end 901 bytes 900\nsegment 2 active first 901\n")),
              ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(parse_segments("segment 1 sealed first 0 end 4294967296 bytes 900\n"
                                     "segment 2 active first 4294967296\n")),
              ErrorCode::CorruptManifest);
}

TEST(Manifest, ErasMustFollowOneAnother) {
    const std::string active = "segment 1 active first 0\n";
    const auto parse_eras = [&](const std::string& eras) {
        return code_of(Manifest::parse(sealed(lines_of(eras, active))));
    };
    EXPECT_EQ(parse_eras(era(0, kOther) + era(5, kLog)), ErrorCode{});
    EXPECT_EQ(parse_eras(""), ErrorCode::CorruptManifest);
    EXPECT_EQ(parse_eras(era(1, kLog)), ErrorCode::CorruptManifest);
    EXPECT_EQ(parse_eras(era(0, kOther)), ErrorCode::CorruptManifest);
    EXPECT_EQ(parse_eras(era(0, kLog) + era(5, kOther)), ErrorCode::CorruptManifest);
    EXPECT_EQ(parse_eras(era(0, kOther) + era(9, kOther) + era(8, kLog)),
              ErrorCode::CorruptManifest);
}

TEST(Manifest, ALaterVersionIsOfTheFuture) {
    EXPECT_EQ(code_of(Manifest::parse(sealed("batpak manifest v4\nwhatever\n"))),
              ErrorCode::FutureFormat);
    EXPECT_EQ(code_of(Manifest::parse("batpak manifest v4\nwhatever\n")),
              ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(Manifest::parse(sealed("batpak"))), ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(Manifest::parse(sealed(""))), ErrorCode::CorruptManifest);
}

// ---- version 2: what only a compaction makes

std::string lines_of_v2(const std::string& segments) {
    std::string lines = lines_of(era(0, kLog), segments);
    lines[17] = '2';
    return lines;
}

Manifest before_merge() {
    return {.generation = 7,
            .has_hashes = true,
            .eras = {{Sequence(0), LogId::parse(kLog).value()}},
            .sealed = {{1, Sequence(0), Sequence(4), 900},
                       {2, Sequence(4), Sequence(9), 800},
                       {3, Sequence(9), Sequence(9), 96},
                       {5, Sequence(9), Sequence(12), 700}},
            .active = {6, Sequence(12)}};
}

TEST(Manifest, SaysWhatAMergeChanges) {
    const Manifest announced = before_merge().with_announced();
    EXPECT_EQ(announced.gone, std::vector<std::uint64_t>{7});
    EXPECT_EQ(announced.generation, 8U);
    const Manifest merged = announced.with_merged(1, 2, {7, Sequence(4), Sequence(9), 750});
    EXPECT_EQ(merged.to_text(), sealed("batpak manifest v2\n"
                                       "log 0f0e0d0c-0b0a-4908-8706-050403020100\n"
                                       "generation 9\n"
                                       "chain blake3\n"
                                       "era 0 0f0e0d0c-0b0a-4908-8706-050403020100\n"
                                       "segment 1 sealed first 0 end 4 bytes 900\n"
                                       "segment 7 sealed first 4 end 9 bytes 750\n"
                                       "segment 5 sealed first 9 end 12 bytes 700\n"
                                       "segment 6 active first 12\n"
                                       "gone 2\n"
                                       "gone 3\n"));
    EXPECT_EQ(Manifest::parse(merged.to_text()).value(), merged);
    EXPECT_EQ(merged.next_id(), 8U);
    const Manifest clean = merged.without_gone();
    EXPECT_EQ(Manifest::parse(clean.to_text()).value(), clean);
    EXPECT_TRUE(clean.to_text().starts_with("batpak manifest v2\n"));
    EXPECT_EQ(clean.with_rotation(Sequence(20), 900, 8).next_id(), 9U);
}

// A store that is not compacted, or no longer needs to say so, is one of version 1 to the byte.
TEST(Manifest, IsOfTheFirstVersionThatSaysAllOfIt) {
    const Manifest plain = before_merge();
    EXPECT_TRUE(plain.to_text().starts_with("batpak manifest v1\n"));
    EXPECT_TRUE(plain.with_announced().to_text().starts_with("batpak manifest v2\n"));
    // An id that was announced and not used stays gone until a higher one is listed.
    const Manifest dropped = plain.with_announced().without_gone();
    EXPECT_EQ(dropped.gone, std::vector<std::uint64_t>{plain.next_id()});
    EXPECT_EQ(dropped.next_id(), plain.next_id() + 1);
    const Manifest later = dropped.with_rotation(plain.active.first, 96, dropped.next_id());
    EXPECT_TRUE(later.to_text().starts_with("batpak manifest v2\n"));
    EXPECT_TRUE(later.without_gone().to_text().starts_with("batpak manifest v1\n"));
    const std::string needless =
        "segment 1 sealed first 0 end 9 bytes 900\nsegment 2 active first 9\n";
    EXPECT_EQ(code_of(Manifest::parse(sealed(lines_of_v2(needless)))), ErrorCode::CorruptManifest);
}

// ---- version 3: what only an erasure of payloads makes

TEST(Manifest, SaysWhichErasureIsInForce) {
    const Manifest pending = before_merge().with_prune({Sequence(12), true});
    EXPECT_EQ(pending.to_text(), sealed("batpak manifest v3\n"
                                        "log 0f0e0d0c-0b0a-4908-8706-050403020100\n"
                                        "generation 8\n"
                                        "chain blake3\n"
                                        "era 0 0f0e0d0c-0b0a-4908-8706-050403020100\n"
                                        "segment 1 sealed first 0 end 4 bytes 900\n"
                                        "segment 2 sealed first 4 end 9 bytes 800\n"
                                        "segment 3 sealed first 9 end 9 bytes 96\n"
                                        "segment 5 sealed first 9 end 12 bytes 700\n"
                                        "segment 6 active first 12\n"
                                        "prune 12 pending\n"));
    EXPECT_EQ(Manifest::parse(pending.to_text()).value(), pending);
    const Manifest swapped =
        pending.with_announced().with_merged(0, 1, {7, Sequence(0), Sequence(4), 850});
    EXPECT_EQ(Manifest::parse(swapped.to_text()).value(), swapped);
    EXPECT_NE(swapped.to_text().find("prune 12 pending\ngone 1\n"), std::string::npos);
    // It stays, because frames of type 5 do.
    const Manifest done = swapped.without_gone().with_prune({Sequence(12), false});
    EXPECT_EQ(Manifest::parse(done.to_text()).value(), done);
    EXPECT_TRUE(
        done.with_rotation(Sequence(20), 900, 8).to_text().starts_with("batpak manifest v3\n"));
    EXPECT_EQ(done.with_rotation(Sequence(20), 900, 8).prune, (Prune{Sequence(12), false}));
}

TEST(Manifest, OfTheThirdVersionIsReadStrictly) {
    const std::string text = before_merge().with_prune({Sequence(12), false}).to_text();
    const std::string lines = text.substr(0, text.rfind("crc "));
    const auto read = [&](const std::string& from, const std::string& to) {
        std::string changed = lines;
        changed.replace(changed.find(from), from.size(), to);
        return code_of(Manifest::parse(sealed(changed)));
    };
    EXPECT_EQ(read("done", "pending"), ErrorCode{});
    EXPECT_EQ(read("v3", "v4"), ErrorCode::FutureFormat);
    for (const char* to : {"prune 012 done\n", "prune 12\n", "prune 12 begun\n", "prune done\n",
                           "prune 12  done\n", "prune 12 done\nprune 13 done\n", ""})
        EXPECT_EQ(read("prune 12 done\n", to), ErrorCode::CorruptManifest) << to;
    EXPECT_EQ(read("v3", "v2"), ErrorCode::CorruptManifest);
    EXPECT_EQ(read("v3", "v1"), ErrorCode::CorruptManifest);
}

TEST(Manifest, OneErasureEndsBeforeTheNextBegins) {
    const Manifest pending = before_merge().with_prune({Sequence(12), true});
    const testing::ThrowingAssert throwing;
    EXPECT_THROW((void)pending.with_prune({Sequence(13), true}), testing::AssertFailed);
    EXPECT_THROW((void)pending.with_prune({Sequence(11), false}), testing::AssertFailed);
}

TEST(Manifest, IdsAreNamesOfFilesAndNoTwoAreOne) {
    const std::string segments =
        "segment 3 sealed first 0 end 9 bytes 900\nsegment 2 active first 9\n";
    const auto read = [&](const std::string& gone) {
        return code_of(Manifest::parse(sealed(lines_of_v2(segments + gone))));
    };
    EXPECT_EQ(read(""), ErrorCode{});
    EXPECT_EQ(read("gone 1\ngone 4\n"), ErrorCode{});
    EXPECT_EQ(read("gone 999999999999\n"), ErrorCode{});
    for (const char* gone : {"gone 0\n", "gone 2\n", "gone 3\n", "gone 4\ngone 1\n",
                             "gone 1\ngone 1\n", "gone 01\n", "gone 1000000000000\n", "gone\n"})
        EXPECT_EQ(read(gone), ErrorCode::CorruptManifest) << gone;
    EXPECT_EQ(
        code_of(Manifest::parse(sealed(lines_of_v2("segment 3 sealed first 0 end 9 bytes 900\n"
                                                   "segment 3 sealed first 9 end 12 bytes 900\n"
                                                   "segment 2 active first 12\n")))),
        ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(parse_segments(segments)), ErrorCode::CorruptManifest);
    EXPECT_EQ(code_of(parse_segments("segment 1 active first 0\ngone 2\n")),
              ErrorCode::CorruptManifest);
}

TEST(Manifest, AMergeReplacesExactlyWhatItHolds) {
    const Manifest announced = before_merge().with_announced();
    const testing::ThrowingAssert throwing;
    using testing::AssertFailed;
    EXPECT_THROW((void)announced.with_merged(0, 2, {7, Sequence(0), Sequence(8), 900}),
                 AssertFailed);
    EXPECT_THROW((void)announced.with_merged(1, 2, {7, Sequence(0), Sequence(9), 900}),
                 AssertFailed);
    EXPECT_THROW((void)announced.with_merged(0, 2, {8, Sequence(0), Sequence(9), 900}),
                 AssertFailed);
    EXPECT_THROW((void)announced.with_merged(3, 2, {7, Sequence(9), Sequence(12), 9}),
                 AssertFailed);
}

TEST(Manifest, ARotationSealsTheActiveSegmentAndBeginsTheNext) {
    const Manifest next = sample().with_rotation(Sequence(900), 7000, 6);
    EXPECT_EQ(next.generation, 4U);
    EXPECT_EQ(next.sealed.back(), (SealedSegment{5, Sequence(812), Sequence(900), 7000}));
    EXPECT_EQ(next.active, (ActiveSegment{6, Sequence(900)}));
    EXPECT_EQ(Manifest::parse(next.to_text()).value(), next);
    const testing::ThrowingAssert throwing;
    EXPECT_THROW((void)sample().with_rotation(Sequence(811), 7000, 6), testing::AssertFailed);
    EXPECT_THROW((void)sample().with_rotation(Sequence(900), 7000, 5), testing::AssertFailed);
}

}  // namespace
}  // namespace batpak::store
