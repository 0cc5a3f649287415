// Goal:   what an attacker can do who may write all files of a store, and who finds out: the table
//         of SECURITY.md, with "not detected" where it says so.
// Method: a forger changes events in the segment, recomputes their hashes and those after them in
//         their streams, and seals the frames anew. Then auditors look: one that knows nothing, one
//         with an old checkpoint, one with the newest, one that compares two checkpoints.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash/blake3_context.hpp"
#include "batpak/proof/expect.hpp"
#include "proof/log_fixture.hpp"
#include "support/store/frame_editor.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;

constexpr const char* kAttackedSegment = "data/segments/000000000001.bpk";
constexpr std::uint64_t kOldSize = 6;
constexpr std::uint64_t kNewSize = 12;

void replace(MutableBytesView bytes, BytesView from, BytesView to) {
    ASSERT_EQ(from.size(), to.size());
    const std::size_t at = as_text(bytes).find(as_text(from));
    ASSERT_NE(at, std::string_view::npos);
    std::ranges::copy(to, bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

enum class Verdict : std::uint8_t { Unseen, Damage, RolledBack, SplitHistory };

class AttackTest : public LogFixture {
protected:
    AttackTest() {
        Store store = open();
        key_.emplace(make_key(store));
        append(store, kOldSize);
        old_.emplace(sign(store).value());
        std::move(store).close().value();
        old_disk_ = disk->after_process_kill();
        Store again = open();
        append(again, kNewSize - kOldSize);
        new_.emplace(sign(again).value());
        std::move(again).close().value();
    }

    // What the store's own verify() says.
    Verdict without_knowledge() {
        const auto store = Store::open(config);
        if (!store || store->verify().value().damage) return Verdict::Damage;
        return Verdict::Unseen;
    }
    // What verify() and this checkpoint say.
    Verdict knowing(const SignedCheckpoint& checkpoint) {
        if (without_knowledge() == Verdict::Damage) return Verdict::Damage;
        const auto store = open_expecting(config, checkpoint.checkpoint());
        if (store) return Verdict::Unseen;
        return store.error().code() == ErrorCode::RolledBack ? Verdict::RolledBack
                                                             : Verdict::SplitHistory;
    }
    void use(std::shared_ptr<testing::SimulatedFileSystem> other) {
        disk = std::move(other);
        Environment environment = config.environment();
        environment.files = disk;
        config = config.with_environment(environment);
    }

    // Changes the payload of an event; `forward`: and the hashes of its stream from there on.
    void forge(std::uint64_t sequence, bool forward) {
        std::vector<EventPreimage> events;
        std::vector<std::string> entities;
        {
            const Store store = open();
            for (std::uint64_t i = 0; i < store.durable_end().value; ++i) {
                events.push_back(store.find(Sequence(i)).value().preimage().value());
                entities.emplace_back(store.find(Sequence(i)).value()->entity);
            }
        }
        Hash previous;
        for (std::uint64_t i = sequence; i < events.size(); ++i) {
            if (i > sequence && (!forward || entities[i] != entities[sequence])) continue;
            previous = forge_one(events[i], i, i == sequence, previous);
        }
    }

    std::optional<VerifierKey> key_;
    std::optional<SignedCheckpoint> old_;
    std::optional<SignedCheckpoint> new_;
    std::shared_ptr<testing::SimulatedFileSystem> old_disk_;

private:
    // Returns the new hash.
    Hash forge_one(EventPreimage event, std::uint64_t sequence, bool is_first,
                   const Hash& previous) {
        static const Blake3Context content_context("batpak.v1 event content");
        static const Blake3Context event_context("batpak.v1 event");
        const Bytes whole = event.payload;
        if (is_first) {
            event.payload.back() ^= std::byte{1};
            const Hash commitment = payload_commitment(event.blind, event.payload);
            std::ranges::copy(commitment.bytes, event.content.begin() + 76);
            const Hash content = content_context.hash({event.content});
            std::ranges::copy(content.bytes, event.link.begin() + 60);
        } else {
            std::ranges::copy(previous.bytes, event.link.begin() + 92);
        }
        const Hash hash = event_context.hash({event.link});
        testing::edit_event(*disk, kAttackedSegment, Sequence(sequence),
                            [&](MutableBytesView frame) {
                                replace(frame, event.hash.view(), hash.view());
                                if (is_first) replace(frame, whole, event.payload);
                            });
        return hash;
    }
};

TEST_F(AttackTest, AWholeStoreIsWhatEachOfThemKnows) {
    EXPECT_EQ(without_knowledge(), Verdict::Unseen);
    EXPECT_EQ(knowing(*old_), Verdict::Unseen);
    EXPECT_EQ(knowing(*new_), Verdict::Unseen);
}

TEST_F(AttackTest, RotIsSeenByAll) {
    disk->flip_bit(kAttackedSegment, 400, 3).value();
    EXPECT_EQ(without_knowledge(), Verdict::Damage);
    EXPECT_EQ(knowing(*old_), Verdict::Damage);
}

TEST_F(AttackTest, AnEditOfOneEventIsSeenByAll) {
    forge(1,
          false);  // its own hash is right, and the next event of its stream links to the old one
    EXPECT_EQ(without_knowledge(), Verdict::Damage);
    EXPECT_EQ(knowing(*new_), Verdict::Damage);
}

TEST_F(AttackTest, ARewriteIsSeenByACheckpointThatCoversIt) {
    for (const std::uint64_t from : {std::uint64_t{1}, kOldSize + 1, kNewSize - 1}) {
        const auto whole = disk->after_process_kill();
        forge(from, true);
        EXPECT_EQ(without_knowledge(), Verdict::Unseen) << from;
        const bool is_covered = from < kOldSize;
        EXPECT_EQ(knowing(*old_), is_covered ? Verdict::SplitHistory : Verdict::Unseen) << from;
        EXPECT_EQ(knowing(*new_), Verdict::SplitHistory) << from;
        use(whole);
    }
}

// A tree that was kept knows the events as they were, and proves none that was changed since. The
// stream that is rewritten ends in the first tile.
TEST_F(AttackTest, AKeptTreeProvesNoEventThatWasRewritten) {
    Store store = open();
    const Coordinate carol = testing::coordinate_of("player:carol");
    for (int i = 0; i < 2; ++i) store.append_raw(carol, kind, as_bytes("a payload")).value();
    append(store, 300);
    const SignedCheckpoint note = sign(store).value();
    LogTree kept(store);
    kept.head(Sequence(note.head().size)).value();
    disk->open_directory("kept", true).value();
    kept.keep(*disk->open_directory("kept", false).value(), "tree").value();
    std::move(store).close().value();
    forge(kNewSize, true);
    const Store forged = open();
    EXPECT_FALSE(forged.verify().value().damage);
    LogTree tree(forged);
    ASSERT_EQ(tree.load(*disk->open_directory("kept", false).value(), "tree").value(),
              Sequence(256));
    EXPECT_EQ(code_of(prove_event(forged, tree, Sequence(kNewSize), note, Disclose::Header)),
              ErrorCode::SplitHistory);
}

TEST_F(AttackTest, AnOldCopyIsSeenByANewerCheckpoint) {
    use(old_disk_);
    EXPECT_EQ(without_knowledge(), Verdict::Unseen);
    EXPECT_EQ(knowing(*old_), Verdict::Unseen);
    EXPECT_EQ(knowing(*new_), Verdict::RolledBack);
}

TEST_F(AttackTest, FalseEventsAreSeenByNobodyAndAreNotSigned) {
    {
        Store store = open();
        append(store, 1);
    }
    EXPECT_EQ(without_knowledge(), Verdict::Unseen);
    EXPECT_EQ(knowing(*old_), Verdict::Unseen);
    EXPECT_EQ(knowing(*new_), Verdict::Unseen);
    EXPECT_GT(open().durable_end().value, new_->head().size);
}

TEST_F(AttackTest, TwoHistoriesOfOneKeyAreProvedByTheirCheckpoints) {
    // The key's memory was taken back together with the store, which its owner must not do.
    use(old_disk_);
    Store store = open();
    append(store, kNewSize - kOldSize);
    const SignedCheckpoint other = sign(store).value();
    const TrustPolicy policy = TrustPolicy::of_logs({*key_});
    ASSERT_TRUE(SignedCheckpoint::open(other.note(), policy));
    ASSERT_TRUE(SignedCheckpoint::open(new_->note(), policy));
    EXPECT_EQ(other.head().size, new_->head().size);
    EXPECT_NE(other.head().root, new_->head().root);
    LogTree tree(store);
    EXPECT_EQ(code_of(expect_checkpoint(store, tree, new_->checkpoint())), ErrorCode::SplitHistory);
    EXPECT_EQ(code_of(prove_growth(tree, kOldSize, *new_)), ErrorCode::SplitHistory);
}

TEST_F(AttackTest, ACheckpointOfAnotherLogIsNoEvidence) {
    Checkpoint foreign = new_->checkpoint();
    foreign.origin = "example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f";
    EXPECT_EQ(code_of(open_expecting(config, foreign)), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::proof
