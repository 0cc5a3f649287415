// CompensationAction: what undoes a step whose successor failed. Data only: the program acts.
//
// The default is a Rollback of nothing. match() (batpak/pipeline/match.hpp) takes an action apart.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/event/detail/field_types.hpp"

namespace batpak {

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

    CompensationAction() = default;

    static CompensationAction rollback(std::vector<EventId> event_ids) {
        return CompensationAction(Rollback{std::move(event_ids)});
    }
    static CompensationAction notify(std::string target, std::string message) {
        return CompensationAction(Notify{std::move(target), std::move(message)});
    }
    static CompensationAction release(std::vector<std::string> resources) {
        return CompensationAction(Release{std::move(resources)});
    }
    static CompensationAction custom(std::string action, Bytes data) {
        return CompensationAction(Custom{std::move(action), std::move(data)});
    }

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

}  // namespace batpak
