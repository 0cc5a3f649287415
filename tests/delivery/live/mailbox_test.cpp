// Goal:   what a mailbox gives and what it says it missed is together exactly what it was given
//         that it wants, in order; and it never waits for its reader (INV D4).
// Method: groups of events put into a mailbox of three, taken at every moment.
#include "delivery/live/mailbox.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace batpak::delivery::mailbox_test {
namespace {

using std::chrono::steady_clock;

const auto kNow = steady_clock::time_point::min();
const auto kNever = steady_clock::time_point::max();

EventView event_of(std::uint64_t sequence, EventKind kind = EventKind::custom(1, 1)) {
    EventView event;
    event.position.sequence = Sequence(sequence);
    event.header.kind = kind;
    event.entity = "player:alice";
    event.scope = "room";
    event.payload = as_bytes("payload");
    return event;
}

void put(Mailbox& mailbox, std::uint64_t begin, std::uint64_t end) {
    std::vector<EventView> events;
    for (; begin < end; ++begin) events.push_back(event_of(begin));
    GroupNotifications group(events);
    mailbox.put(group);
}

// All that is there: "4 5 -2@6" for the events 4 and 5, and two that are missing from 6 on.
std::string taken(Mailbox& mailbox) {
    std::string text;
    while (const auto item = mailbox.take(kNow).item) {
        if (!text.empty()) text += ' ';
        if (const Lagged* const lag = item->lag()) {
            text += '-' + std::to_string(lag->missed) + '@' + to_string(lag->resume_at);
        } else {
            text += to_string((*item)->sequence());
        }
    }
    return text;
}

TEST(Mailbox, GivesWhatWasPutInOrder) {
    Mailbox mailbox(Region::all(), {.capacity = 3});
    EXPECT_EQ(taken(mailbox), "");
    put(mailbox, 0, 2);
    put(mailbox, 2, 3);
    EXPECT_EQ(taken(mailbox), "0 1 2");
    EXPECT_EQ(taken(mailbox), "");
}

TEST(Mailbox, CountsWhatDoesNotFitInItsPlace) {
    Mailbox mailbox(Region::all(), {.capacity = 3});
    put(mailbox, 0, 5);
    EXPECT_EQ(taken(mailbox), "0 1 2 -2@3");
    put(mailbox, 5, 9);
    ASSERT_EQ(mailbox.take(kNow).item->value().sequence(), Sequence(5));
    put(mailbox, 9, 11);  // one fits, after the one that did not
    EXPECT_EQ(taken(mailbox), "6 7 -1@8 9 -1@10");
}

TEST(Mailbox, TakesOnlyWhatItsSubscriptionWants) {
    Mailbox mailbox(Region::entity("player:bob"), {.capacity = 3});
    put(mailbox, 0, 5);
    EXPECT_EQ(taken(mailbox), "");
    const std::vector<EventView> own{event_of(7, EventKind::from_number(1)), event_of(8)};
    Mailbox without(Region::all(), {.capacity = 3});
    Mailbox with(Region::all(), {.capacity = 3, .own_events = OwnEvents::Include});
    GroupNotifications group(own);
    without.put(group);
    with.put(group);
    EXPECT_EQ(taken(without), "8");
    EXPECT_EQ(taken(with), "7 8");
}

TEST(Mailbox, GivesWhatIsLeftAfterItWasClosedAndTakesNothingMore) {
    Mailbox mailbox(Region::all(), {.capacity = 3});
    put(mailbox, 0, 1);
    mailbox.close();
    put(mailbox, 1, 2);
    EXPECT_TRUE(mailbox.is_closed());
    EXPECT_EQ(taken(mailbox), "0");
    EXPECT_TRUE(mailbox.take(kNever).ended);
}

TEST(Mailbox, WakesTheOneThatSleeps) {
    Mailbox mailbox(Region::all(), {.capacity = 3});
    std::uint64_t sequence = 0;
    std::thread taker([&] { sequence = mailbox.take(kNever).item->value().sequence().value; });
    put(mailbox, 5, 6);
    taker.join();
    EXPECT_EQ(sequence, 5U);
    bool ended = false;
    std::thread last([&] { ended = mailbox.take(kNever).ended; });
    mailbox.close();
    last.join();
    EXPECT_TRUE(ended);
}

TEST(Mailbox, ItsDescriptorIsReadableAsLongAsThereIsSomething) {
    Mailbox mailbox(Region::all(), {.capacity = 1});
    put(mailbox, 0, 2);
    pollfd watched{mailbox.descriptor().value(), POLLIN, 0};
    const auto readable = [&] { return ::poll(&watched, 1, 0) == 1; };
    EXPECT_TRUE(readable());
    ASSERT_TRUE(mailbox.take(kNow).item);
    EXPECT_TRUE(readable());  // one was missed
    ASSERT_TRUE(mailbox.take(kNow).item);
    EXPECT_FALSE(readable());
    put(mailbox, 2, 3);
    EXPECT_TRUE(readable());
    ASSERT_TRUE(mailbox.take(kNow).item);
    mailbox.close();
    EXPECT_TRUE(readable());
    EXPECT_EQ(mailbox.descriptor().value(), watched.fd);
}

TEST(GroupNotifications, AreMadeOnceForAllWhoWantThem) {
    const std::vector<EventView> events{event_of(1)};
    GroupNotifications group(events);
    const Notification with = group.of(0, Payloads::Include);
    EXPECT_TRUE(equal_bytes(with.as<Bytes>().value(), as_bytes("payload")));
    EXPECT_EQ(&group.of(0, Payloads::Include).header(), &with.header());
    EXPECT_NE(&group.of(0, Payloads::LeaveOut).header(), &with.header());
    EXPECT_EQ(&group.of(0, Payloads::LeaveOut).header(), &group.of(0, Payloads::LeaveOut).header());
}

}  // namespace
}  // namespace batpak::delivery::mailbox_test
