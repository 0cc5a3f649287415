// Scenario: your program, crashed at every I/O call, restarted, and judged.
//
//     struct Outside { std::vector<std::string> mails; };   // what a crash cannot take back
//
//     const CrashReport report =
//         scenario(Outside{}, [](const Environment& machine, Outside& outside) {
//             return run_shop(machine, outside);            // opens, works, closes
//         })
//             .crash_at(any_io)
//             .then([](const Environment& machine, const Outside& outside) -> Result<std::string> {
//                 BATPAK_TRY(Shop shop, Shop::open(machine));
//                 return shop.sold() == outside.mails.size() ? "" : "a mail for each sale";
//             });
//     EXPECT_TRUE(report.ok()) << report.to_string();       // or any other framework, or none
//
// Everything that survives on the machine goes through machine.files: stores do, and the program's
// own files must. What the program did to the world before the crash, and only that, is in the
// world when it is restarted. The program must do the same each time it is run: time and randomness
// come from the machine, and it works in one thread.
//
// Threads: immutable value; runs in the thread that calls then()
// Errors:  none; see CrashReport
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "batpak/testing/crash_points.hpp"
#include "batpak/testing/detail/answer.hpp"

namespace batpak::testing {

// Requires: World can be copied; its copy shares nothing with it.
template <class World>
class Scenario {
public:
    using Run = std::function<Result<void>(const Environment&, World&)>;
    // Empty, or what is wrong. Strings turn into such a Result.
    using Check = std::function<Result<std::string>(const Environment&, const World&)>;

    Scenario(World world, Run run) : world_(std::move(world)), run_(run), resume_(std::move(run)) {}

    // At every crash point, which is the default; or only at this one.
    Scenario crash_at(AnyIo) const {
        return planned([](CrashPlan& plan) { plan.only.reset(); });
    }
    Scenario crash_at(const CrashPoint& point) const {
        return planned([&](CrashPlan& plan) { plan.only = point; });
    }
    Scenario with_seed(std::uint64_t seed) const {
        return planned([&](CrashPlan& plan) { plan.seed = seed; });
    }
    // How many random disks are left at each crash point, besides the five fixed ones. Default: 4.
    Scenario with_random_cuts(std::uint32_t count) const {
        return planned([&](CrashPlan& plan) { plan.random_cuts = count; });
    }
    // What the restarted program does. Default: the same as the first. Its error is a failure.
    template <class Callable>
    Scenario resume(Callable program) const {
        Scenario changed = *this;
        changed.resume_ = as_run(std::move(program));
        return changed;
    }

    // Runs it all. `check` is called after each restart, when the resumed program has returned.
    CrashReport then(Check check) const {
        return try_crash_points(Subject(world_, run_, resume_, std::move(check)), plan_);
    }

    // Whatever `callable` returns, only its error counts.
    template <class Callable>
    static Run as_run(Callable callable) {
        return [callable = std::move(callable)](const Environment& machine, World& world) {
            return answer_of(callable, machine, world);
        };
    }

private:
    class Subject final : public CrashSubject {
    public:
        Subject(World world, Run run, Run resume, Check check)
            : world_(std::move(world)),
              run_(std::move(run)),
              resume_(std::move(resume)),
              check_(std::move(check)) {}

        std::unique_ptr<CrashSubject> copy() const override {
            return std::make_unique<Subject>(*this);
        }
        Result<void> run(const Environment& machine) override { return run_(machine, world_); }
        Result<std::string> resume_and_check(const Environment& machine) override {
            BATPAK_CHECK(resume_(machine, world_));
            return check_(machine, world_);
        }

    private:
        World world_;
        Run run_;
        Run resume_;
        Check check_;
    };

    template <class Change>
    Scenario planned(Change change) const {
        Scenario changed = *this;
        change(changed.plan_);
        return changed;
    }

    World world_;
    Run run_;
    Run resume_;
    CrashPlan plan_;
};

// `run` is called with (const Environment& machine, World& world).
template <class World, class Callable>
Scenario<World> scenario(World world, Callable run) {
    return Scenario<World>(std::move(world), Scenario<World>::as_run(std::move(run)));
}

}  // namespace batpak::testing
