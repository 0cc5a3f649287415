// ModelTable: the table batpak_model, in which a read model says what it is and how far.
//
//     format   1
//     name, version, region, region_bytes     what it is; region is for people
//     log_id   of the log that it is made of; empty before the first commit
//     next, events, skipped                   a ModelPosition
//     anchor_sequence, anchor_id, anchor_hash an event of the log; NULL without one
//
// One row. The file's application id says that it is one of batpak's.
//
// Threads: thread-compatible
// Errors:  ForeignModel, OtherModelVersion, CorruptReadModel, FutureFormat, VersionConflict, and
//          those of Connection
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "batpak/sqlite/sqlite_read_model.hpp"
#include "sqlite/connection.hpp"

namespace batpak::sqlite {

class ModelTable {
public:
    static constexpr std::int64_t kFormat = 1;
    // Has a column for ModelPosition::erasures_end. Only of a log whose payloads were ever erased.
    static constexpr std::int64_t kErasuresFormat = 2;
    static constexpr std::uint32_t kApplicationId = 0x6261746D;  // "batm"

    // Makes the table, and what setup makes, in an empty database; or compares.
    [[nodiscard]] static Result<std::unique_ptr<ModelTable>> open(const std::string& path,
                                                                  const SqliteModel& model);
    // Whether a file is a read model's, by its application id. Errors: FileNotFound.
    [[nodiscard]] static Result<bool> is_model(const std::string& path);
    [[nodiscard]] static Result<std::optional<ModelPosition>> read(Connection& connection);

    const SqliteModel& model() const noexcept { return model_; }
    [[nodiscard]] Result<std::optional<ModelPosition>> position();
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> apply(const EventView& event);
    [[nodiscard]] Result<void> commit(const ModelPosition& position);
    void roll_back() noexcept { connection().roll_back(); }

private:
    ModelTable(SqliteModel model, std::unique_ptr<Connection> connection)
        : model_(std::move(model)), raw_(*connection), database_(std::move(connection)) {}

    Connection& connection() noexcept { return raw_; }
    [[nodiscard]] Result<bool> exists();
    [[nodiscard]] Result<void> create();
    [[nodiscard]] Result<void> compare();
    [[nodiscard]] Result<void> check_file();
    [[nodiscard]] Result<void> set_erasures(Sequence erasures_end);

    const SqliteModel model_;
    Connection& raw_;  // of database_
    SqliteDatabase database_;
    std::optional<ModelPosition> known_;  // the position as this object read or wrote it last
};

}  // namespace batpak::sqlite
