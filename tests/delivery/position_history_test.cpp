// Goal:   a position that was kept outside the store is taken up only in the history that it was
//         taken in, and where it is taken up no event is left out: what was delivered before and
//         after is together the region, in order (INV D1).
// Method: every small log, read to its end; an older copy of the disk, grown in another way; the
//         position taken up there. The clock stands still, so that only the random part of the ids
//         differs. The oracle is the list of the second history's events.
#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/store/read_only_store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::position_history_test {
namespace {

using testing::code_of;
using Sequences = std::vector<std::uint64_t>;
using Disk = std::shared_ptr<testing::SimulatedFileSystem>;

const CursorId kId("kept elsewhere");

Sequences drain(Cursor& cursor) {
    Sequences sequences;
    while (const auto event = cursor.poll().value()) sequences.push_back(event->sequence().value);
    return sequences;
}

Result<Cursor> take_up(const ReadOnlyStore& store, const Region& region, const Bytes& kept) {
    CursorOptions options;
    options.start = CursorStart::from(CursorPosition::from_bytes(kept).value());
    return store.cursor_guaranteed(region, kId, options);
}

class PositionHistory : public testing::StoreFixture {
protected:
    StoreConfig on(const Disk& other) const {
        return config.with_environment({other, clock, entropy}).with_segment_bytes(4096);
    }

    // Bit i of `pattern`: whether the i-th event is of the region.
    void put(const Disk& other, unsigned pattern, unsigned count) const {
        Store store = Store::open(on(other)).value();
        for (unsigned i = 0; i < count; ++i) {
            std::string words = "event " + std::to_string(store.visible_end().value) + ".";
            words.resize(900, '.');
            const Coordinate& where = (pattern >> i & 1) != 0 ? alice : bob;
            ASSERT_TRUE(store.append_raw(where, kind, as_bytes(words)));
        }
        std::move(store).close().value();
    }

    void damage(std::string_view words) const {
        for (const std::string& path : disk->file_paths()) {
            const Bytes file = disk->contents(path).value();
            const std::size_t at = as_text(file).find(words);
            if (at != std::string_view::npos) {
                ASSERT_TRUE(disk->flip_bit(path, at, 0));
            }
        }
    }

    // A cursor that starts there, read to the end of the log.
    struct Reading {
        Bytes kept;
        CursorPosition position;
        Sequences delivered;
    };
    Reading read(const Disk& other, const CursorStart& start) const {
        const ReadOnlyStore store = ReadOnlyStore::open(on(other)).value();
        CursorOptions options;
        options.start = start;
        Cursor cursor = store.cursor_guaranteed(region, kId, options).value();
        Sequences delivered = drain(cursor);
        return {cursor.position().to_bytes(), cursor.position(), std::move(delivered)};
    }

    // Takes the position up in a history that has the first `common` events of the other.
    void check(const Disk& other, const Reading& before, std::uint64_t common) const {
        const ReadOnlyStore store = ReadOnlyStore::open(on(other)).value();
        const std::uint64_t end = store.visible_end().value;
        const std::uint64_t from =
            before.delivered.empty() ? before.position.begin.value : before.delivered.back() + 1;
        Result<Cursor> cursor = take_up(store, region, before.kept);
        const bool is_of_history = from <= common && before.position.next.value <= end;
        ASSERT_EQ(code_of(cursor), is_of_history ? ErrorCode{} : ErrorCode::RolledBack);
        if (!cursor) return;
        Sequences all = before.delivered;
        for (const std::uint64_t sequence : drain(*cursor)) all.push_back(sequence);
        Sequences expected;
        for (const auto& event : store.query(region.from(before.position.begin)))
            expected.push_back(event->sequence().value);
        ASSERT_EQ(all, expected);
        ASSERT_TRUE(store.verify_completeness(region, cursor->position()).value());
    }

    const Region region = Region::entity("player:alice");
};

TEST_F(PositionHistory, IsTakenUpWhereItIsOfAndMissesNothing) {
    constexpr unsigned kSide = 3;  // events of each part of a log
    unsigned checked = 0;
    for (unsigned common = 0; common <= kSide; ++common) {
        for (unsigned shared = 0; shared < 1U << common; ++shared) {
            const auto base =
                std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
            put(base, shared, common);
            for (const unsigned first : {0U, 1U, 2U, 4U, 7U}) {
                const Disk old_log = base->after_process_kill();
                put(old_log, first, kSide);
                const Disk new_log = base->after_process_kill();
                put(new_log, 5, kSide + 1);
                for (const CursorStart& start : {CursorStart::beginning(), CursorStart::end(),
                                                 CursorStart::at(Sequence((common + 1) / 2))}) {
                    SCOPED_TRACE(std::to_string(common) + " events as " + std::to_string(shared) +
                                 ", then " + std::to_string(first) + ", begun at " +
                                 std::to_string(start.number()));
                    const Reading before = read(old_log, start);
                    check(old_log, before, common + kSide);
                    check(new_log, before, common);
                    check(base, before, common);
                    ++checked;
                }
            }
        }
    }
    EXPECT_EQ(checked, (1U + 2 + 4 + 8) * 5 * 3);
}

// The case that a restore makes in practice: the new history has grown past the position.
TEST_F(PositionHistory, IsRefusedAlsoWhereTheNewOneIsLonger) {
    put(disk, 0b111, 3);
    const Disk backup = disk->after_process_kill();
    put(disk, 0b11111, 5);
    const Reading before = read(disk, CursorStart::beginning());
    put(backup, 0xFFFF, 16);
    const ReadOnlyStore restored = ReadOnlyStore::open(on(backup)).value();
    const auto refused = take_up(restored, region, before.kept);
    ASSERT_EQ(code_of(refused), ErrorCode::RolledBack);
    EXPECT_EQ(refused.error().sequence(), Sequence(7));
    EXPECT_FALSE(restored.verify_completeness(region, before.position).value());
}

// What a cursor says that began at a position in the log, and has delivered nothing since.
TEST_F(PositionHistory, IsKnownOfACursorThatWasResumed) {
    put(disk, 0b1, 1);
    const Disk backup = disk->after_process_kill();
    put(disk, 0b111, 3);
    {
        Store store = Store::open(on(disk)).value();
        Cursor cursor = store.cursor_guaranteed(region, kId).value();
        drain(cursor);
        ASSERT_TRUE(cursor.commit());
    }
    const ReadOnlyStore store = ReadOnlyStore::open(on(disk)).value();
    const Bytes kept = store.cursor_guaranteed(region, kId).value().position().to_bytes();
    put(backup, 0xFF, 8);
    EXPECT_EQ(code_of(take_up(ReadOnlyStore::open(on(backup)).value(), region, kept)),
              ErrorCode::RolledBack);
}

// An event that rots after it was delivered, or that was passed over, stops no cursor.
TEST_F(PositionHistory, IsKnownByTheIndexWhereItsEventIsDamaged) {
    put(disk, 0b1, 1);
    const Disk backup = disk->after_process_kill();
    put(disk, 0b111, 3);
    const Reading before = read(disk, CursorStart::beginning());
    put(disk, 0b1, 1);
    damage("event 3.");
    const ReadOnlyStore store = ReadOnlyStore::open(on(disk)).value();
    ASSERT_EQ(code_of(store.find(Sequence(3))), ErrorCode::CorruptFrame);
    Cursor again = take_up(store, region, before.kept).value();
    EXPECT_EQ(drain(again), Sequences{4});

    Cursor other = store.cursor_guaranteed(region, CursorId("other")).value();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(other.poll().value());
    ASSERT_EQ(code_of(other.poll()), ErrorCode::CorruptFrame);
    ASSERT_TRUE(other.skip_damaged());
    const Bytes skipped = other.position().to_bytes();
    Cursor behind = take_up(store, region, skipped).value();
    EXPECT_EQ(drain(behind), Sequences{4});
    EXPECT_TRUE(store.verify_completeness(region, behind.position()).value());
    // Another millisecond, so that the front half of the ids differs.
    clock->set_wall_us(clock->wall_us() + 5000);
    put(backup, 0xFF, 8);
    EXPECT_EQ(code_of(take_up(ReadOnlyStore::open(on(backup)).value(), region, skipped)),
              ErrorCode::RolledBack);
}

// The bytes that batpak wrote before there were anchors.
TEST_F(PositionHistory, OfTheFirstVersionIsTakenAsItIs) {
    put(disk, 0b111, 3);
    const Reading before = read(disk, CursorStart::beginning());
    Bytes old(before.kept.begin(), before.kept.begin() + 124);
    store_little_endian(MutableBytesView(old).subspan(4), std::uint32_t{1});
    store_little_endian(MutableBytesView(old).subspan(120), crc32(BytesView(old).first(120)));
    CursorPosition expected = before.position;
    expected.anchor.reset();
    EXPECT_EQ(CursorPosition::from_bytes(old).value(), expected);
    put(disk, 0b1, 1);
    const ReadOnlyStore store = ReadOnlyStore::open(on(disk)).value();
    Cursor cursor = take_up(store, region, old).value();
    EXPECT_EQ(drain(cursor), Sequences{3});
    EXPECT_TRUE(cursor.position().anchor);
}

// A position that was put together by hand.
TEST_F(PositionHistory, WhoseAnchorIsNotThereIsRefused) {
    put(disk, 0b111, 3);
    const ReadOnlyStore store = ReadOnlyStore::open(on(disk)).value();
    CursorPosition position = read(disk, CursorStart::beginning()).position;
    for (const std::uint64_t sequence : {std::uint64_t{3}, std::uint64_t{100}, UINT64_MAX}) {
        position.anchor->sequence = Sequence(sequence);
        CursorOptions options;
        options.start = CursorStart::from(position);
        EXPECT_EQ(code_of(store.cursor_guaranteed(region, kId, options)), ErrorCode::RolledBack);
        EXPECT_FALSE(store.verify_completeness(region, position).value());
        EXPECT_EQ(code_of(CursorPosition::from_bytes(position.to_bytes())),
                  sequence == UINT64_MAX ? ErrorCode{} : ErrorCode::DecodeFailed);
    }
}

}  // namespace
}  // namespace batpak::position_history_test
