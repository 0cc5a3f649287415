// What a gate set takes: things that look at the proposal or the context, and answer at once.
#include <cstdint>
#include <future>
#include <string_view>

#include "batpak/guard/gate_set.hpp"

using namespace batpak;

struct Transfer {
    static constexpr auto kind = EventKind::custom(0x4, 1);
    std::int64_t amount = 0;
};
struct Bank {};
struct Nameless {
    Verdict operator()(const Transfer&) const { return pass(); }
};

#ifdef GOOD
struct Named {
    static constexpr std::string_view name = "named";
    static constexpr std::uint32_t version = 1;
    Verdict operator()(const Transfer&) const { return pass(); }
};
void good(GateSet<Transfer, Bank>& gates) {
    gates.add(Named{})
        .add("both", 1, [](const Transfer&, const Bank&) { return pass(); })
        .add("always", 1, [](const Bank&) { return deny("never"); });
}
#endif

#ifdef BAD_no_name  // expect: (no matching|no known conversion|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add(Nameless{});  // ERROR HERE
}
#endif

#ifdef BAD_bool  // expect: (no matching|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("bool", 1, [](const Transfer&) { return true; });  // ERROR HERE
}
#endif

#ifdef BAD_of_another_payload  // expect: (no matching|constraint)
void add(GateSet<int, Bank>& gates) {
    gates.add("other", 1, Nameless{});  // ERROR HERE
}
#endif

#ifdef BAD_changes_the_proposal  // expect: (no matching|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("changes", 1, [](Transfer&) { return pass(); });  // ERROR HERE
}
#endif

#ifdef BAD_changes_the_context  // expect: (no matching|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("changes", 1, [](const Transfer&, Bank&) { return pass(); });  // ERROR HERE
}
#endif

#ifdef BAD_changes_itself  // expect: (no matching|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("changes", 1, [n = 0](const Transfer&) mutable {  // ERROR HERE
        ++n;
        return pass();
    });
}
#endif

#ifdef BAD_answers_later  // expect: (no matching|constraint)
std::future<Verdict> later(const Transfer&);
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("later", 1, later);  // ERROR HERE
}
#endif

#ifdef BAD_says_nothing  // expect: (no matching|constraint)
void add(GateSet<Transfer, Bank>& gates) {
    gates.add("silent", 1, [](const Transfer&) {});  // ERROR HERE
}
#endif

#ifdef BAD_verdict_by_default  // expect: private
Verdict undecided;             // ERROR HERE
#endif
