// Goal:   a store commits what gates have judged, on condition that it is still true, once, and
// with
//         the evidence; and takes nothing else if it is told so (INV G1, G3, G4, G6).
// Method: examples on a simulated disk, and tables: every public entry under
// with_require_receipts(),
//         every place of a rival event against the judged region.
#include <gtest/gtest.h>

#include "batpak/event/hash_chain.hpp"
#include "batpak/event/value.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "batpak/testing/environment.hpp"
#include "store/system_events.hpp"
#include "support/faults/thief.hpp"
#include "support/faults/transfers.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing {
namespace {

using Bypassing = Pipeline<Transfer, Bank>;

BypassReason reason() { return BypassReason::create("court-order", "File 12.").value(); }

struct StoreCommit : StoreFixture {
    Store store = open();
    const Pipeline<Transfer, Bank> pipeline{bank_gates()};

    Receipt<Transfer> judged(const JudgedView& view) const {
        return pipeline.evaluate(Bank{}, Proposal(Transfer{50, 7}), view).value();
    }
    BypassReceipt<Transfer> bypass() const {
        return Bypassing::bypass(Proposal(Transfer{5000, 7}), reason());
    }
    void reopen() {
        std::move(store).close().value();
        store = open();
    }
    static GateEvidence evidence_of(const Store& from, Sequence sequence) {
        const HeldEvent event = from.find(sequence).value();
        return GateEvidence::of(*event).value().value();
    }
};

TEST_F(StoreCommit, SaysWhereTheEventStands) {
    ASSERT_TRUE(store.append(alice, Moved{1, 2}));
    const auto committed = store.commit(judged(store.judge(Region::entity(alice.entity()))), alice);
    ASSERT_TRUE(committed) << committed.error().to_string();
    EXPECT_EQ(committed->payload, (Transfer{50, 7}));
    EXPECT_EQ(committed->sequence, Sequence(1));
    EXPECT_EQ(committed->version, Version(1));
    EXPECT_TRUE(committed->durable);
    EXPECT_FALSE(committed->replayed);
    const auto stored = store.get<Transfer>(committed->event_id);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->payload(), (Transfer{50, 7}));
    EXPECT_EQ(stored->event.hash, committed->hash);
    EXPECT_EQ(stored->position.hlc, committed->hlc);
    EXPECT_EQ(committed->hash.is_zero(), !hashing_built_in());
}

TEST_F(StoreCommit, StoresTheEvidenceWithTheEvent) {
    AppendOptions options;
    options.idempotency_key = "key";
    ASSERT_TRUE(options.metadata.set("user", "carol"));
    ASSERT_TRUE(store.commit(judged(store.judge(Region::all())), alice, options));
    ASSERT_TRUE(store.append(alice, Moved{1, 2}));
    reopen();
    const GateEvidence evidence = evidence_of(store, Sequence(0));
    EXPECT_EQ(evidence.gate_set, bank_gates().id());
    EXPECT_EQ(evidence.passed,
              (std::vector<GateName>{{"amount-limit", 2}, {"open", 1}, {"covered", 1}}));
    EXPECT_EQ(evidence.judged_end, Sequence(0));
    EXPECT_EQ(evidence.bypass, std::nullopt);
    EXPECT_EQ(store.find(Sequence(0)).value()->metadata()->get("user"), "carol");
    EXPECT_EQ(store.find(Sequence(0)).value()->metadata()->size(), 1U);
    EXPECT_EQ(GateEvidence::of(*store.find(Sequence(1)).value()).value(), std::nullopt);
    EXPECT_FALSE(store.verify().value().damage);
}

// A rival may stand before or behind the view, inside or outside of the region.
TEST_F(StoreCommit, IsRefusedIfTheJudgedRegionChangedAndOnlyThen) {
    for (const bool behind : {false, true}) {
        for (const bool inside : {false, true}) {
            ASSERT_TRUE(store.append(bob, Moved{0, 0}));
            const Coordinate& rival = inside ? alice : bob;
            if (!behind) store.append(rival, Moved{1, 1}).value();
            auto receipt = judged(store.judge(Region::entity(alice.entity())));
            const Sequence first = store.visible_end();
            if (behind) {
                ASSERT_TRUE(store.append(rival, Moved{1, 1}));
                ASSERT_TRUE(store.append(rival, Moved{2, 2}));
            }
            const Sequence end = store.visible_end();
            const auto committed = store.commit(std::move(receipt), bob);
            if (!behind || !inside) {
                EXPECT_TRUE(committed) << committed.error().to_string();
                continue;
            }
            ASSERT_FALSE(committed);
            EXPECT_EQ(committed.error().code(), ErrorCode::DecisionOutdated);
            EXPECT_EQ(committed.error().error_class(), ErrorClass::Conflict);
            EXPECT_EQ(committed.error().sequence(), first);
            EXPECT_EQ(store.visible_end(), end);
            EXPECT_EQ(code_of(store.commit(std::move(receipt), bob)), ErrorCode::ReceiptSpent);
        }
    }
}

TEST_F(StoreCommit, ChecksTheCallersOwnConditionsAsWell) {
    ASSERT_TRUE(store.append(bob, Moved{0, 0}));
    AppendOptions options;
    options.condition = AppendCondition{Region::entity(bob.entity())};
    const auto view = store.judge(Region::entity(alice.entity()));
    EXPECT_EQ(code_of(store.commit(judged(view), alice, options)), ErrorCode::ConditionConflict);
    EXPECT_EQ(code_of(store.commit(judged(view), alice, {.expect = ExpectedVersion::exists()})),
              ErrorCode::VersionConflict);
    EXPECT_TRUE(store.commit(judged(view), alice, {.expect = ExpectedVersion::none()}));
}

TEST_F(StoreCommit, OfTwoDecisionsOnOneViewTakesOne) {
    const auto view = store.judge(Region::entity(alice.entity()));
    auto first = judged(view);
    auto second = judged(view);
    ASSERT_TRUE(store.commit(std::move(second), alice));
    const auto late = store.commit(std::move(first), alice);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), ErrorCode::DecisionOutdated);
    EXPECT_EQ(late.error().sequence(), Sequence(0));
}

// A view of this log when it was longer: before a restore, for example.
TEST_F(StoreCommit, IsRefusedIfTheGatesJudgedWhatIsNotThere) {
    for (std::uint64_t events = 0; events < 3; ++events) {
        for (const std::uint64_t end : {events + 1, events + 50, UINT64_MAX}) {
            const auto view = JudgedView::create(store.log_id(), Sequence(end), Region::none());
            const auto refused = store.commit(judged(view), alice);
            ASSERT_EQ(code_of(refused), ErrorCode::RolledBack);
            EXPECT_EQ(refused.error().sequence(), Sequence(end));
            ApprovedBatch batch;
            batch.add(judged(view), alice, {});
            EXPECT_EQ(code_of(store.commit(std::move(batch), BatchOptions{})),
                      ErrorCode::RolledBack);
            EXPECT_EQ(store.visible_end(), Sequence(events));
        }
        ASSERT_TRUE(store.append(bob, Moved{0, 0}));
    }
}

TEST_F(StoreCommit, ReplaysUnderAKeyAlthoughTheViewIsOld) {
    const auto view = store.judge(Region::entity(alice.entity()));
    AppendOptions options;
    options.idempotency_key = "transfer 1";
    const auto first = store.commit(judged(view), alice, options);
    ASSERT_TRUE(first);
    reopen();
    // A fresh receipt, on the old view and on a new one.
    for (const JudgedView& again : {view, store.judge(Region::all())}) {
        const auto retry = store.commit(judged(again), alice, options);
        ASSERT_TRUE(retry) << retry.error().to_string();
        EXPECT_TRUE(retry->replayed);
        EXPECT_EQ(retry->event_id, first->event_id);
        EXPECT_EQ(retry->sequence, first->sequence);
    }
    EXPECT_EQ(store.visible_end(), Sequence(1));
    EXPECT_EQ(evidence_of(store, Sequence(0)).judged_end, Sequence(0));
}

// ---- a retry, and gates that its first try has made say no

// Pays 80 of 100, once for each key.
struct Retry : StoreCommit {
    const Transfer transfer{80, 7};
    static constexpr std::string_view kKey = "payment 1";

    static AppendOptions under(std::string_view key) {
        AppendOptions options;
        options.idempotency_key = key;
        return options;
    }
    static std::int64_t left_in(const StoreReads& reads, const Coordinate& account) {
        std::int64_t left = 100;
        for (const auto& event : reads.stream(account.entity()))
            left -= event->as<Transfer>()->amount;
        return left;
    }
    // The way that GATES.md shows; `pause` is called between its steps.
    template <class Pause>
    Result<Committed<Transfer>> pay(const Transfer& payment, std::string_view key, Pause pause) {
        pause(0);
        const JudgedView view = store.judge(Region::entity(alice.entity()));
        pause(1);
        BATPAK_TRY(auto first, store.find_committed(payment, alice, key));
        if (first) return *std::move(first);
        pause(2);
        const Bank bank{.open = true, .balance = left_in(store.before(view.end()), alice)};
        auto decision = pipeline.evaluate(bank, Proposal(payment), view);
        if (!decision) return fail(decision.error().to_error());
        pause(3);
        return store.commit(*std::move(decision), alice, under(key));
    }
    Result<Committed<Transfer>> pay(const Transfer& payment, std::string_view key) {
        return pay(payment, key, [](int) {});
    }
    ErrorCode find(const Transfer& payment, const Coordinate& account, std::string_view key) {
        const auto found = store.find_committed(payment, account, key);
        if (!found) return found.error().code();
        return *found ? ErrorCode{} : ErrorCode::EventNotFound;
    }
};

TEST_F(Retry, IsAnsweredAlthoughTheGatesWouldDenyIt) {
    const auto first = pay(transfer, kKey);
    ASSERT_TRUE(first) << first.error().to_string();
    for (int i = 0; i < 3; ++i) {
        const auto retry = pay(transfer, kKey);
        ASSERT_TRUE(retry) << retry.error().to_string();
        EXPECT_TRUE(retry->replayed);
        EXPECT_EQ(retry->event_id, first->event_id);
        EXPECT_EQ(retry->sequence, first->sequence);
        EXPECT_EQ(retry->hash, first->hash);
        EXPECT_EQ(retry->payload, transfer);
        EXPECT_TRUE(retry->durable);
        if (i == 1) reopen();
    }
    EXPECT_EQ(code_of(pay(transfer, "payment 2")), ErrorCode::GateDenied);
    EXPECT_EQ(code_of(pay(Transfer{80, 8}, kKey)), ErrorCode::KeyConflict);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

// Goal:   wherever the first try comes between the steps of the retry, one is paid, and both are
//         told the same place.
TEST_F(Retry, IsAnsweredWhereverItsFirstTryComesBetween) {
    for (int moment = 0; moment < 4; ++moment) {
        const std::string key = "payment " + std::to_string(moment);
        alice = coordinate_of("account:" + std::to_string(moment));
        std::optional<Result<Committed<Transfer>>> rival;
        const auto retry = pay(transfer, key, [&](int step) {
            if (step == moment) rival = pay(transfer, key);
        });
        ASSERT_TRUE(*rival);
        ASSERT_TRUE(retry) << moment << ": " << retry.error().to_string();
        EXPECT_TRUE(retry->replayed);
        EXPECT_EQ(retry->sequence, (*rival)->sequence);
        EXPECT_EQ(store.visible_end(), Sequence(static_cast<std::uint64_t>(moment) + 1));
    }
}

TEST_F(Retry, IsFoundByKeyAndContent) {
    ASSERT_TRUE(pay(transfer, kKey));
    EXPECT_EQ(find(transfer, alice, kKey), ErrorCode{});
    EXPECT_EQ(find(transfer, alice, "another"), ErrorCode::EventNotFound);
    EXPECT_EQ(find(transfer, alice, ""), ErrorCode::EventNotFound);
    EXPECT_EQ(find(transfer, alice, std::string(256, 'k')), ErrorCode::EventNotFound);
    EXPECT_EQ(find(transfer, alice, std::string(257, 'k')), ErrorCode::InvalidArgument);
    EXPECT_EQ(find(transfer, bob, kKey), ErrorCode::KeyConflict);
    EXPECT_EQ(find(Transfer{81, 7}, alice, kKey), ErrorCode::KeyConflict);
    EXPECT_EQ(code_of(store.find_committed(Refund{80, 7}, alice, kKey)), ErrorCode::KeyConflict);
    const auto conflict = store.find_committed(transfer, bob, kKey);
    EXPECT_EQ(conflict.error().sequence(), Sequence(0));
    EXPECT_EQ(conflict.error().place(), "0x7061796d656e742031");
    // Whoever appended it.
    ASSERT_TRUE(store.append(bob, Transfer{1, 1}, under("plain")));
    EXPECT_EQ(find(Transfer{1, 1}, bob, "plain"), ErrorCode{});
}

TEST_F(Retry, IsFoundIfTheGatesWereBypassed) {
    ASSERT_TRUE(store.commit(bypass(), alice, under(kKey)));
    EXPECT_EQ(find(Transfer{5000, 7}, alice, kKey), ErrorCode{});
    EXPECT_EQ(find(transfer, alice, kKey), ErrorCode::KeyConflict);
}

TEST_F(Retry, OfABatchIsNoRetryOfItsFirstItem) {
    BatchBuilder whole;
    whole.add(alice, Transfer{1, 1});
    whole.add(alice, Transfer{2, 2});
    BatchOptions keyed;
    keyed.idempotency_key = kKey;
    ASSERT_TRUE(store.append_batch(std::move(whole), keyed));
    EXPECT_EQ(find(Transfer{1, 1}, alice, kKey), ErrorCode::KeyConflict);
    BatchBuilder each;
    BatchItemOptions one;
    BatchItemOptions two;
    one.idempotency_key = "one";
    two.idempotency_key = "two";
    each.add(alice, Transfer{1, 1}, one);
    each.add(alice, Transfer{2, 2}, two);
    ASSERT_TRUE(store.append_batch(std::move(each), BatchOptions{}));
    EXPECT_EQ(find(Transfer{1, 1}, alice, "one"), ErrorCode{});
    EXPECT_EQ(find(Transfer{2, 2}, alice, "two"), ErrorCode{});
}

// As of the append itself: at the limit it is known, behind it is new.
TEST_F(Retry, IsKnownForAsLongAsTheRetentionSays) {
    for (const std::uint64_t retention : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}}) {
        config = config.with_idempotency_retention(retention);
        reopen();
        const std::string key = "retained " + std::to_string(retention);
        ASSERT_TRUE(store.append(alice, transfer, under(key)));
        for (std::uint64_t behind = 1; behind < 6; ++behind) {
            EXPECT_EQ(find(transfer, alice, key),
                      behind <= retention ? ErrorCode{} : ErrorCode::EventNotFound);
            EXPECT_TRUE(store.find_key(key).value()) << "it is in the log all the same";
            ASSERT_TRUE(store.append(bob, Moved{0, 0}));
        }
    }
}

TEST_F(StoreCommit, RefusesReceiptsThatAreNone) {
    auto original = judged(JudgedView::nothing());
    MemcpyCopy copy(original);
    MemcpyCopy forged(original);
    steal(StolenMac{}, steal(StolenClaim{}, *forged)).bytes[3] ^= std::byte{1};
    EXPECT_EQ(code_of(store.commit(std::move(*forged), alice)), ErrorCode::ReceiptForged);
    EXPECT_TRUE(store.commit(std::move(*copy), alice));
    EXPECT_EQ(code_of(store.commit(std::move(original), alice)), ErrorCode::ReceiptSpent);
    auto changed = judged(JudgedView::nothing());
    steal(StolenPayload{}, changed).amount = 1'000'000;
    EXPECT_EQ(code_of(store.commit(std::move(changed), alice)), ErrorCode::ReceiptMismatch);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

TEST_F(StoreCommit, RefusesWhatWasJudgedOnAnotherStore) {
    const Store other = Store::open(config.with_environment(simulated_environment(2))).value();
    const auto committed = store.commit(judged(other.judge(Region::none())), alice);
    EXPECT_EQ(code_of(committed), ErrorCode::ReceiptForeign);
}

TEST_F(StoreCommit, TakesPayloadsWithoutAKind) {
    GateSet<Value> gates;
    gates.add("any", 1, [](const Value&) { return pass(); });
    auto decision = gates.evaluate(Value(7), NoContext{}, JudgedView::nothing());
    ASSERT_TRUE(store.commit(*std::move(decision), alice, kind, {}));
    EXPECT_EQ(store.find(Sequence(0)).value()->kind(), kind);
    EXPECT_EQ(evidence_of(store, Sequence(0)).passed.size(), 1U);
}

// Gates may do with the store what they like, also append (INV G5).
TEST_F(StoreCommit, LetsGatesUseTheStore) {
    GateSet<Transfer> gates;
    gates.add("reader", 1, [this](const Transfer&) {
        return store.version(alice.entity()).value() ? Verdict(deny("not new")) : pass();
    });
    gates.add("writer", 1, [this](const Transfer&) {
        EXPECT_TRUE(store.append(bob, Moved{1, 1}));
        auto inner = judged(store.judge(Region::none()));
        EXPECT_TRUE(store.commit(std::move(inner), bob));
        return pass();
    });
    auto decision =
        gates.evaluate({1, 1}, NoContext{}, store.judge(Region::entity(alice.entity())));
    ASSERT_TRUE(decision);
    EXPECT_TRUE(store.commit(*std::move(decision), alice));
    EXPECT_EQ(store.visible_end(), Sequence(3));
}

// ---- bypass

TEST_F(StoreCommit, OfABypassIsAuditedInTheSameBatch) {
    AppendOptions options;
    options.idempotency_key = "bypass 1";
    options.correlation_id = EventId{{std::byte{9}}};
    const auto committed = store.commit(bypass(), alice, options);
    ASSERT_TRUE(committed) << committed.error().to_string();
    EXPECT_EQ(committed->sequence, Sequence(0));
    EXPECT_EQ(committed->payload, (Transfer{5000, 7}));
    reopen();
    EXPECT_EQ(evidence_of(store, Sequence(0)).bypass, reason());
    EXPECT_TRUE(evidence_of(store, Sequence(0)).passed.empty());
    const HeldEvent audit = store.find(Sequence(1)).value();
    EXPECT_EQ(audit->kind(), system_kinds::kGateBypassed);
    EXPECT_EQ(audit->entity, GateBypassed::kStream);
    EXPECT_EQ(audit->scope, system_kinds::kSystemScope);
    EXPECT_EQ(audit->header.causation_id, committed->event_id);
    EXPECT_EQ(audit->header.correlation_id, options.correlation_id);
    EXPECT_EQ(audit->batch_count, 2U);
    const auto said = audit->as<GateBypassed>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->entity, alice.entity());
    EXPECT_EQ(said->scope, alice.scope());
    EXPECT_EQ(said->event_kind, Transfer::kind.number());
    EXPECT_EQ(said->reason, "court-order");
    EXPECT_EQ(said->justification, "File 12.");

    const auto retry = store.commit(bypass(), alice, options);
    ASSERT_TRUE(retry);
    EXPECT_TRUE(retry->replayed);
    EXPECT_EQ(retry->event_id, committed->event_id);
    auto other = Bypassing::bypass(Proposal(Transfer{5000, 7}),
                                   BypassReason::create("mood", "Why not.").value());
    EXPECT_EQ(code_of(store.commit(std::move(other), alice, options)), ErrorCode::KeyConflict);
    EXPECT_EQ(store.visible_end(), Sequence(2));
}

TEST_F(StoreCommit, OfABypassObeysConditionsAndNamesThatAreNotText) {
    const Coordinate odd = coordinate_of("\xFF");
    const auto refused = store.commit(bypass(), odd, {.expect = ExpectedVersion::exists()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::VersionConflict);
    EXPECT_EQ(store.visible_end(), Sequence(0));
    ASSERT_TRUE(store.commit(bypass(), odd));
    EXPECT_EQ(store.find(Sequence(1)).value()->as<GateBypassed>()->entity, "0xff");
}

// ---- batches

TEST_F(StoreCommit, OfABatchIsAllOrNothing) {
    ApprovedBatch batch;
    const BatchItem first =
        batch.add(judged(store.judge(Region::entity(alice.entity()))), alice, {});
    batch.add(judged(store.judge(Region::entity(bob.entity()))), bob, {.caused_by = first});
    const auto receipts = store.commit(std::move(batch), {});
    ASSERT_TRUE(receipts) << receipts.error().to_string();
    EXPECT_EQ(store.visible_end(), Sequence(2));
    for (const std::uint64_t i : {0U, 1U}) {
        EXPECT_EQ(evidence_of(store, Sequence(i)).passed.size(), 3U);
        EXPECT_EQ(store.find(Sequence(i)).value()->batch_count, 2U);
    }
    EXPECT_EQ(store.find(Sequence(1)).value()->header.causation_id, (*receipts)[0].event_id);
}

TEST_F(StoreCommit, OfABatchIsRefusedForAnyOfItsReceipts) {
    const auto expect_refused = [&](ApprovedBatch&& batch, ErrorCode code,
                                    std::optional<std::uint32_t> item) {
        const auto receipts = store.commit(std::move(batch), {});
        ASSERT_FALSE(receipts);
        EXPECT_EQ(receipts.error().code(), code);
        EXPECT_EQ(receipts.error().item(), item);
        EXPECT_EQ(receipts.error().stage(), BatchStage::Validation);
    };
    auto spent = judged(JudgedView::nothing());
    auto heir = std::move(spent);
    ApprovedBatch with_spent;
    with_spent.add(std::move(heir), alice, {});
    with_spent.add(std::move(spent), alice, {});
    expect_refused(std::move(with_spent), ErrorCode::ReceiptSpent, 1);

    const Store other = Store::open(config.with_environment(simulated_environment(2))).value();
    ApprovedBatch with_foreign;
    with_foreign.add(judged(other.judge(Region::none())), alice, {});
    expect_refused(std::move(with_foreign), ErrorCode::ReceiptForeign, 0);

    ApprovedBatch with_old;
    with_old.add(judged(store.judge(Region::entity(alice.entity()))), alice, {});
    with_old.add(judged(store.judge(Region::entity(bob.entity()))), alice, {});
    ASSERT_TRUE(store.append(bob, Moved{1, 1}));
    expect_refused(std::move(with_old), ErrorCode::DecisionOutdated, std::nullopt);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

// ---- denials

TEST_F(StoreCommit, RecordsADenialIfItIsAskedTo) {
    const auto decision = pipeline.evaluate(Bank{}, Proposal(Transfer{5000, 7}));
    ASSERT_FALSE(decision);
    EXPECT_EQ(store.visible_end(), Sequence(0));
    const auto recorded = store.record_denial(decision.error(), alice);
    ASSERT_TRUE(recorded);
    const HeldEvent event = store.find(recorded->sequence).value();
    EXPECT_EQ(event->kind(), system_kinds::kGateDenied);
    EXPECT_EQ(event->entity, GateDenied::kStream);
    const auto record = event->as<GateDenied>();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->entity, alice.entity());
    EXPECT_EQ(record->gate, "amount-limit");
    EXPECT_EQ(record->code, "AMOUNT");
    EXPECT_EQ(record->message, "over the limit");
    EXPECT_EQ(record->context, (std::vector<DenialFact>{{"limit", "1000"}}));
}

TEST_F(StoreCommit, RecordsADenialWhoseWordsAreNotText) {
    const auto recorded = store.record_denial(deny("\xFF!").with_context("\xFE", "x"), alice);
    ASSERT_TRUE(recorded) << recorded.error().to_string();
    const auto record = store.find(recorded->sequence).value()->as<GateDenied>();
    EXPECT_EQ(record->message, "0xff21");
    EXPECT_EQ(record->context[0].key, "0xfe");
}

// ---- with_require_receipts

struct RequireReceipts : StoreFixture {
    RequireReceipts() { config = config.with_require_receipts(); }
};

TEST_F(RequireReceipts, RefusesEveryPlainDoor) {
    Store store = open();
    const auto batch = [&](const BatchOptions& options) {
        BatchBuilder builder;
        builder.add(alice, Moved{1, 2});
        return code_of(store.append_batch(std::move(builder), options));
    };
    const AppendOptions options;
    BatchOptions keyed;
    keyed.idempotency_key = "k";
    const std::vector<std::pair<const char*, ErrorCode>> doors{
        {"append", code_of(store.append(alice, Moved{1, 2}))},
        {"append with options", code_of(store.append(alice, Moved{1, 2}, options))},
        {"append of a kind", code_of(store.append(alice, kind, Value(1)))},
        {"append of a kind with options", code_of(store.append(alice, kind, Value(1), options))},
        {"append_raw", code_of(store.append_raw(alice, kind, payload))},
        {"append_raw with options", code_of(store.append_raw(alice, kind, payload, options))},
        {"try_append", code_of(store.try_append(alice, Moved{1, 2}, options))},
        {"try_append_raw", code_of(store.try_append_raw(alice, kind, payload, options))},
        {"submit", code_of(store.submit(alice, Moved{1, 2}))},
        {"submit with options", code_of(store.submit(alice, Moved{1, 2}, options))},
        {"submit_raw", code_of(store.submit_raw(alice, kind, payload, options))},
        {"append_batch", batch({})},
        {"append_batch with a key", batch(keyed)},
    };
    for (const auto& [door, code] : doors) EXPECT_EQ(code, ErrorCode::ReceiptRequired) << door;
    EXPECT_EQ(store.visible_end(), Sequence(0));
    EXPECT_EQ(error_class(ErrorCode::ReceiptRequired), ErrorClass::Denied);
}

TEST_F(RequireReceipts, TakesReceiptsBypassesAndWhatBatpakRecords) {
    Store store = open();
    ASSERT_TRUE(store.commit(receipt_for({50, 7}, store.judge(Region::all())), alice));
    ASSERT_TRUE(store.commit(Bypassing::bypass(Proposal(Transfer{5000, 7}), reason()), alice));
    ASSERT_TRUE(store.record_denial(deny("no"), alice));
    ApprovedBatch approved;
    approved.add(receipt_for({50, 7}, JudgedView::nothing()), alice, {});
    ASSERT_TRUE(store.commit(std::move(approved), {}));
    EXPECT_EQ(store.visible_end(), Sequence(5));
    EXPECT_TRUE(store.sync());
}

// A batch of batpak's own records does not carry an event of the application in.
TEST_F(RequireReceipts, LooksAtEachItemOfABatch) {
    Store store = open();
    BatchBuilder batch;
    store::SystemEvents::add(batch, Coordinate::create("batpak:x", "batpak").value(),
                             GateBypassed{}, {});
    batch.add(alice, Moved{1, 2});
    const auto refused = store.append_batch(std::move(batch));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::ReceiptRequired);
    EXPECT_EQ(refused.error().item(), 1U);
}

TEST_F(RequireReceipts, OfChosenGateSetsOnly) {
    config = config.with_require_receipts_of({GateSet<Moved>().id(), bank_gates().id()});
    Store store = open();
    EXPECT_TRUE(store.commit(receipt_for({50, 7}, JudgedView::nothing()), alice));
    EXPECT_TRUE(store.commit(Bypassing::bypass(Proposal(Transfer{1, 1}), reason()), alice));
    GateSet<Transfer> lax;
    lax.add("lax", 1, [](const Transfer&) { return pass(); });
    auto receipt = lax.evaluate({50, 7}, NoContext{}, JudgedView::nothing()).value();
    EXPECT_EQ(code_of(store.commit(std::move(receipt), alice)), ErrorCode::ReceiptForeign);
    EXPECT_EQ(code_of(store.append(alice, Moved{1, 1})), ErrorCode::ReceiptRequired);
}

}  // namespace
}  // namespace batpak::testing
