// read_model: tables in SQLite that are made of events, and a process that dies while it makes
// them.
//
// The history of LevelDB is imported as events. A child process then makes two tables of them, the
// commits of each author and the lines of each file, and is killed by SIGKILL in the middle. This
// process goes on where the tables are, asks the sqlite3 shell, if there is one, and compares with
// what git says. It ends with 0 only if everything is equal.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <batpak/batpak.hpp>
#include <batpak/readmodel/projection_runner.hpp>
#include <batpak/sqlite/sqlite_read_model.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../git_history/events.hpp"
#include "../git_history/import.hpp"
#include "../git_history/input.hpp"

namespace {

using batpak::EventView;
using batpak::Result;
using batpak::SqliteDatabase;
using batpak::SqliteModel;
using batpak::SqliteReadModel;
using batpak::Store;
using git_history::CommitMade;
using git_history::FileAdded;
using git_history::FileDeleted;
using git_history::FileModified;

constexpr const char* kDatabase = "./history.db";
constexpr const char* kLinesOfFile =
    "INSERT INTO files VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET lines = lines + ?2";

// [apply]
Result<void> apply(SqliteDatabase& db, const EventView& event) {
    switch (event.kind().number()) {
        case CommitMade::kind.number(): {
            BATPAK_TRY(const CommitMade commit, event.as<CommitMade>());
            BATPAK_CHECK(
                db.run("INSERT INTO authors VALUES (?1, 1) ON CONFLICT (author)"
                       " DO UPDATE SET commits = commits + 1",
                       {commit.author}));
            return {};
        }
        case FileAdded::kind.number(): {
            BATPAK_TRY(const FileAdded file, event.as<FileAdded>());
            BATPAK_CHECK(db.run(kLinesOfFile, {event.entity, file.lines_added}));
            return {};
        }
        case FileModified::kind.number(): {
            BATPAK_TRY(const FileModified file, event.as<FileModified>());
            const std::int64_t more = file.lines_added - file.lines_deleted;
            BATPAK_CHECK(db.run(kLinesOfFile, {event.entity, more}));
            return {};
        }
        case FileDeleted::kind.number():
            BATPAK_CHECK(db.run("DELETE FROM files WHERE path = ?1", {event.entity}));
            return {};
        default: return {};
    }
}

SqliteModel history_model() {
    SqliteModel model;
    model.name = {"history", 1};
    model.setup = [](SqliteDatabase& db) {
        return db.execute(
            "CREATE TABLE authors (author TEXT PRIMARY KEY, commits INTEGER NOT NULL);"
            "CREATE TABLE files (path TEXT PRIMARY KEY, lines INTEGER NOT NULL)");
    };
    model.apply = apply;
    return model;
}
// [/apply]

Result<Store> open_store() {
    return Store::open(batpak::StoreConfig("./batpak-data")
                           .with_sync_every_n_events(1000)
                           .with_batch_items_max(4096));
}

// [run]
Result<void> bring_up_to_date(Store& store, const SqliteModel& definition) {
    BATPAK_TRY(SqliteReadModel model, SqliteReadModel::open(kDatabase, definition));
    batpak::RunnerOptions options;
    options.batch_events_max = 100;  // one transaction each
    batpak::ProjectionRunner runner(store, options);
    BATPAK_CHECK(runner.add(model));
    const batpak::ModelStatus before = runner.status(model).value();
    BATPAK_CHECK(runner.catch_up());
    const batpak::ModelStatus after = runner.status(model).value();
    if (after.error) return batpak::fail(*after.error);
    fmt::print("tables: began at event {} of {}, took {} events\n", before.next, after.end,
               after.events - before.events);
    return {};
}
// [/run]

// Makes the tables until the event at `sequence`, and dies in its transaction.
Result<void> die_at(batpak::Sequence sequence) {
    BATPAK_TRY(Store store, open_store());
    SqliteModel definition = history_model();
    definition.apply = [sequence](SqliteDatabase& db, const EventView& event) {
        if (event.sequence() == sequence) (void)std::raise(SIGKILL);
        return apply(db, event);
    };
    return bring_up_to_date(store, definition);
}

bool child_is_killed(batpak::Sequence sequence) {
    const pid_t child = fork();
    if (child == 0) {
        const auto survived = die_at(sequence);
        if (!survived) fmt::print(stderr, "{}\n", survived.error());
        _exit(EXIT_FAILURE);
    }
    int status = 0;
    const bool killed = child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
                        WTERMSIG(status) == SIGKILL;
    fmt::print("killed: in the transaction of event {}: {}\n", sequence, killed ? "yes" : "NO");
    return killed;
}

// What anybody can ask, in any language that has SQLite.
constexpr const char* kTopAuthors =
    "SELECT author, commits FROM authors ORDER BY commits DESC, author LIMIT 3";

std::string ask_shell() {
    const std::string command =
        std::string("command -v sqlite3 >/dev/null 2>&1 && sqlite3 -readonly ") + kDatabase + " '" +
        kTopAuthors + "'";
    std::FILE* const answer = popen(command.c_str(), "r");
    std::string text;
    for (int byte = 0; answer != nullptr && (byte = std::fgetc(answer)) != EOF;) {
        text += static_cast<char>(byte);
    }
    if (answer != nullptr) pclose(answer);
    return text;
}

Result<std::string> ask_batpak(SqliteDatabase& db) {
    std::string text;
    BATPAK_TRY(batpak::SqliteRows rows, db.query(kTopAuthors, {}));
    for (;;) {
        BATPAK_TRY(const bool row, rows.next());
        if (!row) return text;
        text += rows.text(0) + '|' + rows.text(1) + '\n';
    }
}

Result<bool> check_authors(SqliteDatabase& db) {
    BATPAK_TRY(const std::string answer, ask_batpak(db));
    const std::string shell = ask_shell();
    fmt::print("asked:  {}\n{}", shell.empty() ? "batpak (no sqlite3 here)" : "the sqlite3 shell",
               answer);
    return shell.empty() || shell == answer;
}

Result<bool> check_lines(SqliteDatabase& db, const git_history::Expected& expected) {
    git_history::LinesByPath lines;
    BATPAK_TRY(batpak::SqliteRows rows, db.query("SELECT path, lines FROM files", {}));
    for (;;) {
        BATPAK_TRY(const bool row, rows.next());
        if (!row) break;
        lines[rows.text(0)] = rows.integer(1);
    }
    const bool equal = lines == expected.lines_at_head;
    fmt::print("lines:  of {} files, {} to what git says at {:.7}\n", lines.size(),
               equal ? "all equal" : "NOT equal", expected.head);
    return equal;
}

Result<bool> run() {
    BATPAK_TRY(const auto history,
               git_history::read_history(EXAMPLE_DATA_DIRECTORY "/leveldb-history.ndjson"));
    BATPAK_TRY(const auto expected,
               git_history::read_expected(EXAMPLE_DATA_DIRECTORY "/leveldb-history.expected.json"));
    {
        BATPAK_TRY(Store store, open_store());
        BATPAK_CHECK(git_history::import_until(store, history, history.records.size()));
        fmt::print("import: {} events\n", store.visible_end());
        BATPAK_CHECK(std::move(store).close());
    }
    const bool killed = child_is_killed(batpak::Sequence(history.records.size() / 2));
    BATPAK_TRY(Store store, open_store());
    BATPAK_CHECK(bring_up_to_date(store, history_model()));
    BATPAK_TRY(SqliteDatabase db, SqliteDatabase::open_read_only(kDatabase));
    BATPAK_TRY(const bool authors, check_authors(db));
    BATPAK_TRY(const bool lines, check_lines(db, expected));
    return killed && authors && lines;
}

}  // namespace

int main() {
    const auto equal = run();
    if (!equal) fmt::print(stderr, "{}\n", equal.error());
    return equal && *equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
