// SQLite: one table, unique by id and by (entity, version), in WAL mode.
//
// A commit is synced with synchronous=FULL and not with NORMAL; a buffered store commits each
// n-th event with FULL.
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "compare/numbering.hpp"
#include "compare/record.hpp"

namespace batpak::bench {
namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA cache_size=-65536; PRAGMA mmap_size=8589934592;"
    "PRAGMA temp_store=MEMORY;"
    "CREATE TABLE IF NOT EXISTS events(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " entity TEXT NOT NULL, version INTEGER NOT NULL, scope TEXT NOT NULL, kind INTEGER NOT NULL,"
    " time INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE(entity, version));";

// A statement that is prepared once and used again and again.
class Statement {
public:
    Statement(sqlite3* database, const char* text) {
        const int code = ::sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT,
                                              &statement_, nullptr);
        must_hold(code == SQLITE_OK, text);
    }
    ~Statement() { ::sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    void bind(int place, std::int64_t number) { ::sqlite3_bind_int64(statement_, place, number); }
    void bind(int place, std::string_view text) {
        ::sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()),
                            SQLITE_STATIC);
    }
    void bind(int place, BytesView bytes) {
        ::sqlite3_bind_blob(statement_, place, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_STATIC);
    }

    // True while there is a row.
    bool step() {
        const int code = ::sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            give_up(std::string("sqlite: ") + ::sqlite3_errstr(code));
        return code == SQLITE_ROW;
    }
    void run() {
        step();
        reset();
    }
    void reset() { ::sqlite3_reset(statement_); }

    std::uint64_t number(int column) const {
        return static_cast<std::uint64_t>(::sqlite3_column_int64(statement_, column));
    }
    BytesView bytes(int column) const {
        return {static_cast<const std::byte*>(::sqlite3_column_blob(statement_, column)),
                static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))};
    }

private:
    sqlite3_stmt* statement_ = nullptr;
};

class Connection {
public:
    explicit Connection(const std::string& directory) {
        std::filesystem::create_directories(directory);
        const int code = ::sqlite3_open_v2(
            (directory + "/events.db").c_str(), &database_,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
        must_hold(code == SQLITE_OK, "sqlite opens");
        run(kSchema);
    }
    ~Connection() { ::sqlite3_close(database_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void run(const char* text) const {
        char* message = nullptr;
        if (::sqlite3_exec(database_, text, nullptr, nullptr, &message) != SQLITE_OK)
            give_up(std::string("sqlite: ") + message);
    }
    sqlite3* get() const noexcept { return database_; }

private:
    sqlite3* database_ = nullptr;
};

class SqliteContender final : public Contender {
public:
    explicit SqliteContender(const Setup& setup)
        : database_(setup.directory), sync_each_(setup.sync_each) {
        sync_commits(sync_each_ == 1);
    }

    bool append(const NewEvent& event) override {
        const std::lock_guard lock(mutex_);
        const std::optional<Place> place = numbering_.give(event);
        if (!place) return false;
        const bool syncs = is_due(1);
        if (syncs) sync_commits(true);
        insert(event, *place);
        if (syncs) sync_commits(false);
        return true;
    }

    bool append_batch(std::span<const NewEvent> events) override {
        const std::lock_guard lock(mutex_);
        if (!numbering_.give(events, places_)) return false;
        const bool syncs = is_due(events.size());
        if (syncs) sync_commits(true);
        begin_.run();
        for (std::size_t i = 0; i < events.size(); ++i) insert(events[i], places_[i]);
        commit_.run();
        if (syncs) sync_commits(false);
        return true;
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        stream_.bind(1, std::string_view(entity));
        stream_.bind(2, static_cast<std::int64_t>(limit));
        show_all(stream_, see);
    }
    void scan(const Visit& see) override { show_all(scan_, see); }
    void get(const EventId& id, const Visit& see) override {
        get_.bind(1, id.view());
        show_all(get_, see);
    }

private:
    // Whether a buffered store is to sync with these events.
    bool is_due(std::uint64_t events) {
        if (sync_each_ == 1) return false;
        unsynced_ += events;
        if (unsynced_ < sync_each_) return false;
        unsynced_ = 0;
        return true;
    }
    void sync_commits(bool each) {
        database_.run(each ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    }

    void insert(const NewEvent& event, const Place& place) {
        insert_.bind(1, static_cast<std::int64_t>(place.sequence));
        insert_.bind(2, place.id.view());
        insert_.bind(3, std::string_view(event.coordinate->entity()));
        insert_.bind(4, static_cast<std::int64_t>(place.version));
        insert_.bind(5, std::string_view(event.coordinate->scope()));
        insert_.bind(6, std::int64_t{event.kind.number()});
        insert_.bind(7, place.time_us);
        insert_.bind(8, event.payload);
        insert_.run();
    }

    static void show_all(Statement& statement, const Visit& see) {
        while (statement.step()) {
            SeenEvent event{{},
                            statement.number(0),
                            statement.number(3),
                            static_cast<std::int64_t>(statement.number(6)),
                            EventKind::from_number(static_cast<std::uint16_t>(statement.number(5))),
                            text_of(statement.bytes(2)),
                            text_of(statement.bytes(4)),
                            statement.bytes(7)};
            std::ranges::copy(statement.bytes(1), event.id.bytes.begin());
            see(event);
        }
        statement.reset();
    }

    std::uint64_t count() {
        Statement statement(database_.get(), "SELECT coalesce(max(sequence) + 1, 0) FROM events");
        statement.step();
        return statement.number(0);
    }
    std::uint64_t length_of(const std::string& entity) {
        length_.bind(1, std::string_view(entity));
        length_.step();
        const std::uint64_t length = length_.number(0);
        length_.reset();
        return length;
    }

    static constexpr const char* kColumns =
        "SELECT sequence, id, entity, version, scope, kind, time, payload FROM events ";

    Connection database_;
    const std::uint64_t sync_each_;
    std::mutex mutex_;
    std::uint64_t unsynced_ = 0;
    std::vector<Place> places_;
    Statement begin_{database_.get(), "BEGIN IMMEDIATE"};
    Statement commit_{database_.get(), "COMMIT"};
    Statement insert_{database_.get(),
                      "INSERT INTO events(sequence, id, entity, version, scope, kind, time, "
                      "payload) VALUES(?,?,?,?,?,?,?,?)"};
    Statement length_{database_.get(),
                      "SELECT coalesce(max(version) + 1, 0) FROM events WHERE entity = ?"};
    Statement stream_{
        database_.get(),
        (std::string(kColumns) + "WHERE entity = ? ORDER BY version LIMIT ?").c_str()};
    Statement scan_{database_.get(), (std::string(kColumns) + "ORDER BY sequence").c_str()};
    Statement get_{database_.get(), (std::string(kColumns) + "WHERE id = ?").c_str()};
    Numbering numbering_{count(), [this](const std::string& entity) { return length_of(entity); }};
};

}  // namespace

std::unique_ptr<Contender> open_sqlite(const Setup& setup) {
    return std::make_unique<SqliteContender>(setup);
}

}  // namespace batpak::bench
