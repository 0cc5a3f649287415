// Goal:   a reader beside a writer, and beside any change of the files, shows the front of a log
//         that was, calls nothing healthy damaged, corrects at the next refresh what was taken
//         back, or says RolledBack or its like; it never crashes (INV I6, I7).
// Method: scripts of what a writer and a hand do to a store; a reader opens, refreshes and queries
//         with one more step before each call that it makes to the disk, and looks before each call
//         that the writer makes. A list of the events is the judge (support/reader_script.hpp).
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "support/crash/reader_script.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

constexpr ReaderCall kCalls[] = {ReaderCall::Open, ReaderCall::Refresh, ReaderCall::Query};

WriterStep step_at(std::size_t index) { return static_cast<WriterStep>(index); }

// Every script if the machine has the time, else one of so many.
bool is_chosen(std::uint64_t number, std::uint64_t one_of) {
    static const bool all = number_from_environment("BATPAK_EXHAUSTIVE").has_value();
#ifdef BATPAK_FEW_CRASHES
    one_of *= 19;
#endif
    return all || number % one_of == 0;
}

// After `before`, the step inside each call of the reader, before each of its calls to the disk.
std::uint64_t interleave(const std::vector<WriterStep>& before, WriterStep inside) {
    std::uint64_t scripts = 0;
    for (const ReaderCall call : kCalls) {
        for (std::uint64_t number = 0;; ++number) {
            ReaderScript script(1 + number);
            for (const WriterStep step : before) script.step(step);
            const bool happened = script.call_beside(call, inside, number);
            script.settle();
            script.step(WriterStep::Append);
            script.settle();
            ++scripts;
            EXPECT_EQ(script.problem(), "");
            if (!happened || !script.problem().empty()) break;
        }
    }
    return scripts;
}

TEST(Reader, BesideEachStepInsideEachCall) {
    std::uint64_t scripts = 0;
    for (std::size_t inside = 0; inside < kWriterSteps; ++inside) {
        for (std::size_t before = 0; before < kWriterSteps; ++before) {
            if (!is_chosen(inside * kWriterSteps + before, 1)) continue;
            scripts += interleave({WriterStep::Backup, step_at(before)}, step_at(inside));
            if (HasFailure()) return;
        }
    }
    std::cout << scripts << " scripts\n";
}

TEST(Reader, LooksBeforeEachCallOfTheWriter) {
    std::uint64_t scripts = 0;
    std::uint64_t skipped = 0;
    for (std::size_t first = 0; first < kWriterSteps; ++first) {
        for (std::size_t second = 0; second < kWriterSteps; ++second) {
            for (std::size_t third = 0; third < kWriterSteps; ++third) {
                if (!is_chosen(scripts + skipped, 5)) {
                    ++skipped;
                    continue;
                }
                ReaderScript script(1 + scripts);
                script.step(WriterStep::Backup);
                for (const std::size_t step : {first, second, third})
                    script.step(step_at(step), true);
                script.settle();
                script.step(WriterStep::Append, true);
                script.settle();
                ++scripts;
                ASSERT_EQ(script.problem(), "");
            }
        }
    }
    std::cout << scripts << " scripts\n";
}

std::string run_at_random(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&random](std::size_t count) { return random() % count; };
    ReaderScript script(seed);
    const std::size_t steps = 3 + below(10);
    for (std::size_t i = 0; i < steps && script.problem().empty(); ++i) {
        // Most steps are appends and writes that fail: what a reader meets most.
        const std::size_t kinds = below(3) == 0 ? kWriterSteps : 10;
        const WriterStep step = step_at(below(kinds));
        switch (below(4)) {
            case 0: script.step(step); break;
            case 1: script.step(step, true); break;
            case 2: (void)script.call_beside(kCalls[below(3)], step, below(30)); break;
            default: script.settle();
        }
    }
    script.settle();
    return script.problem();
}

TEST(Reader, BesideRandomScripts) {
    const std::optional<std::uint64_t> replayed = number_from_environment("BATPAK_SEED");
    const std::uint64_t scripts = replayed ? 1 : crashes_to_make(20'000, 1'000);
    for (std::uint64_t i = 0; i < scripts; ++i) {
        const std::uint64_t seed = replayed.value_or(1) + i;
        ASSERT_EQ(run_at_random(seed), "") << "seed " << seed;
    }
    std::cout << scripts << " scripts\n";
}

}  // namespace
}  // namespace batpak::testing
