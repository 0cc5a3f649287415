// System kinds: the events that batpak writes for itself, all of category 0x0.
//
// They are in the log beside the application's events, because what they record must be as durable
// as, and atomic with, what they are about. Their coordinates have the scope kSystemScope. No
// public function appends them; any reader may read them.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string_view>

#include "batpak/coordinate/event_kind.hpp"

namespace batpak::system_kinds {

inline constexpr std::string_view kSystemScope = "batpak";

inline constexpr EventKind kCursorMoved = EventKind::from_number(0x0005);
inline constexpr EventKind kGateBypassed = EventKind::from_number(0x0010);
inline constexpr EventKind kGateDenied = EventKind::from_number(0x0011);
inline constexpr EventKind kGroupMoved = EventKind::from_number(0x0020);
inline constexpr EventKind kGroupCheckpoint = EventKind::from_number(0x0021);
inline constexpr EventKind kReactionSkipped = EventKind::from_number(0x0022);
inline constexpr EventKind kProjectionSwitched = EventKind::from_number(0x0030);
inline constexpr EventKind kHeadsRecorded = EventKind::from_number(0x0040);
inline constexpr EventKind kPruneIntended = EventKind::from_number(0x0050);
inline constexpr EventKind kPruned = EventKind::from_number(0x0051);
inline constexpr EventKind kEventLost = EventKind::from_number(0x0062);
inline constexpr EventKind kSalvaged = EventKind::from_number(0x0063);

// What such a kind is called; empty if it is none of these. The log does not repeat it.
constexpr std::string_view name_of(EventKind kind) noexcept {
    if (kind == kCursorMoved) return "batpak.CursorMoved";
    if (kind == kGateBypassed) return "batpak.GateBypassed";
    if (kind == kGateDenied) return "batpak.GateDenied";
    if (kind == kGroupMoved) return "batpak.GroupMoved";
    if (kind == kGroupCheckpoint) return "batpak.GroupCheckpoint";
    if (kind == kReactionSkipped) return "batpak.ReactionSkipped";
    if (kind == kProjectionSwitched) return "batpak.ProjectionSwitched";
    if (kind == kHeadsRecorded) return "batpak.HeadsRecorded";
    if (kind == kPruneIntended) return "batpak.PruneIntended";
    if (kind == kPruned) return "batpak.Pruned";
    if (kind == kEventLost) return "batpak.EventLost";
    if (kind == kSalvaged) return "batpak.Salvaged";
    return {};
}

}  // namespace batpak::system_kinds
