// WaitCondition: what a Pending outcome waits for. Data only: the program watches.
//
//     WaitCondition::any({WaitCondition::event(paid), WaitCondition::timeout(tomorrow)})
//
// The default is all of nothing, which holds at once. match() (batpak/pipeline/match.hpp) takes a
// condition apart.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/event/detail/field_types.hpp"

namespace batpak {

class WaitCondition {
public:
    using Time = std::chrono::sys_time<std::chrono::milliseconds>;

    // Copying, comparing and destroying recurse: so deep at most may conditions lie in one another.
    static constexpr std::size_t kDepthMax = 256;

    struct Timeout {
        using required = batpak::all_fields;
        Time resume_at{};
        friend bool operator==(const Timeout&, const Timeout&) = default;
    };
    struct Event {
        using required = batpak::all_fields;
        EventId event_id;
        friend bool operator==(const Event&, const Event&) = default;
    };
    struct All {
        using required = batpak::all_fields;
        std::vector<WaitCondition> of;
        friend bool operator==(const All& a, const All& b) { return a.of == b.of; }
    };
    struct Any {
        using required = batpak::all_fields;
        std::vector<WaitCondition> of;
        friend bool operator==(const Any& a, const Any& b) { return a.of == b.of; }
    };
    // What only the application understands.
    struct Custom {
        using required = batpak::all_fields;
        std::uint16_t tag = 0;
        Bytes data;
        friend bool operator==(const Custom&, const Custom&) = default;
    };

    WaitCondition() = default;

    static WaitCondition timeout(Time resume_at) { return WaitCondition(Timeout{resume_at}); }
    static WaitCondition event(EventId event_id) { return WaitCondition(Event{event_id}); }
    // Requires, both: depth() of the result is at most kDepthMax.
    static WaitCondition all(std::vector<WaitCondition> of);
    static WaitCondition any(std::vector<WaitCondition> of);
    static WaitCondition custom(std::uint16_t tag, Bytes data) {
        return WaitCondition(Custom{tag, std::move(data)});
    }

    // Null, if the condition is another.
    const Timeout* as_timeout() const noexcept { return std::get_if<Timeout>(&parts_); }
    const Event* as_event() const noexcept { return std::get_if<Event>(&parts_); }
    const All* as_all() const noexcept { return std::get_if<All>(&parts_); }
    const Any* as_any() const noexcept { return std::get_if<Any>(&parts_); }
    const Custom* as_custom() const noexcept { return std::get_if<Custom>(&parts_); }

    // How many All and Any lie in one another.
    std::size_t depth() const noexcept;

    friend bool operator==(const WaitCondition& a, const WaitCondition& b) {
        return a.parts_ == b.parts_;
    }

    // Stored with every condition: part of the format.
    static constexpr std::array<std::string_view, 5> kPartNames = {"all", "any", "timeout", "event",
                                                                   "custom"};

private:
    friend detail::PartsAccess;

    template <class Part>
    explicit WaitCondition(Part part) : parts_(std::move(part)) {}

    std::variant<All, Any, Timeout, Event, Custom> parts_;
};

}  // namespace batpak
