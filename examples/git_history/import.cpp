#include "import.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace git_history {
namespace {

using batpak::AppendReceipt;
using batpak::BatchBuilder;
using batpak::BatchItem;
using batpak::BatchItemOptions;
using batpak::BatchOptions;
using batpak::ErrorCode;
using batpak::EventId;
using batpak::fail;
using batpak::Result;
using batpak::Store;

using Receipts = std::vector<AppendReceipt>;

// A commit and its changes belong together. Their events have no ids yet; what names the story is
// the beginning of the commit's hash.
Result<EventId> story_of(const std::string& hash) {
    EventId story;
    if (hash.size() < 2 * story.bytes.size() ||
        !batpak::from_hex(std::string_view(hash).substr(0, 2 * story.bytes.size()), story.bytes)) {
        return fail(ErrorCode::InvalidArgument, "no hash of a commit: " + hash);
    }
    return story;
}

// [batch]
Result<Receipts> append_commit(Store& store, std::span<const Record> records) {
    BATPAK_TRY(const EventId story, story_of(records[0].commit));
    BatchBuilder batch;
    for (const Record& record : records) {
        BatchItemOptions options;
        options.correlation_id = story;
        if (!batch.empty()) options.caused_by = BatchItem{0};  // the commit caused the change
        std::visit([&](const auto& change) { batch.add(record.coordinate, change, options); },
                   record.change);
    }
    BatchOptions once;
    once.idempotency_key = records[0].commit;
    return store.append_batch(std::move(batch), once);
}
// [/batch]

}  // namespace

Result<Imported> import_until(Store& store, const History& history, std::size_t end) {
    Imported imported;
    std::span<const Record> left(history.records.data(), std::min(end, history.records.size()));
    while (!left.empty()) {
        if (!std::holds_alternative<CommitMade>(left[0].change)) {
            return fail(ErrorCode::InvalidArgument, "a change that does not follow its commit");
        }
        const auto commit = left.first(commit_size(left));
        BATPAK_TRY(const Receipts receipts, append_commit(store, commit));
        left = left.subspan(commit.size());
        if (receipts[0].replayed) {
            ++imported.commits_known;
        } else {
            ++imported.commits;
            imported.events += commit.size();
        }
    }
    return imported;
}

}  // namespace git_history
