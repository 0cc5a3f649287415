// How the store commits what gates have judged.
//
//     redeem the receipt -> is it of this store, and of gates that count here? -> append, on
//     condition that the judged region is what it was, with the evidence in the metadata
//
// The condition is checked where all conditions are, in the commit (Staging): nothing can come
// between it and the event (INV G3). The evidence is an entry of the event's metadata, so that it
// is hashed and stored with it, or not at all (INV G4).
#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/key_content.hpp"
#include "store/system_events.hpp"
#include "store/view/event_reader.hpp"

namespace batpak {

using store::Engine;
using store::EventReader;
using store::RunOrdinal;
using store::SystemEvents;

namespace {

// Names may be any bytes, and texts of payloads are UTF-8.
std::string printable(std::string_view text) {
    return is_utf8(text) ? std::string(text) : "0x" + to_hex(as_bytes(text));
}

Coordinate system_coordinate(std::string_view stream) {
    auto coordinate = Coordinate::create(stream, system_kinds::kSystemScope);
    BATPAK_ASSERT(coordinate.has_value());
    return *std::move(coordinate);
}

// Gates that read nothing hold in every store, so a view of nothing has no log to be compared. A
// bypass names no gates: that it is one, and why, is in its evidence.
Result<void> check_approval(const Approval& approval, const Engine& engine) {
    const JudgedView& view = approval.view;
    if (!view.is_nothing() && view.log_id() != engine.side()->log_id()) {
        return fail(ErrorCode::ReceiptForeign,
                    "the receipt was judged on another store: evaluate on this one");
    }
    const std::vector<GateSetId>& accepted = engine.config().accepted_gate_sets();
    const bool counts = approval.evidence.bypass || accepted.empty() ||
                        std::ranges::count(accepted, approval.evidence.gate_set) > 0;
    if (counts) return {};
    return fail(
        ErrorCode::ReceiptForeign,
        "the store does not take receipts of this gate set: evaluate with one that it takes");
}

AppendCondition condition_of(const JudgedView& view) { return {view.region(), view.end()}; }

BatchOptions batch_options_of(const AppendOptions& options) {
    return {.condition = options.condition,
            .idempotency_key = options.idempotency_key,
            .durability = options.durability};
}

BatchItemOptions item_options_of(const AppendOptions& options) {
    return {.expect = options.expect,
            .idempotency_key = {},
            .correlation_id = options.correlation_id,
            .caused_by = std::nullopt,
            .causation_id = options.causation_id,
            .flags = options.flags,
            .metadata = options.metadata,
            .tags = options.tags,
            .kind_name = options.kind_name};
}

GateBypassed audit_of(const Coordinate& coordinate, EventKind kind, const BypassReason& reason) {
    return {.entity = printable(coordinate.entity()),
            .scope = printable(coordinate.scope()),
            .event_kind = kind.number(),
            .reason = reason.name(),
            .justification = reason.justification()};
}

}  // namespace

// What is bypassed was judged by no gate, so its batch has no judged region to check.
Result<AppendReceipt> Store::commit_encoded(const EncodedAppend& append, const Approval& approval) {
    BATPAK_CHECK(check_approval(approval, *engine_));
    ScratchBuffer evidence;
    approval.evidence.encode(*evidence);
    BATPAK_ASSERT(!evidence->empty());  // by it the event is known to have been judged (INV G6)
    if (approval.evidence.bypass) {
        // The event and its audit are one batch: neither is ever in the log alone.
        BatchBuilder batch;
        const BatchItem event = SystemEvents::add_approved(
            batch, append, item_options_of(append.options), evidence->view());
        BatchItemOptions audit;
        audit.correlation_id = append.options.correlation_id;
        audit.caused_by = event;
        SystemEvents::add(batch, system_coordinate(GateBypassed::kStream),
                          audit_of(append.coordinate, append.kind, *approval.evidence.bypass),
                          std::move(audit));
        BATPAK_TRY(const auto receipts,
                   engine_->append_batch(batch, batch_options_of(append.options)));
        BATPAK_ASSERT(receipts.size() == 2);  // the event and its audit (INV G4)
        return receipts[0];
    }
    std::optional<AppendCondition> judged;
    if (!approval.view.is_nothing()) judged = condition_of(approval.view);
    store::AppendRequest request = store::request_of(append, append.coordinate, append.options);
    request.gate_evidence = evidence->view();
    if (judged) request.judged = {&*judged, 1};
    return engine_->append(request, append.options);
}

// What Staging asks of a key inside the commit, asked from outside: it is right when it is read,
// and commit() with the key asks once more.
Result<std::optional<AppendReceipt>> Store::find_committed_encoded(
    const EncodedAppend& append, std::string_view idempotency_key) const {
    BATPAK_CHECK(side_->check());
    BATPAK_CHECK(store::Preparation::check_key(idempotency_key));
    if (idempotency_key.empty()) return std::optional<AppendReceipt>();
    EventReader reader(side_->pin(), side_);
    const Sequence oldest =
        store::oldest_key(reader.pin().end, engine_->config().idempotency_retention());
    BATPAK_TRY(const std::optional<RunOrdinal> place, reader.find_key(idempotency_key, oldest));
    if (!place) return std::optional<AppendReceipt>();
    BATPAK_TRY(const EventView stored, reader.read(*place, ReadCheck::Frame));
    const EventFields asked{.kind = append.kind,
                            .payload_version = append.payload_version,
                            .entity = append.coordinate.entity(),
                            .scope = append.coordinate.scope(),
                            .payload = append.payload};
    const AppendReceipt receipt = store::replayed_receipt(stored);
    BATPAK_ASSERT(receipt.replayed);
    const bool is_first_of_batch = stored.batch_count > 1 && stored.batch_index == 0;
    if (!store::is_same_content(asked, store::fields_of(stored)))
        return fail(store::key_conflict(idempotency_key, receipt.sequence));
    if (is_first_of_batch) {
        // The key stands for the batch if the next item has none; of a bypass that is the audit.
        BATPAK_TRY(const EventView next, reader.read(receipt.sequence.next(), ReadCheck::Frame));
        const bool stands_for_others = Metadata::idempotency_key(next.metadata_bytes).empty() &&
                                       next.kind() != GateBypassed::kind;
        if (stands_for_others) return fail(store::key_conflict(idempotency_key, receipt.sequence));
    }
    return std::optional(receipt);
}

// As with encoding errors, the first one is kept for commit(), which names the item.
void ApprovedBatch::note(Result<Approval> approval) {
    if (!approval) {
        if (refusal_) return;
        BATPAK_ASSERT(batch_.size() > 0);  // the item was added before
        const auto item = static_cast<std::uint32_t>(batch_.size() - 1);
        refusal_ = std::move(approval).error().at_stage(BatchStage::Validation).at_item(item);
        return;
    }
    Buffer evidence;
    approval->evidence.encode(evidence);
    batch_.items_.back().gate_evidence = Bytes(evidence.view().begin(), evidence.view().end());
    approvals_.push_back(*std::move(approval));
}

Result<std::vector<AppendReceipt>> Store::commit(ApprovedBatch&& batch,
                                                 const BatchOptions& options) {
    const ApprovedBatch taken = std::move(batch);
    if (taken.refusal_) return fail(*taken.refusal_);
    std::vector<AppendCondition> judged;
    BATPAK_ASSERT(taken.approvals_.size() == taken.batch_.size());  // none without (INV G4)
    std::vector<Hash> seen;  // views of one evaluation after another are often the same
    for (std::uint32_t i = 0; i < taken.approvals_.size(); ++i) {
        const Approval& approval = taken.approvals_[i];
        if (auto checked = check_approval(approval, *engine_); !checked) {
            return fail(std::move(checked).error().at_stage(BatchStage::Validation).at_item(i));
        }
        if (approval.view.is_nothing() || std::ranges::count(seen, approval.view.digest()) > 0) {
            continue;
        }
        seen.push_back(approval.view.digest());
        judged.push_back(condition_of(approval.view));
    }
    return engine_->append_batch(taken.batch_, options, judged);
}

// A batch of one, because only SystemEvents adds an event of a reserved kind.
Result<AppendReceipt> Store::record_denial(const Denial& denial, const Coordinate& coordinate) {
    GateDenied record{.entity = printable(coordinate.entity()),
                      .scope = printable(coordinate.scope()),
                      .gate = printable(denial.gate),
                      .code = printable(denial.code),
                      .message = printable(denial.message),
                      .context = {}};
    for (const DenialFact& fact : denial.context) {
        record.context.push_back({printable(fact.key), printable(fact.value)});
    }
    BatchBuilder batch;
    SystemEvents::add(batch, system_coordinate(GateDenied::kStream), record, BatchItemOptions{});
    BATPAK_TRY(const auto receipts, engine_->append_batch(batch, BatchOptions{}));
    BATPAK_ASSERT(receipts.size() == 1);
    return receipts[0];
}

}  // namespace batpak
