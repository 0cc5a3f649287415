// What users make of a SqliteModel: the calls of the runner, handed on to its table. Here is also
// what concerns the file as a whole: its name by model and version, its removal, and which one
// serves.
#include "batpak/sqlite/sqlite_read_model.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "batpak/readmodel/projection_runner.hpp"
#include "sqlite/model_table.hpp"

namespace batpak {

SqliteReadModel::SqliteReadModel(std::unique_ptr<sqlite::ModelTable> table)
    : table_(std::move(table)) {}
SqliteReadModel::SqliteReadModel(SqliteReadModel&& other) noexcept
    : table_(std::move(other.table_)) {}
SqliteReadModel::~SqliteReadModel() = default;

Result<SqliteReadModel> SqliteReadModel::open(const std::string& path, const SqliteModel& model) {
    BATPAK_TRY(auto table, sqlite::ModelTable::open(path, model));
    return SqliteReadModel(std::move(table));
}

Result<void> SqliteReadModel::discard(const std::string& path) {
    const Result<bool> is_model = sqlite::ModelTable::is_model(path);
    if (!is_model && is_model.error().code() == ErrorCode::FileNotFound) return {};
    if (!is_model) return fail(is_model.error());
    if (!*is_model) {
        return fail(Error(ErrorCode::ForeignModel, "no read model of batpak's").at(path));
    }
    // The file itself last: as long as it is there, the others belong to it.
    for (const char* suffix : {"-wal", "-shm", ""}) {
        std::error_code failed;
        std::filesystem::remove(path + suffix, failed);
        if (failed) {
            return fail(Error(ErrorCode::Io).at(path + suffix).with_os_error(failed.value()));
        }
    }
    return {};
}

const ModelName& SqliteReadModel::name() const noexcept { return table_->model().name; }
const Region& SqliteReadModel::region() const noexcept { return table_->model().region; }
Result<std::optional<ModelPosition>> SqliteReadModel::position() { return table_->position(); }
Result<void> SqliteReadModel::begin() { return table_->begin(); }
Result<void> SqliteReadModel::apply(const EventView& event) { return table_->apply(event); }
Result<void> SqliteReadModel::commit(const ModelPosition& position) {
    return table_->commit(position);
}
void SqliteReadModel::roll_back() noexcept { table_->roll_back(); }

Result<std::optional<ModelPosition>> model_position(SqliteDatabase& database) {
    return sqlite::ModelTable::read(*database.connection_);
}

std::string model_path(const std::string& directory, const ModelName& name) {
    // A file for each version, so that a new one is built beside the one that serves (INV U4).
    return directory + "/" + name.text + ".v" + std::to_string(name.version) + ".db";
}

Result<std::optional<SqliteDatabase>> open_serving_model(const StoreReads& store,
                                                         const std::string& directory,
                                                         std::string_view name) {
    BATPAK_TRY(const std::optional<ServingVersion> serving, serving_version(store, name));
    if (!serving) return std::optional<SqliteDatabase>();
    BATPAK_TRY(SqliteDatabase database, SqliteDatabase::open_read_only(model_path(
                                            directory, {std::string(name), serving->version})));
    return std::optional<SqliteDatabase>(std::move(database));
}

}  // namespace batpak
