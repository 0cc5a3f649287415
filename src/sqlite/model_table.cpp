// One row says which model a database holds and how far it is. It is compared before anything is
// written: another program's database, another model, an older version are each refused as what
// they are. A batch begins by reading the row again, under the lock of the database: what another
// runner has written since is seen there, and the batch is not begun.
#include "sqlite/model_table.hpp"

#include <algorithm>
#include <utility>

namespace batpak::sqlite {
namespace {

// Of the main schema each: what a model has made in the temporary one is not found instead.
constexpr const char* kCreate =
    "CREATE TABLE main.batpak_model (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT "
    "NULL,"
    " name TEXT NOT NULL, version INTEGER NOT NULL, region TEXT NOT NULL,"
    " region_bytes BLOB NOT NULL, log_id TEXT NOT NULL, next INTEGER NOT NULL,"
    " events INTEGER NOT NULL, skipped INTEGER NOT NULL, anchor_sequence INTEGER, anchor_id TEXT,"
    " anchor_hash TEXT)";
constexpr const char* kInsert =
    "INSERT INTO main.batpak_model VALUES (1, ?1, ?2, ?3, ?4, ?5, '', 0, 0, 0, NULL, NULL, NULL)";
constexpr const char* kCount =
    "SELECT count(*) FROM main.sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
constexpr const char* kFind =
    "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = 'batpak_model'";
constexpr const char* kIdentity =
    "SELECT format, name, version, region_bytes FROM main.batpak_model WHERE one = 1";
constexpr const char* kPosition =
    "SELECT format, log_id, next, events, skipped, anchor_sequence, anchor_id, anchor_hash, 0"
    " FROM main.batpak_model WHERE one = 1";
constexpr const char* kPositionWithErasures =
    "SELECT format, log_id, next, events, skipped, anchor_sequence, anchor_id, anchor_hash,"
    " erasures_end FROM main.batpak_model WHERE one = 1";
constexpr const char* kFormatOf = "SELECT format FROM main.batpak_model WHERE one = 1";
constexpr const char* kAddErasures =
    "ALTER TABLE main.batpak_model ADD COLUMN erasures_end INTEGER NOT NULL DEFAULT 0";
constexpr const char* kSetErasures =
    "UPDATE main.batpak_model SET format = ?1, erasures_end = ?2 WHERE one = 1";
constexpr const char* kMove =
    "UPDATE main.batpak_model SET log_id = ?1, next = ?2, events = ?3, skipped = ?4,"
    " anchor_sequence = ?5, anchor_id = ?6, anchor_hash = ?7 WHERE one = 1";

constexpr std::chrono::milliseconds kNoWait{0};

Error refused(ErrorCode code, std::string detail, const std::string& path) {
    return Error(code, std::move(detail)).at(path);
}

Error corrupt(const std::string& path) {
    return refused(ErrorCode::CorruptReadModel,
                   "its row in batpak_model makes no sense: discard it and make it again", path);
}

Result<std::int64_t> integer(Connection& connection, std::string_view sql) {
    BATPAK_TRY(const auto statement, connection.prepare(sql));
    BATPAK_TRY(const bool row, statement->step());
    return row ? sqlite3_column_int64(statement->handle(), 0) : 0;
}

Result<void> check_format(std::int64_t format, const std::string& path) {
    if (format == ModelTable::kFormat || format == ModelTable::kErasuresFormat) return {};
    if (format < ModelTable::kFormat) return fail(corrupt(path));
    return fail(refused(ErrorCode::FutureFormat, "a newer version of batpak made it", path));
}

bool are_integers(sqlite3_stmt* row, std::initializer_list<int> columns) {
    return std::ranges::all_of(
        columns, [&](int column) { return sqlite3_column_type(row, column) == SQLITE_INTEGER; });
}

std::optional<ModelPosition::Anchor> anchor_of(const SqliteRows& row) {
    const auto id = EventId::parse(row.text(6));
    ModelPosition::Anchor anchor;
    if (row.integer(5) < 0 || !id || !from_hex(row.text(7), anchor.hash.bytes)) {
        return std::nullopt;
    }
    anchor.sequence = Sequence(static_cast<std::uint64_t>(row.integer(5)));
    anchor.id = *id;
    return anchor;
}

}  // namespace

// ---- opening

Result<std::unique_ptr<ModelTable>> ModelTable::open(const std::string& path,
                                                     const SqliteModel& model) {
    if (!model.setup || !model.apply) {
        return fail(ErrorCode::InvalidArgument, "a model has a setup and an apply");
    }
    BATPAK_TRY(auto connection,
               Connection::open(path, Connection::Mode::Write, model.lock_timeout));
    std::unique_ptr<ModelTable> table(new ModelTable(model, std::move(connection)));
    // Before anything is written, a database of somebody else is to be known as one.
    BATPAK_TRY(const bool exists_before, table->exists());
    if (exists_before) BATPAK_CHECK(table->compare());
    Connection& raw = table->connection();
    BATPAK_TRY(const std::string mode, raw.text("PRAGMA journal_mode=WAL"));
    if (mode != "wal") {
        return fail(refused(ErrorCode::Unsupported, "no WAL mode here, but " + mode, path));
    }
    // In WAL mode a power cut may then take back the last transactions, but whole, and with each
    // its position: the log, which is never behind (INV U1), has these events still, and they are
    // applied again.
    BATPAK_CHECK(raw.execute("PRAGMA synchronous=NORMAL"));
    if (exists_before) return table;
    BATPAK_CHECK(raw.execute("BEGIN IMMEDIATE"));
    if (auto created = table->create(); !created) {
        raw.roll_back();
        return fail(std::move(created).error());
    }
    return table;
}

Result<bool> ModelTable::exists() {
    BATPAK_TRY(const std::int64_t found, integer(connection(), kFind));
    if (found != 0) return true;
    BATPAK_TRY(const std::int64_t others, integer(connection(), kCount));
    if (others == 0) return false;
    return fail(refused(ErrorCode::ForeignModel, "a database with other tables, and no read model",
                        connection().path()));
}

Result<void> ModelTable::create() {
    Connection& raw = connection();
    // Somebody else may have been quicker.
    BATPAK_TRY(const bool is_there, exists());
    if (is_there) {
        BATPAK_CHECK(compare());
        return raw.execute("COMMIT");
    }
    BATPAK_CHECK(raw.execute(kCreate));
    BATPAK_CHECK(raw.execute("PRAGMA application_id=" + std::to_string(kApplicationId)));
    const Bytes region = model_.region.canonical_bytes();
    BATPAK_CHECK(raw.run(kInsert, {kFormat, model_.name.text, model_.name.version,
                                   to_string(model_.region), BytesView(region)}));
    // In the transaction that makes the row: tables without a position, or a position without
    // tables, would be taken up by the next open.
    BATPAK_CHECK(raw.guarded([&] { return model_.setup(database_); }));
    return raw.execute("COMMIT");
}

// The region by its canonical bytes: one that was written down in another way is the same.
Result<void> ModelTable::compare() {
    const std::string& path = connection().path();
    BATPAK_TRY(SqliteRows row, database_.query(kIdentity, {}));
    BATPAK_TRY(const bool is_there, row.next());
    if (!is_there) return fail(corrupt(path));
    BATPAK_CHECK(check_format(row.integer(0), path));
    const Bytes region = model_.region.canonical_bytes();
    const BytesView stored = row.bytes(3);
    if (row.text(1) != model_.name.text || !std::ranges::equal(stored, region)) {
        return fail(refused(ErrorCode::ForeignModel,
                            "it holds the model " + row.text(1) + ", or another region of the log",
                            path));
    }
    if (row.integer(2) == model_.name.version) return {};
    return fail(refused(ErrorCode::OtherModelVersion,
                        "it is version " + std::to_string(row.integer(2)) +
                            ": build the new one beside it, in a file of its own",
                        path));
}

Result<bool> ModelTable::is_model(const std::string& path) {
    BATPAK_TRY(const auto connection, Connection::open(path, Connection::Mode::Read, kNoWait));
    BATPAK_TRY(const std::int64_t id, integer(*connection, "PRAGMA application_id"));
    // In the header of the file, so that a file is known without a look at its tables.
    return id == kApplicationId;
}

// ---- the position

// SQLite keeps no types and no unsigned numbers: everything that comes back is checked before it is
// a position.
Result<std::optional<ModelPosition>> ModelTable::read(Connection& connection) {
    BATPAK_TRY(const std::int64_t found, integer(connection, kFind));
    if (found == 0) {
        return fail(refused(ErrorCode::ForeignModel, "no read model", connection.path()));
    }
    BATPAK_TRY(const std::int64_t format, integer(connection, kFormatOf));
    const bool has_erasures = format == kErasuresFormat;
    BATPAK_TRY(auto statement,
               connection.prepare(has_erasures ? kPositionWithErasures : kPosition));
    sqlite3_stmt* const raw = statement->handle();
    SqliteRows row(std::move(statement));
    BATPAK_TRY(const bool is_there, row.next());
    if (!is_there || !are_integers(raw, {0, 2, 3, 4, 8})) return fail(corrupt(connection.path()));
    BATPAK_CHECK(check_format(row.integer(0), connection.path()));
    if (row.text(1).empty()) return std::optional<ModelPosition>();
    const auto log_id = LogId::parse(row.text(1));
    if (!log_id || row.integer(2) < 0 || row.integer(3) < 0 || row.integer(4) < 0 ||
        row.integer(8) < 0) {
        return fail(corrupt(connection.path()));
    }
    ModelPosition position{.log_id = *log_id,
                           .next = Sequence(static_cast<std::uint64_t>(row.integer(2))),
                           .anchor = std::nullopt,
                           .events = static_cast<std::uint64_t>(row.integer(3)),
                           .skipped = static_cast<std::uint64_t>(row.integer(4)),
                           .erasures_end = Sequence(static_cast<std::uint64_t>(row.integer(8)))};
    if (!row.is_null(5) || !row.is_null(6) || !row.is_null(7)) {
        if (are_integers(raw, {5})) position.anchor = anchor_of(row);
        if (!position.anchor) return fail(corrupt(connection.path()));
    }
    return std::optional(position);
}

Result<std::optional<ModelPosition>> ModelTable::position() {
    BATPAK_TRY(known_, read(connection()));
    return known_;
}

// What is written to a file that has no name any more, or not this one, nobody will ever read.
Result<void> ModelTable::check_file() {
    BATPAK_TRY(const bool has_moved, connection().file_has_moved());
    if (!has_moved) return {};
    return fail(refused(ErrorCode::FileNotFound,
                        "its file was removed or replaced while it was open: open the model again",
                        connection().path()));
}

Result<void> ModelTable::begin() {
    BATPAK_CHECK(check_file());
    BATPAK_CHECK(connection().run("BEGIN IMMEDIATE", {}));
    // Nobody else can write from here on, and what somebody has written before is seen.
    BATPAK_TRY(const std::optional<ModelPosition> now, read(connection()));
    if (now == known_) return {};
    return fail(refused(ErrorCode::VersionConflict, "another runner has written to it",
                        connection().path()));
}

// A handler that fails may have changed tables: the batch is taken back by the fold, and begun
// again.
Result<void> ModelTable::apply(const EventView& event) {
    BATPAK_CHECK(connection().guarded([&] { return model_.apply(database_, event); }));
    if (connection().in_transaction()) return {};
    return fail(refused(ErrorCode::HandlerFailed, "an error has ended the transaction",
                        connection().path()));
}

// The column comes with the first value for it, in the same transaction.
Result<void> ModelTable::set_erasures(Sequence erasures_end) {
    BATPAK_TRY(const std::int64_t format, integer(connection(), kFormatOf));
    if (format == kFormat) BATPAK_CHECK(connection().run(kAddErasures, {}));
    BATPAK_CHECK(
        connection().run(kSetErasures, {kErasuresFormat, SqliteValue(erasures_end.value)}));
    return {};
}

// In the transaction of the batch (INV U5).
Result<void> ModelTable::commit(const ModelPosition& position) {
    const auto& anchor = position.anchor;
    const auto number = [&](std::uint64_t value) { return SqliteValue(value); };
    const std::string id = anchor ? to_string(anchor->id) : std::string();
    const std::string hash = anchor ? to_string(anchor->hash) : std::string();
    BATPAK_CHECK(connection().run(
        kMove,
        {to_string(position.log_id), number(position.next.value), number(position.events),
         number(position.skipped), anchor ? number(anchor->sequence.value) : SqliteValue(nullptr),
         anchor ? SqliteValue(id) : SqliteValue(nullptr),
         anchor ? SqliteValue(hash) : SqliteValue(nullptr)}));
    if (position.erasures_end > Sequence(0)) BATPAK_CHECK(set_erasures(position.erasures_end));
    BATPAK_CHECK(check_file());
    BATPAK_CHECK(connection().run("COMMIT", {}));
    known_ = position;
    return {};
}

}  // namespace batpak::sqlite
