#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "batpak/store/compaction.hpp"
#include "batpak/store/store.hpp"
#include "inspector/answers/answers.hpp"
#include "inspector/small_shop.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

// A store of several segments, each of which is as small as it may be.
class LongLog {
public:
    explicit LongLog(int events = 300) : store_(open(directory_.path())) {
        const Coordinate place = Coordinate::create("log:1", "yard").value();
        for (int i = 0; i < events; ++i) {
            const json payload{{"n", i}, {"text", std::string(1000, 'x')}};
            (void)store_.append(place, SmallShop::kPlaced, payload).value();
        }
    }

    json segments(Parameters::Pairs pairs = {}) {
        return parsed(answer_segments(path(), &store_, with(std::move(pairs))));
    }
    Store& store() noexcept { return store_; }
    const std::string& path() const noexcept { return directory_.path(); }

private:
    static Store open(const std::string& directory) {
        return Store::open(StoreConfig(directory).with_sync_every_n_events(1000).with_segment_bytes(
                               kSegmentBytes))
            .value();
    }

    static constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 10;
    testing::TemporaryDirectory directory_;
    Store store_;
};

// Goal: the segments are all of the log, one behind the other, and the last is the one in use.
TEST(InspectorSegments, AreAllOfTheLog) {
    LongLog log;
    const json answer = log.segments();
    const json& segments = answer["segments"];
    ASSERT_GE(segments.size(), 3U);
    EXPECT_EQ(answer["total"], segments.size());
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        EXPECT_EQ(segments[i]["first"], next);
        next = segments[i]["end"];
        EXPECT_EQ(segments[i]["state"], i + 1 == segments.size() ? "active" : "sealed");
        EXPECT_EQ(segments[i]["erased"], 0);
        EXPECT_FALSE(segments[i].contains("problem")) << segments[i];
        EXPECT_EQ(
            std::filesystem::file_size(log.path() + "/" + segments[i]["file"].get<std::string>()),
            segments[i]["bytes"]);
    }
    EXPECT_EQ(next, 300);
    EXPECT_EQ(answer["index_is_cut"], false);
    EXPECT_EQ(answer["index_problems"], json::array());
}

TEST(InspectorSegments, HaveTheirIndexFiles) {
    LongLog log;
    const json first = log.segments()["segments"][0];
    ASSERT_EQ(first["index"].size(), 1U);
    EXPECT_EQ(first["index"][0]["first"], first["first"]);
    EXPECT_EQ(first["index"][0]["end"], first["end"]);
    const std::string file = first["index"][0]["file"];
    EXPECT_EQ(std::filesystem::file_size(log.path() + "/" + file), first["index"][0]["bytes"]);
    std::ofstream(log.path() + "/" + file) << "nothing";
    const json after = log.segments();
    EXPECT_EQ(after["segments"][0]["index"], json::array());
    ASSERT_EQ(after["index_problems"].size(), 1U);
    EXPECT_EQ(after["index_problems"][0]["file"], file);
}

TEST(InspectorSegments, CountWhatWasErasedInThem) {
    LongLog log;
    Tombstone tombstone("asked for");
    tombstone.region = Region::all().with_sequences(Sequence(3), Sequence(8)) |
                       Region::all().with_sequences(Sequence(100), Sequence(101));
    ASSERT_TRUE(log.store().compact(tombstone));
    std::uint64_t erased = 0;
    const json answer = log.segments();
    for (const json& segment : answer["segments"]) {
        std::uint64_t expected = 0;
        for (const std::uint64_t sequence : {3U, 4U, 5U, 6U, 7U, 100U}) {
            expected += segment["first"] <= sequence && sequence < segment["end"] ? 1U : 0U;
        }
        EXPECT_EQ(segment["erased"], expected) << segment;
        erased += expected;
    }
    EXPECT_EQ(erased, 6U);
    EXPECT_EQ(answer["erased_is_cut"], false);
    EXPECT_FALSE(answer.contains("erased_problem"));
}

TEST(InspectorSegments, AreShownPieceByPiece) {
    LongLog log;
    const json all = log.segments();
    json pieces = json::array();
    for (std::size_t start = 0; start < all["total"]; ++start) {
        const json one = log.segments({{"start", std::to_string(start)}, {"limit", "1"}});
        EXPECT_EQ(one["total"], all["total"]);
        for (const json& segment : one["segments"]) pieces.push_back(segment);
    }
    EXPECT_EQ(pieces, all["segments"]);
    EXPECT_EQ(log.segments({{"start", "9999"}})["segments"], json::array());
}

// Goal: what is wrong with a file is said in its place, without a store.
TEST(InspectorSegments, AreShownWhereNoStoreOpens) {
    LongLog log;
    const std::string first = log.segments()["segments"][0]["file"];
    std::filesystem::resize_file(log.path() + "/" + first, 10);
    const json answer = parsed(answer_segments(log.path(), nullptr, with({})));
    EXPECT_EQ(answer["segments"][0]["state"], "damaged");
    EXPECT_EQ(answer["segments"][0]["problem"]["code"], "CorruptSegment");
    EXPECT_EQ(answer["segments"][1]["state"], "sealed");
    EXPECT_FALSE(answer["segments"][1].contains("erased"));
}

TEST(InspectorSegments, SayWhyTheyCannotBeShown) {
    LongLog log(1);
    const auto code = [&](const std::string& path, Parameters::Pairs pairs) {
        return answer_segments(path, &log.store(), with(std::move(pairs))).error().code();
    };
    EXPECT_EQ(code("", {}), ErrorCode::Unsupported);
    EXPECT_EQ(code(log.path() + "/nowhere", {}), ErrorCode::NotAStore);
    EXPECT_EQ(code(log.path(), {{"limit", "201"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(log.path(), {{"entity", "x"}}), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::inspector
