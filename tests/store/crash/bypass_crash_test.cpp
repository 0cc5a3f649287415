// Goal:   a bypassed event and its audit are in the log together or not at all, and a committed
// event
//         has its evidence, whenever the power goes (INV G4).
// Method: commits under receipts, bypasses and plain events over segments so small that they
// rotate.
//         The power is cut before and after every call to the disk, with every kind of loss; then
//         the log is opened and looked through, event by event.
#include <gtest/gtest.h>

#include <iostream>

#include "batpak/pipeline/pipeline.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/scenario.hpp"
#include "support/faults/transfers.hpp"

namespace batpak::testing::bypass_crash_test {
namespace {

constexpr int kRounds = 6;

struct Outside {
    Sequence durable;  // all below was acknowledged as durable
};

StoreConfig config_on(const Environment& machine) {
    return StoreConfig("store").with_environment(machine).with_segment_bytes(4096);
}

Result<void> decide(const Environment& machine, Outside& outside) {
    BATPAK_TRY(Store store, Store::open(config_on(machine)));
    BATPAK_TRY(const Coordinate account, Coordinate::create("account", "bank"));
    BATPAK_TRY(const BypassReason reason,
               BypassReason::create("court-order", std::string(300, 'w')));
    for (int i = 0; i < kRounds; ++i) {
        const JudgedView view = store.judge(Region::entity("account"));
        BATPAK_CHECK(store.commit(receipt_for({i, 1}, view), account));
        auto bypass = Pipeline<Transfer, Bank>::bypass(Proposal(Transfer{5000 + i, 1}), reason);
        BATPAK_TRY(const auto committed, store.commit(std::move(bypass), account));
        outside.durable = committed.sequence.plus(2);
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// What is wrong with the event at `sequence`; empty, if nothing is.
Result<std::string> check_event(const Store& store, Sequence sequence) {
    BATPAK_TRY(const HeldEvent event, store.find(sequence));
    if (event->kind() == system_kinds::kGateBypassed) {
        BATPAK_TRY(const HeldEvent cause, store.find(Sequence(sequence.value - 1)));
        if (event->header.causation_id != cause->event_id()) return "an audit of nothing";
        return "";
    }
    BATPAK_TRY(const auto evidence, GateEvidence::of(*event));
    if (!evidence) return "an event without evidence";
    BATPAK_TRY(const Transfer transfer, event->as<Transfer>());
    if (evidence->bypass.has_value() != (transfer.amount >= 5000)) return "the wrong evidence";
    if (!evidence->bypass) return evidence->passed.size() == 3 ? "" : "gates are missing";
    if (sequence.next() >= store.visible_end()) return "a bypass without its audit";
    BATPAK_TRY(const HeldEvent audit, store.find(sequence.next()));
    return audit->kind() == system_kinds::kGateBypassed ? "" : "a bypass without its audit";
}

Result<std::string> check(const Environment& machine, const Outside& outside) {
    BATPAK_TRY(const Store store, Store::open(config_on(machine)));
    if (store.visible_end() < outside.durable) return "durable events are lost";
    for (Sequence at; at < store.visible_end(); at = at.next()) {
        BATPAK_TRY(const std::string problem, check_event(store, at));
        if (!problem.empty()) return problem + " at " + to_string(at);
    }
    BATPAK_TRY(const VerifyReport report, store.verify());
    return report.damage ? report.damage->to_string() : "";
}

TEST(BypassCrash, LeavesAnEventWithItsAuditOrNeither) {
    const CrashReport report =
        scenario(Outside{}, decide)
            .with_random_cuts(2)
            .resume([](const Environment&, Outside&) -> Result<void> { return {}; })
            .crash_at(any_io)
            .then(check);
    EXPECT_TRUE(report.ok()) << report.to_string();
    std::cout << report.crashes << " crashes over " << report.calls << " calls\n";
    EXPECT_GT(report.crashes, 500U);
}

}  // namespace
}  // namespace batpak::testing::bypass_crash_test
