// git_history: the history of LevelDB as events, and a process that dies while it stores them.
//
// Without options, all of it: a child process imports half of the history and is killed by SIGKILL;
// this process then opens what is left, imports again from the start, which adds what is missing,
// and once more, which adds nothing; folds the lines of each file from the log, and compares them
// with what git says. It ends with 0 only if everything is equal.
//
//     git_history [--store DIR] [--data FILE] [--expected FILE]
//     git_history --kill-at N      imports the first N events, to the end of a commit, then kills
//     itself git_history --resume-only    goes on with whatever there is, and compares
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <batpak/batpak.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events.hpp"
#include "import.hpp"
#include "input.hpp"
#include "questions.hpp"

namespace git_history {
namespace {

using batpak::ErrorCode;
using batpak::fail;
using batpak::Result;
using batpak::Store;

struct Arguments {
    std::string store = "./batpak-data";
    std::string data = EXAMPLE_DATA_DIRECTORY "/leveldb-history.ndjson";
    std::string expected = EXAMPLE_DATA_DIRECTORY "/leveldb-history.expected.json";
    batpak::Sequence acknowledged;  // a store with fewer events has lost some: open() refuses it
    std::optional<std::uint64_t> kill_at;
    bool resume_only = false;
};

// The largest commit of LevelDB changes 231 files. This is the most that batpak takes at once.
constexpr std::uint32_t kChangesMax = 4096;

Result<Store> open_store(const Arguments& arguments) {
    // What a killed process has written stays written. Only a power cut could take the events since
    // the last sync, and then the import would do them again: a sync now and then is enough.
    return Store::open(batpak::StoreConfig(arguments.store)
                           .with_sync_every_n_events(100)
                           .with_batch_items_max(kChangesMax)
                           .with_expect_at_least(arguments.acknowledged));
}

// Comes back only if something fails before the end.
Result<bool> import_and_die(const Arguments& arguments, const History& history, std::uint64_t end) {
    BATPAK_TRY(Store store, open_store(arguments));
    BATPAK_CHECK(import_until(store, history, end));
    return std::raise(SIGKILL) == 0;
}

// Runs import_and_die() in a child, because what dies cannot tell the tale.
bool child_is_killed(const Arguments& arguments, const History& history, std::uint64_t end) {
    const pid_t child = fork();
    if (child == 0) {
        const auto survived = import_and_die(arguments, history, end);
        if (!survived) fmt::print(stderr, "{}\n", survived.error());
        _exit(EXIT_FAILURE);
    }
    int status = 0;
    const bool killed = child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
                        WTERMSIG(status) == SIGKILL;
    fmt::print("import: {} of {} events acknowledged, then {}\n", end, history.records.size(),
               killed ? "SIGKILL" : "NOT killed");
    return killed;
}

std::string_view name_of(batpak::OpenReport::Outcome outcome) {
    switch (outcome) {
        case batpak::OpenReport::Outcome::Created: return "a new store";
        case batpak::OpenReport::Outcome::Clean: return "clean";
        case batpak::OpenReport::Outcome::Recovered: return "recovered, a torn tail was cut off";
    }
    return "unknown";
}

Result<void> resume(Store& store, const History& history) {
    const batpak::OpenReport& report = store.open_report();
    fmt::print("open:   {}, {} events, in {:.1f} ms\n", name_of(report.outcome), report.end,
               static_cast<double>(report.took.count()) / 1e6);
    BATPAK_TRY(const Imported rest, import_until(store, history, history.records.size()));
    fmt::print("resume: {} commits were there, {} added, now {} events\n", rest.commits_known,
               rest.commits, store.visible_end());
    return {};
}

// The checks answer whether the log is as it should be; an error is that nobody can tell.

// Whoever imports twice by mistake has done no harm.
Result<bool> check_second_import(Store& store, const History& history) {
    BATPAK_TRY(const Imported again, import_until(store, history, history.records.size()));
    fmt::print("again:  {} commits were there, {} added\n", again.commits_known, again.commits);
    return again.commits == 0;
}

Result<bool> check_kinds(const Store& store, const History& history) {
    BATPAK_TRY(EventsByKind counts, count_by_kind(store));
    const bool equal = counts == history.count_by_kind();
    fmt::print("kinds:  {} commits, {} files added, {} modified, {} deleted: {} the input\n",
               counts[CommitMade::kind], counts[FileAdded::kind], counts[FileModified::kind],
               counts[FileDeleted::kind], equal ? "as in" : "NOT as in");
    return equal;
}

Result<bool> check_lines(const Store& store, const History& history, const Expected& expected) {
    BATPAK_TRY(const LinesByPath lines, lines_per_file(store, history.repository));
    BATPAK_TRY(const auto head, store.latest<CommitMade>(history.repository));
    const bool equal =
        head && head->payload().hash == expected.head && lines == expected.lines_at_head;
    fmt::print("fold:   lines per file: {} files, {} to what git says at {:.7}\n", lines.size(),
               equal ? "all equal" : "NOT equal", expected.head);
    return equal;
}

// The same by hand, from the records that were read and not from the log.
LinesByPath lines_by_hand(const History& history, std::size_t end) {
    LinesByPath lines;
    for (const Record& record : std::span(history.records).first(end)) {
        const std::string& path = record.coordinate.entity();
        if (const auto* added = std::get_if<FileAdded>(&record.change)) {
            lines[path] += added->lines_added - added->lines_deleted;
        } else if (const auto* modified = std::get_if<FileModified>(&record.change)) {
            lines[path] += modified->lines_added - modified->lines_deleted;
        } else if (std::holds_alternative<FileDeleted>(record.change)) {
            lines.erase(path);
        }
    }
    return lines;
}

// [past]
// The tree as it was when a quarter, a half, and three quarters of the history had happened.
Result<bool> check_past(const Store& store, const History& history) {
    bool equal = true;
    for (const std::size_t quarter : {1U, 2U, 3U}) {
        const std::size_t end = history.commit_end(history.records.size() / 4 * quarter);
        const batpak::StoreView then = store.before(batpak::Sequence(end));
        BATPAK_TRY(const LinesByPath lines, lines_per_file(then, history.repository));
        BATPAK_TRY(const auto commit, then.latest<CommitMade>(history.repository));
        if (!commit || lines != lines_by_hand(history, end)) equal = false;
        fmt::print("past:   {} files at {:.7}\n", lines.size(), commit->payload().hash);
    }
    return equal;
}
// [/past]

Result<bool> check_causes(const Store& store, const History& history) {
    BATPAK_TRY(const std::uint64_t linked, count_linked_changes(store, history.repository));
    const std::uint64_t commits = history.count_by_kind()[CommitMade::kind];
    const std::uint64_t changes = history.records.size() - commits;
    fmt::print("causes: {} of {} changes name the event of their commit\n", linked, changes);
    return linked == changes;
}

Result<bool> check_log(const Store& store) {
    BATPAK_TRY(const batpak::VerifyReport report, store.verify());
    if (!report.hashes_checked) {
        fmt::print("verify: {} events; without BLAKE3 they have no hashes, and there is no root\n",
                   report.events);
        return !report.damage && report.events == store.visible_end().value;
    }
    BATPAK_TRY(const batpak::Hash root, store.root(store.visible_end()));
    const bool whole =
        !report.damage && report.events == store.visible_end().value && report.root == root;
    fmt::print("verify: {} events, {}\n", report.events,
               whole ? "each with the hash it should have" : "NOT whole");
    fmt::print("root:   {}\n", root);
    return whole;
}

Result<void> show_questions(const Store& store, const History& history) {
    constexpr std::string_view kPath = "db/db_impl.cc";
    BATPAK_TRY(const FileStory story, story_of(store, kPath));
    fmt::print("stream: {}: {} events, {} lines at its longest, {} now\n", kPath, story.events,
               story.lines_highest, story.lines_at_end);
    BATPAK_TRY(const Cause cause, cause_of_latest_change(store, kPath));
    fmt::print("cause:  of its latest change: \"{}\", {} events with it\n", cause.commit.subject,
               cause.events_of_commit);
    BATPAK_TRY(const auto pages, newest_commits(store, history.repository, 2, 2));
    for (std::size_t i = 0; i < pages.size(); ++i) {
        fmt::print("page {}: \"{}\"\n", i + 1, fmt::join(pages[i], "\", \""));
    }
    return {};
}

Result<bool> resume_and_compare(const Arguments& arguments, const History& history) {
    BATPAK_TRY(const Expected expected, read_expected(arguments.expected));
    BATPAK_TRY(Store store, open_store(arguments));
    BATPAK_CHECK(resume(store, history));
    BATPAK_TRY(const bool nothing_twice, check_second_import(store, history));
    BATPAK_TRY(const bool kinds_equal, check_kinds(store, history));
    BATPAK_TRY(const bool lines_equal, check_lines(store, history, expected));
    BATPAK_TRY(const bool past_equal, check_past(store, history));
    BATPAK_TRY(const bool causes_right, check_causes(store, history));
    BATPAK_CHECK(show_questions(store, history));
    BATPAK_TRY(const bool whole, check_log(store));
    BATPAK_CHECK(std::move(store).close());
    return nothing_twice && kinds_equal && lines_equal && past_equal && causes_right && whole;
}

Result<bool> run(Arguments arguments) {
    BATPAK_TRY(const History history, read_history(arguments.data));
    if (arguments.kill_at) {
        const std::size_t last =
            std::clamp<std::size_t>(*arguments.kill_at, 1, history.records.size()) - 1;
        return import_and_die(arguments, history, history.commit_end(last));
    }
    if (arguments.resume_only) return resume_and_compare(arguments, history);
    if (std::filesystem::exists(arguments.store)) {
        return fail(batpak::Error(ErrorCode::InvalidArgument,
                                  "is there already: name another --store, or --resume-only")
                        .at(arguments.store));
    }
    const std::uint64_t half = history.commit_end(history.records.size() / 2);
    const bool killed = child_is_killed(arguments, history, half);
    arguments.acknowledged = batpak::Sequence(half);
    BATPAK_TRY(const bool equal, resume_and_compare(arguments, history));
    return killed && equal;
}

std::optional<Arguments> parse_arguments(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        if (name == "--resume-only") {
            arguments.resume_only = true;
            continue;
        }
        if (++i == count) return std::nullopt;
        if (name == "--store") {
            arguments.store = values[i];
        } else if (name == "--data") {
            arguments.data = values[i];
        } else if (name == "--expected") {
            arguments.expected = values[i];
        } else if (name == "--kill-at") {
            arguments.kill_at = std::strtoull(values[i], nullptr, 10);
        } else {
            return std::nullopt;
        }
    }
    return arguments;
}

}  // namespace
}  // namespace git_history

int main(int count, char** values) {
    const auto arguments = git_history::parse_arguments(count, values);
    if (!arguments) {
        fmt::print(stderr,
                   "usage: git_history [--store DIR] [--data FILE] [--expected FILE]"
                   " [--kill-at N | --resume-only]\n");
        return 2;
    }
    const auto equal = git_history::run(*arguments);
    if (!equal) fmt::print(stderr, "git_history: {}\n", equal.error());
    return equal && *equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
