// Goal:   of each entity at most one event is out, its oldest first, and of all that may go out the
//         oldest goes (INV Q3).
// Method: small examples, and thousands of random steps beside a model that looks through a list.
#include "delivery/group/entity_queues.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace batpak::delivery {
namespace {

struct Item {
    Sequence event;
    int entity;
    bool is_out = false;
};

// The same by looking at everything.
struct Model {
    bool has_out(int entity) const {
        return std::ranges::any_of(
            items, [&](const Item& item) { return item.entity == entity && item.is_out; });
    }
    std::optional<Sequence> next() {
        Item* best = nullptr;
        for (Item& item : items) {
            if (item.is_out || has_out(item.entity)) continue;
            if (best == nullptr || item.event < best->event) best = &item;
        }
        if (best == nullptr) return std::nullopt;
        best->is_out = true;
        return best->event;
    }
    std::optional<Sequence> first_from(Sequence event) const {
        std::optional<Sequence> first;
        for (const Item& item : items) {
            if (item.event >= event && (!first || item.event < *first)) first = item.event;
        }
        return first;
    }

    std::vector<Item> items;
};

TEST(EntityQueues, GivesTheOldestOfEachEntityOneAtATime) {
    EntityQueues queues;
    queues.add(Sequence(1), "a");
    queues.add(Sequence(2), "a");
    queues.add(Sequence(3), "b");
    EXPECT_EQ(queues.next(), Sequence(1));
    EXPECT_EQ(queues.next(), Sequence(3));
    EXPECT_EQ(queues.next(), std::nullopt);  // 2 waits for 1
    EXPECT_EQ(queues.out(), 2U);
    queues.remove(Sequence(1));
    EXPECT_EQ(queues.next(), Sequence(2));
    EXPECT_EQ(queues.size(), 2U);
}

TEST(EntityQueues, WhatIsGivenBackComesAgainBeforeTheNextOfItsEntity) {
    EntityQueues queues;
    queues.add(Sequence(1), "a");
    queues.add(Sequence(2), "a");
    ASSERT_EQ(queues.next(), Sequence(1));
    EXPECT_TRUE(queues.is_out(Sequence(1)));
    queues.give_back(Sequence(1));
    EXPECT_FALSE(queues.is_out(Sequence(1)));
    EXPECT_TRUE(queues.contains(Sequence(1)));
    EXPECT_EQ(queues.next(), Sequence(1));
}

TEST(EntityQueues, AnOlderEventThatComesLateGoesFirst) {
    EntityQueues queues;
    queues.add(Sequence(5), "a");
    queues.add(Sequence(2), "a");
    EXPECT_EQ(queues.next(), Sequence(2));
    queues.remove(Sequence(2));
    EXPECT_EQ(queues.next(), Sequence(5));
}

TEST(EntityQueues, RemovingWhatIsNotThereDoesNothing) {
    EntityQueues queues;
    queues.remove(Sequence(1));
    queues.add(Sequence(1), "a");
    queues.remove(Sequence(1));
    queues.remove(Sequence(1));
    EXPECT_EQ(queues.size(), 0U);
    EXPECT_EQ(queues.next(), std::nullopt);
    EXPECT_EQ(queues.first_from(Sequence(0)), std::nullopt);
}

TEST(EntityQueues, AnswersAsAListThatIsLookedThrough) {
    std::mt19937 random(3);
    EntityQueues queues;
    Model model;
    for (int step = 0; step < 20'000; ++step) {
        SCOPED_TRACE(step);
        const bool adds = model.items.size() < 4 || (model.items.size() < 12 && random() % 2 == 0);
        if (adds) {
            const Sequence event(random() % 1000);
            if (queues.contains(event)) continue;
            const int entity = static_cast<int>(random() % 5);
            queues.add(event, std::to_string(entity));
            model.items.push_back({event, entity});
        } else if (random() % 2 == 0) {
            ASSERT_EQ(queues.next(), model.next());
        } else {
            Item& item = model.items[random() % model.items.size()];
            if (item.is_out && random() % 2 == 0) {
                queues.give_back(item.event);
                item.is_out = false;
            } else {
                queues.remove(item.event);
                std::erase_if(model.items,
                              [event = item.event](const Item& i) { return i.event == event; });
            }
        }
        ASSERT_EQ(queues.size(), model.items.size());
        ASSERT_EQ(queues.out(),
                  static_cast<std::size_t>(std::ranges::count_if(model.items, &Item::is_out)));
        const Sequence from(random() % 1000);
        ASSERT_EQ(queues.first_from(from), model.first_from(from));
    }
}

}  // namespace
}  // namespace batpak::delivery
