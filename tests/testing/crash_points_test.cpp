// Goal:   a run is crashed at each of its crash points; the first that is not survived is named and
//         can be seen alone; a run that is no test of crashes is refused with a reason.
// Method: programs that save one file, right or wrong in one known way.
#include "batpak/testing/crash_points.hpp"

#include <gtest/gtest.h>

#include "batpak/base/environment.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

// Saves a file and tells the world; later it must be there whole.
class Saving : public CrashSubject {
public:
    enum class Flaw : std::uint8_t {
        None,
        TellsTooEarly,
        NeverSyncs,
        Fails,
        CallsNothing,
        Differs
    };

    explicit Saving(Flaw flaw) : flaw_(flaw) {}

    std::unique_ptr<CrashSubject> copy() const override { return std::make_unique<Saving>(*this); }

    Result<void> run(const Environment& machine) override {
        if (flaw_ == Flaw::CallsNothing) return {};
        BATPAK_TRY(const auto directory, machine.files->open_directory("/", true));
        BATPAK_TRY(const auto file, directory->open_file("saved", OpenMode::CreateNew));
        if (flaw_ == Flaw::Fails) return fail(ErrorCode::Io, "the program's own error");
        const std::uint64_t offset = flaw_ == Flaw::Differs ? runs_++ : 0;
        BATPAK_CHECK(file->write_at(offset, as_bytes("text")));
        if (flaw_ == Flaw::TellsTooEarly) is_told_ = true;
        if (flaw_ != Flaw::NeverSyncs) {
            BATPAK_CHECK(file->sync(SyncMode::All));
            BATPAK_CHECK(directory->sync());
        }
        is_told_ = true;
        return {};
    }

    Result<std::string> resume_and_check(const Environment& machine) override {
        BATPAK_TRY(const auto directory, machine.files->open_directory("/", true));
        if (!is_told_) return std::string();
        const auto file = directory->open_file("saved", OpenMode::ReadOnly);
        if (!file) return std::string("the file is gone");
        return read_text(**file, 0, 4) == "text" ? std::string() : std::string("its text is gone");
    }

private:
    static inline std::uint64_t runs_ = 0;

    const Flaw flaw_;
    bool is_told_ = false;  // the outside world
};

CrashReport crash(Saving::Flaw flaw, const CrashPlan& plan = {}) {
    return try_crash_points(Saving(flaw), plan);
}

TEST(CrashPoints, ARightProgramSurvivesThemAll) {
    const CrashReport report = crash(Saving::Flaw::None);
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_EQ(report.calls, 5U);  // open the path, open the file, write, two syncs
    EXPECT_GT(report.crashes, report.calls);
    EXPECT_NE(report.to_string().find("each was survived"), std::string::npos);
}

TEST(CrashPoints, TheFirstThatIsNotSurvivedIsNamedAndSeenAlone) {
    const CrashReport report = crash(Saving::Flaw::TellsTooEarly);
    ASSERT_FALSE(report.ok());
    ASSERT_TRUE(report.failure->point);
    EXPECT_EQ(report.failure->call->kind, CallKind::Sync);
    EXPECT_EQ(report.failure->point->moment, CrashMoment::BeforeCall);
    EXPECT_EQ(report.failure->problem, "the file is gone");
    EXPECT_NE(report.to_string().find(report.failure->point->to_string()), std::string::npos);

    const CrashReport alone = crash(Saving::Flaw::TellsTooEarly, {.only = report.failure->point});
    ASSERT_FALSE(alone.ok());
    EXPECT_EQ(alone.crashes, 1U);
    EXPECT_EQ(alone.failure->point, report.failure->point);
    EXPECT_EQ(alone.failure->problem, report.failure->problem);
}

// Only at the end of the run has the world been told.
TEST(CrashPoints, TheEndOfARunIsACrashPointToo) {
    const CrashReport report = crash(Saving::Flaw::NeverSyncs);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.failure->point->call, report.calls);
    EXPECT_FALSE(report.failure->call);
}

TEST(CrashPoints, APointIsWrittenAsItIsInATest) {
    const CrashPoint point{
        .call = 7, .moment = CrashMoment::AfterCall, .cut = {.mode = CutMode::Random, .seed = 3}};
    EXPECT_EQ(point.to_string(),
              "CrashPoint{.call = 7, .moment = CrashMoment::AfterCall, .cut = {CutMode::Random, "
              "3}}");
}

TEST(CrashPoints, ARunThatFailsByItselfIsNoCrash) {
    const CrashReport report = crash(Saving::Flaw::Fails);
    ASSERT_FALSE(report.ok());
    EXPECT_FALSE(report.failure->point);
    EXPECT_NE(report.failure->problem.find("the program's own error"), std::string::npos);
    EXPECT_EQ(report.crashes, 0U);
}

TEST(CrashPoints, ARunWithoutCallsTestsNothing) {
    const CrashReport report = crash(Saving::Flaw::CallsNothing);
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.failure->problem.find("no I/O call"), std::string::npos);
}

TEST(CrashPoints, ARunThatIsAnotherEachTimeIsRefused) {
    const CrashReport report = crash(Saving::Flaw::Differs);
    ASSERT_FALSE(report.ok());
    EXPECT_NE(report.failure->problem.find("not the same again"), std::string::npos);
}

TEST(CrashPoints, TheProgramMayFindADisk) {
    const auto disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    const auto directory = disk->open_directory("/", true).value();
    make_file(*directory, "saved", "from before");
    const CrashReport report = crash(Saving::Flaw::None, {.disk = disk});
    ASSERT_FALSE(report.ok());  // the name is taken
    EXPECT_FALSE(report.failure->point);
    EXPECT_EQ(read_text(*directory, "saved"), "from before");
}

}  // namespace
}  // namespace batpak::testing
