// Goal:   files that are cut, stretched, missing, doubled, renamed or of another store or another
//         time make no store lose or invent an event in silence (INV I3, R4), and a refusal changes
//         nothing (INV R2).
// Method: each such thing done to each file of a store of three segments; then everything is read.
//         Only where a cut takes every witness with it, the end of the active segment, may the
//         store be shorter, and then what is left is as it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"
#include "support/store/damage_report.hpp"
#include "support/store/small_store.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::uint64_t kActive = 3;

using Files = std::map<std::string, Bytes>;

Files files_of(const Disk& disk) {
    Files files;
    for (const std::string& path : disk->file_paths()) files[path] = disk->contents(path).value();
    return files;
}

// What came of opening a damaged store.
enum class Class : std::uint8_t { Refused, Identical, Unreadable, Shorter };

class DamagedFiles : public ::testing::Test {
protected:
    explicit DamagedFiles(StoreEnd end = StoreEnd::Closed) : made_(make_small_store(kSeed, end)) {}

    Disk damaged() const { return made_.disk->after_process_kill(); }

    Class look(const Disk& disk, const std::string& where) {
        const Files before = files_of(disk);
        const auto store = Store::open(config_on(disk, kSeed));
        if (!store) {
            code_ = store.error().code();
            EXPECT_EQ(store.error().error_class(), ErrorClass::Refused)
                << where << ": " << store.error().to_string();
            Files after = files_of(disk);
            if (!before.contains(store_path("LOCK"))) after.erase(store_path("LOCK"));
            EXPECT_EQ(after, before) << where << ": refused, and changed";
            return Class::Refused;
        }
        ignored_ = store->open_report().ignored;
        const std::uint64_t end = store->visible_end().value;
        EXPECT_LE(end, made_.events.size()) << where;
        const DamageReport report = examine(*store, made_.events, end, ReportDepth::Everything);
        EXPECT_EQ(report.forbidden, "") << where;
        if (end < made_.events.size()) return Class::Shorter;
        return report.is_identical() ? Class::Identical : Class::Unreadable;
    }

    Class look_with(const std::string& path, BytesView bytes, const std::string& where) {
        const Disk disk = damaged();
        must(disk->put(path, bytes));
        return look(disk, path + ": " + where);
    }

    Bytes contents(const std::string& path) const { return made_.disk->contents(path).value(); }

    // Every length from 0 to all but one byte.
    std::map<Class, std::uint64_t> cut_everywhere(const std::string& path) {
        const Bytes whole = contents(path);
        std::map<Class, std::uint64_t> classes;
        for (std::size_t length = 0; length < whole.size() && !HasFailure(); ++length) {
            const BytesView part = BytesView(whole).first(length);
            ++classes[look_with(path, part, "cut to " + std::to_string(length))];
        }
        return classes;
    }

    SmallStore made_;
    ErrorCode code_{};
    std::vector<std::string> ignored_;
};

class KilledFiles : public DamagedFiles {
protected:
    KilledFiles() : DamagedFiles(StoreEnd::Killed) {}
};

bool is_derived(const std::string& path) { return path.starts_with(store_path("index/")); }
bool is_segment(const std::string& path) { return path.starts_with(store_path("segments/")); }

// ---- Lengths -------------------------------------------------------------------------------

TEST_F(DamagedFiles, CutAnywhereASealedSegmentIsRefused) {
    for (std::uint64_t id = 1; id < kActive; ++id) {
        const std::string path = segment_path(id);
        const std::uint64_t size = contents(path).size();
        EXPECT_EQ(cut_everywhere(path), (std::map<Class, std::uint64_t>{{Class::Refused, size}}));
    }
}

TEST_F(DamagedFiles, CutAnywhereTheActiveSegmentIsRefusedThanksToItsIndex) {
    const std::string path = segment_path(kActive);
    const std::uint64_t size = contents(path).size();
    EXPECT_EQ(cut_everywhere(path),
              (std::map<Class, std::uint64_t>{{Class::Refused, made_.active_end},
                                              {Class::Identical, size - made_.active_end}}));
}

TEST_F(KilledFiles, CutAnywhereTheActiveSegmentEndsThereAtMost) {
    const std::string path = segment_path(kActive);
    const std::uint64_t size = contents(path).size();
    const std::uint64_t header = store::SegmentHeader::kBytes;
    EXPECT_EQ(cut_everywhere(path),
              (std::map<Class, std::uint64_t>{{Class::Refused, header},
                                              {Class::Identical, size - made_.active_end},
                                              {Class::Shorter, made_.active_end - header}}));
}

TEST_F(DamagedFiles, CutAnywhereAManifestOrAnIndexIsMadeAnew) {
    for (const auto& [path, bytes] : files_of(made_.disk)) {
        if (is_segment(path) || bytes.empty()) continue;
        EXPECT_EQ(cut_everywhere(path),
                  (std::map<Class, std::uint64_t>{{Class::Identical, bytes.size()}}))
            << path;
    }
}

TEST_F(DamagedFiles, StretchedByZerosOrJunkNothingIsLost) {
    for (const auto& [path, bytes] : files_of(made_.disk)) {
        for (const std::byte filling : {std::byte{0}, std::byte{0xA5}}) {
            for (const std::size_t more : {1U, 3U, 10U, 96U, 512U, 5000U}) {
                Bytes longer = bytes;
                longer.resize(bytes.size() + more, filling);
                const bool sealed = is_segment(path) && path != segment_path(kActive);
                EXPECT_EQ(look_with(path, longer, "stretched by " + std::to_string(more)),
                          sealed ? Class::Refused : Class::Identical);
            }
        }
    }
}

// ---- Sets of files -------------------------------------------------------------------------

TEST_F(DamagedFiles, MissingFilesAreRefusedOrMadeAnew) {
    for (const auto& [path, bytes] : files_of(made_.disk)) {
        const Disk disk = damaged();
        must(disk->erase(path));
        EXPECT_EQ(look(disk, path + ": missing"),
                  is_segment(path) ? Class::Refused : Class::Identical);
        if (is_segment(path)) {
            EXPECT_EQ(code_, ErrorCode::MissingSegment) << path;
        }
    }
}

TEST_F(DamagedFiles, WithoutAnyManifestSegmentsAreNeverOverwritten) {
    const Disk disk = damaged();
    must(disk->erase(store_path("MANIFEST")));
    must(disk->erase(store_path("MANIFEST.copy")));
    EXPECT_EQ(look(disk, "no manifest"), Class::Refused);
    EXPECT_EQ(code_, ErrorCode::UnlistedSegment);
}

TEST_F(DamagedFiles, TwoDamagedManifestsAreRefused) {
    const Disk disk = damaged();
    must(disk->flip_bit(store_path("MANIFEST"), 40, 1));
    must(disk->flip_bit(store_path("MANIFEST.copy"), 90, 1));
    EXPECT_EQ(look(disk, "two manifests"), Class::Refused);
    EXPECT_EQ(code_, ErrorCode::CorruptManifest);
}

TEST_F(DamagedFiles, ASegmentUnderAnyOtherNumberIsRefused) {
    for (std::uint64_t id = 1; id <= kActive; ++id) {
        const Bytes bytes = contents(segment_path(id));
        const Disk doubled = damaged();
        must(doubled->put(segment_path(9), bytes));
        EXPECT_EQ(look(doubled, "doubled"), Class::Refused);
        EXPECT_EQ(code_, ErrorCode::UnlistedSegment);
        const Disk renamed = doubled->after_process_kill();
        must(renamed->erase(segment_path(id)));
        EXPECT_EQ(look(renamed, "renamed"), Class::Refused);
        for (std::uint64_t other = 1; other <= kActive; ++other) {
            if (other == id) continue;
            const Disk swapped = damaged();
            must(swapped->put(segment_path(id), contents(segment_path(other))));
            must(swapped->put(segment_path(other), bytes));
            EXPECT_EQ(look(swapped, "swapped"), Class::Refused);
        }
    }
}

TEST_F(DamagedFiles, ShortOrForeignFilesWithTheNameOfASegmentAreNotRemoved) {
    for (const std::string_view text : {"x", "a text of somebody, shorter than any header"}) {
        const Disk disk = damaged();
        must(disk->put(segment_path(9), as_bytes(text)));
        EXPECT_EQ(look(disk, "a short file"), Class::Refused);
        EXPECT_EQ(code_, ErrorCode::UnlistedSegment);
    }
}

TEST_F(DamagedFiles, NamesThatAreAlmostThoseOfSegmentsAreListedAndIgnored) {
    const Disk disk = damaged();
    const std::vector<std::string> names = {"0000000000001.bpk", "000000000001 (1).bpk",
                                            "000000000001.BPK", "7.bpk"};
    for (const std::string& name : names)
        must(disk->put(store_path("segments/" + name), contents(segment_path(1))));
    EXPECT_EQ(look(disk, "names"), Class::Identical);
    EXPECT_EQ(ignored_, names);
}

TEST_F(DamagedFiles, TenThousandJunkFilesChangeNothing) {
    const Disk disk = damaged();
    for (int i = 0; i < 10'000; ++i) {
        const char* folder = i % 2 == 0 ? "segments/junk" : "index/junk";
        must(disk->put(store_path(folder + std::to_string(i)), as_bytes("junk")));
    }
    EXPECT_EQ(look(disk, "junk"), Class::Identical);
    EXPECT_EQ(ignored_.size(), 5000U);
}

// ---- Versions ------------------------------------------------------------------------------

TEST_F(DamagedFiles, NewerVersionsAreRefusedAsSuch) {
    for (std::uint64_t id = 1; id <= kActive; ++id) {
        Bytes bytes = contents(segment_path(id));
        const MutableBytesView all(bytes);
        store_little_endian(all.subspan(8), std::uint32_t{2});
        store_little_endian(all.subspan(92), crc32(all.first(92)));
        EXPECT_EQ(look_with(segment_path(id), bytes, "version 2"), Class::Refused);
        EXPECT_EQ(code_, ErrorCode::FutureFormat);
    }
    std::string text(as_text(contents(store_path("MANIFEST"))));
    text.resize(text.size() - 13);
    text[text.find('\n') - 1] = '4';
    std::array<std::byte, 4> checksum;
    store_little_endian(checksum, crc32(as_bytes(text)));
    std::reverse(checksum.begin(), checksum.end());
    text += "crc " + to_hex(checksum) + "\n";
    for (const char* name : {"MANIFEST", "MANIFEST.copy"}) {
        EXPECT_EQ(look_with(store_path(name), as_bytes(text), "version 4"), Class::Refused);
        EXPECT_EQ(code_, ErrorCode::FutureFormat);
    }
}

// ---- Other stores, other times ---------------------------------------------------------------

TEST_F(DamagedFiles, FilesOfAnotherStoreAreRefusedOrMadeAnew) {
    const SmallStore other = make_small_store(kSeed + 1, StoreEnd::Closed);
    for (const auto& [path, bytes] : files_of(other.disk)) {
        const Class found = look_with(path, bytes, "of another store");
        if (is_segment(path)) {
            EXPECT_EQ(code_, ErrorCode::ForeignSegment) << path;
        }
        const bool harmless =
            is_derived(path) || path == store_path("LOCK") || path == store_path("MANIFEST.copy");
        EXPECT_EQ(found, harmless ? Class::Identical : Class::Refused) << path;
    }
    const Disk disk = damaged();
    for (const char* name : {"MANIFEST", "MANIFEST.copy"})
        must(disk->put(store_path(name), other.disk->contents(store_path(name)).value()));
    EXPECT_EQ(look(disk, "both manifests of another store"), Class::Refused);
}

// Two continuations of one store, which differ in names and nothing else, are as like as two stores
// can be.
Disk continued(const Disk& disk, const std::string& entity) {
    const Disk after = disk->after_process_kill();
    auto store = Store::open(config_on(after, kSeed + 5)).value();
    const auto coordinate = Coordinate::create(entity, "room:hall").value();
    for (int i = 0; i < 3; ++i)
        store.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes("payload")).value();
    std::move(store).close().value();
    return after;
}

std::vector<EventCopy> events_on(const Disk& disk) {
    const auto store = Store::open(config_on(disk->after_process_kill(), kSeed)).value();
    return copies_of(store);
}

TEST_F(DamagedFiles, IndexesOfAnotherTimeHideNothing) {
    const Disk one = continued(made_.disk, "player:dave");
    const Disk two = continued(made_.disk, "player:erin");
    const std::vector<EventCopy> events = events_on(one);
    ASSERT_EQ(events.size(), made_.events.size() + 3);
    for (const Disk& other : {two, made_.disk}) {
        for (const auto& [path, bytes] : files_of(other)) {
            if (!is_derived(path)) continue;
            const Disk disk = one->after_process_kill();
            must(disk->put(path, bytes));
            const auto store = Store::open(config_on(disk, kSeed));
            ASSERT_TRUE(store) << path << ": " << store.error().to_string();
            const DamageReport report =
                examine(*store, events, store->visible_end().value, ReportDepth::Everything);
            EXPECT_TRUE(report.is_identical() && report.verified)
                << path << ": " << report.forbidden;
        }
    }
}

TEST_F(DamagedFiles, AnOlderActiveSegmentUnderANewerIndexIsRefused) {
    const Disk disk = continued(made_.disk, "player:dave");
    must(disk->put(segment_path(kActive), contents(segment_path(kActive))));
    EXPECT_EQ(look(disk, "an older segment"), Class::Refused);
}

TEST_F(DamagedFiles, AManifestOfAnotherTimeLosesNothing) {
    // The store as it was before its last rotation.
    SmallStore early;
    early.disk = std::make_shared<SimulatedFileSystem>(kSeed, SimulatedDisk{});
    {
        const auto store = Store::open(config_on(early.disk, kSeed));
    }
    Bytes old = early.disk->contents(store_path("MANIFEST")).value();
    EXPECT_EQ(look_with(store_path("MANIFEST"), old, "older, the copy newer"), Class::Identical);
    EXPECT_EQ(look_with(store_path("MANIFEST.copy"), old, "copy older"), Class::Identical);
    const Disk disk = damaged();
    must(disk->put(store_path("MANIFEST"), old));
    must(disk->put(store_path("MANIFEST.copy"), old));
    EXPECT_EQ(look(disk, "both older"), Class::Refused);
}

}  // namespace
}  // namespace batpak::testing
