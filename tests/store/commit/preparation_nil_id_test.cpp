// An id that is given as a cause or a correlation names something, or the append is refused.
#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::Moved;

class NilId : public ::testing::Test {
protected:
    Store store_ =
        Store::open(StoreConfig("data").with_environment(testing::memory_environment())).value();
    Coordinate alice_ = testing::coordinate_of("player:alice");

    template <class T>
    void expect_refused(const Result<T>& appended, const char* which, const char* remedy) const {
        ASSERT_FALSE(appended);
        EXPECT_EQ(appended.error().code(), ErrorCode::InvalidArgument);
        EXPECT_NE(appended.error().detail().find(which), std::string::npos);
        EXPECT_NE(appended.error().detail().find(remedy), std::string::npos);
        EXPECT_EQ(store_.visible_end(), Sequence(0));
    }
};

TEST_F(NilId, IsNoCauseAndNoCorrelationOfAnAppend) {
    AppendOptions cause;
    cause.causation_id = EventId{};
    AppendOptions story;
    story.correlation_id = EventId{};
    const auto each_way = [&](const AppendOptions& options, const char* which, const char* remedy) {
        expect_refused(store_.append(alice_, Moved{}, options), which, remedy);
        expect_refused(store_.append(alice_, Moved::kind, Value(1), options), which, remedy);
        expect_refused(store_.append_raw(alice_, Moved::kind, {}, options), which, remedy);
        expect_refused(store_.try_append(alice_, Moved{}, options), which, remedy);
        expect_refused(store_.submit(alice_, Moved{}, options), which, remedy);
    };
    each_way(cause, "the causation id is nil", "receipt or header of its cause");
    each_way(story, "the correlation id is nil", "EventId::make()");
    each_way(AppendOptions::reaction_to(EventHeader{}), "the correlation id is nil", "leave it");
}

TEST_F(NilId, IsNoCauseAndNoCorrelationOfAnItem) {
    BatchItemOptions options;
    options.causation_id = EventId{};
    for (const char* const which : {"the causation id is nil", "the correlation id is nil"}) {
        BatchBuilder batch;
        batch.add(alice_, Moved{});
        batch.add(alice_, Moved{}, options);
        const auto appended = store_.append_batch(std::move(batch));
        expect_refused(appended, which, "leave it absent");
        EXPECT_EQ(appended.error().item(), 1U);
        options = {};
        options.correlation_id = EventId{};
    }
}

TEST_F(NilId, MakesWayForIdsThatAreMadeBefore) {
    AppendOptions options;
    options.correlation_id = EventId::make();
    options.causation_id = EventId::make();
    const auto appended = store_.append(alice_, Moved{}, options);
    ASSERT_TRUE(appended) << appended.error().to_string();
    const auto event = store_.find(Sequence(0)).value();
    EXPECT_EQ(event->header.correlation_id, *options.correlation_id);
    EXPECT_EQ(event->header.causation_id, options.causation_id);
    EXPECT_EQ(store_.count(Region::all().with_correlation(*options.correlation_id)).value(), 1U);
}

}  // namespace
}  // namespace batpak
