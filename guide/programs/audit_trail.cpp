// An audit trail: who saw which patient's record, and why; and an auditor who trusts no one.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using batpak::StoreConfig;

struct RecordViewed {  // in the stream of the record
    static constexpr auto kind = EventKind::custom(0x7, 0x001);
    std::string by;
    std::string reason;
};

// What is viewed without a reason is not viewed.
batpak::Pipeline<RecordViewed> policy() {
    batpak::GateSet<RecordViewed> gates;
    gates.add("has-reason", 1, [](const RecordViewed& view) {
        return view.reason.size() >= 10 ? batpak::pass() : batpak::deny("say why, in a sentence");
    });
    return batpak::Pipeline<RecordViewed>(gates);
}

Result<void> view(Store& store, const std::string& record, const RecordViewed& event,
                  const std::string& address) {
    BATPAK_TRY(const Coordinate where, Coordinate::create("record:" + record, "ward:3"));
    auto decision = policy().evaluate({}, batpak::Proposal(event));
    if (!decision) {
        BATPAK_CHECK(store.record_denial(decision.error(), where));  // the attempt is on file too
        return batpak::fail(decision.error().to_error());
    }
    batpak::AppendOptions options;
    BATPAK_CHECK(options.metadata.set("address", address));
    BATPAK_CHECK(store.commit(*std::move(decision), where, options));
    return {};
}

// What the hospital mails to the auditor each night: 32 bytes, and how many events they stand for.
struct Receipt {
    batpak::Sequence end;
    batpak::Hash root;
};

// The auditor has a copy, or read access, and the receipts of earlier nights.
Result<void> audit(const Receipt& last_night) {
    BATPAK_TRY(const auto trail, batpak::ReadOnlyStore::open(StoreConfig("./trail")));
    BATPAK_TRY(const batpak::VerifyReport report, trail.verify());
    BATPAK_TRY(const batpak::Hash root, trail.root(last_night.end));
    fmt::print("whole: {}; unchanged since last night: {}\n", !report.damage,
               root == last_night.root);
    fmt::print("who saw record 17?\n");
    for (const auto& event : trail.query(Region::entity("record:17").with_kind<RecordViewed>())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const RecordViewed seen, event->as<RecordViewed>());
        BATPAK_TRY(const auto metadata, event->metadata());
        BATPAK_TRY(const auto evidence, batpak::GateEvidence::of(*event));
        fmt::print("  {} from {}: {} (passed {})\n", seen.by, metadata.get("address").value_or("?"),
                   seen.reason, evidence ? to_string(evidence->passed.front()) : "nothing");
    }
    BATPAK_TRY(const auto denied, trail.count(Region::kinds({batpak::system_kinds::kGateDenied})));
    fmt::print("denied attempts: {}\n", denied);
    return {};
}

Result<void> run() {
    // Nothing but what a gate has judged gets in.
    BATPAK_TRY(Store store, Store::open(StoreConfig("./trail").with_require_receipts()));
    BATPAK_CHECK(view(store, "17", {"dr. ada", "round on ward 3"}, "10.0.0.7"));
    const Receipt receipt{store.visible_end(), store.root(store.visible_end()).value()};

    const Result<void> curious = view(store, "17", {"bob", "?"}, "10.0.0.9");
    fmt::print("bob: {}\n", curious.error());
    BATPAK_CHECK(view(store, "17", {"dr. eve", "second opinion asked by ada"}, "10.0.0.8"));
    BATPAK_TRY(const Coordinate where, Coordinate::create("record:17", "ward:3"));
    const auto past_the_gate = store.append(where, RecordViewed{"bob", ""});
    fmt::print("past the gate: {}\n", past_the_gate.error());
    BATPAK_CHECK(std::move(store).close());
    return audit(receipt);
}

int main() { run().value(); }
