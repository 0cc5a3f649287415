#include "store/commit/kind_owners.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "event/kind_note.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {

namespace app {
struct Moved {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    int x = 0;
};
template <class T>
struct Walked {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    T y{};
};
}  // namespace app

namespace {

using testing::code_of;

constexpr EventKind kKind = app::Moved::kind;

std::string refusal(KindOwners& owners, EventKind kind, PayloadType type) {
    const auto claimed = owners.claim(kind, 1, type);
    if (claimed) return "";
    EXPECT_EQ(claimed.error().code(), ErrorCode::DuplicateKind);
    return claimed.error().detail();
}

TEST(PayloadType, NamesTheTypeAsItIsWritten) {
    EXPECT_EQ(PayloadType::of<app::Moved>().name(), "batpak::store::app::Moved");
    EXPECT_EQ(PayloadType::of<app::Walked<int>>().name(), "batpak::store::app::Walked<int>");
    EXPECT_EQ(PayloadType().name(), "");
    EXPECT_EQ(PayloadType::of<int>(), PayloadType::of<int>());
    EXPECT_FALSE(PayloadType::of<int>() == PayloadType::of<long>());
    EXPECT_FALSE(PayloadType::of<int>() == PayloadType());
    // Of another library: the same text at another address.
    const std::string copy = PayloadType::of<int>().id();
    EXPECT_EQ(PayloadType::from_id(copy.c_str()), PayloadType::of<int>());
}

TEST(KindOwners, RefuseASecondTypeAndNameBoth) {
    KindOwners owners;
    EXPECT_EQ(refusal(owners, kKind, PayloadType::of<app::Moved>()), "");
    EXPECT_EQ(refusal(owners, kKind, PayloadType::of<app::Moved>()), "");
    const std::string both =
        "batpak::store::app::Moved and batpak::store::app::Walked<int> are both appended under "
        "kind 0xF001: give one of them another";
    EXPECT_EQ(refusal(owners, kKind, PayloadType::of<app::Walked<int>>()), both);
    EXPECT_EQ(refusal(owners, kKind, PayloadType::of<app::Walked<int>>()), both);
    EXPECT_EQ(refusal(owners, kKind, PayloadType::of<app::Moved>()), "");
    // Bytes, and payloads whose kind the caller gave, claim nothing.
    EXPECT_EQ(refusal(owners, kKind, PayloadType()), "");
    EXPECT_EQ(refusal(owners, EventKind::from_number(0xF002), PayloadType()), "");
    EXPECT_EQ(refusal(owners, EventKind::from_number(0xF002), PayloadType::of<int>()), "");
    const std::string copy = PayloadType::of<app::Moved>().id();
    EXPECT_EQ(refusal(owners, kKind, PayloadType::from_id(copy.c_str())), "");
}

TEST(KindOwners, KeepEveryKindApart) {
    KindOwners owners;
    for (unsigned number = 0; number <= 0xFFFF; ++number) {
        const EventKind kind = EventKind::from_number(static_cast<std::uint16_t>(number));
        const bool even = number % 2 == 0;
        ASSERT_TRUE(owners.claim(kind, 1, even ? PayloadType::of<int>() : PayloadType::of<long>()));
        ASSERT_FALSE(
            owners.claim(kind, 1, even ? PayloadType::of<long>() : PayloadType::of<int>()));
    }
}

// Versions of a payload are types of one kind: a program that upcasts has several of them.
TEST(KindOwners, LetEachVersionHaveAType) {
    KindOwners owners;
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(owners.claim(kKind, 1, PayloadType::of<app::Walked<int>>()));
        EXPECT_TRUE(owners.claim(kKind, 2, PayloadType::of<app::Moved>()));
    }
    EXPECT_FALSE(owners.claim(kKind, 1, PayloadType::of<long>()));
    EXPECT_FALSE(owners.claim(kKind, 2, PayloadType::of<int>()));
}

TEST(KindOwners, OfAStoreRefuseEveryWayToAppend) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    auto store = Store::open(config).value();
    const Coordinate alice = testing::coordinate_of("player:alice");
    ASSERT_TRUE(store.append(alice, app::Moved{1}));
    const app::Walked<int> other{3};
    EXPECT_EQ(testing::code_of(store.append(alice, other)), ErrorCode::DuplicateKind);
    EXPECT_EQ(testing::code_of(store.try_append(alice, other)), ErrorCode::DuplicateKind);
    EXPECT_EQ(testing::code_of(store.submit(alice, other)), ErrorCode::DuplicateKind);
    EXPECT_TRUE(store.append(alice, app::Moved::kind, Value(2)));
    EXPECT_TRUE(store.append_raw(alice, app::Moved::kind, {}));
    EXPECT_EQ(store.visible_end(), Sequence(3));
}

TEST(KindOwners, OfAStoreRefuseTheItemOfABatch) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    auto store = Store::open(config).value();
    const Coordinate alice = testing::coordinate_of("player:alice");
    BatchBuilder batch;
    batch.add(alice, app::Moved{1});
    batch.add(alice, app::Moved::kind, Value(2));
    batch.add(alice, app::Walked<int>{3});
    const auto refused = store.append_batch(std::move(batch));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::DuplicateKind);
    EXPECT_EQ(refused.error().item(), 2U);
    EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
    EXPECT_EQ(store.visible_end(), Sequence(0));
    BatchBuilder good;
    good.add(alice, app::Moved{1});
    EXPECT_TRUE(store.append_batch(std::move(good)));
    ASSERT_TRUE(std::move(store).close());
    // What the kind is called is of the log: another program may not call it otherwise.
    auto again = Store::open(config).value();
    BatchBuilder renamed;
    renamed.add(alice, app::Walked<int>{3});
    const auto other = again.append_batch(std::move(renamed));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), ErrorCode::KindChanged);
    EXPECT_EQ(other.error().item(), 0U);
    EXPECT_EQ(other.error().detail(),
              "kind 0xF001 v1 is called Moved in this log, and Walked<int> in this program: give "
              "one of them another kind, or both one event_name");
    // Nor does the refused type own it.
    EXPECT_TRUE(again.append(alice, app::Moved{2}));
}

// ---- what the log is told

KindNote note_of_moved() { return {"Moved", "{x:int32}"}; }
KindNote note_of_wider() { return {"Moved", "{x:int64}"}; }
KindNote note_of_text() { return {"Moved", "{x:string}"}; }
KindNote note_of_nothing() { return {}; }
const PayloadType kMoved = PayloadType::of<app::Moved>().with(&note_of_moved);

// What owners say of a log that has this note, or none.
struct Asked {
    std::optional<KindNote> note;
    int times = 0;

    KindOwners::Recall recall() {
        return [this](EventKind, std::uint16_t) {
            ++times;
            return note;
        };
    }
};

TEST(KindOwners, TellTheLogUntilItKnows) {
    Asked asked;
    KindOwners owners(asked.recall());
    KindNoting* const noting = owners.claim(kKind, 1, kMoved).value();
    ASSERT_NE(noting, nullptr);
    EXPECT_EQ(*decode_kind_note(noting->entry()), note_of_moved());
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), noting);
    noting->stage();  // it may yet be taken back
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), noting);
    noting->keep();
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), nullptr);
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), nullptr);
    EXPECT_EQ(asked.times, 1);
}

TEST(KindOwners, TellNothingThatTheLogKnows) {
    Asked asked{note_of_moved()};
    KindOwners owners(asked.recall());
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), nullptr);
    EXPECT_EQ(owners.claim(kKind, 1, kMoved).value(), nullptr);
    EXPECT_EQ(asked.times, 1);
    // A type of which nothing is told does not ask.
    EXPECT_EQ(owners.claim(EventKind::from_number(0xF002), 1, PayloadType::of<int>()).value(),
              nullptr);
    EXPECT_EQ(
        owners
            .claim(EventKind::from_number(0xF003), 1, PayloadType::of<int>().with(&note_of_nothing))
            .value(),
        nullptr);
    EXPECT_EQ(asked.times, 1);
}

TEST(KindOwners, TellAChangeThatFits) {
    Asked asked{note_of_moved()};
    KindOwners owners(asked.recall());
    const PayloadType wider = PayloadType::of<app::Moved>().with(&note_of_wider);
    KindNoting* const noting = owners.claim(kKind, 1, wider).value();
    ASSERT_NE(noting, nullptr);
    EXPECT_EQ(*decode_kind_note(noting->entry()), note_of_wider());
}

TEST(KindOwners, RefuseAChangeThatDoesNot) {
    Asked asked{note_of_moved()};
    KindOwners owners(asked.recall());
    const auto text = owners.claim(kKind, 1, PayloadType::of<app::Moved>().with(&note_of_text));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::KindChanged);
    EXPECT_EQ(text.error().detail(),
              "kind 0xF001 v1 is Moved {x:int32} in this log, and Moved {x:string} in this "
              "program: count payload_version up");
    EXPECT_TRUE(owners.claim(kKind, 1, kMoved));
}

TEST(KindOwners, TakeANameForBytes) {
    Asked asked;
    KindOwners owners(asked.recall());
    KindNoting* const noting = owners.claim(kKind, 1, {}, "Moved").value();
    ASSERT_NE(noting, nullptr);
    EXPECT_EQ(*decode_kind_note(noting->entry()), (KindNote{"Moved", ""}));
    EXPECT_EQ(code_of(owners.claim(kKind, 1, {}, "Walked")), ErrorCode::KindChanged);
    EXPECT_EQ(code_of(owners.claim(kKind, 1, {}, "a\nb")), ErrorCode::InvalidArgument);
    EXPECT_EQ(owners.claim(kKind, 1, {}).value(), nullptr);
    noting->keep();
    EXPECT_EQ(owners.claim(kKind, 1, {}, "Moved").value(), nullptr);
    // A type says more of it.
    KindNoting* const typed = owners.claim(kKind, 1, kMoved).value();
    ASSERT_NE(typed, nullptr);
    EXPECT_EQ(*decode_kind_note(typed->entry()), note_of_moved());
    typed->keep();
    EXPECT_EQ(owners.claim(kKind, 1, {}, "Moved").value(), nullptr);
}

}  // namespace
}  // namespace batpak::store
