// The states and events of an order, which both machines of this comparison have.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <string>

#include "batpak/coordinate/event_kind.hpp"

namespace order {

struct Draft {};
struct Placed {};
struct Paid {};
struct Picked {};
struct Packed {};
struct Shipped {};
struct Delivered {};
struct Returned {};
struct Refunded {};
struct Cancelled {};
struct OnHold {};
struct Closed {};

struct OrderPlaced {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string note;
};
struct OrderCancelled {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x002);
    std::string note;
};
struct OrderPaid {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x003);
    std::string note;
};
struct OrderHeld {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x004);
    std::string note;
};
struct OrderPicked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x005);
    std::string note;
};
struct OrderRefunded {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x006);
    std::string note;
};
struct OrderPacked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x007);
    std::string note;
};
struct ItemMissing {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x008);
    std::string note;
};
struct OrderShipped {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x009);
    std::string note;
};
struct OrderUnpacked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00a);
    std::string note;
};
struct OrderDelivered {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00b);
    std::string note;
};
struct OrderLost {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00c);
    std::string note;
};
struct OrderReturned {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00d);
    std::string note;
};
struct OrderClosed {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00e);
    std::string note;
};
struct OrderReleased {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x00f);
    std::string note;
};

}  // namespace order
