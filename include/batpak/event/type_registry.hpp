// TypeRegistry: the event types of a program, and the paths from their old payloads to the new
// ones.
//
// It finds at start-up what would otherwise be found when an old event is read: two types with one
// kind, and a missing hop between two versions.
//
//     TypeRegistry types;
//     BATPAK_CHECK(types.add<PlayerMoved>());
//     BATPAK_CHECK(types.upcast<PlayerMoved>(1, add_direction));  // version 1 -> 2
//     BATPAK_CHECK(types.validate());
//
// Threads: immutable value once it is filled
// Errors:  add() and upcast() DuplicateKind, InvalidArgument; validate() MissingUpcaster;
//          decode() DecodeFailed, NewerPayload, MissingUpcaster
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/event/payload_codec.hpp"

namespace batpak {

namespace detail {

// Its address tells one type from another, also in programs without typeid (-fno-rtti). Not const:
// linkers may fold equal constants into one.
using TypeTag = const char*;
template <class T>
inline char kTypeTag = 0;

}  // namespace detail

class TypeRegistry {
public:
    using Upcaster = std::function<Result<Value>(Value)>;

    struct Entry {
        std::string name;
        EventKind kind;
        std::uint16_t payload_version = 1;
        std::string layout;
    };

    // Once or more often for each type. Errors: DuplicateKind, if another type has this kind or
    // this name.
    template <TypedEvent T>
    [[nodiscard]] Result<void> add() {
        return add(Registered{
            .entry = {std::string(event_name_of<T>()), T::kind, payload_version_of<T>,
                      layout_of<T>()},
            .type = &detail::kTypeTag<T>,
            .upcasts_itself = SelfUpcasting<T>,
            .upcasters = {},
        });
    }

    // How version `from` becomes version `from` + 1; add<T>() comes first. Errors:
    // InvalidArgument, if T is not there, has its own upcast(), has one for `from` already, or has
    // no such version.
    template <TypedEvent T>
    [[nodiscard]] Result<void> upcast(std::uint16_t from_version, Upcaster upcaster) {
        return upcast(&detail::kTypeTag<T>, from_version, std::move(upcaster));
    }

    // Whether every version from 1 on has its way to the type's own. Errors: MissingUpcaster.
    [[nodiscard]] Result<void> validate() const;

    // The payload of an event of type T, from any version of it.
    template <TypedEvent T>
    [[nodiscard]] Result<T> decode(std::uint16_t version, BytesView bytes) const {
        return detail::decode_through<T>(version, bytes, [&](std::uint16_t from, Value value) {
            if constexpr (SelfUpcasting<T>) {
                return Result<Value>(T::upcast(from, std::move(value)));
            } else {
                return step(&detail::kTypeTag<T>, from, std::move(value));
            }
        });
    }

    // In the order of add(). Borrows: until the next add(); null if there is none.
    const Entry* find(EventKind kind) const noexcept;
    std::size_t size() const noexcept { return types_.size(); }
    // One line a type, in the order of kinds: for a test that locks them all.
    std::string layouts() const;

private:
    struct Registered {
        Entry entry;
        detail::TypeTag type = nullptr;
        bool upcasts_itself = false;
        std::vector<Upcaster> upcasters;  // [n]: from version n + 1; empty where there is none
    };

    Result<void> add(Registered added);
    Result<void> upcast(detail::TypeTag type, std::uint16_t from_version, Upcaster upcaster);
    Result<Value> step(detail::TypeTag type, std::uint16_t from_version, Value value) const;
    const Registered* find(detail::TypeTag type) const noexcept;

    std::vector<Registered> types_;
};

}  // namespace batpak
