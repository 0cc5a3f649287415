// Goal:   a key signs one history, whatever happens to the store and to the files beside the key.
// Method: the store is cut, exchanged for an old copy, and rewritten; the files of the key are
//         taken away, opened to others, and damaged.
#include "batpak/proof/checkpoint_signer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "batpak/proof/expect.hpp"
#include "batpak/store/read_only_store.hpp"
#include "proof/log_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;

class SignerTest : public LogFixture {
protected:
    void use(std::shared_ptr<testing::SimulatedFileSystem> other) {
        disk = std::move(other);
        Environment environment = config.environment();
        environment.files = disk;
        config = config.with_environment(environment);
    }
    std::string memory() {
        return std::string(as_text(disk->contents("keys/ledger.key.last").value()));
    }
};

TEST_F(SignerTest, SignsWhatIsDurableAndRemembersIt) {
    Store store = open();
    const VerifierKey key = make_key(store);
    append(store, 5);
    const SignedCheckpoint signed_five = sign(store).value();
    EXPECT_EQ(signed_five.head().size, 5U);
    EXPECT_EQ(signed_five.checkpoint().origin, "example.com/ledger/" + to_string(store.log_id()));
    EXPECT_EQ(memory(), signed_five.note());
    EXPECT_TRUE(SignedCheckpoint::open(signed_five.note(), TrustPolicy::of_logs({key})));
}

TEST_F(SignerTest, GivesTheSameNoteAgainWhileNothingWasAdded) {
    Store store = open();
    make_key(store);
    append(store, 5);
    const std::string note = sign(store)->note();
    EXPECT_EQ(sign(store)->note(), note);
    append(store, 1);
    EXPECT_NE(sign(store)->note(), note);
}

// Beside a writer, or after its death, a reader sees the last events before it knows that they are
// durable: that is no old copy.
TEST_F(SignerTest, AReaderOfWhatWasSignedGivesTheSameNote) {
    Store store = open();
    make_key(store);
    append(store, 5);
    const SignedCheckpoint note = sign(store).value();
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.visible_end(), Sequence(5));
    EXPECT_LT(reader.durable_end(), Sequence(5));
    EXPECT_EQ(sign(reader).value().note(), note.note());
    LogTree tree(reader);
    EXPECT_TRUE(expect_checkpoint(reader, tree, note.checkpoint()));
    EXPECT_TRUE(prove_event(reader, tree, Sequence(4), note, Disclose::Everything));
}

TEST_F(SignerTest, RefusesAnOldCopyOfTheStore) {
    std::shared_ptr<testing::SimulatedFileSystem> old;
    {
        Store store = open();
        make_key(store);
        append(store, 5);
        std::move(store).close().value();
        old = disk->after_process_kill();
    }
    {
        Store store = open();
        append(store, 2);
        ASSERT_TRUE(sign(store));
    }
    // The store is the old one, the key's files are the new ones.
    old->put("keys/ledger.key.last", as_bytes(memory())).value();
    use(old);
    const Store store = open();
    const auto refused = sign(store);
    EXPECT_EQ(code_of(refused), ErrorCode::RolledBack);
    EXPECT_EQ(refused.error().sequence(), Sequence(5));
}

TEST_F(SignerTest, RefusesAnotherHistoryOfTheSameLog) {
    std::shared_ptr<testing::SimulatedFileSystem> common;
    {
        Store store = open();
        make_key(store);
        append(store, 5);
        std::move(store).close().value();
        common = disk->after_process_kill();
    }
    {
        Store store = open();
        append(store, 2);
        ASSERT_TRUE(sign(store));
    }
    common->put("keys/ledger.key.last", as_bytes(memory())).value();
    use(common);
    Store store = open();
    append(store, 9);  // not what was appended there
    EXPECT_EQ(code_of(sign(store)), ErrorCode::SplitHistory);
}

TEST_F(SignerTest, AKeyIsOfOneLog) {
    Store store = open();
    make_key(store);
    Store other = Store::open(StoreConfig("other").with_environment(config.environment())).value();
    EXPECT_EQ(code_of(sign(other)), ErrorCode::InvalidArgument);
}

TEST_F(SignerTest, AKeyThatForgotSignsNothing) {
    Store store = open();
    make_key(store);
    disk->erase("keys/ledger.key.last").value();
    EXPECT_EQ(code_of(sign(store)), ErrorCode::FileNotFound);
}

TEST_F(SignerTest, ADamagedMemoryIsNoMemory) {
    Store store = open();
    make_key(store);
    append(store, 1);
    ASSERT_TRUE(sign(store));
    const std::string note = memory();
    for (std::size_t byte = 0; byte < note.size(); ++byte) {
        std::string wrong = note;
        wrong[byte] = static_cast<char>(wrong[byte] ^ 1);
        disk->put("keys/ledger.key.last", as_bytes(wrong)).value();
        EXPECT_EQ(code_of(sign(store)), ErrorCode::DecodeFailed) << byte;
    }
}

TEST_F(SignerTest, ANewKeyReplacesNoOther) {
    Store store = open();
    make_key(store);
    OneByteEntropy one(1);
    EXPECT_EQ(code_of(CheckpointSigner::create(*disk, kKeyFile, "a", store.log_id(), one)),
              ErrorCode::Io);
    EXPECT_EQ(code_of(CheckpointSigner::create(*disk, "keys/b", "a b", store.log_id(), one)),
              ErrorCode::InvalidArgument);
}

// Nobody was told of a key that was not kept whole, and the next attempt needs its name.
TEST_F(SignerTest, WhereMakingAKeyFailsItsNameStaysFree) {
    Store store = open();
    OneByteEntropy one(1);
    int failed = 0;
    for (const testing::CallKind call :
         {testing::CallKind::Write, testing::CallKind::Sync, testing::CallKind::Rename}) {
        disk->fail_next(call, testing::Fault::disk_full());
        const auto made = CheckpointSigner::create(*disk, kKeyFile, "a", store.log_id(), one);
        ASSERT_FALSE(made) << to_string(call);
        disk->clear_faults();
        ++failed;
    }
    EXPECT_EQ(failed, 3);
    EXPECT_TRUE(CheckpointSigner::create(*disk, kKeyFile, "a", store.log_id(), one));
}

TEST_F(SignerTest, OneSignerHasTheKeyAtATime) {
    Store store = open();
    make_key(store);
    const CheckpointSigner signer = CheckpointSigner::open(*disk, kKeyFile).value();
    EXPECT_EQ(code_of(CheckpointSigner::open(*disk, kKeyFile)), ErrorCode::StoreLocked);
}

TEST_F(SignerTest, AFailedWriteEndsItUntilItIsOpenedAgain) {
    Store store = open();
    make_key(store);
    append(store, 1);
    CheckpointSigner signer = CheckpointSigner::open(*disk, kKeyFile).value();
    LogTree tree(store);
    disk->fail_next(testing::CallKind::Sync, testing::Fault{});
    EXPECT_FALSE(signer.sign(store, tree));
    EXPECT_EQ(code_of(signer.sign(store, tree)), ErrorCode::Poisoned);
}

// Each call of a signing dies in turn; the process does, and the power stays. What the next signer
// gives away must outlast a power cut right after.
TEST_F(SignerTest, WhatTheNextProcessGivesAwayStays) {
    Store store = open();
    make_key(store);
    append(store, 3);
    sign(store).value();
    append(store, 1);
    std::move(store).close().value();
    const std::shared_ptr<testing::SimulatedFileSystem> before = disk->after_process_kill();
    int tried = 0;
    for (std::uint64_t call = 0;; ++call) {
        use(before->after_process_kill());
        const auto dying = disk;
        dying->crash_at(call, testing::CrashMoment::AfterCall);
        if (const auto reader = ReadOnlyStore::open(config)) (void)sign(*reader);
        if (!dying->crashed()) break;
        use(dying->after_process_kill());
        const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
        const SignedCheckpoint given = sign(reader).value();
        use(disk->after_power_cut({.mode = testing::CutMode::None}));
        EXPECT_EQ(memory(), given.note()) << "call " << call;
        ++tried;
    }
    EXPECT_GT(tried, 20);
}

// On real files, because permissions are theirs.
TEST(SigningKeyFile, IsRefusedIfOthersMayReadOrWriteIt) {
    const testing::TemporaryDirectory directory;
    const std::shared_ptr<FileSystem> files = real_file_system();
    const std::string key_file = directory / "ledger.key";
    const auto log_id = LogId::parse("10111213-1415-1617-1819-1a1b1c1d1e1f").value();
    ASSERT_TRUE(CheckpointSigner::create(*files, key_file, "a", log_id, *real_entropy()));
    struct stat status{};
    ASSERT_EQ(::stat(key_file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_TRUE(CheckpointSigner::open(*files, key_file));
    for (const ::mode_t mode : {0640U, 0604U, 0620U, 0602U, 0601U, 0777U}) {
        ASSERT_EQ(::chmod(key_file.c_str(), mode), 0);
        EXPECT_EQ(code_of(CheckpointSigner::open(*files, key_file)), ErrorCode::KeyExposed);
    }
    ASSERT_EQ(::chmod(key_file.c_str(), 0400), 0);
    EXPECT_TRUE(CheckpointSigner::open(*files, key_file));
}

}  // namespace
}  // namespace batpak::proof
