// Goal:   whoever made the directory, opening it never hangs, follows a link out of it, writes
//         elsewhere or asks for more memory than the files are long; and no payload, whatever it
//         holds, is ever taken for frames (INV L4, R6).
// Method: every kind of thing that is not a file in place of everything that a store has, on the
//         real file system, next to a canary; absurd numbers with right checksums in every header;
//         payloads made of frames, cut at every byte.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/segment_header.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/sanitizers.hpp"
#include "support/store/damage_report.hpp"
#include "support/store/small_store.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::hostile_store_test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kHangSeconds = 120;
constexpr std::uint64_t kSeed = 7;
constexpr std::uint64_t kActive = 3;

// ---- Things that are not files ---------------------------------------------------------------

enum class Thing : std::uint8_t { Link, DeadLink, LinkToDirectory, Fifo, Folder, Device, HardLink };

constexpr Thing kThings[] = {Thing::Link,   Thing::DeadLink, Thing::LinkToDirectory, Thing::Fifo,
                             Thing::Folder, Thing::Device,   Thing::HardLink};

class HostileStore : public ::testing::TestWithParam<const char*> {
protected:
    HostileStore() { ::alarm(kHangSeconds); }
    ~HostileStore() override { ::alarm(0); }

    static StoreConfig config(const std::string& path) {
        return StoreConfig(path).with_segment_bytes(4096);
    }

    void write_store(const SmallStore& made) const {
        for (const std::string& path : made.disk->file_paths()) {
            const fs::path target = temporary_.path() + path;
            fs::create_directories(target.parent_path());
            std::ofstream(target, std::ios::binary) << as_text(made.disk->contents(path).value());
        }
    }

    // A socket where devices cannot be made.
    static void make_device(const std::string& path) {
        if (::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0) return;
        const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        ::close(listener);
    }

    void place(Thing thing, const std::string& path) const {
        switch (thing) {
            case Thing::Link: return fs::create_symlink(canary_ + "/file", path);
            case Thing::DeadLink: return fs::create_symlink(canary_ + "/nothing", path);
            case Thing::LinkToDirectory: return fs::create_directory_symlink(canary_, path);
            case Thing::Fifo: EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0); return;
            case Thing::Folder: fs::create_directory(path); return;
            case Thing::Device: return make_device(path);
            case Thing::HardLink: return fs::create_hard_link(canary_ + "/file", path);
        }
    }

    void expect_canary(std::string_view content) const {
        std::ifstream file(canary_ + "/file", std::ios::binary);
        const std::string found(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(found, content);
        const fs::directory_iterator entries(canary_);
        EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
    }

    const TemporaryDirectory temporary_;
    const std::string path_ = temporary_.path() + kStorePath;
    const std::string canary_ = temporary_ / "canary";
};

// Each thing in the place of GetParam(). The canary's file is a copy of what was there, so that a
// link to it would do as well as the original.
TEST_P(HostileStore, IsRefusedOrReadAsItWas) {
    const std::string name = GetParam();
    const bool needs_lost = name == "lost";
    const SmallStore made =
        make_small_store(kSeed, needs_lost ? StoreEnd::Killed : StoreEnd::Closed);
    if (needs_lost) must(made.disk->flip_bit(segment_path(kActive), made.last_frame + 20, 1));
    for (const Thing thing : kThings) {
        SCOPED_TRACE(name + ", thing " + std::to_string(static_cast<int>(thing)));
        fs::remove_all(path_);
        fs::remove_all(canary_);
        fs::create_directory(canary_);
        write_store(made);
        const std::string target = path_ + '/' + name;
        const auto original = made.disk->contents(store_path(name));
        const Bytes content = original.value_or(Bytes{});
        std::ofstream(canary_ + "/file", std::ios::binary) << as_text(content);
        fs::remove_all(target);
        place(thing, target);
        const auto store = Store::open(config(path_));
        if (!store) {
            EXPECT_EQ(store.error().error_class(), ErrorClass::Refused)
                << store.error().to_string();
        } else {
            const DamageReport report =
                examine(*store, made.events, store->visible_end().value, ReportDepth::Everything);
            EXPECT_TRUE(report.is_identical()) << report.forbidden;
            EXPECT_EQ(store->visible_end().value, made.events.size() - (needs_lost ? 1 : 0));
        }
        expect_canary(as_text(content));
    }
}

INSTANTIATE_TEST_SUITE_P(Places, HostileStore,
                         ::testing::Values("LOCK", "MANIFEST", "MANIFEST.copy", "segments",
                                           "segments/000000000001.bpk", "segments/000000000002.bpk",
                                           "segments/000000000003.bpk", "index", "index/1-0.bpx",
                                           "lost"),
                         [](const auto& place) {
                             std::string name = place.param;
                             std::erase_if(name, [](char c) { return !std::isalnum(c); });
                             return name;
                         });

// ---- Absurd numbers --------------------------------------------------------------------------

constexpr std::uint32_t kAbsurd[] = {0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x08000000,
                                     0x07FFFFFF, 0x00FFFFFF, 0};

constexpr std::uint64_t kReadBytesMax = 1U << 20;
constexpr long kPeakKiBMax = (testing::kAddressSanitized ? 512 : 16) * 1024;

// Of this process, not of the clock on the wall: machines may be busy.
double seconds_since(std::clock_t begin) {
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Opens, reads everything, and says what it cost. In a child, whose peak is its own.
void expect_cheap(const Disk& disk, const std::vector<EventCopy>& events,
                  const std::string& where) {
    const int answer = run_in_child([&] {
        rusage before{};
        rusage after{};
        ::getrusage(RUSAGE_SELF, &before);
        const std::clock_t begin = std::clock();
        const auto store = Store::open(config_on(disk, kSeed));
        if (!store && store.error().error_class() != ErrorClass::Refused) return 1;
        if (store) {
            const DamageReport report =
                examine(*store, events, store->visible_end().value, ReportDepth::Everything);
            if (!report.forbidden.empty()) return 2;
        }
        ::getrusage(RUSAGE_SELF, &after);
        if (after.ru_maxrss - before.ru_maxrss > kPeakKiBMax) return 3;
        // Nor was it asked for and only not touched.
        for (const Call& call : disk->trace()) {
            if (call.kind == CallKind::Read && call.length > kReadBytesMax) return 5;
        }
        return seconds_since(begin) < 1 ? 0 : 4;
    });
    EXPECT_EQ(answer, 0) << where;
}

void put_word(const Disk& disk, const std::string& path, std::uint64_t offset, std::uint32_t word) {
    Bytes bytes = disk->contents(path).value();
    store_little_endian(MutableBytesView(bytes).subspan(offset), word);
    must(disk->put(path, bytes));
}

TEST(HostileNumbers, InTheLengthOfAnyFrame) {
    for (const StoreEnd end : {StoreEnd::Closed, StoreEnd::Killed}) {
        const SmallStore made = make_small_store(kSeed, end);
        for (std::uint64_t id = 1; id <= kActive; ++id) {
            for (const std::uint64_t offset : {std::uint64_t{96}, made.last_frame}) {
                for (const std::uint32_t word : kAbsurd) {
                    if (offset != 96 && id != kActive) continue;
                    const Disk disk = made.disk->after_process_kill();
                    put_word(disk, segment_path(id), offset, word);
                    if (end == StoreEnd::Killed && offset != 96) {
                        // The last event has no witness: it may be cut.
                        const auto store = Store::open(config_on(disk, kSeed));
                        ASSERT_TRUE(store) << store.error().to_string();
                        EXPECT_EQ(store->visible_end().value, made.events.size() - 1);
                    } else {
                        expect_cheap(disk, made.events, segment_path(id));
                    }
                }
            }
        }
    }
}

TEST(HostileNumbers, InEveryWordOfASegmentHeaderAndOfAnIndex) {
    const SmallStore made = make_small_store(kSeed, StoreEnd::Closed);
    const auto sweep = [&](const std::string& path, std::uint64_t checksum_at) {
        for (std::uint64_t at = 8; at + 4 <= checksum_at; at += 4) {
            for (const std::uint32_t word : kAbsurd) {
                const Disk disk = made.disk->after_process_kill();
                put_word(disk, path, at, word);
                const Bytes bytes = disk->contents(path).value();
                put_word(disk, path, checksum_at, crc32(BytesView(bytes).first(checksum_at)));
                expect_cheap(disk, made.events, path + " at " + std::to_string(at));
            }
        }
    };
    sweep(segment_path(1), 92);
    sweep(segment_path(kActive), 92);
    sweep(store_path("index/1-0.bpx"), 124);
}

// ---- Payloads that look like frames ----------------------------------------------------------

// Frames, headers and a MANIFEST, as they stand in the store itself.
Bytes everything_on(const Disk& disk) {
    Bytes all;
    for (const std::string& path : disk->file_paths()) {
        const Bytes bytes = disk->contents(path).value();
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

TEST(HostilePayload, IsStoredAsItIsAndNeverResurrected) {
    const Disk disk = std::make_shared<SimulatedFileSystem>(kSeed, SimulatedDisk{});
    Store open = Store::open(config_on(disk, kSeed)).value();
    const auto coordinate = Coordinate::create("entity", "scope").value();
    const auto kind = EventKind::custom(0xF, 1);
    std::vector<Bytes> payloads;
    for (int i = 0; i < 3; ++i) {
        open.append_raw(coordinate, kind, as_bytes("small")).value();
        Bytes frames = everything_on(disk);
        while (frames.size() > 1 && frames.back() == std::byte{0}) frames.pop_back();
        if (frames.size() > 1000) frames.erase(frames.begin(), frames.end() - 1000);
        payloads.push_back(frames);
        open.append_raw(coordinate, kind, frames).value();
    }
    const std::vector<EventCopy> events = copies_of(open);
    for (std::size_t i = 0; i < payloads.size(); ++i)
        EXPECT_EQ(events[2 * i + 1].payload, payloads[i]);
    const Disk killed = disk->after_process_kill();
    const std::string path = segment_path(open.stats().segments);
    const Bytes whole = killed->contents(path).value();
    for (std::size_t length = store::SegmentHeader::kBytes; length < whole.size(); ++length) {
        const Disk cut = killed->after_process_kill();
        must(cut->put(path, BytesView(whole).first(length)));
        const auto again = Store::open(config_on(cut, kSeed));
        ASSERT_TRUE(again) << "cut to " << length << ": " << again.error().to_string();
        const std::uint64_t end = again->visible_end().value;
        ASSERT_LE(end, events.size());
        ASSERT_TRUE(examine(*again, events, end, ReportDepth::Streams).is_identical()) << length;
    }
}

// One append of megabytes, of which a part was written when the process was killed. In text of two
// bytes a character, every other place could be the length of a frame.
TEST(HostilePayload, IsNoObstacleWhenItIsTorn) {
    const SmallStore made = make_small_store(kSeed, StoreEnd::Killed);
    const auto config = [&](const Disk& disk) {
        return config_on(disk, kSeed).with_segment_bytes(32U << 20);
    };
    Bytes text(std::size_t{8} << 20);
    for (std::size_t i = 0; i < text.size(); i += 2)
        text[i] = static_cast<std::byte>('a' + i / 2 % 26);
    Bytes whole;
    {
        const Disk disk = made.disk->after_process_kill();
        Store store = Store::open(config(disk)).value();
        const auto coordinate = Coordinate::create("player:alice", "room:hall").value();
        store.append_raw(coordinate, EventKind::custom(0xF, 1), text).value();
        whole = disk->contents(segment_path(kActive)).value();
    }
    for (const std::size_t percent : {25U, 50U, 75U}) {
        const Disk disk = made.disk->after_process_kill();
        const std::size_t torn = made.active_end + text.size() * percent / 100;
        must(disk->put(segment_path(kActive), BytesView(whole).first(torn)));
        const auto store = Store::open(config(disk));
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_EQ(store->visible_end().value, made.events.size());
        EXPECT_TRUE(store->open_report().cut);
    }
}

// ---- A tail made to be slow ------------------------------------------------------------------

// Every tenth byte begins a frame whose head check holds and whose body does not.
TEST(HostileTail, IsJudgedInTime) {
    constexpr std::size_t kTailBytes = std::size_t{64} << 20;
    const SmallStore made = make_small_store(kSeed, StoreEnd::Killed);
    Bytes bytes = made.disk->contents(segment_path(kActive)).value();
    const auto header =
        store::SegmentHeader::decode(BytesView(bytes).first(store::SegmentHeader::kBytes)).value();
    bytes.resize(made.active_end + kTailBytes);
    for (std::size_t at = made.active_end; at + 10 < bytes.size(); at += 10) {
        std::array<std::byte, 28> place;
        std::copy(header.salt.begin(), header.salt.end(), place.begin());
        const auto n =
            static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size() - at - 10, 4096));
        store_little_endian(std::span(place).subspan(16), std::uint64_t{at});
        store_little_endian(std::span(place).subspan(24), n);
        store_little_endian(MutableBytesView(bytes).subspan(at), n);
        store_little_endian(MutableBytesView(bytes).subspan(at + 4),
                            static_cast<std::uint16_t>(crc32(place) & 0xFFFF));
    }
    const Disk disk = made.disk->after_process_kill();
    must(disk->put(segment_path(kActive), bytes));
    const std::clock_t begin = std::clock();
    const auto store = Store::open(config_on(disk, kSeed));
    const double took = seconds_since(begin);
    std::cout << "a hostile tail of 64 MiB: " << took << " s\n";
    ASSERT_TRUE(store) << store.error().to_string();
    EXPECT_EQ(store->visible_end().value, made.events.size());
    EXPECT_LT(took, 2);
}

}  // namespace
}  // namespace batpak::testing::hostile_store_test
