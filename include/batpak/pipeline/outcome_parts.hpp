// Outcome parts: what an outcome holds that is neither a value nor an error nor a batch.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/event/detail/field_types.hpp"
#include "batpak/event/fields.hpp"

namespace batpak {

// CompensationAction: what undoes a step whose successor failed. Data only: the program acts.
//
// The default is a Rollback of nothing. match() (batpak/pipeline/match.hpp) takes an action apart.
class CompensationAction {
public:
    // Append the opposite of these events: the log itself is never rolled back.
    struct Rollback {
        using required = batpak::all_fields;
        std::vector<EventId> event_ids;
        friend bool operator==(const Rollback&, const Rollback&) = default;
    };
    struct Notify {
        using required = batpak::all_fields;
        std::string target;
        std::string message;
        friend bool operator==(const Notify&, const Notify&) = default;
    };
    struct Release {
        using required = batpak::all_fields;
        std::vector<std::string> resources;
        friend bool operator==(const Release&, const Release&) = default;
    };
    // What only the application understands.
    struct Custom {
        using required = batpak::all_fields;
        std::string action;
        Bytes data;
        friend bool operator==(const Custom&, const Custom&) = default;
    };

    CompensationAction() noexcept;
    CompensationAction(const CompensationAction&);
    CompensationAction(CompensationAction&&) noexcept;
    CompensationAction& operator=(const CompensationAction&);
    CompensationAction& operator=(CompensationAction&&) noexcept;
    ~CompensationAction();

    static CompensationAction rollback(std::vector<EventId> event_ids);
    static CompensationAction notify(std::string target, std::string message);
    static CompensationAction release(std::vector<std::string> resources);
    static CompensationAction custom(std::string action, Bytes data);

    // Null, if the action is another.
    const Rollback* as_rollback() const noexcept { return std::get_if<Rollback>(&parts_); }
    const Notify* as_notify() const noexcept { return std::get_if<Notify>(&parts_); }
    const Release* as_release() const noexcept { return std::get_if<Release>(&parts_); }
    const Custom* as_custom() const noexcept { return std::get_if<Custom>(&parts_); }

    friend bool operator==(const CompensationAction&, const CompensationAction&) = default;

    // Stored with every action: part of the format.
    static constexpr std::array<std::string_view, 4> kPartNames = {"rollback", "notify", "release",
                                                                   "custom"};

private:
    friend detail::PartsAccess;

    template <class Part>
    explicit CompensationAction(Part part) : parts_(std::move(part)) {}

    std::variant<Rollback, Notify, Release, Custom> parts_;
};

// WaitCondition: what a Pending outcome waits for. Data only: the program watches.
//
//     WaitCondition::any({WaitCondition::event(paid), WaitCondition::timeout(tomorrow)})
//
// The default is all of nothing, which holds at once. match() (batpak/pipeline/match.hpp) takes a
// condition apart.
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

    WaitCondition() noexcept;
    WaitCondition(const WaitCondition&);
    WaitCondition(WaitCondition&&) noexcept;
    WaitCondition& operator=(const WaitCondition&);
    WaitCondition& operator=(WaitCondition&&) noexcept;
    ~WaitCondition();

    static WaitCondition timeout(Time resume_at);
    static WaitCondition event(EventId event_id);
    // Requires, both: depth() of the result is at most kDepthMax.
    static WaitCondition all(std::vector<WaitCondition> of);
    static WaitCondition any(std::vector<WaitCondition> of);
    static WaitCondition custom(std::uint16_t tag, Bytes data);

    // Null, if the condition is another.
    const Timeout* as_timeout() const noexcept { return std::get_if<Timeout>(&parts_); }
    const Event* as_event() const noexcept { return std::get_if<Event>(&parts_); }
    const All* as_all() const noexcept { return std::get_if<All>(&parts_); }
    const Any* as_any() const noexcept { return std::get_if<Any>(&parts_); }
    const Custom* as_custom() const noexcept { return std::get_if<Custom>(&parts_); }

    // How many All and Any lie in one another.
    std::size_t depth() const noexcept;

    friend bool operator==(const WaitCondition& a, const WaitCondition& b);

    // Stored with every condition: part of the format.
    static constexpr std::array<std::string_view, 5> kPartNames = {"all", "any", "timeout", "event",
                                                                   "custom"};

private:
    friend detail::PartsAccess;

    template <class Part>
    explicit WaitCondition(Part part) : parts_(std::move(part)) {}

    std::variant<All, Any, Timeout, Event, Custom> parts_;
};

// The value of an outcome that has none.
struct Unit {
    friend auto operator<=>(const Unit&, const Unit&) = default;
};

// Names a step that waits, for the caller that resumes it.
using ResumeToken = Id<struct ResumeTag>;

namespace outcome {

struct Retry {
    using required = batpak::all_fields;

    std::chrono::milliseconds after{};
    std::uint32_t attempt = 1;  // the one that comes next, counted from 1
    std::uint32_t attempts_max = 1;
    std::string reason{};

    bool exhausted() const noexcept { return attempt > attempts_max; }
    friend bool operator==(const Retry&, const Retry&) = default;
};

struct Pending {
    using required = batpak::all_fields;

    WaitCondition condition;
    ResumeToken resume_token{};
    friend bool operator==(const Pending&, const Pending&) = default;
};

struct Cancelled {
    using required = batpak::all_fields;

    std::string reason{};
    friend bool operator==(const Cancelled&, const Cancelled&) = default;
};

}  // namespace outcome

// The case that an Outcome is.
enum class OutcomeState : std::uint8_t { Ok, Err, Retry, Pending, Cancelled, Batch };

std::string_view to_string(OutcomeState state) noexcept;

}  // namespace batpak
