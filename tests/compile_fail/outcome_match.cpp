// match() takes an outcome apart only if it has exactly one handler for each of the six parts.
#include <memory>
#include <string>
#include <vector>

#include "batpak/pipeline/match.hpp"
#include "batpak/pipeline/outcome.hpp"

using batpak::match;
using batpak::Outcome;
using batpak::OutcomeError;
using batpak::outcome::Cancelled;
using batpak::outcome::Pending;
using batpak::outcome::Retry;
using Batch = std::vector<Outcome<int>>;

Outcome<int> step();

#ifdef GOOD
int good() {
    return match(
        step(), [](int value) { return value; }, [](const OutcomeError&) { return 1; },
        [](const Retry&) { return 2; }, [](const Pending&) { return 3; },
        [](const Cancelled&) { return 4; }, [](const Batch&) { return 5; });
}
int good_rest() {
    return match(step(), [](int value) { return value; }, [](const auto&) { return 1; });
}
#endif

#ifdef BAD_match_without_ok  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](const OutcomeError&) { return 1; }, [](const Retry&) { return 2; },
        [](const Pending&) { return 3; }, [](const Cancelled&) { return 4; },
        [](const Batch&) { return 5; });
}
#endif

#ifdef BAD_match_without_err  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](const Retry&) { return 2; },
        [](const Pending&) { return 3; }, [](const Cancelled&) { return 4; },
        [](const Batch&) { return 5; });
}
#endif

#ifdef BAD_match_without_retry  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](const OutcomeError&) { return 1; },
        [](const Pending&) { return 3; }, [](const Cancelled&) { return 4; },
        [](const Batch&) { return 5; });
}
#endif

#ifdef BAD_match_without_pending  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](const OutcomeError&) { return 1; },
        [](const Retry&) { return 2; }, [](const Cancelled&) { return 4; },
        [](const Batch&) { return 5; });
}
#endif

#ifdef BAD_match_without_cancelled  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](const OutcomeError&) { return 1; },
        [](const Retry&) { return 2; }, [](const Pending&) { return 3; },
        [](const Batch&) { return 5; });
}
#endif

#ifdef BAD_match_without_batch  // expect: batpak: match\(\) has no handler for this part
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](const OutcomeError&) { return 1; },
        [](const Retry&) { return 2; }, [](const Pending&) { return 3; },
        [](const Cancelled&) { return 4; });
}
#endif

#ifdef BAD_match_twice  // expect: batpak: match\(\) has no handler for this part, or two
int take() {
    return match(  // ERROR HERE
        step(), [](int value) { return value; }, [](int) { return 0; },
        [](const auto&) { return 1; });
}
#endif

#ifdef BAD_match_results_differ  // expect: handlers of match\(\) return different types
auto take() {
    return match(  // ERROR HERE
        step(), [](int) { return std::string(); }, [](const auto&) { return 1; });
}
#endif

#ifdef BAD_match_taking_from_an_lvalue  // expect: batpak: match\(\) has no handler for this part
int take(const Outcome<std::unique_ptr<int>>& outcome) {
    return match(  // ERROR HERE
        outcome, [](std::unique_ptr<int>&& value) { return *value; },
        [](const OutcomeError&) { return 1; }, [](const Retry&) { return 2; },
        [](const Pending&) { return 3; }, [](const Cancelled&) { return 4; },
        [](const std::vector<Outcome<std::unique_ptr<int>>>&) { return 5; });
}
#endif
