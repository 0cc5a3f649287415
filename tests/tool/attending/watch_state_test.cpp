// The place that batpak watch keeps, as text and as a claim about a log.
#include "tool/watch/watch_state.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/restore.hpp"
#include "batpak/store/store.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::tool {
namespace {

class WatchStateTest : public ::testing::Test {
protected:
    static void append(const std::string& path, std::uint64_t events) {
        Store store = Store::open(StoreConfig(path)).value();
        const Coordinate place = Coordinate::create("e", "s").value();
        for (std::uint64_t i = 0; i < events; ++i)
            ASSERT_TRUE(store.append_raw(place, EventKind::custom(0xF, 1), {}));
        ASSERT_TRUE(std::move(store).close());
    }
    static ReadOnlyStore reader(const std::string& path) {
        return ReadOnlyStore::open(StoreConfig(path)).value();
    }
    std::string path(const std::string& name) const { return directory_ / name; }

private:
    batpak::testing::TemporaryDirectory directory_;
};

TEST_F(WatchStateTest, ReadsWhatItWrites) {
    append(path("a"), 3);
    const ReadOnlyStore store = reader(path("a"));
    for (std::uint64_t next = 0; next <= 3; ++next) {
        const WatchState state = WatchState::of(store, Sequence(next)).value();
        EXPECT_EQ(WatchState::parse(state.to_text()).value(), state);
        EXPECT_EQ(find_place(store, state).value(), Sequence(next));
    }
}

TEST_F(WatchStateTest, RefusesWhatIsNone) {
    const std::string log = "\"log\":\"65de1878-04ff-05e2-6a46-af4e598897f3\"";
    for (const std::string& text :
         {std::string(), std::string("x"), std::string("[]"), std::string("{}"),
          "{" + log + ",\"next\":0}", "{\"batpak_watch\":2," + log + ",\"next\":0}",
          std::string("{\"batpak_watch\":1,\"next\":0}"), "{\"batpak_watch\":1," + log + "}",
          "{\"batpak_watch\":1," + log + ",\"next\":-1}",
          "{\"batpak_watch\":1," + log + ",\"next\":1}",
          "{\"batpak_watch\":1," + log + ",\"next\":1,\"event\":7}"}) {
        SCOPED_TRACE(text);
        const auto parsed = WatchState::parse(text);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().code(), ErrorCode::InvalidArgument);
    }
    EXPECT_TRUE(WatchState::parse("{\"batpak_watch\":1," + log + ",\"next\":0}"));
}

TEST_F(WatchStateTest, IsOfOneHistory) {
    append(path("a"), 3);
    append(path("b"), 9);
    const ReadOnlyStore store = reader(path("a"));
    const auto code_of_place = [&](const WatchState& state) {
        const auto place = find_place(store, state);
        return place ? std::optional<ErrorCode>() : place.error().code();
    };
    WatchState state = WatchState::of(store, Sequence(3)).value();
    EXPECT_EQ(code_of_place(state), std::nullopt);
    state.next = Sequence(4);
    EXPECT_EQ(code_of_place(state), ErrorCode::RolledBack);
    state = WatchState::of(store, Sequence(3)).value();
    state.last_id = WatchState::of(store, Sequence(2)).value().last_id;
    EXPECT_EQ(code_of_place(state), ErrorCode::SplitHistory);
    state = WatchState::of(store, Sequence(3)).value();
    state.last_hash.bytes[0] ^= std::byte{1};
    EXPECT_EQ(code_of_place(state), ErrorCode::SplitHistory);
    EXPECT_EQ(code_of_place(WatchState::of(reader(path("b")), Sequence(1)).value()),
              ErrorCode::ForeignPosition);
}

TEST_F(WatchStateTest, GoesOnInAStoreThatWasRestored) {
    append(path("a"), 3);
    const WatchState state = WatchState::of(reader(path("a")), Sequence(2)).value();
    RestoreOptions options;
    options.end = Sequence(2);
    ASSERT_TRUE(restore(StoreConfig(path("a")), path("b"), options));
    append(path("b"), 3);
    EXPECT_EQ(find_place(reader(path("b")), state).value(), Sequence(2));
    const WatchState later = WatchState::of(reader(path("a")), Sequence(3)).value();
    EXPECT_EQ(find_place(reader(path("b")), later).error().code(), ErrorCode::RolledBack);
}

TEST_F(WatchStateTest, LiesOutsideOfTheStoreAndIsOneProcesss) {
    append(path("a"), 1);
    EXPECT_EQ(WatchStateFile::open(path("a/state")).error().code(), ErrorCode::InvalidArgument);
    EXPECT_EQ(WatchStateFile::open(path("a/index/state")).error().code(),
              ErrorCode::InvalidArgument);
    WatchStateFile file = WatchStateFile::open(path("state")).value();
    EXPECT_EQ(file.kept(), std::nullopt);
    EXPECT_EQ(WatchStateFile::open(path("state")).error().code(), ErrorCode::StoreLocked);
    const WatchState state = WatchState::of(reader(path("a")), Sequence(1)).value();
    ASSERT_TRUE(file.save(state));
    ASSERT_TRUE(file.save(state));
    EXPECT_EQ(file.kept(), state);
    {
        const WatchStateFile gone = std::move(file);
    }
    EXPECT_EQ(WatchStateFile::open(path("state")).value().kept(), state);
    std::ofstream(path("other")) << "some text";
    EXPECT_EQ(WatchStateFile::open(path("other")).error().code(), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::tool
