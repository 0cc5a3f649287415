// What the doctor makes of what it sees: where a machine cannot be brought to it, such as a disk
// that is nearly full, of a Condition that says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/temporary_directory.hpp"
#include "tool/doctor/symptoms.hpp"

namespace batpak::tool {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::int64_t kDayUs = std::int64_t{86'400} * 1'000'000;

Condition well() {
    Condition condition{.directory = "data", .now_us = 1'000'000'000};
    condition.free_bytes = 100 * kGiB;
    condition.disk_bytes = 200 * kGiB;
    condition.mount = Mount{"ext4", "rw,relatime"};
    condition.clock = ClockTrace{.events = 1, .last_us = 999'000'000};
    return condition;
}

std::vector<std::string> names_of(const Condition& condition) {
    std::vector<std::string> names;
    for (const Symptom& symptom : judge(condition)) {
        EXPECT_FALSE(symptom.what.empty());
        EXPECT_FALSE(symptom.remedy.empty());
        names.emplace_back(symptom.name);
    }
    return names;
}

using Names = std::vector<std::string>;

TEST(Doctor, SaysNothingOfAStoreThatIsWell) {
    EXPECT_EQ(names_of(well()), Names());
    EXPECT_EQ(code_of({}), ExitCode::Ok);
}

TEST(Doctor, ComparesTheGrowthWithTheFreeSpace) {
    Condition condition = well();
    condition.free_bytes = 14 * kGiB;
    condition.week_bytes = 7 * kGiB;
    EXPECT_EQ(names_of(condition), Names());
    condition.free_bytes = 14 * kGiB - 1;
    EXPECT_EQ(names_of(condition), Names{"disk-filling"});
    condition.week_bytes = 0;
    EXPECT_EQ(names_of(condition), Names());
    condition.day_bytes = kGiB;  // a store that is younger than a week
    EXPECT_EQ(names_of(condition), Names{"disk-filling"});
    condition.free_bytes = 1000;
    EXPECT_EQ(names_of(condition), Names{"disk-full"});
    EXPECT_EQ(code_of(judge(condition)), ExitCode::No);
    condition.free_bytes.reset();  // the system does not say
    EXPECT_EQ(names_of(condition), Names());
}

TEST(Doctor, KnowsFileSystemsThatPromiseLess) {
    Condition condition = well();
    const auto names = [&](const char* type, const char* options) {
        condition.mount = Mount{type, options};
        return names_of(condition);
    };
    EXPECT_EQ(names("nfs4", "rw"), Names{"network-file-system"});
    EXPECT_EQ(names("fuse.sshfs", "rw"), Names{"network-file-system"});
    EXPECT_EQ(names("fuseblk", "rw"), Names());
    EXPECT_EQ(names("tmpfs", "rw"), Names{"memory-file-system"});
    EXPECT_EQ(names("ext4", "rw,nobarrier,data=ordered"), Names{"syncs-off"});
    EXPECT_EQ(names("overlay", "rw,volatile"), Names{"syncs-off"});
    EXPECT_EQ(names("xfs", "rw,barrier=01"), Names());
    condition.mount.reset();
    EXPECT_EQ(names_of(condition), Names());
}

TEST(Doctor, FindsTheMountThatAPathLiesOn) {
    const std::string_view text =
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "30 22 0:40 / /mnt/a\\040b rw,noatime - xfs /dev/sdb rw,nobarrier\n"
        "31 22 0:41 / /mnt rw shared:2 master:1 - nfs4 server:/x rw,vers=4.2\n"
        "32 22 0:42 / /mnt rw - btrfs /dev/sdc rw\n"
        "a line that is none\n";
    EXPECT_EQ(find_mount(text, "/srv/x"), (Mount{"ext4", "rw,relatime,rw"}));
    EXPECT_EQ(find_mount(text, "/mnt/a b/data"), (Mount{"xfs", "rw,noatime,rw,nobarrier"}));
    EXPECT_EQ(find_mount(text, "/mnt/a bc"), (Mount{"btrfs", "rw,rw"}));  // the later one
    EXPECT_EQ(find_mount(text, "/mnt"), (Mount{"btrfs", "rw,rw"}));
    EXPECT_EQ(find_mount("", "/mnt"), std::nullopt);
}

TEST(Doctor, FindsWhoHoldsALock) {
    const std::string_view text =
        "1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF\n"
        "2: FLOCK  ADVISORY  WRITE 22 fe:00:77 0 EOF\n"
        "2: -> FLOCK  ADVISORY  WRITE 33 fe:00:77 0 EOF\n"
        "3: FLOCK  ADVISORY  WRITE 44 fe:00:177 0 EOF\n"
        "4: FLOCK  ADVISORY  WRITE 55 08:01:77 0 EOF\n"
        "5: FLOCK  ADVISORY  WRITE 0 08:01:77 0 EOF\n"
        "nothing\n";
    EXPECT_EQ(find_locks(text, 77), (std::vector<std::uint64_t>{22, 55}));
    EXPECT_EQ(find_locks(text, 7), std::vector<std::uint64_t>());
}

TEST(Doctor, SaysTheGravestFirst) {
    Condition condition = well();
    condition.tail = CutTail{.segment_id = 1, .offset = 96, .bytes = 10};
    condition.erasure_pending = Sequence(3);
    condition.damage.push_back(Error(ErrorCode::CorruptSegment, "x").at("segments/1"));
    condition.sealed = 20;
    condition.sealed_if_merged = 12;
    EXPECT_EQ(names_of(condition),
              (Names{"damaged-segment", "erasure-pending", "torn-tail", "small-segments"}));
    EXPECT_EQ(code_of(judge(condition)), ExitCode::Refused);
    condition.sealed_if_merged = 13;
    condition.damage.clear();
    EXPECT_EQ(names_of(condition), (Names{"erasure-pending", "torn-tail"}));
    EXPECT_EQ(code_of(judge(condition)), ExitCode::No);
    condition.erasure_pending.reset();
    EXPECT_EQ(code_of(judge(condition)), ExitCode::Ok);
}

// A snapshot cannot give back the segment that is appended to.
TEST(Doctor, RecommendsWhatHelpsTheSegment) {
    Condition condition = well();
    condition.active = "segments/2";
    for (const char* const place : {"segments/1", "segments/2"}) {
        const bool is_active = place == condition.active;
        const Error damage = Error(ErrorCode::CorruptFrame, "x").at(place);
        condition.damage = {damage};
        condition.refused.reset();
        const Symptom sealed_or_active = judge(condition).front();
        condition.damage.clear();
        condition.refused = damage;
        for (const Symptom& symptom :
             {sealed_or_active, judge(condition).front(), found_deep(condition, damage)}) {
            const bool has_repair = symptom.remedy.find("batpak repair") != std::string::npos;
            const bool has_restore = symptom.remedy.find("batpak restore") != std::string::npos;
            EXPECT_EQ(has_repair, !is_active) << symptom.remedy;
            EXPECT_EQ(has_restore, is_active) << symptom.remedy;
            EXPECT_NE(symptom.remedy.find("batpak salvage"), std::string::npos);
        }
    }
}

TEST(Doctor, PassesOverWhatAProgramThatWritesIsJustDoing) {
    Condition condition = well();
    condition.tail = CutTail{.segment_id = 1, .offset = 96, .bytes = 10};
    condition.manifests_differ = true;
    condition.unlisted = 1;
    condition.gone = 1;
    EXPECT_EQ(names_of(condition),
              (Names{"manifest-copy", "torn-tail", "unlisted-segment", "compaction-left"}));
    condition.holder = LockHolder{1, "x"};
    EXPECT_EQ(names_of(condition), Names());
}

TEST(Doctor, SaysOneDamageOnce) {
    Condition condition = well();
    condition.refused = Error(ErrorCode::MissingSegment, "a").at("segments/1");
    condition.damage.push_back(Error(ErrorCode::MissingSegment, "b").at("segments/1"));
    EXPECT_EQ(names_of(condition), Names{"does-not-open"});
    condition.damage.push_back(Error(ErrorCode::MissingSegment, "b").at("segments/2"));
    EXPECT_EQ(names_of(condition), (Names{"does-not-open", "damaged-segment"}));
    condition.refused = Error(ErrorCode::FutureFormat, "a");
    condition.damage.clear();
    EXPECT_EQ(names_of(condition), Names{"future-format"});
}

TEST(Doctor, QuotesADirectoryForAShell) {
    EXPECT_EQ(shell_word("./data-1"), "./data-1");
    EXPECT_EQ(shell_word("my data"), "'my data'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word(""), "''");
}

// A store on the real disk, whose clock the test sets.
class DoctorOfAStore : public ::testing::Test {
protected:
    static constexpr std::int64_t kNowUs = batpak::testing::ManualClock::kStartUs;

    void append(std::size_t bytes) {
        Environment environment = Environment::real();
        environment.clock = clock_;
        Store store = Store::open(StoreConfig(path()).with_environment(environment)).value();
        const Coordinate place = Coordinate::create("e", "s").value();
        const std::vector<std::byte> payload(bytes);
        ASSERT_TRUE(store.append_raw(place, EventKind::custom(0xF, 1), payload));
        ASSERT_TRUE(std::move(store).close());
    }
    std::string path() const { return directory_ / "store"; }
    Condition look(std::int64_t now_us = kNowUs) const { return examine(path(), now_us).value(); }
    Names names(std::int64_t now_us = kNowUs) const {
        Condition condition = look(now_us);
        condition.mount.reset();       // whatever this machine has
        condition.free_bytes.reset();  // likewise
        return names_of(condition);
    }

    std::shared_ptr<batpak::testing::ManualClock> clock_ =
        std::make_shared<batpak::testing::ManualClock>(kNowUs);

private:
    batpak::testing::TemporaryDirectory directory_;
};

TEST_F(DoctorOfAStore, SaysThatTheClockOfTheLogIsAhead) {
    append(1);
    EXPECT_EQ(names(), Names());
    EXPECT_EQ(names(kNowUs - 60'000'000), Names());
    EXPECT_EQ(names(kNowUs - 60'000'001), Names{"clock-ahead"});
}

TEST_F(DoctorOfAStore, SaysThatTheClockHadGoneBack) {
    append(1);
    clock_->go_back(std::chrono::seconds(1));
    append(1);
    EXPECT_EQ(names(), Names());
    clock_->go_back(std::chrono::microseconds(1));
    append(1);
    EXPECT_EQ(names(), Names{"clock-back"});
    const Condition condition = look();
    EXPECT_EQ(condition.clock->behind_at, Sequence(2));
    EXPECT_EQ(condition.clock->behind_us_max, 1'000'001);
}

// Goal:   growth is what events of that time take, whichever segments they are in.
// Method: 100 KiB eight days ago, 200 KiB two days ago, 300 KiB now, in one segment: events of one
//         segment count as being of one size, so that a day has a third of it.
TEST_F(DoctorOfAStore, MeasuresTheGrowth) {
    clock_->set_wall_us(kNowUs - 8 * kDayUs);
    append(100 << 10);
    clock_->set_wall_us(kNowUs - 2 * kDayUs);
    append(200 << 10);
    clock_->set_wall_us(kNowUs - 1000);
    append(300 << 10);
    const Condition condition = look();
    EXPECT_NEAR(static_cast<double>(condition.week_bytes), 400.0 * 1024, 2000);
    EXPECT_NEAR(static_cast<double>(condition.day_bytes), 200.0 * 1024, 1000);
    EXPECT_EQ(condition.events, 3U);
}

TEST_F(DoctorOfAStore, SeesWhoHoldsIt) {
    append(1);
    EXPECT_EQ(look().holder, std::nullopt);
    const Store store = Store::open(StoreConfig(path())).value();
    const Condition condition = look();
    if (!std::filesystem::exists("/proc/locks")) return;  // the system does not tell
    ASSERT_TRUE(condition.holder);
    EXPECT_GT(condition.holder->process, 0U);
    EXPECT_FALSE(condition.holder->program.empty());
}

}  // namespace
}  // namespace batpak::tool
