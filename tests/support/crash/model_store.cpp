#include "support/crash/model_store.hpp"

namespace batpak::testing {
namespace {

constexpr std::chrono::milliseconds kDurableWithin = std::chrono::seconds(60);

}  // namespace

bool ModelStore::open(const Disk& disk) {
    Result<Store> opened = open_store(setup_, disk, 1000 + ++opened_);
    if (!opened) {
        const ErrorClass found = opened.error().error_class();
        errors_.push_back(opened.error());
        if (found != ErrorClass::Io && found != ErrorClass::Full) {
            tell("open: " + opened.error().to_string());
        }
        return false;
    }
    store_.emplace(*std::move(opened));
    const std::uint64_t end = store_->visible_end().value;
    if (end < model_.acknowledged()) tell("opened without event " + std::to_string(end));
    if (end > model_.submitted()) tell("opened with an event that was never submitted, or failed");
    if (problem_.empty()) model_.resume(end);
    return true;
}

ModelEvent ModelStore::make_event(const Appending& what) {
    return {.coordinate = Coordinate::create(what.entity, "cave").value(),
            .kind = EventKind::custom(0xF, static_cast<std::uint16_t>(1 + made_ % 4)),
            .payload = Bytes(what.payload_bytes, static_cast<std::byte>(0x30 + made_++ % 64)),
            .options = {.expect = what.expect, .durability = what.durability},
            .timestamp_us = setup_.clock->wall_us()};
}

void ModelStore::append(const Appending& what) {
    if (!store_) return;
    const ModelEvent event = make_event(what);
    const bool was_poisoned = poisoned();
    const std::uint64_t sequence = model_.submit(event);
    settle(sequence, was_poisoned,
           store_->append_raw(event.coordinate, event.kind, event.payload, event.options));
}

void ModelStore::append_batch(std::uint32_t count, const Appending& what) {
    if (!store_) return;
    const bool was_poisoned = poisoned();
    const std::uint64_t first = model_.submitted();
    BatchBuilder batch;
    for (std::uint32_t i = 0; i < count; ++i) {
        ModelEvent event = make_event(what);
        event.batch_index = i;
        event.batch_count = count;
        batch.add(event.coordinate, event.kind, event.payload);
        model_.submit(std::move(event));
    }
    const auto receipts = store_->append_batch(std::move(batch), {.durability = what.durability});
    if (!receipts) {
        return settle(first, was_poisoned, Result<AppendReceipt>(fail(receipts.error())));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        settle(first + i, was_poisoned, Result<AppendReceipt>((*receipts)[i]));
    }
}

void ModelStore::submit(std::size_t count, const Appending& what) {
    if (!store_) return;
    const bool was_poisoned = poisoned();
    const std::uint64_t first = model_.submitted();
    std::vector<ModelEvent> events;
    std::vector<Ticket> tickets;
    for (std::size_t i = 0; i < count; ++i) {
        events.push_back(make_event(what));
        model_.submit(events.back());  // a crash may find it
        Result<Ticket> ticket = store_->submit_raw(events.back().coordinate, events.back().kind,
                                                   events.back().payload, events.back().options);
        if (!ticket) return tell("submit: " + ticket.error().to_string());
        tickets.push_back(*std::move(ticket));
    }
    std::vector<Result<AppendReceipt>> answers;
    for (Ticket& ticket : tickets) answers.push_back(ticket.wait());
    // They are committed in several groups, and one may fail between others that do not: what was
    // refused was never there, and what came behind it moved up.
    model_.retract_to(first);
    for (std::size_t i = 0; i < count; ++i) {
        settle_ticket(std::move(events[i]), was_poisoned, answers[i]);
    }
}

void ModelStore::settle_ticket(ModelEvent event, bool was_poisoned,
                               const Result<AppendReceipt>& answer) {
    if (!answer) errors_.push_back(answer.error());
    const ErrorClass found = answer ? ErrorClass{} : answer.error().error_class();
    if (!answer && found != ErrorClass::Poisoned) {
        if (was_poisoned || (found != ErrorClass::Io && found != ErrorClass::Full)) {
            tell("a ticket says " + answer.error().to_string());
        }
        return;
    }
    if (was_poisoned && !answer) return;
    if (was_poisoned) return tell("acknowledged while it is poisoned");
    const std::uint64_t sequence = model_.submit(std::move(event));
    if (answer) return tell(model_.acknowledge(sequence, *answer));
    if (!poisoned()) tell("a ticket says that it is poisoned, and it is not");
}

void ModelStore::settle(std::uint64_t sequence, bool was_poisoned,
                        const Result<AppendReceipt>& answer) {
    if (!answer) {
        judge_error(was_poisoned, answer.error());
        const bool left_nothing = was_poisoned || !poisoned();
        if (left_nothing && sequence >= model_.acknowledged()) model_.retract_to(sequence);
        return;
    }
    if (was_poisoned) return tell("acknowledged while it is poisoned");
    tell(model_.acknowledge(sequence, *answer));
}

// docs/INVARIANTS.md W4: Poisoned if, and only if, the store is.
void ModelStore::judge_error(bool was_poisoned, const Error& error) {
    errors_.push_back(error);
    const ErrorClass found = error.error_class();
    if (poisoned()) {
        if (found != ErrorClass::Poisoned) tell("poisoned, and it says " + error.to_string());
        return;
    }
    if (was_poisoned) tell("no longer poisoned");
    if (found != ErrorClass::Io && found != ErrorClass::Full) tell("it says " + error.to_string());
}

void ModelStore::settle(bool was_poisoned, const Result<void>& answer, std::uint64_t promised_end) {
    if (!answer) return judge_error(was_poisoned, answer.error());
    if (was_poisoned && promised_end > model_.durable()) tell("synced while it is poisoned");
    model_.promise_durable(promised_end);
}

void ModelStore::sync() {
    if (!store_) return;
    const bool was_poisoned = poisoned();
    settle(was_poisoned, store_->sync(), model_.submitted());
}

void ModelStore::wait_durable(std::uint64_t sequence) {
    if (!store_ || sequence >= store_->visible_end().value) return;
    const bool was_poisoned = poisoned();
    const Result<bool> waited =
        store_->wait_durable(Sequence(sequence), std::chrono::steady_clock::now() + kDurableWithin);
    if (waited && !*waited) return tell("wait_durable: not within minutes");
    settle(was_poisoned, waited ? Result<void>() : fail(waited.error()), sequence + 1);
}

void ModelStore::close() {
    if (!store_) return;
    const bool was_poisoned = poisoned();
    const Result<Closed> closed = std::move(*store_).close();
    // It cannot be asked any more whether it is poisoned; close() may fail either way.
    if (closed && was_poisoned) tell("closed well while it was poisoned");
    if (closed) model_.promise_durable(model_.submitted());
    if (!closed) {
        errors_.push_back(closed.error());
        const ErrorClass found = closed.error().error_class();
        if (found != ErrorClass::Io && found != ErrorClass::Full && found != ErrorClass::Poisoned) {
            tell("close: " + closed.error().to_string());
        }
    }
    store_.reset();
}

void ModelStore::read() {
    if (!store_) return;
    const std::uint64_t end = store_->visible_end().value;
    if (end < model_.acknowledged()) tell("what was acknowledged is not visible");
    if (end > model_.submitted()) tell("what failed is visible");
    if (!problem_.empty()) return;
    tell(check_events(*store_, model_));
    tell(check_queries(*store_, model_));
}

void ModelStore::kill(const Disk& disk) {
    if (!store_) return;
    abandon(*std::move(store_), disk);
    store_.reset();
}

}  // namespace batpak::testing
