// Goal:   wherever the power goes, a checkpoint that is there has all of its tiles, and the next
//         call brings the files to the present.
// Method: a program appends, signs and writes the files, twice into one directory; every I/O
//         call of that is a crash point. After each crash the files are compared with the naive
//         model of the checkpoint that is there, and then again after another call.
#include <gtest/gtest.h>

#include "batpak/proof/checkpoint_signer.hpp"
#include "batpak/proof/tlog_files.hpp"
#include "batpak/testing/crash_points.hpp"
#include "proof/tlog/tlog_model.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::proof {
namespace {

constexpr const char* kTlogKeyFile = "keys/ledger.key";
constexpr std::uint64_t kCrashSizes[] = {3, 257};

class TlogRun final : public testing::CrashSubject {
public:
    std::unique_ptr<testing::CrashSubject> copy() const override {
        return std::make_unique<TlogRun>(*this);
    }

    Result<void> run(const Environment& machine) override {
        for (const std::uint64_t size : kCrashSizes) BATPAK_CHECK(write_at(machine, size));
        return {};
    }

    Result<std::string> resume_and_check(const Environment& machine) override {
        BATPAK_TRY(const auto out, machine.files->open_directory("out", true));
        BATPAK_TRY(const std::string note, read(*out, "checkpoint"));
        if (!note.empty()) {
            BATPAK_TRY(const std::string wrong, compare(machine, *out, note));
            if (!wrong.empty()) return wrong;
        }
        // A crash while the key was made: nothing was signed with it.
        const bool has_key = CheckpointSigner::open(*machine.files, kTlogKeyFile).has_value();
        BATPAK_TRY(const auto keys, machine.files->open_directory("keys", true));
        const bool is_cut = !has_key && keys->open_file("ledger.key", OpenMode::ReadOnly);
        if (is_cut) return std::string(note.empty() ? "" : "the key is gone");
        BATPAK_CHECK(write_at(machine, 260));
        BATPAK_TRY(const std::string now, read(*out, "checkpoint"));
        if (now == note) return std::string("the files are those of before");
        return compare(machine, *out, now);
    }

private:
    static Result<void> write_at(const Environment& machine, std::uint64_t size) {
        BATPAK_TRY(Store store, Store::open(StoreConfig("data").with_environment(machine)));
        BATPAK_TRY(const auto keys, machine.files->open_directory("keys", true));
        if (!keys->open_file("ledger.key", OpenMode::ReadOnly)) {
            BATPAK_CHECK(CheckpointSigner::create(*machine.files, kTlogKeyFile, "log",
                                                  store.log_id(), *machine.entropy));
        }
        while (store.visible_end().value < size) {
            BatchBuilder batch;
            const std::uint64_t end = std::min(store.visible_end().value + 250, size);
            for (std::uint64_t at = store.visible_end().value; at < end; ++at)
                batch.add(testing::coordinate_of("player:alice"), testing::Moved{1, 2});
            BATPAK_CHECK(store.append_batch(std::move(batch)));
        }
        BATPAK_TRY(CheckpointSigner signer, CheckpointSigner::open(*machine.files, kTlogKeyFile));
        LogTree tree(store);
        BATPAK_TRY(const SignedCheckpoint checkpoint, signer.sign(store, tree));
        BATPAK_TRY(const auto out, machine.files->open_directory("out", true));
        BATPAK_CHECK(write_tlog(store, tree, checkpoint, *out));
        return std::move(store).close().map([](const Closed&) {});
    }
    // Empty if it is not there.
    static Result<std::string> read(Directory& folder, const std::string& path) {
        const std::size_t slash = path.find('/');
        if (slash != std::string::npos) {
            auto inner = folder.open_directory(path.substr(0, slash), false);
            if (!inner) return std::string();
            return read(**inner, path.substr(slash + 1));
        }
        const auto file = folder.open_file(path, OpenMode::ReadOnly);
        if (!file) return std::string();
        BATPAK_TRY(const FileStat stat, (*file)->stat());
        std::string text(static_cast<std::size_t>(stat.size_bytes), '\0');
        BATPAK_CHECK((*file)->read_at(0, std::as_writable_bytes(std::span(text))));
        return text;
    }
    static Result<std::string> compare(const Environment& machine, Directory& out,
                                       const std::string& note) {
        BATPAK_TRY(const Store store, Store::open(StoreConfig("data").with_environment(machine)));
        const auto checkpoint = Checkpoint::parse(Note::parse(note).value().text).value();
        for (const auto& [path, bytes] : tlog_model(store, checkpoint.head.size, note)) {
            BATPAK_TRY(const std::string found, read(out, path));
            if (found != bytes) {
                return path + " at " + std::to_string(checkpoint.head.size) + " has " +
                       std::to_string(found.size()) + " bytes";
            }
        }
        return std::string();
    }
};

TEST(TlogFilesCrash, ACheckpointThatIsThereHasItsTiles) {
    const testing::CrashReport report = try_crash_points(
        TlogRun(), {.seed = testing::number_from_environment("BATPAK_SEED").value_or(1),
                    .random_cuts = static_cast<std::uint32_t>(testing::crashes_to_make(4, 1))});
    EXPECT_TRUE(report.ok()) << report.to_string();
    RecordProperty("crashes", static_cast<int>(report.crashes));
    EXPECT_GT(report.crashes, 500U) << report.to_string();
}

}  // namespace
}  // namespace batpak::proof
