// SqliteReadModel: your own tables in an SQLite database, each event in them exactly once.
//
//     SqliteModel orders;
//     orders.name = {"orders", 1};
//     orders.region = Region::scope("shop");
//     orders.setup = [](SqliteDatabase& db) { return db.execute("CREATE TABLE ..."); };
//     orders.apply = [](SqliteDatabase& db, const EventView& event) { return add(db, event); };
//     auto model = SqliteReadModel::open("orders.v1.db", orders).value();
//     runner.add(model).value();
//
// The position is in the table batpak_model of the same database and is written in the transaction
// that writes your tables (INV U5): a killed process, a failed handler or a full disk leaves both
// as they were. The code of the model must not end that transaction, nor write to batpak_model: it
// gets HandlerFailed instead. The database is in WAL mode, so that others can read it meanwhile,
// the sqlite3 shell included, and is synced at checkpoints: a power cut may take back the last
// transactions, with their positions.
//
// Part of the library batpak::sqlite. SQLite opens the file, not a FileSystem.
//
// Threads: one thread at a time, its runner's; readers have their own connections
// Errors:  open(): ForeignModel, OtherModelVersion, CorruptReadModel, InvalidArgument, ModelLocked,
//          Unsupported, Io, and those of setup
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/readmodel/read_model.hpp"
#include "batpak/sqlite/sqlite_database.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

namespace sqlite {
class ModelTable;
}

// What a model is, and how events get into it.
struct SqliteModel {
    ModelName name{};
    Region region = Region::all();
    // Makes the tables, once.
    std::function<Result<void>(SqliteDatabase&)> setup;
    std::function<Result<void>(SqliteDatabase&, const EventView&)> apply;
    // How long a batch waits for another process that writes to the database.
    std::chrono::milliseconds lock_timeout{1000};
};

class SqliteReadModel final : public ReadModel {
public:
    // Makes the file if there is none. One that holds another name or region, or tables and no
    // model, is a ForeignModel; another version an OtherModelVersion. Neither is touched.
    [[nodiscard]] static Result<SqliteReadModel> open(const std::string& path,
                                                      const SqliteModel& model);
    // Removes the model's file and those beside it; nothing if it is not there. Who has it open
    // keeps what he has. Errors: ForeignModel if the file is no read model.
    [[nodiscard]] static Result<void> discard(const std::string& path);

    SqliteReadModel(SqliteReadModel&&) noexcept;
    ~SqliteReadModel() override;

    const ModelName& name() const noexcept override;
    const Region& region() const noexcept override;
    ModelKeeping keeping() const noexcept override { return ModelKeeping::OnDisk; }

    Result<std::optional<ModelPosition>> position() override;
    // Errors: VersionConflict: another runner has written to the database.
    Result<void> begin() override;
    Result<void> apply(const EventView& event) override;
    Result<void> commit(const ModelPosition& position) override;
    void roll_back() noexcept override;

private:
    explicit SqliteReadModel(std::unique_ptr<sqlite::ModelTable> table);

    std::unique_ptr<sqlite::ModelTable> table_;
};

// What the tables that this connection sees are made of; nothing if it is a model without a commit.
// In one transaction with other queries, it is what those answers are made of.
// Errors: ForeignModel if it is no read model.
[[nodiscard]] Result<std::optional<ModelPosition>> model_position(SqliteDatabase& database);

// directory + "/orders.v2.db": where the versions of one model can stand side by side.
std::string model_path(const std::string& directory, const ModelName& name);

// A reader's connection to the version that serves, in model_path(); nothing if none does yet.
// Errors: FileNotFound.
[[nodiscard]] Result<std::optional<SqliteDatabase>> open_serving_model(const StoreReads& store,
                                                                       const std::string& directory,
                                                                       std::string_view name);

}  // namespace batpak
