// Goal:   of damaged events that no index tells of, the versions that are missing say whose they
//         may be, and never that a stream has lost none when it may have (INV I3).
// Method: a log of two streams without its index, one or two of its events damaged; what is lost is
//         compared with what can follow from the versions.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "store/view/event_reader.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

struct LostEventsTest : testing::StoreFixture {
    // Events of the streams a and b, as the text says, and one more segment after them.
    void make(std::string_view streams) {
        {
            auto store = open();
            for (std::size_t i = 0; i < streams.size(); ++i)
                append(store, streams[i], static_cast<char>(i));
            EXPECT_TRUE(std::move(store).close());
        }
        for (const std::string& path : disk->file_paths())
            if (path.ends_with(".bpx")) testing::must(disk->erase(path));
    }
    void append(Store& store, char stream, char number) const {
        EXPECT_TRUE(store.append_raw(testing::coordinate_of(std::string(1, stream)), kind,
                                     Bytes(1500, static_cast<std::byte>(number))));
    }
    // The payload of an event says its number, many times.
    void damage(std::uint64_t number) const {
        for (const std::string& path : disk->file_paths()) {
            const Bytes bytes = disk->contents(path).value();
            const Bytes wanted(1500, static_cast<std::byte>(number));
            const auto found = std::ranges::search(bytes, wanted);
            if (found.empty()) continue;
            const auto at = static_cast<std::uint64_t>(found.begin() - bytes.begin());
            testing::must(disk->flip_bit(path, at + 700, 1));
            return;
        }
        FAIL() << "no event " << number;
    }
    EventReader reader() {
        if (!engine) engine = Engine::open(config).value();
        return {engine->side()->pin(), engine->side()};
    }
    // "2:1-2 5:3-" for the events 2, of version 1, and 5, of version 3 or later.
    std::string lost_of(std::string_view stream) {
        std::string text;
        for (const LostEvent& lost : reader().lost_of(stream).value()) {
            text += (text.empty() ? "" : " ") + to_string(lost.sequence) + ":" +
                    to_string(lost.first_version) + "-";
            if (lost.end_version) text += to_string(*lost.end_version);
        }
        return text;
    }

    std::shared_ptr<Engine> engine;
};

TEST_F(LostEventsTest, WithoutDamageNothingIsLost) {
    config = config.with_segment_bytes(16384);
    make("abababababababab");
    EXPECT_EQ(lost_of("a"), "");
    EXPECT_FALSE(reader().first_lost().value());
    EXPECT_TRUE(reader().knows_all_streams().value());
}

// Versions 0 and 2 of a are there: what is between is its version 1, and b has lost nothing.
TEST_F(LostEventsTest, AGapInAStreamSaysWhoseItIs) {
    config = config.with_segment_bytes(16384);
    make("abababababababab");
    damage(2);
    EXPECT_EQ(lost_of("a"), "2:1-2");
    EXPECT_EQ(lost_of("b"), "");
    EXPECT_TRUE(reader().knows_all_streams().value());
    EXPECT_EQ(reader().first_lost().value()->ordinal, 2U);
}

TEST_F(LostEventsTest, TwoGapsSideBySideAreEachInTheirOwnStream) {
    config = config.with_segment_bytes(16384);
    make("abababababababab");
    damage(2);
    damage(3);
    EXPECT_TRUE(reader().knows_all_streams().value());
    EXPECT_EQ(lost_of("a"), "2:1-2 3:1-2");  // one of the two is its version 1
    EXPECT_EQ(lost_of("b"), "2:1-2 3:1-2");
}

TEST_F(LostEventsTest, AStreamThatEndedBeforeLosesNothingThatAnotherLost) {
    config = config.with_segment_bytes(16384);
    make("bbaaaaaaaaaaaaaa");
    damage(4);
    EXPECT_TRUE(reader().knows_all_streams().value());
    EXPECT_EQ(lost_of("a"), "4:2-3");
    EXPECT_EQ(lost_of("b"), "");
}

TEST_F(LostEventsTest, AStreamThatEndsInDamageMayHaveLostItsLatest) {
    config = config.with_segment_bytes(16384);
    make("ababcbbbbbbbbbbb");  // c has one event, and a has none after it
    damage(4);
    EXPECT_FALSE(reader().knows_all_streams().value());
    EXPECT_EQ(lost_of("a"), "4:2-");
    EXPECT_EQ(lost_of("c"), "4:0-");
    EXPECT_EQ(lost_of("b"), "");  // its versions go on without a gap
}

}  // namespace
}  // namespace batpak::store
