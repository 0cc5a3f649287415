// An outcome cannot be dropped, its functions fit its parts, and it holds a plain value.
#include <memory>
#include <string>

#include "batpak/pipeline/outcome.hpp"

using batpak::Outcome;
using batpak::OutcomeError;

Outcome<int> step();
Outcome<std::unique_ptr<int>> owner();

#ifdef GOOD
bool good() {
    const auto value = [](std::unique_ptr<int>&& held) { return *held; };
    step().inspect([](int) {}).depth();
    const auto kept = owner().and_then([](auto&& held) { return Outcome<int>::ok(*held); });
    const auto mended =
        step().map_err([](OutcomeError error) { return error; }).or_else([](const OutcomeError&) {
            return Outcome<int>::ok(1);
        });
    return kept == owner().map(value) || kept == mended;
}
#endif

#ifdef BAD_dropped  // expect: (nodiscard|unused|discard|ignoring)
void drop() {
    step();  // ERROR HERE
}
#endif

#ifdef BAD_dropped_chain  // expect: (nodiscard|unused|discard|ignoring)
void drop() {
    step().map([](int value) { return value; });  // ERROR HERE
}
#endif

#ifdef BAD_dropped_maker  // expect: (nodiscard|unused|discard|ignoring)
void drop() {
    Outcome<int>::ok(1);  // ERROR HERE
}
#endif

#ifdef BAD_map_to_nothing  // expect: batpak: map\(\) needs a value
auto change() {
    return step().map([](int) {});  // ERROR HERE
}
#endif

#ifdef BAD_map_of_another_type  // expect: (no type named|no matching|invoke_result)
auto change() {
    return step().map([](const std::string& text) { return text; });  // ERROR HERE
}
#endif

#ifdef BAD_and_then_of_a_plain_value  // expect: batpak: and_then\(\) needs a function that returns
auto change() {
    return step().and_then([](int value) { return value; });  // ERROR HERE
}
#endif

#ifdef BAD_or_else_of_another_type  // expect: batpak: or_else\(\) needs a function
auto change() {
    return step().or_else([](OutcomeError) { return Outcome<long>::ok(1); });  // ERROR HERE
}
#endif

#ifdef BAD_map_err_to_a_value  // expect: batpak: map_err\(\) needs a function
auto change() {
    return step().map_err([](OutcomeError) { return 1; });  // ERROR HERE
}
#endif

#ifdef BAD_copy_of_a_move_only_value  // expect: (deleted|use of deleted|implicitly)
auto copy(const Outcome<std::unique_ptr<int>>& outcome) {
    return Outcome<std::unique_ptr<int>>(outcome);  // ERROR HERE
}
#endif

#ifdef BAD_outcome_of_a_part                // expect: batpak: an Outcome of one of its own parts
auto made = Outcome<OutcomeError>::ok({});  // ERROR HERE
#endif

#ifdef BAD_outcome_of_a_reference  // expect: batpak: an Outcome holds a plain value
int number = 1;
using Made = decltype(Outcome<int&>::cancelled(""));  // ERROR HERE
#endif

#ifdef BAD_value_for_an_outcome  // expect: (conversion|convert)
Outcome<int> made = 1;           // ERROR HERE
#endif
