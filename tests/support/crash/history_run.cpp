#include "support/crash/history_run.hpp"

#include <chrono>
#include <random>

#include "batpak/event/metadata.hpp"

namespace batpak::testing {
namespace {

using Call = HistoryCall;
using Outcome = HistoryCall::Outcome;

constexpr std::uint32_t kEntities = 12;
constexpr std::uint64_t kKeys = 400;
const EventKind kKind = EventKind::custom(1, 7);

std::string entity_name(std::uint32_t entity) { return "e" + std::to_string(entity); }

// Each event says its entity as a tag as well, beside one that all have: what selects by one must
// select by the other, so the checker judges tags as it judges entities.
std::vector<std::string> tags_of(std::uint32_t entity) { return {entity_name(entity), "history"}; }

ExpectedVersion expected_of(const HistoryExpect& expect) {
    switch (expect.rule) {
        case HistoryExpect::Rule::Any: return ExpectedVersion::any();
        case HistoryExpect::Rule::None: return ExpectedVersion::none();
        case HistoryExpect::Rule::Exists: return ExpectedVersion::exists();
        case HistoryExpect::Rule::Exactly: break;
    }
    return ExpectedVersion::exactly(expect.count - 1);
}

std::string key_name(std::uint64_t key) { return key == 0 ? "" : "k" + std::to_string(key); }

std::uint64_t content_of(BytesView payload) {
    return std::stoull('0' + std::string(as_text(payload)));
}

// Of the stream that a VersionConflict found, which only its text tells.
std::uint64_t count_of(const Error& error) {
    const std::size_t digits = error.detail().find_last_not_of("0123456789") + 1;
    if (digits == error.detail().size()) return 0;
    return std::stoull(error.detail().substr(digits)) + 1;
}

class Worker {
public:
    Worker(Store& store, const HistoryWork& work, HistoryRecord& record)
        : store_(store), work_(work), record_(record), random_(work.seed * 64 + work.thread) {}

    void run() {
        for (std::uint32_t i = 0; i < work_.calls; ++i) {
            Call call;
            number_ = i;
            const std::uint64_t choice = random_() % 100;
            if (choice < 35) plan_read(call);
            if (choice >= 35) plan_write(call, choice);
            record_.calls[i] = call;
            record_.begun.store(i + 1, std::memory_order_release);
            Call& written = record_.calls[i];
            written.begin = history_clock();
            perform(call);
            call.begin = written.begin;
            call.end = history_clock();
            const Outcome outcome = std::exchange(call.outcome, Outcome::Unknown);
            written = call;
            // A kill between the two leaves a call that nobody was told of, as it should.
            std::atomic_thread_fence(std::memory_order_release);
            written.outcome = outcome;
            if (outcome == Outcome::Unknown) return;
        }
    }

private:
    std::uint64_t next_content() {
        return ((std::uint64_t{work_.life} * 64 + work_.thread) * HistoryRecord::kCallsMax +
                number_) *
                   Call::kItemsMax +
               contents_++ % Call::kItemsMax + 1'000'000'000;
    }

    void plan_read(Call& call) {
        call.kind = Call::Kind::Read;
        const std::uint64_t choice = random_() % 8;
        call.entity =
            choice < 3 ? Call::kAllEntities : static_cast<std::uint32_t>(random_() % kEntities);
    }

    void plan_write(Call& call, std::uint64_t choice) {
        call.item_count = choice < 80 ? 1 : 2 + static_cast<std::uint32_t>(random_() % 3);
        contents_ = 0;
        if (choice >= 90) {
            // One of few keys: its content follows from it, as a rule.
            call.key = 1 + random_() % kKeys;
            call.item_count = 1 + static_cast<std::uint32_t>(call.key % 3);
        }
        for (std::uint32_t i = 0; i < call.item_count; ++i) plan_item(call, i);
        if (random_() % 4 == 0) plan_condition(call);
    }

    void plan_item(Call& call, std::uint32_t index) {
        HistoryItem& item = call.items[index];
        if (call.key != 0) {
            const bool other = random_() % 8 == 0;
            item.entity = static_cast<std::uint32_t>((call.key + index) % kEntities);
            item.content = call.key * Call::kItemsMax + index + (other ? 1'000'000U : 0U);
            return;
        }
        item.entity = static_cast<std::uint32_t>(random_() % kEntities);
        item.content = next_content();
        const std::uint64_t choice = random_() % 10;
        if (choice == 0) item.expect.rule = HistoryExpect::Rule::None;
        if (choice == 1) item.expect.rule = HistoryExpect::Rule::Exists;
        if (choice < 2 || choice > 5) return;
        const auto version = store_.version(entity_name(item.entity));
        if (!version || !*version) return;
        item.expect = {HistoryExpect::Rule::Exactly, (*version)->value + 1};
    }

    void plan_condition(Call& call) {
        for (int i = 0; i < 3; ++i) call.forbidden_entities |= 1U << random_() % kEntities;
        call.forbidden_from = store_.visible_end().value;
        if (call.forbidden_from > 0 && random_() % 8 == 0) --call.forbidden_from;
    }

    void perform(Call& call) {
        if (call.kind == Call::Kind::Read) return read(call);
        if (call.item_count == 1 && random_() % 2 == 0) return append(call);
        append_batch(call);
    }

    std::optional<AppendCondition> condition_of(const Call& call) const {
        if (call.forbidden_entities == 0) return std::nullopt;
        AppendCondition condition;
        for (std::uint32_t entity = 0; entity < kEntities; ++entity) {
            if ((call.forbidden_entities >> entity & 1) == 0) continue;
            const bool by_tag = (call.forbidden_from + entity) % 2 == 0;
            condition.none_match =
                condition.none_match | (by_tag ? Region::tags({"history", entity_name(entity)})
                                               : Region::entity(entity_name(entity)));
        }
        condition.seen_end = Sequence(call.forbidden_from);
        return condition;
    }

    Durability durability() {
        return random_() % 64 == 0 ? Durability::Durable : Durability::Buffered;
    }

    void append(Call& call) {
        AppendOptions options;
        options.expect = expected_of(call.items[0].expect);
        options.idempotency_key = key_name(call.key);
        options.condition = condition_of(call);
        options.durability = durability();
        options.tags = tags_of(call.items[0].entity);
        const std::string payload = std::to_string(call.items[0].content);
        const Coordinate coordinate =
            Coordinate::create(entity_name(call.items[0].entity), "s").value();
        const bool at_once = random_() % 4 == 0;
        if (at_once) {
            auto ticket = store_.submit_raw(coordinate, kKind, as_bytes(payload), options);
            if (!ticket) return refuse(call, ticket.error());
            return answer(call, ticket->wait());
        }
        answer(call, store_.append_raw(coordinate, kKind, as_bytes(payload), options));
    }

    void answer(Call& call, const Result<AppendReceipt>& receipt) {
        if (!receipt) return refuse(call, receipt.error());
        store(call, std::span(&*receipt, 1));
    }

    void append_batch(Call& call) {
        BatchBuilder batch;
        for (std::uint32_t i = 0; i < call.item_count; ++i) {
            BatchItemOptions options;
            options.expect = expected_of(call.items[i].expect);
            options.tags = tags_of(call.items[i].entity);
            const std::string payload = std::to_string(call.items[i].content);
            const BytesView bytes = as_bytes(payload);
            batch.add(Coordinate::create(entity_name(call.items[i].entity), "s").value(), kKind,
                      Bytes(bytes.begin(), bytes.end()), options);
        }
        const BatchOptions options{.condition = condition_of(call),
                                   .idempotency_key = key_name(call.key),
                                   .durability = durability()};
        const auto receipts = store_.append_batch(std::move(batch), options);
        if (!receipts) return refuse(call, receipts.error());
        store(call, *receipts);
    }

    static void store(Call& call, std::span<const AppendReceipt> receipts) {
        call.outcome = receipts[0].replayed ? Outcome::Replayed : Outcome::Stored;
        call.sequence = receipts[0].sequence.value;
        for (std::size_t i = 0; i < receipts.size(); ++i)
            call.versions[i] = receipts[i].version.value;
    }

    void refuse(Call& call, const Error& error) {
        switch (error.code()) {
            case ErrorCode::VersionConflict:
                call.outcome = Outcome::VersionConflict;
                call.item = error.item().value_or(0);
                call.found_count = count_of(error);
                return;
            case ErrorCode::ConditionConflict:
                call.outcome = Outcome::ConditionConflict;
                call.sequence = error.sequence()->value;
                return;
            case ErrorCode::KeyConflict:
                call.outcome = Outcome::KeyConflict;
                call.sequence = error.sequence()->value;
                return;
            default: record_.strange.fetch_add(1);
        }
    }

    // Mostly the last few events, now and then all.
    void read(Call& call) {
        const bool all = call.entity == Call::kAllEntities;
        const bool whole = random_() % 64 == 0;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
        QueryOptions options;
        options.direction = Direction::Backward;
        if (!whole) options.limit = 1 + random_() % 6;
        const bool by_tag = random_() % 2 == 0;
        EventRange range =
            all      ? store_.query(by_tag ? Region::tag("history") : Region::all(), options)
            : by_tag ? store_.query(Region::tag(entity_name(call.entity)), options)
                     : store_.stream(entity_name(call.entity), options);
        while (const Result<EventView>* element = range.next()) {
            if (!*element) return refuse(call, element->error());
            if (seen.empty())
                call.count = 1 + (all ? (*element)->sequence().value : (*element)->version().value);
            seen.push_back({(*element)->sequence().value, content_of((*element)->payload)});
        }
        call.first = call.count - seen.size();
        for (std::size_t i = seen.size(); i-- > 0;)
            call.digest = history_digest(call.digest, seen[i].first, seen[i].second);
        call.outcome = Outcome::Seen;
    }

    Store& store_;
    const HistoryWork work_;
    HistoryRecord& record_;
    std::mt19937_64 random_;
    std::uint64_t number_ = 0;
    std::uint64_t contents_ = 0;
};

}  // namespace

std::uint64_t history_clock() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void work_on_history(Store& store, const HistoryWork& work, HistoryRecord& record) {
    Worker(store, work, record).run();
}

std::vector<HistoryEvent> history_log(const StoreReads& store) {
    std::vector<HistoryEvent> log;
    for (const auto& event : store.query(Region::all())) {
        const EventView& view = event.value();
        const std::string key(as_text(Metadata::idempotency_key(view.metadata_bytes)));
        log.push_back(
            {.entity = static_cast<std::uint32_t>(std::stoul(std::string(view.entity.substr(1)))),
             .content = content_of(view.payload),
             .version = view.version().value,
             .key = key.empty() ? 0 : std::stoull(key.substr(1)),
             .batch_index = view.batch_index,
             .batch_count = view.batch_count});
    }
    return log;
}

void add_calls(History& history, const HistoryRecord& record, std::uint64_t end) {
    for (std::uint32_t i = 0; i < record.begun.load(std::memory_order_acquire); ++i) {
        HistoryCall call = record.calls[i];
        const bool told = call.outcome != Outcome::Unknown;
        if (!told) call.end = end;
        if (call.begin == 0) continue;  // planned, and not begun
        if (told || call.kind == HistoryCall::Kind::Write) history.calls.push_back(call);
    }
}

}  // namespace batpak::testing
