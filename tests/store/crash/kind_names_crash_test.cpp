// Goal:   whatever a crash leaves of a log, it says what the kinds of its events are called, before
//         or with the first of them; and a program that goes on says nothing twice.
// Method: three kinds in single appends, a batch and a rotation; the power is cut before and after
//         every call to the disk, with every kind of loss; then the log is opened, looked through,
//         appended to and looked through again.
#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "batpak/store/store.hpp"
#include "batpak/testing/scenario.hpp"

namespace batpak::testing {
namespace {

template <unsigned N>
struct Kind {
    static constexpr auto kind = EventKind::custom(0x1, N);
    std::string text;
};

struct Nothing {};

StoreConfig config_on(const Environment& machine) {
    return StoreConfig("store").with_environment(machine).with_segment_bytes(4096);
}

Result<void> append_all(Store& store) {
    BATPAK_TRY(const Coordinate here, Coordinate::create("entity", "scope"));
    const AppendOptions buffered{.durability = Durability::Buffered};
    BATPAK_CHECK(store.append(here, Kind<1>{"one"}, buffered));
    BATPAK_CHECK(store.append(here, Kind<1>{std::string(1500, 'w')}));
    BatchBuilder batch;
    batch.add(here, Kind<2>{std::string(1500, 'w')});
    batch.add(here, Kind<2>{"two"});
    batch.add(here, Kind<1>{std::string(1500, 'w')});
    BATPAK_CHECK(store.append_batch(std::move(batch)));
    BATPAK_CHECK(store.append(here, Kind<3>{std::string(1500, 'w')}));
    BATPAK_CHECK(store.append(here, Kind<3>{"three"}));
    return {};
}

Result<void> work(const Environment& machine, Nothing&) {
    BATPAK_TRY(Store store, Store::open(config_on(machine)));
    BATPAK_CHECK(append_all(store));
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// Whether the first event of each kind says what it is called, and no other does.
Result<std::string> look_through(const Store& store) {
    std::set<EventKind> seen;
    for (Sequence at; at < store.visible_end(); at = at.next()) {
        BATPAK_TRY(const HeldEvent event, store.find(at, ReadCheck::Hash));
        const bool says = !Metadata::found_by(event->metadata_bytes).kind.empty();
        if (says != seen.insert(event->kind()).second)
            return (says ? "named twice at " : "not named at ") + to_string(at);
    }
    BATPAK_TRY(const Catalogue catalogue, store.catalogue());
    for (const KindEntry& entry : catalogue)
        if (!entry.name.starts_with("Kind<")) return "a kind without a name";
    BATPAK_TRY(const VerifyReport report, store.verify());
    return report.damage ? report.damage->to_string() : "";
}

Result<std::string> check(const Environment& machine, const Nothing&) {
    BATPAK_TRY(Store store, Store::open(config_on(machine)));
    BATPAK_TRY(std::string problem, look_through(store));
    if (!problem.empty()) return problem;
    BATPAK_CHECK(append_all(store));
    return look_through(store);
}

TEST(KindNamesCrash, EveryLogThatIsLeftNamesItsKindsOnce) {
    const CrashReport report =
        scenario(Nothing{}, work)
            .with_random_cuts(2)
            .resume([](const Environment&, Nothing&) -> Result<void> { return {}; })
            .crash_at(any_io)
            .then(check);
    EXPECT_TRUE(report.ok()) << report.to_string();
    std::cout << report.crashes << " crashes over " << report.calls << " calls\n";
    EXPECT_GT(report.crashes, 200U);
}

}  // namespace
}  // namespace batpak::testing
