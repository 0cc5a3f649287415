// OneGroup: items that are committed as one group, which callers of a store only get by chance.
//
// Threads: thread-compatible
// Errors:  none but the answers of the items; what cannot be prepared throws
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "store/engine.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {

struct GroupEvent {
    Coordinate coordinate;
    EventKind kind = EventKind::custom(1, 7);
    std::string payload{};
    std::string key{};
    ExpectedVersion expect = ExpectedVersion::any();
    std::string kind_name{};
};

// One append, or a batch.
struct GroupItem {
    std::vector<GroupEvent> events;
    std::string whole_key;
    std::optional<AppendCondition> condition;
    Durability durability = Durability::Durable;
};

using GroupAnswer = Result<std::vector<AppendReceipt>>;

class OneGroup {
public:
    explicit OneGroup(std::shared_ptr<store::Engine> engine) : engine_(std::move(engine)) {}

    // Commits the items in order, and gives their answers.
    std::vector<GroupAnswer> commit(const std::vector<GroupItem>& items) {
        std::deque<Submitted> submitted;
        for (const GroupItem& item : items) submit(submitted.emplace_back(), item);
        std::vector<GroupAnswer> answers;
        for (Submitted& one : submitted) {
            engine_->queue().wait(one.item, std::nullopt);
            answers.push_back(answer_of(one));
        }
        return answers;
    }

private:
    struct Submitted {
        std::vector<store::PreparedEvent> events;
        std::vector<Buffer> contents;
        store::CommitQueue::Entry item;
    };

    void submit(Submitted& one, const GroupItem& item) {
        static const Metadata none;
        one.events = std::vector<store::PreparedEvent>(item.events.size());
        one.contents = std::vector<Buffer>(item.events.size());
        for (std::size_t i = 0; i < item.events.size(); ++i) {
            const GroupEvent& event = item.events[i];
            const bool whole = i == 0 && !item.whole_key.empty();
            must(engine_->preparation().prepare(
                {.coordinate = event.coordinate,
                 .kind = event.kind,
                 .payload_version = 1,
                 .payload = as_bytes(event.payload),
                 .metadata = none,
                 .idempotency_key = whole ? item.whole_key : event.key,
                 .correlation_id = {},
                 .causation_id = {},
                 .caused_by = std::nullopt,
                 .expect = event.expect,
                 .flags = 0,
                 .kind_name = event.kind_name},
                one.contents[i], one.events[i], engine_->heads()));
        }
        store::AppendEvents& append =
            engine_->ask(one.item, one.events, item.condition, item.durability);
        if (item.events.size() > 1) append.form = store::AppendForm::Batch;
        if (!item.whole_key.empty()) append.form = store::AppendForm::KeyedBatch;
        must(engine_->queue().submit(one.item));
    }

    static GroupAnswer answer_of(const Submitted& one) {
        if (one.item.error) return fail(*one.item.error);
        std::vector<AppendReceipt> receipts;
        for (const store::PreparedEvent& event : one.events) receipts.push_back(event.receipt);
        return receipts;
    }

    const std::shared_ptr<store::Engine> engine_;
};

}  // namespace batpak::testing
