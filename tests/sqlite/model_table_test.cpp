// Goal:   a file holds one model and its position, or is refused as what it is; and what a position
//         is read as was written by a commit.
// Method: each difference between a file and a model; each column of the row changed by hand to
//         what no commit writes; two connections that do not wait for each other.
#include "sqlite/model_table.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::sqlite {
namespace {

using testing::code_of;

constexpr std::chrono::milliseconds kNoWait{0};

class ModelTableTest : public ::testing::Test {
protected:
    static SqliteModel model() {
        SqliteModel made;
        made.name = {"orders", 3};
        made.region = Region::scope("shop") | Region::entity("order:1");
        made.setup = [](SqliteDatabase& db) { return db.execute("CREATE TABLE orders (x)"); };
        made.apply = [](SqliteDatabase& db, const EventView& event) -> Result<void> {
            BATPAK_CHECK(db.run("INSERT INTO orders VALUES (?1)", {event.sequence().value}));
            return {};
        };
        made.lock_timeout = kNoWait;
        return made;
    }
    std::unique_ptr<ModelTable> open() const { return ModelTable::open(path, model()).value(); }
    // Past all that guards it.
    void change(const std::string& sql) const {
        Connection::open(path, Connection::Mode::Write, kNoWait).value()->execute(sql).value();
    }
    std::string text(std::string_view sql) const {
        return Connection::open(path, Connection::Mode::Read, kNoWait).value()->text(sql).value();
    }
    static ModelPosition some_position(bool has_anchor) {
        ModelPosition position{.log_id = LogId::parse(kLog).value(),
                               .next = Sequence(12),
                               .anchor = std::nullopt,
                               .events = 8,
                               .skipped = 3};
        if (has_anchor) {
            position.anchor.emplace();
            position.anchor->sequence = Sequence(11);
            position.anchor->id.bytes[0] = std::byte{7};
            position.anchor->hash.bytes[31] = std::byte{9};
        }
        return position;
    }
    static void move_to(ModelTable& table, const ModelPosition& position) {
        table.begin().value();
        table.commit(position).value();
    }

    static constexpr std::string_view kLog = "0f0e0d0c-0b0a-4908-8706-050403020100";
    testing::TemporaryDirectory directory;
    std::string path = directory / "orders.db";
};

// ---- whose it is

TEST_F(ModelTableTest, IsMadeOnceAndThenCompared) {
    EXPECT_EQ(open()->position().value(), std::nullopt);
    EXPECT_EQ(text("SELECT count(*) FROM orders"), "0");
    EXPECT_EQ(text("SELECT name || version FROM batpak_model"), "orders3");
    EXPECT_EQ(text("PRAGMA journal_mode"), "wal");
    EXPECT_TRUE(ModelTable::is_model(path).value());
    EXPECT_TRUE(ModelTable::open(path, model()));
    SqliteModel same = model();
    same.region = Region::entity("order:1") | Region::scope("shop");
    EXPECT_EQ(same.region.canonical_bytes() == model().region.canonical_bytes(),
              ModelTable::open(path, same).has_value());
}

TEST_F(ModelTableTest, OfAnotherModelIsRefused) {
    (void)open();
    SqliteModel other = model();
    other.name.text = "Orders";
    EXPECT_EQ(code_of(ModelTable::open(path, other)), ErrorCode::ForeignModel);
    other = model();
    other.region = Region::scope("shop");
    EXPECT_EQ(code_of(ModelTable::open(path, other)), ErrorCode::ForeignModel);
    for (const std::uint32_t version : {0U, 2U, 4U}) {
        other = model();
        other.name.version = version;
        EXPECT_EQ(code_of(ModelTable::open(path, other)), ErrorCode::OtherModelVersion) << version;
    }
    other = model();
    other.apply = nullptr;
    EXPECT_EQ(code_of(ModelTable::open(path, other)), ErrorCode::InvalidArgument);
    other = model();
    other.setup = nullptr;
    EXPECT_EQ(code_of(ModelTable::open(path, other)), ErrorCode::InvalidArgument);
    for (const auto& [format, code] :
         {std::pair{"3", ErrorCode::FutureFormat}, std::pair{"9999", ErrorCode::FutureFormat},
          std::pair{"0", ErrorCode::CorruptReadModel},
          std::pair{"-1", ErrorCode::CorruptReadModel}}) {
        change(std::string("UPDATE batpak_model SET format = ") + format);
        EXPECT_EQ(code_of(ModelTable::open(path, model())), code) << format;
    }
    change("DELETE FROM batpak_model");
    EXPECT_EQ(code_of(ModelTable::open(path, model())), ErrorCode::CorruptReadModel);
}

TEST_F(ModelTableTest, ADatabaseOfSomebodyElseIsLeftAsItWas) {
    for (const char* const sql : {"CREATE TABLE mine (x)", "CREATE VIEW v AS SELECT 1",
                                  "CREATE VIEW batpak_model AS SELECT 1"}) {
        std::filesystem::remove(path);
        change(sql);
        EXPECT_EQ(code_of(ModelTable::open(path, model())), ErrorCode::ForeignModel) << sql;
        EXPECT_EQ(text("PRAGMA journal_mode"), "delete");
        EXPECT_EQ(text("SELECT count(*) FROM sqlite_master"), "1");
        EXPECT_FALSE(ModelTable::is_model(path).value());
    }
    std::ofstream(directory / "text.db") << std::string(4096, 'x');
    EXPECT_EQ(code_of(ModelTable::is_model(directory / "text.db")), ErrorCode::CorruptReadModel);
    EXPECT_EQ(code_of(ModelTable::is_model(directory / "none.db")), ErrorCode::FileNotFound);
    const auto foreign = Connection::open(path, Connection::Mode::Read, kNoWait).value();
    change("DROP VIEW batpak_model");
    EXPECT_EQ(code_of(ModelTable::read(*foreign)), ErrorCode::ForeignModel);
}

TEST_F(ModelTableTest, ASetupThatFailsOrMeddlesLeavesNothing) {
    for (const char* const sql : {"CREATE TABLE orders (x)", "SELEKT", "COMMIT",
                                  "UPDATE batpak_model SET next = 9", "PRAGMA application_id=1"}) {
        SqliteModel bad = model();
        bad.setup = [sql, works = bad.setup](SqliteDatabase& db) -> Result<void> {
            BATPAK_CHECK(works(db));
            return db.execute(sql);
        };
        EXPECT_FALSE(ModelTable::open(path, bad)) << sql;
        EXPECT_EQ(text("SELECT count(*) FROM sqlite_master"), "0") << sql;
    }
    EXPECT_TRUE(ModelTable::open(path, model()));
}

// ---- the position

TEST_F(ModelTableTest, ThePositionIsTheOneOfTheLastCommit) {
    const auto table = open();
    for (const bool has_anchor : {true, false, true}) {
        const ModelPosition position = some_position(has_anchor);
        move_to(*table, position);
        EXPECT_EQ(table->position().value(), position);
        EXPECT_EQ(ModelTable::open(path, model()).value()->position().value(), position);
    }
    ModelPosition far = some_position(true);
    far.next = Sequence(INT64_MAX);
    far.events = far.skipped = INT64_MAX;
    far.anchor->sequence = Sequence(INT64_MAX);
    move_to(*table, far);
    EXPECT_EQ(table->position().value(), far);
    ModelPosition too_far = far;
    too_far.next = far.next.next();
    table->begin().value();
    EXPECT_EQ(code_of(table->commit(too_far)), ErrorCode::SqlFailed);
    table->roll_back();
    EXPECT_EQ(table->position().value(), far);
}

TEST_F(ModelTableTest, WhatIsRolledBackWasNot) {
    const auto table = open();
    move_to(*table, some_position(true));
    table->begin().value();
    EXPECT_EQ(code_of(table->begin()), ErrorCode::SqlFailed) << "a batch in a batch";
    table->roll_back();
    table->roll_back();
    EXPECT_EQ(table->position().value(), some_position(true));
    EXPECT_TRUE(table->begin());
    table->roll_back();
}

// SQLite puts any value into any column: only what a commit can have written is a position.
TEST_F(ModelTableTest, ARowThatNoCommitWritesIsCorrupt) {
    {
        const auto table = open();
        move_to(*table, some_position(true));
    }
    const std::string good =
        text("SELECT quote(anchor_id) || quote(anchor_hash) FROM batpak_model");
    for (const char* const change_to : {"log_id = 'x'",
                                        "log_id = '0f0e0d0c-0b0a-4908-8706-05040302010'",
                                        "log_id = 7",
                                        "next = -1",
                                        "next = 'twelve'",
                                        "next = x'0c'",
                                        "next = 1.5",
                                        "events = -1",
                                        "events = 'x'",
                                        "skipped = -1",
                                        "skipped = 0.25",
                                        "anchor_sequence = -1",
                                        "anchor_sequence = 'x'",
                                        "anchor_sequence = NULL",
                                        "anchor_id = ''",
                                        "anchor_id = NULL",
                                        "anchor_id = 'x'",
                                        "anchor_hash = ''",
                                        "anchor_hash = NULL",
                                        "anchor_hash = 'zz'",
                                        "format = 'x'",
                                        "anchor_hash = anchor_hash || '0'"}) {
        const auto table = ModelTable::open(path, model());
        ASSERT_TRUE(table) << change_to;
        ASSERT_TRUE((*table)->position()) << change_to;
        change("CREATE TABLE saved AS SELECT * FROM batpak_model");
        change(std::string("UPDATE batpak_model SET ") + change_to);
        EXPECT_EQ(code_of((*table)->position()), ErrorCode::CorruptReadModel) << change_to;
        EXPECT_EQ(code_of((*table)->begin()), ErrorCode::CorruptReadModel) << change_to;
        (*table)->roll_back();
        change(
            "DELETE FROM batpak_model; INSERT INTO batpak_model SELECT * FROM saved;"
            "DROP TABLE saved");
    }
    EXPECT_EQ(text("SELECT quote(anchor_id) || quote(anchor_hash) FROM batpak_model"), good);
    EXPECT_EQ(open()->position().value(), some_position(true));
}

TEST_F(ModelTableTest, ABatchIsNotBegunWhereAnotherHasWritten) {
    const auto one = open();
    const auto other = open();
    ASSERT_EQ(one->position().value(), std::nullopt);
    ASSERT_EQ(other->position().value(), std::nullopt);
    one->begin().value();
    EXPECT_EQ(code_of(other->begin()), ErrorCode::ModelLocked);
    one->commit(some_position(true)).value();
    EXPECT_EQ(code_of(other->begin()), ErrorCode::VersionConflict);
    other->roll_back();
    EXPECT_EQ(other->position().value(), some_position(true));
    EXPECT_TRUE(other->begin());
    other->roll_back();
    std::filesystem::rename(path, path + ".away");
    EXPECT_EQ(code_of(one->begin()), ErrorCode::FileNotFound);
}

// The tables of a temporary schema are found first: a model has none that is named so.
TEST_F(ModelTableTest, ATemporaryTableDoesNotTakeThePosition) {
    SqliteModel hiding = model();
    hiding.setup = [works = hiding.setup](SqliteDatabase& db) -> Result<void> {
        BATPAK_CHECK(works(db));
        // Renamed, so that no statement has the name of the table that it makes.
        BATPAK_CHECK(db.execute("CREATE TEMP TABLE hidden AS SELECT * FROM batpak_model"));
        return db.execute("ALTER TABLE hidden RENAME TO batpak_model");
    };
    const auto table = ModelTable::open(path, hiding);
    if (!table) return;  // refused is as good
    move_to(**table, some_position(true));
    EXPECT_EQ(ModelTable::open(path, model()).value()->position().value(), some_position(true));
}

}  // namespace
}  // namespace batpak::sqlite
