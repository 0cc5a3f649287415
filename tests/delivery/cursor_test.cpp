#include "batpak/delivery/cursor.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/child_process.hpp"
#include "support/seeds.hpp"
#include "support/store/frame_editor.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::cursor_test {
namespace {

using testing::code_of;
using testing::Moved;
using Sequences = std::vector<std::uint64_t>;

const CursorId kBilling("billing");
const Region kAll = Region::all();

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
std::chrono::steady_clock::time_point soon() { return now() + std::chrono::seconds(30); }

// Polls until there is nothing, and returns the sequences.
Sequences drain(Cursor& cursor) {
    Sequences sequences;
    while (const auto event = cursor.poll().value()) sequences.push_back(event->sequence().value);
    return sequences;
}

class CursorTest : public testing::StoreFixture {
protected:
    void append(Store& store, int count) const {
        for (int i = 0; i < count; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    }
    static Cursor cursor(Store& store) { return store.cursor_guaranteed(kAll, kBilling).value(); }
    static Cursor cursor(Store& store, const CursorOptions& options) {
        return store.cursor_guaranteed(kAll, kBilling, options).value();
    }
    // Flips a bit in the first place of the first segment that holds this text.
    void damage(std::string_view text) {
        const std::string path = "/data/segments/000000000001.bpk";
        const Bytes file = disk->contents(path).value();
        const std::size_t at = as_text(file).find(text);
        ASSERT_NE(at, std::string_view::npos);
        ASSERT_TRUE(disk->flip_bit(path, at, 0));
    }
    Store with_texts(const std::vector<std::string_view>& texts) const {
        Store store = open();
        for (const std::string_view text : texts)
            EXPECT_TRUE(store.append_raw(alice, kind, as_bytes(text)));
        return store;
    }
};

// ---- reading

TEST_F(CursorTest, DeliversHistoryThenWhatIsAppended) {
    Store store = open();
    append(store, 2);
    Cursor live = cursor(store);
    EXPECT_EQ(drain(live), (Sequences{0, 1}));
    EXPECT_FALSE(live.wait(now()).value());
    ASSERT_TRUE(store.append(bob, Moved{3, 0}));
    EXPECT_TRUE(live.wait(now()).value());
    const auto event = live.poll().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->entity, "player:bob");
    EXPECT_EQ(event->as<Moved>().value().x, 3);
    EXPECT_EQ(drain(live), Sequences{});
}

TEST_F(CursorTest, DeliversAsManyAsAreAskedFor) {
    Store store = open();
    append(store, 3);
    Cursor live = cursor(store);
    EXPECT_EQ(live.poll_batch(0).value().size(), 0U);
    EXPECT_EQ(live.position().next, Sequence(0));
    EXPECT_EQ(live.poll_batch(2).value().size(), 2U);
    EXPECT_EQ(live.poll_batch(9).value().size(), 1U);
    EXPECT_EQ(live.poll_batch(9).value().size(), 0U);
}

TEST_F(CursorTest, BeginsWhereItIsTold) {
    Store store = open();
    append(store, 2);
    clock->advance(std::chrono::seconds(1));
    const std::int64_t later = clock->wall_us();
    append(store, 2);
    const auto sequences = [&](CursorStart start) {
        CursorOptions options;
        options.start = start;
        Cursor live = cursor(store, options);
        return drain(live);
    };
    EXPECT_EQ(sequences(CursorStart::beginning()), (Sequences{0, 1, 2, 3}));
    EXPECT_EQ(sequences(CursorStart::at(Sequence(3))), (Sequences{3}));
    EXPECT_EQ(sequences(CursorStart::at(Sequence(4))), Sequences{});
    EXPECT_EQ(sequences(CursorStart::at_time_us(later)), (Sequences{2, 3}));
    EXPECT_EQ(sequences(CursorStart::end()), Sequences{});
    CursorOptions beyond;
    beyond.start = CursorStart::at(Sequence(5));
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, kBilling, beyond)), ErrorCode::InvalidArgument);
}

// Goal:   whatever the region, the batches and the rotations, what a cursor delivers is what the
//         region keeps, across commits and reopens; what it was paid for is not delivered again.
// Method: seeded histories in small segments; the oracle asks Region::contains of every event.
TEST_F(CursorTest, DeliversExactlyItsRegion) {
    const std::uint64_t seed = testing::number_from_environment("BATPAK_SEED").value_or(1);
    for (std::uint64_t run = seed; run < seed + 60 && !HasFailure(); ++run) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(run));
        std::mt19937_64 random(run);
        const auto below = [&](std::uint64_t end) { return random() % end; };
        const Region regions[] = {Region::all(),
                                  Region::none(),
                                  Region::entity("e1"),
                                  Region::entity_prefix("e").with_scope("s1"),
                                  Region::kinds({EventKind::custom(1, 1)}) | Region::entity("e2"),
                                  Region::scope("s0").before(Sequence(40)),
                                  Region::all().with_versions(Version(3), Version(9))};
        const Region& region = regions[below(std::size(regions))];
        const StoreConfig small = testing::memory_config().with_segment_bytes(4096);
        std::optional<Store> store(Store::open(small).value());
        std::optional<Cursor> live(store->cursor_guaranteed(region, kBilling).value());
        std::map<std::string, std::uint64_t> versions;
        Sequences expected;
        Sequences delivered;
        Sequences paid;
        const auto take = [&](std::size_t max) {
            const auto events = live->poll_batch(max).value();
            for (const StoredEvent<Bytes>& event : events)
                delivered.push_back(event.sequence().value);
        };
        for (std::uint64_t step = below(80); step > 0; --step) {
            const std::string entity = "e" + std::to_string(below(3));
            const std::string scope = "s" + std::to_string(below(2));
            const auto fact = EventKind::custom(1, static_cast<std::uint16_t>(below(2)));
            BatchBuilder batch;
            for (std::uint64_t items = 1 + below(3); items > 0; --items) {
                batch.add(Coordinate::create(entity, scope).value(), fact, Bytes(below(400)));
            }
            const auto receipts = store->append_batch(std::move(batch)).value();
            for (const AppendReceipt& receipt : receipts) {
                const Version version(versions[entity]++);
                ASSERT_EQ(receipt.version, version);
                if (region.contains({entity, scope, fact, version, receipt.sequence, 0, {}}))
                    expected.push_back(receipt.sequence.value);
            }
            if (below(3) == 0) take(below(6));
            if (below(6) == 0) {
                ASSERT_TRUE(live->commit());
                paid = delivered;
            }
            if (below(12) != 0) continue;
            live.reset();
            std::move(*store).close().value();
            store.reset();
            store.emplace(Store::open(small).value());
            live.emplace(store->cursor_guaranteed(region, kBilling).value());
            delivered = paid;
        }
        take(100'000);
        EXPECT_EQ(delivered, expected);
        EXPECT_EQ(live->position().matched, expected.size());
        EXPECT_TRUE(store->verify_completeness(region, live->position()).value());
    }
}

TEST_F(CursorTest, LeavesBatpaksOwnEventsOutUnlessAsked) {
    Store store = open();
    append(store, 1);
    Cursor first = cursor(store);
    drain(first);
    ASSERT_TRUE(first.commit());
    append(store, 1);
    EXPECT_EQ(drain(first), (Sequences{2}));
    CursorOptions all;
    all.own_events = OwnEvents::Include;
    Cursor second = store.cursor_guaranteed(kAll, CursorId("audit"), all).value();
    EXPECT_EQ(drain(second), (Sequences{0, 1, 2}));
    EXPECT_TRUE(store.verify_completeness(kAll, second.position()).value());
}

// Goal:   the next event costs no look at the others, and a cursor in a long log begins at once.
// Method: count the reads of segments on the simulated disk (INV D5).
TEST_F(CursorTest, ReadsNothingTwiceAndSeeksWithoutScanning) {
    config = config.with_sync_every_n_events(1000).with_segment_bytes(64 << 10);
    Store store = open();
    for (int i = 0; i < 4000; ++i)
        ASSERT_TRUE(store.append_raw(i % 1000 == 7 ? bob : alice, kind, payload));
    const auto reads = [&] {
        std::uint64_t count = 0;
        for (const testing::Call& call : disk->trace())
            count += call.kind == testing::CallKind::Read ? 1U : 0U;
        return count;
    };
    std::uint64_t before = reads();
    CursorOptions late;
    late.start = CursorStart::at(Sequence(3990));
    Cursor end = cursor(store, late);
    EXPECT_EQ(drain(end).size(), 10U);
    EXPECT_LE(reads() - before, 4U);
    before = reads();
    Cursor rare = store.cursor_guaranteed(Region::entity("player:bob"), CursorId("rare")).value();
    EXPECT_EQ(drain(rare), (Sequences{7, 1007, 2007, 3007}));
    EXPECT_LE(reads() - before, 12U);
    before = reads();
    Cursor whole = store.cursor_guaranteed(kAll, CursorId("whole")).value();
    EXPECT_EQ(drain(whole).size(), 4000U);
    EXPECT_LE(reads() - before, 200U);  // windows of the files, not one for each event
}

// ---- positions

TEST_F(CursorTest, GoesOnBehindItsLastCommit) {
    Store store = open();
    append(store, 4);
    {
        Cursor live = cursor(store);
        EXPECT_EQ(live.poll_batch(2).value().size(), 2U);
        ASSERT_TRUE(live.commit());
        ASSERT_TRUE(live.poll().value());
        live.rewind();
        EXPECT_EQ(live.poll().value()->sequence(), Sequence(2));
    }
    std::move(store).close().value();
    Store again = open();
    Cursor live = cursor(again);
    EXPECT_EQ(live.committed_position().next, Sequence(2));
    EXPECT_EQ(drain(live), (Sequences{2, 3}));
    EXPECT_EQ(live.position().matched, 4U);
}

// Sequence 0 is an event like any other: "nothing delivered" is another state than "0 delivered".
TEST_F(CursorTest, DeliversTheFirstEventOnce) {
    Store store = open();
    append(store, 1);
    Cursor none = cursor(store);
    ASSERT_TRUE(none.commit());  // nothing was delivered, and that is stored
    Cursor first = cursor(store);
    EXPECT_EQ(drain(first), (Sequences{0}));
    ASSERT_TRUE(first.commit());
    Cursor second = cursor(store);
    EXPECT_EQ(drain(second), Sequences{});
}

TEST_F(CursorTest, WritesNothingWithoutNews) {
    Store store = open();
    append(store, 1);
    Cursor live = cursor(store);
    drain(live);
    ASSERT_TRUE(live.commit());
    const Sequence end = store.visible_end();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(drain(live), Sequences{});
        ASSERT_TRUE(live.commit());
    }
    EXPECT_EQ(store.visible_end(), end);
}

TEST_F(CursorTest, OfTwoWithOneIdOnlyOneGoesOn) {
    Store store = open();
    append(store, 3);
    Cursor first = cursor(store);
    Cursor second = cursor(store);
    ASSERT_TRUE(first.poll().value());
    ASSERT_TRUE(second.poll_batch(2).value().size() == 2);
    ASSERT_TRUE(first.commit());
    EXPECT_EQ(code_of(second.commit()), ErrorCode::VersionConflict);
    EXPECT_EQ(code_of(second.commit()), ErrorCode::VersionConflict);
    ASSERT_TRUE(first.poll().value());
    EXPECT_TRUE(first.commit());
    EXPECT_EQ(cursor(store).committed_position().next, Sequence(2));
}

TEST_F(CursorTest, StoresItsPositionTogetherWithTheEffect) {
    Store store = open();
    append(store, 2);
    Cursor live = cursor(store);
    ASSERT_TRUE(live.poll().value());
    BatchBuilder lost;  // whose batch is refused: nothing is stored, and nothing is paid for
    lost.add(bob, Moved{7, 7}, {.expect = ExpectedVersion::exactly(9)});
    live.add_commit_to(lost);
    EXPECT_EQ(code_of(store.append_batch(std::move(lost))), ErrorCode::VersionConflict);
    EXPECT_EQ(cursor(store).committed_position().next, Sequence(0));
    BatchBuilder batch;
    batch.add(bob, Moved{7, 7});
    const BatchItem position = live.add_commit_to(batch);
    const auto receipts = store.append_batch(std::move(batch)).value();
    ASSERT_TRUE(live.poll().value());  // delivered behind what was offered
    live.committed(receipts[position.index]);
    EXPECT_EQ(live.committed_position().next, Sequence(1));
    ASSERT_TRUE(live.commit());
    EXPECT_EQ(cursor(store).committed_position().next, Sequence(2));
}

TEST_F(CursorTest, RefusesPositionsOfOthers) {
    Store store = open();
    append(store, 2);
    Cursor live = cursor(store);
    drain(live);
    ASSERT_TRUE(live.commit());
    const Region dungeon = Region::scope("room:dungeon");
    EXPECT_EQ(code_of(store.cursor_guaranteed(dungeon, kBilling)), ErrorCode::ForeignPosition);
    CursorOptions own;
    own.own_events = OwnEvents::Include;  // other events, so another region
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, kBilling, own)), ErrorCode::ForeignPosition);
    CursorOptions anew;
    anew.stored = StoredPosition::Replace;
    Cursor replaced = store.cursor_guaranteed(dungeon, kBilling, anew).value();
    EXPECT_EQ(drain(replaced), (Sequences{0, 1}));
    ASSERT_TRUE(replaced.commit());
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, kBilling)), ErrorCode::ForeignPosition);
    EXPECT_EQ(code_of(live.commit()), ErrorCode{}) << "it had no news";

    CursorOptions imported;
    imported.start = CursorStart::from(live.position());
    auto other = Store::open(testing::memory_config()).value();
    EXPECT_EQ(code_of(other.cursor_guaranteed(kAll, kBilling, imported)),
              ErrorCode::ForeignPosition);
    EXPECT_EQ(code_of(other.verify_completeness(kAll, live.position())),
              ErrorCode::ForeignPosition);
    CursorPosition ahead = live.position();
    ahead.next = Sequence(1000);
    imported.start = CursorStart::from(ahead);
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, CursorId("new"), imported)),
              ErrorCode::RolledBack);
    EXPECT_EQ(code_of(store.verify_completeness(kAll, ahead)), ErrorCode::InvalidArgument);
}

TEST_F(CursorTest, RefusesIdsThatNameNoStream) {
    Store store = open();
    const auto code = [&](std::string_view id) {
        return code_of(store.cursor_guaranteed(kAll, CursorId(id)));
    };
    EXPECT_EQ(code(""), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(std::string(1001, 'x')), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("a\nb"), ErrorCode::InvalidCoordinate);
    EXPECT_EQ(code(std::string(1000, 'x')), ErrorCode{});
    EXPECT_EQ(code("../x"), ErrorCode{});
}

// Each byte of a stored position, and each of an exported one.
TEST_F(CursorTest, RefusesAPositionThatIsNotWhatWasWritten) {
    {
        Store store = open();
        append(store, 1);
        Cursor live = cursor(store);
        drain(live);
        ASSERT_TRUE(live.commit());
        const Bytes bytes = live.position().to_bytes();
        EXPECT_EQ(CursorPosition::from_bytes(bytes).value(), live.position());
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            Bytes changed = bytes;
            changed[at] ^= std::byte{0x40};
            EXPECT_EQ(code_of(CursorPosition::from_bytes(changed)), ErrorCode::DecodeFailed) << at;
        }
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_EQ(code_of(CursorPosition::from_bytes(BytesView(bytes).first(size))),
                      ErrorCode::DecodeFailed);
        }
        std::move(store).close().value();
    }
    Store store = open();
    damage("matched");
    const auto refused = store.cursor_guaranteed(kAll, kBilling);
    EXPECT_EQ(code_of(refused), ErrorCode::CorruptFrame);
    EXPECT_EQ(refused.error().sequence(), Sequence(1));
}

// A forger, or a version that writes other things, is found out as well.
TEST_F(CursorTest, RefusesAPositionThatMakesNoSense) {
    {
        Store store = open();
        append(store, 1);
        Cursor live = cursor(store);
        drain(live);
        ASSERT_TRUE(live.commit());
    }
    testing::edit_event(*disk, "/data/segments/000000000001.bpk", Sequence(1),
                        [](MutableBytesView frame) {
                            const std::size_t at = as_text(frame).find("next") + 4;
                            frame[at] = std::byte{0x7F};
                        });
    Store store = open();
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, kBilling)), ErrorCode::DecodeFailed);
}

// ---- what was delivered can be checked

TEST_F(CursorTest, StatesWhatItDelivered) {
    Store store = open();
    append(store, 6);
    Cursor live = cursor(store);
    drain(live);
    const CursorPosition honest = live.position();
    EXPECT_TRUE(store.verify_completeness(kAll, honest).value());
    const auto verdict = [&](auto change) {
        CursorPosition position = honest;
        change(position);
        return store.verify_completeness(kAll, position).value();
    };
    EXPECT_FALSE(verdict([](CursorPosition& p) { --p.matched; }));
    EXPECT_FALSE(verdict([](CursorPosition& p) { ++p.skipped; }));
    EXPECT_FALSE(verdict([](CursorPosition& p) { p.next = Sequence(5); }));
    EXPECT_FALSE(verdict([](CursorPosition& p) { p.begin = Sequence(1); }));
    EXPECT_FALSE(verdict([](CursorPosition& p) { p.digest.bytes[3] ^= std::byte{1}; }));
}

// Without hashes the digests are checksums, and all else is the same.
TEST_F(CursorTest, WorksInAStoreWithoutHashes) {
    config = config.with_hash_chain(false);
    Store store = open();
    append(store, 3);
    Cursor live = cursor(store);
    drain(live);
    ASSERT_TRUE(live.commit());
    EXPECT_TRUE(store.verify_completeness(kAll, live.position()).value());
    CursorPosition other = live.position();
    other.digest.bytes[0] ^= std::byte{1};
    EXPECT_FALSE(store.verify_completeness(kAll, other).value());
    EXPECT_EQ(code_of(store.cursor_guaranteed(Region::none(), kBilling)),
              ErrorCode::ForeignPosition);
    CursorOptions checked;
    checked.check = ReadCheck::Hash;
    EXPECT_EQ(code_of(store.cursor_guaranteed(kAll, CursorId("checked"), checked)),
              ErrorCode::Unsupported);
}

// ---- damage

TEST_F(CursorTest, StandsBeforeADamagedEventUntilItIsToldToSkip) {
    Store store = with_texts({"event zero", "event one!", "event two!"});
    damage("event one!");
    Cursor live = cursor(store);
    EXPECT_EQ(code_of(live.skip_damaged()), ErrorCode::InvalidArgument);
    EXPECT_EQ(live.poll_batch(9).value().size(), 1U) << "what is whole is handed out first";
    for (int i = 0; i < 2; ++i) {
        const auto polled = live.poll();
        EXPECT_EQ(code_of(polled), ErrorCode::CorruptFrame);
        EXPECT_EQ(polled.error().sequence(), Sequence(1));
        EXPECT_EQ(code_of(live.wait(now())), ErrorCode::CorruptFrame);
    }
    ASSERT_TRUE(live.skip_damaged());
    EXPECT_EQ(code_of(live.skip_damaged()), ErrorCode::InvalidArgument);
    EXPECT_EQ(drain(live), (Sequences{2}));
    EXPECT_EQ(live.position().matched, 2U);
    EXPECT_EQ(live.position().skipped, 1U);
    EXPECT_TRUE(store.verify_completeness(kAll, live.position()).value());
    ASSERT_TRUE(live.commit());
    damage("dvent one!");  // the bit is put back: the event can be read, and was not delivered
    EXPECT_FALSE(store.verify_completeness(kAll, live.position()).value());
}

TEST_F(CursorTest, TriesAgainAfterAFailedRead) {
    Store store = with_texts({"event zero", "event one!"});
    Cursor live = cursor(store);
    disk->fail_next(testing::CallKind::Read, testing::Fault::io());
    EXPECT_EQ(code_of(live.poll()), ErrorCode::Io);
    EXPECT_EQ(code_of(live.skip_damaged()), ErrorCode::InvalidArgument);
    EXPECT_EQ(drain(live), (Sequences{0, 1}));
}

// ---- waiting

TEST_F(CursorTest, SleepsUntilAnEventOfItsRegionComes) {
    Store store = open();
    Cursor bobs = store.cursor_guaranteed(Region::entity("player:bob"), kBilling).value();
    std::thread writer([&] {
        append(store, 20);
        ASSERT_TRUE(store.append(bob, Moved{1, 1}));
    });
    EXPECT_TRUE(bobs.wait(soon()).value());
    EXPECT_EQ(bobs.poll().value()->sequence(), Sequence(20));
    writer.join();
}

TEST_F(CursorTest, AWaitEndsWhenItIsToldToStop) {
    Store store = open();
    Cursor live = cursor(store);
    std::stop_source stop;
    std::thread stopper([&] { stop.request_stop(); });
    EXPECT_FALSE(live.wait(soon(), stop.get_token()).value());
    stopper.join();
    EXPECT_FALSE(live.wait(soon(), stop.get_token()).value());
    EXPECT_FALSE(store.wait_visible(Sequence(0), now()).value());
}

TEST_F(CursorTest, AWaitEndsWhenTheStoreIsClosed) {
    std::optional<Store> store(open());
    Cursor live = cursor(*store);
    std::thread closer([&] { std::move(*store).close().value(); });
    EXPECT_EQ(code_of(live.wait(soon())), ErrorCode::Closed);
    closer.join();
    EXPECT_EQ(code_of(live.wait(soon())), ErrorCode::Closed);
    EXPECT_EQ(code_of(live.poll()), ErrorCode::Closed);
    EXPECT_EQ(code_of(live.commit()), ErrorCode::Closed);
    store.reset();
    EXPECT_EQ(code_of(live.poll()), ErrorCode::Closed);
}

// ---- other processes

TEST_F(CursorTest, InAReadOnlyStoreItReadsAndCannotCommit) {
    Store store = open();
    append(store, 3);
    Cursor live = cursor(store);
    ASSERT_TRUE(live.poll().value());
    ASSERT_TRUE(live.commit());
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    Cursor beside = reader.cursor_guaranteed(kAll, kBilling).value();
    EXPECT_EQ(drain(beside), (Sequences{1, 2}));
    EXPECT_EQ(code_of(beside.commit()), ErrorCode::Unsupported);
    const Bytes kept = beside.position().to_bytes();

    append(store, 1);
    EXPECT_FALSE(beside.wait(now()).value()) << "nobody looked";
    std::thread refresher([&] { EXPECT_TRUE(reader.refresh()); });
    EXPECT_TRUE(beside.wait(soon()).value());
    refresher.join();
    EXPECT_EQ(drain(beside), (Sequences{4}));
    CursorOptions options;
    options.stored = StoredPosition::Replace;
    options.start = CursorStart::from(CursorPosition::from_bytes(kept).value());
    Cursor again = reader.cursor_guaranteed(kAll, kBilling, options).value();
    EXPECT_EQ(drain(again), (Sequences{4}));
    EXPECT_TRUE(reader.verify_completeness(kAll, again.position()).value());
}

TEST_F(CursorTest, AnswersForkedInAChild) {
    Store store = open();
    append(store, 1);
    Cursor live = cursor(store);
    EXPECT_EQ(testing::run_in_child([&] {
                  const bool all =
                      code_of(live.poll()) == ErrorCode::Forked &&
                      code_of(live.wait(soon())) == ErrorCode::Forked &&
                      code_of(live.commit()) == ErrorCode::Forked &&
                      code_of(store.wait_visible(Sequence(0), soon())) == ErrorCode::Forked;
                  return all ? 0 : 1;
              }),
              0);
    EXPECT_EQ(drain(live), (Sequences{0}));
}

}  // namespace
}  // namespace batpak::cursor_test
