// A scrub lists what a salvage would lose, in one run or in pieces, and changes nothing.
#include "batpak/store/scrub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"
#include "support/seeds.hpp"
#include "support/store/frame_editor.hpp"
#include "support/store/salvage_model.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::config_on;
using testing::Disk;
using testing::make_store_to_salvage;
using testing::SalvageModel;
using testing::segment_path;
using testing::SimulatedDisk;
using testing::SimulatedFileSystem;
using testing::store_path;
using Sequences = std::set<std::uint64_t>;

Sequences lost_of(const ScrubReport& report) {
    Sequences lost;
    for (const LostEvents& events : report.lost) {
        for (std::uint64_t i = 0; i < events.count; ++i) lost.insert(events.first.value + i);
    }
    return lost;
}

class ScrubTest : public ::testing::Test {
protected:
    static Result<ScrubReport> scrub_on(const Disk& on, const ScrubOptions& options = {}) {
        return scrub(config_on(on, 6), options);
    }
    // In pieces of a segment each, from one `next` to the other.
    static ScrubReport scrub_in_pieces(const Disk& on) {
        ScrubReport all;
        for (Sequence at;;) {
            ScrubOptions options;
            options.from = at;
            options.end = at.next();
            const ScrubReport piece = scrub_on(on, options).value();
            EXPECT_LE(piece.segments, 1U);
            if (piece.next <= at) return all;
            all.events += piece.events;
            all.unproved += piece.unproved;
            all.segments += piece.segments;
            all.lost.insert(all.lost.end(), piece.lost.begin(), piece.lost.end());
            all.damage.insert(all.damage.end(), piece.damage.begin(), piece.damage.end());
            at = piece.next;
        }
    }

    // Files of another disk in the place of those of this one.
    static void become(SimulatedFileSystem& now, const SimulatedFileSystem& then) {
        const std::vector<std::string> paths = then.file_paths();
        for (const std::string& path : now.file_paths()) {
            if (std::ranges::find(paths, path) != paths.end()) continue;
            ASSERT_TRUE(now.erase(path));
        }
        for (const std::string& path : paths)
            ASSERT_TRUE(now.put(path, then.contents(path).value()));
    }

    Disk disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    SalvageModel model = make_store_to_salvage(disk, 1);
};

TEST_F(ScrubTest, FindsAWholeStoreWhole) {
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_EQ(report.events, model.events().size());
    EXPECT_EQ(report.from, Sequence(0));
    EXPECT_EQ(report.next.value, model.events().size());
    EXPECT_TRUE(report.damage.empty());
    EXPECT_TRUE(report.lost.empty());
    EXPECT_EQ(report.unproved, 0U);
    EXPECT_EQ(report.tail_bytes, 0U);
    EXPECT_EQ(scrub_in_pieces(disk).events, model.events().size());
    EXPECT_EQ(scrub_in_pieces(disk).unproved, 0U);
}

// What was erased is as whole as the rest.
TEST_F(ScrubTest, FindsNoDamageInWhatWasErased) {
    {
        Store store = Store::open(config_on(disk, 9)).value();
        Tombstone tombstone("request");
        tombstone.region = Region::all();
        ASSERT_GT(store.compact(tombstone).value().events_erased, 5U);
    }
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().to_string();
    EXPECT_TRUE(report.lost.empty());
    EXPECT_EQ(report.unproved, 0U);
}

// A crash, or a writer at work, leaves the copy one change behind.
TEST_F(ScrubTest, TakesACopyThatIsAChangeBehindForNoDamage) {
    const Bytes before = disk->contents(store_path("MANIFEST.copy")).value();
    {
        Store store = Store::open(config_on(disk, 9)).value();
        const std::uint64_t segments = store.stats().segments;
        const auto coordinate = Coordinate::create("e", "s").value();
        while (store.stats().segments == segments) {
            ASSERT_TRUE(
                store.append_raw(coordinate, EventKind::custom(0xF, 1), Bytes(900, std::byte{7})));
        }
    }
    ASSERT_TRUE(disk->put(store_path("MANIFEST.copy"), before));
    EXPECT_TRUE(scrub_on(disk).value().damage.empty());
    ASSERT_TRUE(disk->put(store_path("MANIFEST.copy"), as_bytes("nothing")));
    EXPECT_FALSE(scrub_on(disk).value().damage.empty());
}

// Goal: whatever byte is wrong, what is lost is listed; and each damage besides.
TEST_F(ScrubTest, FindsEachWrongByte) {
    const std::size_t stride = testing::crashes_to_make(1, 0) == 0 ? 7 : 1;
    int states = 0;
    for (const std::string& path : disk->file_paths()) {
        if (path.find("/index/") != std::string::npos) continue;
        const std::size_t size = disk->contents(path).value().size();
        for (std::size_t at = 0; at < size; at += stride, ++states) {
            const Disk damaged = disk->after_process_kill();
            ASSERT_TRUE(damaged->flip_bit(path, at, static_cast<unsigned>(at % 8)));
            const ScrubReport report = scrub_on(damaged).value();
            ASSERT_EQ(lost_of(report), model.lost_by({{path, at, at + 1}})) << path << ' ' << at;
            ASSERT_EQ(report.events + lost_of(report).size(), model.events().size());
            ASSERT_FALSE(report.damage.empty() && report.tail_bytes == 0) << path << ' ' << at;
        }
    }
    std::cout << states << " states\n";
    EXPECT_GT(states, 1500);
}

// Goal: what was durable at the end of the log and is cut off is lost, though no frame tells of it.
// Method: the last segment is cut at each length; its index is there, or is not.
TEST_F(ScrubTest, KnowsFromTheIndexWhatWasDurable) {
    const std::string path = model.frames().back().path;
    const Bytes whole = disk->contents(path).value();
    for (std::size_t size = store::SegmentHeader::kBytes; size < whole.size(); size += 3) {
        const Disk cut = disk->after_process_kill();
        ASSERT_TRUE(cut->put(path, BytesView(whole).first(size)));
        const ScrubReport report = scrub_on(cut).value();
        ASSERT_EQ(lost_of(report), model.lost_by({{path, size}})) << size;
        const bool opens = ReadOnlyStore::open(config_on(cut, 7)).has_value();
        ASSERT_EQ(report.damage.empty() && report.lost.empty(), opens) << size;
        for (const std::string& other : cut->file_paths()) {
            if (other.find("/index/") == std::string::npos) continue;
            ASSERT_TRUE(cut->erase(other));
        }
        ASSERT_TRUE(scrub_on(cut).value().lost.empty()) << size;
    }
}

// Goal: the index is heard where the segment cannot say that it is of it.
// Method: the last segment has a header of which two bytes are wrong and is cut at each length, or
//         is not there, or is shorter than a header; with a MANIFEST and without.
TEST_F(ScrubTest, KnowsFromTheIndexWhatWasDurableWithoutTheSegment) {
    const std::string path = model.frames().back().path;
    const std::uint64_t end = model.events().size();
    Bytes whole = disk->contents(path).value();
    whole[0] ^= std::byte{1};
    whole[1] ^= std::byte{1};
    const auto last = std::ranges::find(model.frames().rbegin(), model.frames().rend(), true,
                                        &SalvageModel::Frame::is_event);
    ASSERT_EQ(last->path, path);
    const auto expect_known = [&](const Disk& on, const std::string& what) {
        const ScrubReport report = scrub_on(on).value();
        EXPECT_FALSE(report.damage.empty()) << what;
        ASSERT_FALSE(report.lost.empty()) << what;
        const LostEvents& latest = report.lost.back();
        EXPECT_EQ(latest.first.plus(latest.count).value, end) << what;
    };
    for (const bool has_manifest : {true, false}) {
        const auto start = [&] {
            const Disk on = disk->after_process_kill();
            for (const char* const name : {"MANIFEST", "MANIFEST.copy"}) {
                if (!has_manifest) on->erase(store_path(name)).value();
            }
            return on;
        };
        for (std::size_t size = store::SegmentHeader::kBytes; size < last->end; size += 31) {
            const Disk cut = start();
            ASSERT_TRUE(cut->put(path, BytesView(whole).first(size)));
            expect_known(cut, "cut at " + std::to_string(size));
        }
        const Disk gone = start();
        ASSERT_TRUE(gone->erase(path));
        expect_known(gone, "gone");
        const Disk shorter = start();
        ASSERT_TRUE(shorter->put(path, BytesView(whole).first(50)));
        expect_known(shorter, "short");
    }
}

// Without MANIFEST and index nobody knows how many events a segment had that cannot be read: that
// there may have been some is said.
TEST_F(ScrubTest, SaysThatEventsMayBeGoneWithASegmentWhoseHeaderIs) {
    const std::string path = model.frames().back().path;
    const std::uint64_t first =
        std::ranges::find(model.frames(), path, &SalvageModel::Frame::path)->first;
    for (const std::size_t size : {std::size_t{0}, std::size_t{50}, std::size_t{4096}}) {
        const Disk cut = disk->after_process_kill();
        for (const std::string& other : cut->file_paths()) {
            const bool goes = other.find("/index/") != std::string::npos ||
                              other.find("MANIFEST") != std::string::npos;
            if (goes) cut->erase(other).value();
        }
        ASSERT_TRUE(cut->put(path, as_bytes(std::string(size, '\0'))));
        const ScrubReport report = scrub_on(cut).value();
        ASSERT_EQ(report.lost.size(), 1U) << size;
        EXPECT_EQ(report.lost.back().first, Sequence(first)) << size;
        EXPECT_EQ(report.lost.back().count, 0U) << size;
    }
}

TEST_F(ScrubTest, ListsAllDamageAndNotTheFirstAlone) {
    std::vector<SalvageModel::Damage> damages;
    for (const SalvageModel::Frame& frame : model.frames()) {
        if (!frame.is_event || frame.first % 3 != 1) continue;
        ASSERT_TRUE(disk->flip_bit(frame.path, frame.begin + 30, 1));
        damages.push_back({frame.path, frame.begin + 30, frame.begin + 31});
    }
    ASSERT_GT(damages.size(), 4U);
    const Sequences lost = model.lost_by(damages);
    EXPECT_EQ(lost_of(scrub_on(disk).value()), lost);
    EXPECT_EQ(lost_of(scrub_in_pieces(disk)), lost);
}

TEST_F(ScrubTest, NeedsNoManifestAndNoSegment) {
    ASSERT_TRUE(disk->erase(segment_path(2)));
    const Sequences lost = model.lost_by({{segment_path(2)}});
    EXPECT_EQ(lost_of(scrub_on(disk).value()), lost);
    ASSERT_TRUE(disk->erase(store_path("MANIFEST")));
    ASSERT_TRUE(disk->erase(store_path("MANIFEST.copy")));
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_EQ(lost_of(report), lost);
    EXPECT_EQ(report.damage.front().code(), ErrorCode::CorruptManifest);
}

// Goal: what a file holds counts, and not its name: a copy of another segment is no segment.
// Method: each segment's file in the place of each other, with the MANIFEST and without.
TEST_F(ScrubTest, TakesNoSegmentForAnother) {
    constexpr std::uint64_t kSegments = 3;
    for (std::uint64_t from = 1; from <= kSegments; ++from) {
        for (std::uint64_t to = 1; to <= kSegments; ++to) {
            if (from == to) continue;
            const Disk mixed = disk->after_process_kill();
            ASSERT_TRUE(mixed->put(segment_path(to), mixed->contents(segment_path(from)).value()));
            const ScrubReport report = scrub_on(mixed).value();
            const std::string how = std::to_string(from) + " in place of " + std::to_string(to);
            ASSERT_FALSE(report.lost.empty()) << how;
            EXPECT_EQ(report.lost[0].file, "segments/" + store::segment_file_name(to)) << how;
            EXPECT_EQ(report.events,
                      model.events().size() - model.lost_by({{segment_path(to)}}).size())
                << how;
            const auto tells = [&](const Error& error) {
                return error.code() == ErrorCode::ForeignSegment &&
                       error.place() == "segments/" + store::segment_file_name(to);
            };
            EXPECT_TRUE(std::ranges::any_of(report.damage, tells)) << how;
            for (const char* name : {"MANIFEST", "MANIFEST.copy"})
                ASSERT_TRUE(mixed->erase(store_path(name)));
            EXPECT_FALSE(scrub_on(mixed).value().lost.empty()) << how << ", without MANIFEST";
        }
    }
}

TEST_F(ScrubTest, FindsSegmentsThatChangedTheirNames) {
    const Bytes first = disk->contents(segment_path(1)).value();
    ASSERT_TRUE(disk->put(segment_path(1), disk->contents(segment_path(2)).value()));
    ASSERT_TRUE(disk->put(segment_path(2), first));
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_EQ(report.events, model.events().size());
    EXPECT_TRUE(report.lost.empty());
    EXPECT_EQ(report.damage.size(), 2U);
}

// Goal: a piece checks the hash of its first events, though those before them are not in it.
TEST_F(ScrubTest, APieceKnowsTheEventsBeforeIt) {
    const auto forged = std::ranges::find_if(model.frames(), [](const SalvageModel::Frame& frame) {
        return frame.is_event && frame.count == 1 && frame.path != segment_path(1);
    });
    ASSERT_NE(forged, model.frames().end());
    testing::edit_event(*disk, forged->path, Sequence(forged->first),
                        [](MutableBytesView frame) { frame.back() ^= std::byte{1}; });
    for (const ScrubReport& report : {scrub_on(disk).value(), scrub_in_pieces(disk)}) {
        EXPECT_EQ(lost_of(report), (Sequences{forged->first}));
        ASSERT_EQ(report.damage.size(), 1U);
        EXPECT_EQ(report.damage[0].code(), ErrorCode::CorruptHash);
    }
}

TEST_F(ScrubTest, RefusesARangeThatDoesNotLieInTheLog) {
    const Sequence end(model.events().size());
    ScrubOptions options;
    options.from = end;
    EXPECT_TRUE(scrub_on(disk, options));
    options.from = end.next();
    EXPECT_EQ(code_of(scrub_on(disk, options)), ErrorCode::InvalidArgument);
    options.from = Sequence(10);
    options.end = Sequence(5);
    EXPECT_EQ(code_of(scrub_on(disk, options)), ErrorCode::InvalidArgument);
    options.end = options.from;
    EXPECT_TRUE(scrub_on(disk, options));
    // What a log has lost may be what is asked for.
    ASSERT_TRUE(disk->erase(model.frames().back().path));
    options = {};
    options.from = end.next();
    EXPECT_FALSE(scrub_on(disk, options).value().lost.empty());
}

TEST_F(ScrubTest, StopsBetweenSegmentsAndGoesOn) {
    std::stop_source stop;
    ScrubOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const ScrubProgress& now) {
        EXPECT_LE(now.bytes, now.bytes_total);
        if (now.next > Sequence(0)) stop.request_stop();
    };
    const ScrubReport first = scrub_on(disk, options).value();
    EXPECT_TRUE(first.stopped);
    EXPECT_EQ(first.segments, 1U);
    options = {};
    options.from = first.next;
    const ScrubReport rest = scrub_on(disk, options).value();
    EXPECT_EQ(rest.from, first.next);
    EXPECT_EQ(first.events + rest.events, model.events().size());
    EXPECT_TRUE(rest.damage.empty());
}

// Goal: appends, rotations and a compaction meanwhile are no damage.
TEST_F(ScrubTest, RunsBesideAWriter) {
    const StoreConfig config = config_on(disk, 1);
    Store store = Store::open(config).value();
    const auto coordinate = Coordinate::create("order:1", "room").value();
    int told = 0;
    ScrubOptions options;
    options.progress = [&](const ScrubProgress&) {
        const std::string text(700, 'x');
        for (int i = 0; i < 9; ++i)
            ASSERT_TRUE(store.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes(text)));
        if (++told == 2) {
            ASSERT_TRUE(store.compact(Merge{}));
        }
    };
    const ScrubReport report = scrub_on(disk, options).value();
    EXPECT_GE(told, 2);
    EXPECT_TRUE(report.damage.empty());
    EXPECT_TRUE(report.lost.empty());
    EXPECT_GE(report.events, model.events().size());
    EXPECT_FALSE(report.stopped);
}

// Goal: what a writer does between any two steps of a scrub is no damage.
// Method: before each call of a scrub in turn, the disk becomes that of the same store some
//         rotations later, or after a compaction.
TEST_F(ScrubTest, RunsBesideAWriterWhateverItDoesInBetween) {
    const Disk before = disk->after_process_kill();
    std::vector<Disk> later;
    {
        const auto coordinate = Coordinate::create("order:1", "room").value();
        Store store = Store::open(config_on(disk, 9)).value();
        const std::uint64_t segments = store.stats().segments;
        while (store.stats().segments < segments + 3) {
            ASSERT_TRUE(
                store.append_raw(coordinate, EventKind::custom(0xF, 1), Bytes(900, std::byte{7})));
        }
        later.push_back(disk->after_process_kill());
        ASSERT_TRUE(store.compact(Merge{}));
        later.push_back(disk->after_process_kill());
    }
    int calls = 0;
    for (const Disk& then : later) {
        for (std::uint64_t at = 0;; ++at, ++calls) {
            const Disk now = before->after_process_kill();
            bool has_come = false;
            now->observe([&](const testing::Call& call) {
                if (has_come || call.number < at) return;
                has_come = true;
                become(*now, *then);
            });
            const auto report = scrub_on(now);
            if (!has_come) break;
            ASSERT_TRUE(report) << at << ": " << report.error().to_string();
            ASSERT_TRUE(report->damage.empty()) << at << ": " << report->damage[0].to_string();
            ASSERT_TRUE(report->lost.empty())
                << at << ": " << report->lost[0].first.value << " in " << report->lost[0].file;
            ASSERT_GE(report->events, model.events().size()) << at;
            ASSERT_EQ(report->events, report->next.value) << at;
        }
    }
    std::cout << calls << " calls\n";
    EXPECT_GT(calls, 60);
}

TEST_F(ScrubTest, TakesATornTailForNoDamage) {
    const SalvageModel::Frame& last = model.frames().back();
    Bytes file = disk->contents(last.path).value();
    const Bytes half(BytesView(file).begin() + 96, BytesView(file).begin() + 130);
    std::ranges::copy(half, file.begin() + static_cast<std::ptrdiff_t>(last.end));
    ASSERT_TRUE(disk->put(last.path, file));
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_TRUE(report.damage.empty());
    EXPECT_TRUE(report.lost.empty());
    EXPECT_EQ(report.tail_bytes, half.size());
}

TEST_F(ScrubTest, WritesNothing) {
    const std::uint64_t before = disk->calls();
    ScrubOptions options;
    options.from = Sequence(9);
    ASSERT_TRUE(scrub_on(disk, options));
    for (const testing::Call& call : disk->trace()) {
        using testing::CallKind;
        const bool reads = call.kind == CallKind::OpenPath || call.kind == CallKind::Read ||
                           call.kind == CallKind::List || call.kind == CallKind::Stat ||
                           call.kind == CallKind::OpenFile || call.kind == CallKind::OpenDirectory;
        if (call.number >= before) {
            EXPECT_TRUE(reads) << to_string(call.kind) << ' ' << call.path;
        }
    }
    EXPECT_EQ(
        code_of(scrub(StoreConfig("/none").with_environment(config_on(disk, 1).environment()))),
        ErrorCode::NotAStore);
}

// Goal: what the caller may not read, or the machine cannot just now, is not called lost.
// Method: each call that opens or reads a file of the log fails in turn, with each such error.
TEST_F(ScrubTest, EndsWhereItMayNotRead) {
    const std::uint64_t first = disk->calls();
    ASSERT_TRUE(scrub_on(disk));
    const std::uint64_t second = disk->calls();
    int failed = 0;
    for (const testing::Call& call : disk->trace()) {
        const bool reads =
            call.kind == testing::CallKind::OpenFile || call.kind == testing::CallKind::Read;
        if (call.number < first || call.number >= second || !reads) continue;
        if (call.path.find("index/") != std::string::npos) continue;
        for (const int number : {EACCES, EPERM, EMFILE, ENFILE, ENOMEM}) {
            const Disk other = disk->after_process_kill();
            other->fail_call(other->calls() + call.number - first,
                             testing::Fault::error(ErrorCode::Io, number).forever());
            const auto report = scrub_on(other);
            ASSERT_FALSE(report) << to_string(call.kind) << ' ' << call.path << ' ' << number;
            ASSERT_EQ(report.error().os_error(), number);
            ++failed;
        }
    }
    EXPECT_GT(failed, 50);
}

TEST_F(ScrubTest, AFileThatCannotBeReadHidesNoOther) {
    const std::uint64_t first = disk->calls();
    ASSERT_TRUE(scrub_on(disk));
    const std::uint64_t second = disk->calls();
    for (const testing::Call& call : disk->trace()) {
        const bool is_open = call.number >= first && call.kind == testing::CallKind::OpenFile;
        if (is_open && call.path == segment_path(1))
            disk->fail_call(call.number - first + second, testing::Fault::io());
    }
    const ScrubReport report = scrub_on(disk).value();
    EXPECT_EQ(lost_of(report), model.lost_by({{segment_path(1)}}));
    const auto is_io = [](const Error& error) { return error.code() == ErrorCode::Io; };
    EXPECT_TRUE(std::ranges::any_of(report.damage, is_io));
}

}  // namespace
}  // namespace batpak
