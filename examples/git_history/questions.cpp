#include "questions.hpp"

#include <algorithm>
#include <batpak/projection/project.hpp>
#include <optional>

#include "tree.hpp"

namespace git_history {

using batpak::Ancestors;
using batpak::Ancestry;
using batpak::Catalogue;
using batpak::Direction;
using batpak::ErrorCode;
using batpak::EventRange;
using batpak::EventView;
using batpak::fail;
using batpak::KindEntry;
using batpak::QueryOptions;
using batpak::Region;
using batpak::Result;
using batpak::StoreReads;

namespace {

// How many lines a change adds to its file, or takes from it if negative.
Result<std::int64_t> line_change(const EventView& event) {
    if (event.kind() == FileAdded::kind) {
        BATPAK_TRY(const FileAdded added, event.as<FileAdded>());
        return added.lines_added - added.lines_deleted;
    }
    if (event.kind() == FileModified::kind) {
        BATPAK_TRY(const FileModified modified, event.as<FileModified>());
        return modified.lines_added - modified.lines_deleted;
    }
    BATPAK_TRY(const FileDeleted deleted, event.as<FileDeleted>());
    return -deleted.lines_deleted;
}

}  // namespace

// [lines]
Result<LinesByPath> lines_per_file(const StoreReads& store, std::string_view repository) {
    BATPAK_TRY(const Tree tree, store.project<Tree>(Region::scope(repository)));
    return tree.lines;
}
// [/lines]

Result<EventsByKind> count_by_kind(const StoreReads& store) {
    EventsByKind counts;
    BATPAK_TRY(const Catalogue catalogue, store.catalogue());
    for (const KindEntry& entry : catalogue) counts[entry.kind] = entry.events;
    return counts;
}

Result<FileStory> story_of(const StoreReads& store, std::string_view path) {
    FileStory story;
    for (const auto& event : store.stream(path)) {
        if (!event) return fail(event.error());
        BATPAK_TRY(const std::int64_t change, line_change(*event));
        ++story.events;
        story.lines_at_end += change;
        story.lines_highest = std::max(story.lines_highest, story.lines_at_end);
    }
    return story;
}

Result<std::uint64_t> count_linked_changes(const StoreReads& store, std::string_view repository) {
    std::string commit;  // the latest so far: a commit comes before its changes
    batpak::EventHeader of_commit;
    std::uint64_t linked = 0;
    for (const auto& event : store.by_scope(repository)) {
        if (!event) return fail(event.error());
        if (event->kind() == CommitMade::kind) {
            BATPAK_TRY(const CommitMade made, event->as<CommitMade>());
            commit = made.hash;
            of_commit = event->header;
            continue;
        }
        BATPAK_TRY(const batpak::Value change, event->as<batpak::Value>());
        const batpak::Value* const of = change.find("commit");
        const bool same_commit = of != nullptr && *of == batpak::Value(commit);
        const batpak::EventHeader& header = event->header;
        if (same_commit && header.causation_id == of_commit.event_id &&
            header.correlation_id == of_commit.correlation_id) {
            ++linked;
        }
    }
    return linked;
}

Result<Cause> cause_of_latest_change(const StoreReads& store, std::string_view path) {
    BATPAK_TRY(const auto change, store.latest(path));
    if (!change) return fail(ErrorCode::EventNotFound, "no such file: " + std::string(path));
    BATPAK_TRY(const Ancestors ancestors,
               store.walk_ancestors(change->event.header.event_id, Ancestry::Cause, 10));
    const batpak::EventId origin = ancestors.events.back().event.header.event_id;
    BATPAK_TRY(const auto commit, store.get<CommitMade>(origin));
    const batpak::EventId story = ancestors.events.back().event.header.correlation_id;
    BATPAK_TRY(const std::uint64_t events, store.count(Region::all().with_correlation(story)));
    return Cause{commit.payload(), events};
}

Result<std::vector<Page>> newest_commits(const StoreReads& store, std::string_view repository,
                                         std::size_t pages, std::size_t page_size) {
    const Region commits = Region::scope(repository).with_kind<CommitMade>();
    QueryOptions options{.direction = Direction::Backward, .limit = page_size};
    std::vector<Page> found;
    while (found.size() < pages) {
        BATPAK_TRY(const auto events, store.query(commits, options).collect<CommitMade>());
        if (events.empty()) break;
        Page& page = found.emplace_back();
        for (const auto& event : events) page.push_back(event.payload().subject);
        options.end = events.back().sequence();  // the next page has what came before
    }
    return found;
}

}  // namespace git_history
