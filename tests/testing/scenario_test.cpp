#include "batpak/testing/scenario.hpp"

#include <gtest/gtest.h>

#include <array>

#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

// What the world saw: a mail for each number that the program wrote down.
struct Mails {
    int sent = 0;
};

enum class Sync : std::uint8_t { Before, After, Never };

// Opens a file and writes one byte for each mail: the byte is there, durably, before the mail goes,
// or not. Makes 3 + 2 * `mails` calls, or 3 + `mails` without syncs.
Result<void> send_mails(const Environment& machine, Mails& world, int mails, Sync sync) {
    BATPAK_TRY(const auto directory, machine.files->open_directory("app", true));
    auto file = directory->open_file("log", OpenMode::ReadWrite);
    if (!file) file = directory->open_file("log", OpenMode::CreateNew);
    if (!file) return fail(file.error());
    BATPAK_CHECK(directory->sync());
    for (int i = 0; i < mails; ++i) {
        const std::array byte = {std::byte{1}};
        BATPAK_CHECK((*file)->write_at(static_cast<std::uint64_t>(world.sent), byte));
        if (sync == Sync::Before) BATPAK_CHECK((*file)->sync(SyncMode::All));
        ++world.sent;
        if (sync == Sync::After) BATPAK_CHECK((*file)->sync(SyncMode::All));
    }
    return {};
}

Result<std::string> each_mail_is_written_down(const Environment& machine, const Mails& world) {
    BATPAK_TRY(const auto directory, machine.files->open_directory("app", true));
    const auto file = directory->open_file("log", OpenMode::ReadOnly);
    Bytes bytes(16);
    std::size_t count = 0;
    if (file) {
        BATPAK_TRY(const std::size_t got, (*file)->read_at(0, bytes));
        while (count < got && bytes[count] == std::byte{1}) ++count;
    }
    if (count >= static_cast<std::size_t>(world.sent)) return "";
    return std::to_string(world.sent) + " mails sent, " + std::to_string(count) + " written down";
}

void do_nothing(const Environment&, Mails&) {}

auto mailer(int mails, Sync sync) {
    return scenario(Mails{}, [=](const Environment& machine,
                                 Mails& world) { return send_mails(machine, world, mails, sync); })
        .resume(do_nothing);
}

TEST(Scenario, SurvivesWhereTheEffectComesBehindTheSync) {
    const CrashReport report = mailer(3, Sync::Before).then(each_mail_is_written_down);
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_EQ(report.calls, 10U);  // one for the file that is not there yet
    EXPECT_GT(report.crashes, 20U);
    EXPECT_EQ(report.to_string(),
              "a run of 10 I/O calls, seed 1: " + std::to_string(report.crashes) +
                  " crashes, and each was survived");
}

TEST(Scenario, FindsTheEffectThatComesBeforeTheSync) {
    const CrashReport report = mailer(3, Sync::After).then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.failure->problem, "1 mails sent, 0 written down");
    EXPECT_EQ(report.failure->point, (CrashPoint{5, CrashMoment::BeforeCall, {CutMode::None, 0}}));
    EXPECT_EQ(report.failure->call->kind, CallKind::Sync);
    EXPECT_EQ(report.to_string(),
              "1 mails sent, 0 written down\n"
              "  after a power cut before call 5, Sync of app/log\n"
              "  in a run of 10 I/O calls, seed 1, after " +
                  std::to_string(report.crashes) +
                  " crashes\n"
                  "  to see only this one: .with_seed(1).crash_at(CrashPoint{.call = 5, .moment = "
                  "CrashMoment::BeforeCall, .cut = {CutMode::None, 0}})");
}

// Between a call and what the program does next there is a crash point too.
TEST(Scenario, FindsTheEffectThatIsMissingRightBehindACall) {
    const CrashReport report =
        mailer(2, Sync::Before).then([](const Environment& machine, const Mails& world) {
            const Mails next{world.sent + 1};
            const auto more = each_mail_is_written_down(machine, next);
            const bool unsent = more && more->empty();
            return std::string(unsent ? "written, not sent" : "");
        });
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.failure->point, (CrashPoint{4, CrashMoment::AfterCall, {CutMode::All, 0}}));
}

TEST(Scenario, CutsThePowerAtTheEndOfTheRunToo) {
    const CrashReport report = mailer(1, Sync::Never).then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.calls, 5U);
    EXPECT_EQ(report.failure->point->call, 5U);
    EXPECT_FALSE(report.failure->call);
    EXPECT_NE(report.to_string().find("at the end of the run"), std::string::npos);
}

TEST(Scenario, ShowsOneCrashPointAgain) {
    const auto mailing = mailer(3, Sync::After);
    const CrashReport all = mailing.then(each_mail_is_written_down);
    ASSERT_FALSE(all.ok());
    const CrashReport one = mailing.crash_at(*all.failure->point).then(each_mail_is_written_down);
    ASSERT_FALSE(one.ok());
    EXPECT_EQ(one.crashes, 1U);
    EXPECT_EQ(one.failure->point, all.failure->point);
    EXPECT_EQ(one.failure->problem, all.failure->problem);
    const CrashPoint harmless{0, CrashMoment::BeforeCall, {CutMode::All, 0}};
    EXPECT_TRUE(mailing.crash_at(harmless).then(each_mail_is_written_down).ok());
    EXPECT_FALSE(mailing.crash_at(harmless).crash_at(any_io).then(each_mail_is_written_down).ok());
}

// Goal:   every call is crashed before and after, and the world is what it was at that moment.
// Method: the program counts its calls into the world, right after each. The check, which sees the
//         world of each crash, collects the counts.
TEST(Scenario, KnowsTheWorldAsItWasWhenThePowerWent) {
    std::vector<int> counts;
    const auto run = [](const Environment& machine, Mails& world) -> Result<void> {
        BATPAK_TRY(const auto directory, machine.files->open_directory("app", true));
        ++world.sent;
        BATPAK_CHECK(directory->open_file("a", OpenMode::CreateNew));
        ++world.sent;
        BATPAK_CHECK(directory->sync());
        ++world.sent;
        return {};
    };
    const CrashReport report = scenario(Mails{}, run)
                                   .resume(do_nothing)
                                   .with_random_cuts(0)
                                   .then([&](const Environment&, const Mails& world) {
                                       if (counts.empty() || counts.back() != world.sent)
                                           counts.push_back(world.sent);
                                       return std::string();
                                   });
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_EQ(counts, (std::vector{0, 1, 2, 3}));
}

TEST(Scenario, ForgetsWhatTheProgramDidAfterThePowerWent) {
    const auto careless = [](const Environment& machine, Mails& world) {
        (void)send_mails(machine, world, 1, Sync::Before);
        (void)machine.files->open_directory("late", true);
        world.sent = 1;  // whatever became of the file
    };
    const CrashReport report =
        scenario(Mails{}, careless).resume(do_nothing).then(each_mail_is_written_down);
    EXPECT_TRUE(report.ok()) << report.to_string();
}

TEST(Scenario, ResumesWithTheSameProgramIfItIsToldNothingElse) {
    const auto run = [](const Environment& machine, Mails& world) {
        return send_mails(machine, world, 3 - world.sent, Sync::Before);
    };
    const CrashReport report =
        scenario(Mails{}, run).then([](const Environment& machine, const Mails& world) {
            if (world.sent != 3) return Result<std::string>("not finished");
            return each_mail_is_written_down(machine, world);
        });
    EXPECT_TRUE(report.ok()) << report.to_string();
}

TEST(Scenario, ARestartThatFailsIsAFailure) {
    const CrashReport report = mailer(1, Sync::Before)
                                   .resume([](const Environment&, Mails&) -> Result<void> {
                                       return fail(ErrorCode::Io, "does not come up");
                                   })
                                   .then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.crashes, 1U);
    EXPECT_NE(report.failure->problem.find("does not come up"), std::string::npos);
}

TEST(Scenario, TellsWhatFailsWithoutAnyCrash) {
    const CrashReport report = scenario(Mails{}, [](const Environment&, Mails&) -> Result<void> {
                                   return fail(ErrorCode::InvalidArgument, "wrong from the start");
                               }).then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_FALSE(report.failure->point);
    EXPECT_NE(report.to_string().find("wrong from the start"), std::string::npos);
    EXPECT_NE(report.to_string().find("without any crash"), std::string::npos);
}

TEST(Scenario, TellsThatNothingUsesTheDisk) {
    const CrashReport report = scenario(Mails{}, do_nothing).then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.to_string().find("made no I/O call"), std::string::npos);
}

TEST(Scenario, TellsThatARunIsNotTheSameAgain) {
    int runs = 0;
    const CrashReport report =
        scenario(Mails{}, [&](const Environment& machine, Mails&) -> Result<void> {
            ++runs;
            BATPAK_CHECK(machine.files->open_directory("app " + std::to_string(runs / 2), true));
            return {};
        }).then(each_mail_is_written_down);
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.failure->problem.find("not the same again"), std::string::npos);
}

TEST(Scenario, FindsTheSameForTheSameSeed) {
    const auto digest = [](std::uint64_t seed) {
        return mailer(2, Sync::After).with_seed(seed).then(each_mail_is_written_down).to_string();
    };
    EXPECT_EQ(digest(3), digest(3));
    EXPECT_NE(digest(3).find("seed 3"), std::string::npos);
}

TEST(Scenario, ARestartHasOtherRandomnessAndLaterTime) {
    struct Seen {
        Bytes random = Bytes(8);
        std::int64_t wall_us = 0;
    };
    const auto run = [](const Environment& machine, Seen& seen) {
        machine.entropy->fill(seen.random);
        seen.wall_us = machine.clock->wall_us();
        (void)machine.files->open_directory("app", true);
    };
    std::string problem;
    const auto resume = [&](const Environment& machine, Seen& seen) {
        const Seen before = seen;
        machine.entropy->fill(seen.random);
        if (before.random == seen.random) problem = "the same randomness";
        if (machine.clock->wall_us() <= before.wall_us) problem = "no later time";
    };
    const CrashReport report =
        scenario(Seen{}, run).resume(resume).then([](const Environment&, const Seen&) {
            return std::string();
        });
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace batpak::testing
