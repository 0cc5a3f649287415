// Goal:   no single bit that rots, in any file of a store, loses, changes or invents an event in
//         silence: the store is refused, or exactly the damaged event answers with an error, or
//         nothing is amiss. Where only a checksum nobody else saw tells an event from a torn write
//         (the last one before a kill), the cut is reported, and cuts no other (INV I4, R2).
// Method: every bit of every file of a store of three segments, one at a time; open, read by every
//         key in both directions, verify. Three stores: closed, closed without its index, killed;
//         the first also with its sealed segments mapped. The counts of every class are pinned, so
//         that a flip which changes class is seen.
#include <gtest/gtest.h>

#include <map>

#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"
#include "support/store/damage_report.hpp"
#include "support/store/small_store.hpp"

namespace batpak::testing::bit_flip_crash_test {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::uint64_t kActive = 3;
constexpr std::uint64_t kHeader = store::SegmentHeader::kBytes;

struct Kind {
    const char* name;
    StoreEnd end;
    bool has_index;
    bool is_mapped = false;

    friend std::ostream& operator<<(std::ostream& out, const Kind& kind) {
        return out << kind.name;
    }
};

constexpr Kind kClosed{"Closed", StoreEnd::Closed, true};
constexpr Kind kWithoutIndex{"WithoutIndex", StoreEnd::Closed, false};
constexpr Kind kKilled{"Killed", StoreEnd::Killed, true};
constexpr Kind kMapped{"Mapped", StoreEnd::Closed, true, true};

struct Flip {
    std::string path;
    std::uint64_t offset;
    unsigned bit;
};

enum class Class : std::uint8_t {
    Refused,
    OneEvent,
    EndsEarly,
    CutUnwitnessed,
    CutZeros,
    Identical
};

std::string to_string(Class found) {
    switch (found) {
        case Class::Refused: return "refused";
        case Class::OneEvent: return "one event unreadable";
        case Class::EndsEarly: return "ends early";
        case Class::CutUnwitnessed: return "unwitnessed event cut";
        case Class::CutZeros: return "no event cut";
        case Class::Identical: return "identical";
    }
    return "?";
}

using Tally = std::map<Class, std::uint64_t>;

class BitFlip : public ::testing::TestWithParam<Kind> {
protected:
    BitFlip() : made_(make_small_store(kSeed, GetParam().end)) {
        if (GetParam().has_index) return;
        for (const std::string& path : made_.disk->file_paths()) {
            if (path.starts_with(store_path("index/"))) must(made_.disk->erase(path));
        }
    }

    // Flips every bit of a file.
    Tally sweep(const std::string& path) {
        Tally tally;
        for (std::uint64_t bit = 0; bit < 8 * size(path); ++bit) {
            if (is_left_out(path, bit)) continue;
            ++tally[outcome_of({path, bit / 8, static_cast<unsigned>(bit % 8)})];
            if (HasFatalFailure()) return tally;
        }
        for (const auto& [found, count] : tally)
            std::cout << GetParam().name << ' ' << path << ": " << count << ' ' << to_string(found)
                      << '\n';
        return tally;
    }

    // How many flips a sweep makes between two offsets.
    std::uint64_t flips(const std::string& path, std::uint64_t begin, std::uint64_t end) const {
        std::uint64_t count = 0;
        for (std::uint64_t bit = 8 * begin; bit < 8 * end; ++bit)
            count += is_left_out(path, bit) ? 0U : 1U;
        return count;
    }

    std::uint64_t size(const std::string& path) const {
        return made_.disk->contents(path).value().size();
    }

    SmallStore made_;

private:
    Class outcome_of(const Flip& flip) {
        const Disk disk = made_.disk->after_process_kill();
        must(disk->flip_bit(flip.path, flip.offset, flip.bit));
        Class found = Class::Refused;
        judge(flip, disk, found);
        return found;
    }

    void judge(const Flip& flip, const Disk& disk, Class& found) {
        const std::string where =
            flip.path + " byte " + std::to_string(flip.offset) + " bit " + std::to_string(flip.bit);
        const auto store =
            Store::open(config_on(disk, kSeed).with_mapped_reads(GetParam().is_mapped));
        if (!store) {
            ASSERT_EQ(store.error().error_class(), ErrorClass::Refused)
                << where << ": " << store.error().to_string();
            return;
        }
        const std::uint64_t end = store->visible_end().value;
        const bool cut = store->open_report().outcome == OpenReport::Outcome::Recovered;
        ASSERT_GE(end, made_.events.size() - (is_unwitnessed(flip) ? 1 : 0)) << where;
        ASSERT_TRUE(cut || end == made_.events.size()) << where;
        const DamageReport report = examine(*store, made_.events, end, depth_of(flip));
        ASSERT_EQ(report.forbidden, "") << where;
        ASSERT_LE(report.unreadable.size(), 1U) << where;
        ASSERT_TRUE(report.extra_errors == 0 || !GetParam().has_index) << where;
        ASSERT_EQ(report.verified, report.is_identical() && !is_unseen(flip, cut)) << where;
        found = class_of(report, cut, end);
        for (const char* name : {"MANIFEST", "MANIFEST.copy"}) {
            ASSERT_EQ(disk->contents(store_path(name)).value(),
                      made_.disk->contents(store_path(name)).value())
                << where << ": " << name << " was not repaired";
        }
    }

    static ReportDepth depth_of(const Flip& flip) {
        const bool in_index = flip.path.starts_with(store_path("index/"));
        return in_index || flip.bit == flip.offset % 8 ? ReportDepth::Everything
                                                       : ReportDepth::Streams;
    }

    // Of bytes that are alike, and of files that another of the three stores has too, one bit of
    // each byte will do, unless everything is asked for.
    bool is_left_out(const std::string& path, std::uint64_t bit) const {
        if (bit % 8 == bit / 8 % 8 || std::getenv("BATPAK_SWEEP_ALL") != nullptr) return false;
        if (path == segment_path(kActive)) return bit / 8 >= made_.active_end;
        const bool sealed = path == segment_path(2);
        return GetParam().name != kClosed.name && (sealed || path == store_path("MANIFEST"));
    }

    Class class_of(const DamageReport& report, bool cut, std::uint64_t end) const {
        if (report.ends_early) return Class::EndsEarly;
        if (!report.unreadable.empty()) return Class::OneEvent;
        if (cut) return end == made_.events.size() ? Class::CutZeros : Class::CutUnwitnessed;
        return Class::Identical;
    }

    // Only the last event of a store that was killed has no witness behind it.
    bool is_unwitnessed(const Flip& flip) const {
        return GetParam().end == StoreEnd::Killed && flip.path == segment_path(kActive) &&
               flip.offset >= made_.last_frame && flip.offset < made_.active_end;
    }

    // What is wrong in a segment and changes no event, verify() must find all the same.
    bool is_unseen(const Flip& flip, bool cut) const {
        return flip.path.starts_with(store_path("segments/")) && !cut;
    }
};

TEST_P(BitFlip, InASealedSegment) {
    for (std::uint64_t id = 1; id < kActive; ++id) {
        Tally tally = sweep(segment_path(id));
        EXPECT_EQ(tally.extract(Class::Refused).mapped(), flips(segment_path(id), 0, kHeader));
        EXPECT_EQ(tally.extract(Class::OneEvent).mapped(),
                  flips(segment_path(id), kHeader, size(segment_path(id))));
        EXPECT_TRUE(tally.empty());
    }
}

TEST_P(BitFlip, InTheActiveSegment) {
    const std::string path = segment_path(kActive);
    Tally tally = sweep(path);
    Tally expected;
    expected[Class::Refused] = flips(path, 0, kHeader);
    if (made_.active_end > made_.last_frame_end && GetParam().has_index) {
        // Opening reads nothing that is indexed but the last event, and goes on behind it. The mark
        // counts for nothing any more, but verify() has to see it.
        expected[Class::OneEvent] = flips(path, kHeader, made_.last_frame_end);
        expected[Class::Identical] = flips(path, made_.last_frame_end, made_.active_end);
        expected[Class::CutZeros] = flips(path, made_.active_end, size(path));
    } else if (made_.active_end > made_.last_frame_end) {
        expected[Class::Refused] += flips(path, kHeader, made_.last_frame_end);
        expected[Class::CutZeros] = flips(path, made_.last_frame_end, size(path));
    } else {
        expected[Class::Refused] += flips(path, kHeader, made_.last_frame);
        expected[Class::CutUnwitnessed] = flips(path, made_.last_frame, made_.last_frame_end);
        expected[Class::CutZeros] = flips(path, made_.last_frame_end, size(path));
    }
    EXPECT_EQ(tally, expected);
}

TEST_P(BitFlip, InAManifest) {
    for (const char* name : {"MANIFEST", "MANIFEST.copy"}) {
        const std::string path = store_path(name);
        EXPECT_EQ(sweep(path), (Tally{{Class::Identical, flips(path, 0, size(path))}}));
    }
}

TEST_P(BitFlip, InTheIndex) {
    std::uint64_t expected = 0;
    Tally tally;
    for (const std::string& path : made_.disk->file_paths()) {
        if (!path.starts_with(store_path("index/"))) continue;
        tally[Class::Identical] += sweep(path)[Class::Identical];
        expected += flips(path, 0, size(path));
    }
    EXPECT_EQ(tally[Class::Identical], expected);
    EXPECT_EQ(expected > 0, GetParam().has_index);
}

INSTANTIATE_TEST_SUITE_P(Stores, BitFlip,
                         ::testing::Values(kClosed, kWithoutIndex, kKilled, kMapped),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace batpak::testing::bit_flip_crash_test
