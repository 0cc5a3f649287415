#include "store/system_events.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using testing::Moved;

struct Note {
    static constexpr auto kind = EventKind::from_number(0x0FFF);
    std::string text;
};

class SystemEventsTest : public testing::StoreFixture {
protected:
    Coordinate own_ = Coordinate::create("batpak:note", system_kinds::kSystemScope).value();
};

TEST_F(SystemEventsTest, AreStoredInOneBatchWithTheApplicationsEvents) {
    Store store = open();
    BatchBuilder batch;
    const BatchItem moved = batch.add(alice, Moved{1, 2});
    SystemEvents::add(batch, own_, Note{"why"}, {.caused_by = moved});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    std::move(store).close().value();

    const Store again = open();
    const auto note = again.latest<Note>("batpak:note").value();
    ASSERT_TRUE(note);
    EXPECT_EQ(note->payload().text, "why");
    EXPECT_EQ(note->event.header.causation_id, again.find(Sequence(0)).value()->event_id());
    EXPECT_FALSE(again.verify().value().damage);
}

TEST_F(SystemEventsTest, AreRefusedAtEveryPublicDoor) {
    Store store = open();
    BatchBuilder batch;
    batch.add(own_, Note{"by batch"});
    EXPECT_EQ(store.append_batch(std::move(batch)).error().code(), ErrorCode::ReservedKind);
    EXPECT_EQ(store.append(own_, Note{"typed"}).error().code(), ErrorCode::ReservedKind);
    EXPECT_EQ(store.submit(own_, Note{"submitted"}).error().code(), ErrorCode::ReservedKind);
    EXPECT_EQ(store.try_append(own_, Note{"tried"}, {}).error().code(), ErrorCode::ReservedKind);
    EXPECT_EQ(store.append_raw(own_, Note::kind, {}).error().code(), ErrorCode::ReservedKind);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

}  // namespace
}  // namespace batpak::store
