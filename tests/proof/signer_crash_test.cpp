// Goal:   whenever the power goes, and wherever, a key has signed one history, and never less than
//         was handed out before (INV T1, T2).
// Method: a program makes a store and a key on one disk, appends, signs and gives notes away; every
//         I/O call of that is a crash point. The notes that were given away are in the world, which
//         no crash takes back; after each crash the program appends something else and signs again.
#include <gtest/gtest.h>

#include <map>

#include "batpak/proof/checkpoint_signer.hpp"
#include "batpak/proof/event_proof.hpp"
#include "batpak/testing/crash_points.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::proof {
namespace {

constexpr const char* kCrashKeyFile = "keys/ledger.key";

class SignerRun final : public testing::CrashSubject {
public:
    std::unique_ptr<testing::CrashSubject> copy() const override {
        return std::make_unique<SignerRun>(*this);
    }

    Result<void> run(const Environment& machine) override {
        for (int round = 0; round < 3; ++round) BATPAK_CHECK(step(machine, round));
        return {};
    }

    Result<std::string> resume_and_check(const Environment& machine) override {
        {
            const auto signer = CheckpointSigner::open(*machine.files, kCrashKeyFile);
            if (!signer && !given_.empty()) return "the key is gone: " + signer.error().to_string();
            // A crash while the key was made: nobody has anything of it.
            if (!signer) return std::string();
            const std::uint64_t remembered = signer->last().head().size;
            if (!given_.empty() && remembered < given_.rbegin()->first)
                return std::string("it remembers less than it gave away");
        }
        return sign_again(machine);
    }

private:
    Result<void> step(const Environment& machine, int round) {
        BATPAK_TRY(Store store, Store::open(StoreConfig("data").with_environment(machine)));
        BATPAK_CHECK(machine.files->open_directory("keys", true));
        if (round == 0) {
            BATPAK_CHECK(CheckpointSigner::create(*machine.files, kCrashKeyFile, "log",
                                                  store.log_id(), *machine.entropy));
        }
        BATPAK_TRY(CheckpointSigner signer, CheckpointSigner::open(*machine.files, kCrashKeyFile));
        LogTree tree(store);
        for (int i = 0; i < 2; ++i) {
            BATPAK_CHECK(
                store.append(testing::coordinate_of("player:alice"), testing::Moved{round, i}));
            BATPAK_TRY(const SignedCheckpoint note, signer.sign(store, tree));
            given_.emplace(note.head().size, note);
        }
        return {};
    }

    // After a crash: other events, and a note that continues all that were given away.
    Result<std::string> sign_again(const Environment& machine) {
        BATPAK_TRY(Store store, Store::open(StoreConfig("data").with_environment(machine)));
        BATPAK_TRY(CheckpointSigner signer, CheckpointSigner::open(*machine.files, kCrashKeyFile));
        LogTree tree(store);
        const auto first = signer.sign(store, tree);
        if (!first) return "it signs no more: " + first.error().to_string();
        BATPAK_CHECK(store.append(testing::coordinate_of("player:bob"), testing::Moved{9, 9}));
        BATPAK_TRY(const SignedCheckpoint second, signer.sign(store, tree));
        for (const SignedCheckpoint& note : {*first, second}) {
            for (const auto& [size, given] : given_) {
                BATPAK_TRY(const auto proof,
                           tree.consistency(Sequence(size), Sequence(note.head().size)));
                if (!check_consistency(given.head(), note.head(), proof))
                    return "two histories at size " + std::to_string(size);
            }
        }
        return std::string();
    }

    std::map<std::uint64_t, SignedCheckpoint> given_;
};

TEST(SignerCrash, NeverSignsTwoHistoriesWhereverThePowerGoes) {
    const testing::CrashReport report = try_crash_points(
        SignerRun(), {.seed = testing::number_from_environment("BATPAK_SEED").value_or(1),
                      .random_cuts = static_cast<std::uint32_t>(testing::crashes_to_make(24, 3))});
    EXPECT_TRUE(report.ok()) << report.to_string();
    RecordProperty("crashes", static_cast<int>(report.crashes));
    EXPECT_GT(report.crashes, 1000U) << report.to_string();
}

}  // namespace
}  // namespace batpak::proof
