// Policy gates: a bank's rules for transfers, each a gate, and a log that says which of them
// passed.
//
// The store takes nothing but what these gates have judged, or what was bypassed for a reason. One
// transfer is approved, one denied, one asked about in full, one pushed through for a court. Then
// two clerks decide about the last 400 of one account at the same moment, both rightly, on the same
// facts: one of them is committed, the other must judge again and is told no. At the end the log is
// opened anew, and says of each event why it is there.
#include <batpak/batpak.hpp>
#include <batpak/pipeline/pipeline.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace {

using batpak::BypassReason;
using batpak::Coordinate;
using batpak::Denial;
using batpak::deny;
using batpak::ErrorCode;
using batpak::GateEvidence;
using batpak::GateSet;
using batpak::JudgedView;
using batpak::pass;
using batpak::Pipeline;
using batpak::Proposal;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using batpak::Verdict;

// [gates]
struct Transfer {
    static constexpr auto kind = batpak::EventKind::custom(0x4, 0x010);
    std::string to;
    std::int64_t amount = 0;
};

// What the gates look at besides the transfer itself.
struct Bank {
    int hour = 12;
    std::set<std::string> sanctioned = {"acme"};
    std::int64_t left = 0;  // on the account that pays
};

struct AmountLimit {
    static constexpr std::string_view name = "amount-limit";
    static constexpr std::uint32_t version = 2;
    std::int64_t limit;

    Verdict operator()(const Transfer& transfer) const {
        if (transfer.amount <= limit) return pass();
        return deny("over the limit").with_code("AMOUNT").with_context("limit", limit);
    }
};

Verdict is_open(const Bank& bank) {
    if (bank.hour >= 9 && bank.hour < 17) return pass();
    return deny("we open at nine").with_code("CLOSED");
}

Verdict is_not_sanctioned(const Transfer& transfer, const Bank& bank) {
    if (!bank.sanctioned.contains(transfer.to)) return pass();
    return deny(transfer.to + " is on the list").with_code("SANCTIONED");
}

Verdict is_covered(const Transfer& transfer, const Bank& bank) {
    if (transfer.amount <= bank.left) return pass();
    return deny("not covered").with_code("COVER").with_context("left", bank.left);
}

GateSet<Transfer, Bank> bank_gates() {
    GateSet<Transfer, Bank> gates;
    gates.add(AmountLimit{500})
        .add("opening-hours", 1, is_open)
        .add("sanctions", 7, is_not_sanctioned)
        .add("cover", 1, is_covered);
    return gates;
}
// [/gates]

using BankPipeline = Pipeline<Transfer, Bank>;

constexpr std::int64_t kOpening = 800;

Coordinate alice() { return Coordinate::create("account:alice", "bank").value(); }

int failures = 0;

void expect(bool right, const char* what) {
    if (right) return;
    fmt::print(stderr, "policy_gates: WRONG: {}\n", what);
    ++failures;
}

// [decide]
Result<std::int64_t> left_on(const batpak::StoreReads& store, const Coordinate& account) {
    std::int64_t left = kOpening;
    for (const auto& event : store.stream(account.entity())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const Transfer transfer, event->as<Transfer>());
        left -= transfer.amount;
    }
    return left;
}

// GateDenied: the bank says no. DecisionOutdated: the account changed meanwhile, so judge again.
Result<batpak::Committed<Transfer>> pay(Store& store, const BankPipeline& pipeline,
                                        const Coordinate& account, const Transfer& transfer,
                                        const std::string& key) {
    // First what is judged, then what is read: an event that comes between the two counts as
    // unseen.
    const JudgedView view = store.judge(Region::entity(account.entity()));
    // A retry is answered before any gate is asked: the money that it needs, its first try took.
    BATPAK_TRY(auto first, store.find_committed(transfer, account, key));
    if (first) return *std::move(first);
    Bank bank;
    BATPAK_TRY(bank.left, left_on(store.before(view.end()), account));
    auto decision = pipeline.evaluate(bank, Proposal(transfer), view);
    if (!decision) return batpak::fail(decision.error().to_error());
    batpak::AppendOptions once;
    once.idempotency_key = key;
    return store.commit(*std::move(decision), account, once);
}
// [/decide]

Result<void> everyday(Store& store, const BankPipeline& pipeline) {
    BATPAK_TRY(const auto paid, pay(store, pipeline, alice(), {"bob", 300}, "payment 1"));
    fmt::print("approved  300 to bob, as event {} (version {})\n", paid.sequence, paid.version);
    BATPAK_TRY(const auto retry, pay(store, pipeline, alice(), {"bob", 300}, "payment 1"));
    expect(retry.replayed && retry.sequence == paid.sequence, "a retry pays twice");

    const auto denied = pipeline.evaluate(Bank{.left = 400}, Proposal(Transfer{"acme", 10}));
    expect(!denied, "acme is paid");
    fmt::print("denied    {}\n", denied.error());
    // Only because we ask for it: denials are not recorded of themselves.
    BATPAK_CHECK(store.record_denial(denied.error(), alice()));

    const Bank night{.hour = 3, .left = 400};
    const auto all = pipeline.evaluate_all(night, Proposal(Transfer{"acme", 9000}));
    fmt::print("in full  ");
    for (const Denial& denial : all) fmt::print(" {}", denial);
    fmt::print("\n");
    expect(all.size() == 4, "not all gates were asked");
    expect(store.append(alice(), Transfer{"bob", 1}).error().code() == ErrorCode::ReceiptRequired,
           "the store takes what nobody judged");
    return {};
}

// [bypass]
Result<void> obey_the_court(Store& store) {
    BATPAK_TRY(const BypassReason reason,
               BypassReason::create("court-order", "File 12/2031: pay at once."));
    BATPAK_TRY(
        const auto paid,
        store.commit(BankPipeline::bypass(Proposal(Transfer{"acme", 100}), reason), alice()));
    fmt::print("bypassed  as event {}; its audit is event {}\n", paid.sequence,
               paid.sequence.next());
    return {};
}
// [/bypass]

// Both clerks see 400, and both want all of it.
Result<void> race(Store& store, const BankPipeline& pipeline) {
    const JudgedView view = store.judge(Region::entity(alice().entity()));
    BATPAK_TRY(const std::int64_t left, left_on(store, alice()));
    const Bank bank{.left = left};
    std::array<std::optional<ErrorCode>, 2> answers;
    std::array<std::thread, 2> clerks;
    for (std::size_t i = 0; i < clerks.size(); ++i) {
        clerks[i] = std::thread([&, i] {
            auto decision = pipeline.evaluate(bank, Proposal(Transfer{"carol", left}), view);
            if (!decision) return;
            const auto paid = store.commit(*std::move(decision), alice());
            answers[i] = paid ? ErrorCode{} : paid.error().code();
        });
    }
    for (std::thread& clerk : clerks) clerk.join();
    const auto count = [&](ErrorCode code) { return std::ranges::count(answers, code); };
    expect(count(ErrorCode{}) == 1, "not exactly one of two decisions is committed");
    expect(count(ErrorCode::DecisionOutdated) == 1, "the other is not told that it is outdated");
    const auto again = pay(store, pipeline, alice(), {"carol", left}, "payment 2");
    expect(!again && again.error().code() == ErrorCode::GateDenied, "the account is overdrawn");
    fmt::print("raced     two decisions on {}: one committed, one outdated; judged again: {}\n",
               left, again.error().detail());
    return {};
}

// [evidence]
// Why is it there?
Result<std::string> reason_of(const batpak::EventView& event) {
    BATPAK_TRY(const auto evidence, GateEvidence::of(event));
    if (!evidence) return "batpak's own record";
    if (evidence->bypass) return "bypassed, " + evidence->bypass->justification();
    std::string text = "passed";
    for (const batpak::GateName& gate : evidence->passed) text += ' ' + to_string(gate) + ',';
    return text + " judged on the log up to " + to_string(*evidence->judged_end);
}
// [/evidence]

Result<void> read_back() {
    BATPAK_TRY(const auto log, batpak::ReadOnlyStore::open(batpak::StoreConfig("./batpak-data")));
    std::size_t events = 0;
    for (const auto& event : log.query(Region::all())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const std::string reason, reason_of(*event));
        fmt::print("event {}: {} {}: {}\n", event->sequence(), event->entity, event->kind(),
                   reason);
        ++events;
    }
    BATPAK_TRY(const std::int64_t left, left_on(log, alice()));
    expect(events == 5, "the log has not five events");
    expect(left == 0, "the account is not empty");
    return {};
}

Result<void> run() {
    const BankPipeline pipeline(bank_gates());
    const auto config =
        batpak::StoreConfig("./batpak-data").with_require_receipts_of({pipeline.gates().id()});
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_CHECK(everyday(store, pipeline));
    BATPAK_CHECK(obey_the_court(store));
    BATPAK_CHECK(race(store, pipeline));
    BATPAK_CHECK(std::move(store).close());
    return read_back();
}

}  // namespace

int main() {
    const Result<void> ran = run();
    if (!ran) fmt::print(stderr, "policy_gates: {}\n", ran.error());
    return ran && failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
