#include "import.hpp"

#include <algorithm>
#include <optional>

namespace git_history {
namespace {

using batpak::AppendOptions;
using batpak::AppendReceipt;
using batpak::ErrorCode;
using batpak::EventId;
using batpak::fail;
using batpak::Result;
using batpak::Store;

// The commit whose files are being imported, and its event.
struct CurrentCommit {
    std::string hash;
    std::optional<EventId> event_id;
};

// Finds in the log what a run that was killed held in memory.
Result<CurrentCommit> find_current_commit(const Store& store, const std::string& repository) {
    BATPAK_TRY(const auto latest, store.latest<CommitMade>(repository));
    if (!latest) return CurrentCommit{};
    return CurrentCommit{latest->payload().hash, latest->event.header.event_id};
}

Result<AppendReceipt> append(Store& store, const Record& record, const CurrentCommit& current) {
    AppendOptions options;
    if (!std::holds_alternative<CommitMade>(record.change)) {
        options.causation_id = current.event_id;    // this commit caused the change,
        options.correlation_id = current.event_id;  // and all of its changes belong together
    }
    return std::visit(
        [&](const auto& change) { return store.append(record.coordinate, change, options); },
        record.change);
}

}  // namespace

Result<std::uint64_t> import_until(Store& store, const History& history, std::uint64_t end) {
    const std::uint64_t begin = store.visible_end().value;
    end = std::min<std::uint64_t>(end, history.records.size());
    BATPAK_TRY(CurrentCommit current, find_current_commit(store, history.repository));
    if (begin > 0 &&
        (begin > history.records.size() || history.records[begin - 1].commit != current.hash)) {
        return fail(ErrorCode::InvalidArgument, "this store holds something else");
    }

    for (std::uint64_t i = begin; i < end; ++i) {
        const Record& record = history.records[i];
        const auto* const commit = std::get_if<CommitMade>(&record.change);
        if (commit == nullptr && record.commit != current.hash) {
            return fail(ErrorCode::InvalidArgument, "a change that does not follow its commit");
        }
        BATPAK_TRY(const AppendReceipt receipt, append(store, record, current));
        if (commit != nullptr) current = {commit->hash, receipt.event_id};
    }
    return begin < end ? end - begin : 0;
}

}  // namespace git_history
