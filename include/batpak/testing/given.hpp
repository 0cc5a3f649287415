// Given, when, then: tests of code that decides what to append, in a store in memory.
//
//     const auto report = given(event(cart, ItemAdded{"book"}))
//                             .when([&](Store& store) { return check_out(store, cart); })
//                             .then(event(cart, CartCheckedOut{1}));
//     EXPECT_TRUE(report.ok()) << report.to_string();      // or any other framework, or none
//
// The store has the events of given(), when() calls what is tested, and then() says which events
// must follow them: exactly these, in this order, with these payloads. then_error() says that the
// command must fail, and append nothing.
//
// The same test, crashed: with .crash_at(any_io) before then(), the power fails at every I/O call
// of opening the store, of the command and of closing it. After each crash the command is called
// again, as a restarted program would; whatever it returns the second time, then() must hold.
//
// Threads: immutable values; the command runs in the thread that calls then()
// Errors:  none; see CheckReport and CrashReport
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batpak/store/store.hpp"
#include "batpak/testing/crash_points.hpp"
#include "batpak/testing/detail/answer.hpp"

namespace batpak::testing {

// An event as a test writes it: without a place in a log, an id and a time.
struct ScriptedEvent {
    Coordinate coordinate;
    EventKind kind;
    std::uint16_t payload_version = 1;
    Bytes payload{};                                     // encoded
    std::function<Result<void>(Store&)> append_to = {};  // absent of events that were found
    std::optional<Error> encoding_error = std::nullopt;

    // Coordinate, kind, version, and the payload as JSON where it can be read as such.
    std::string to_string() const;

    friend bool operator==(const ScriptedEvent& a, const ScriptedEvent& b) {
        return a.coordinate == b.coordinate && a.kind == b.kind &&
               a.payload_version == b.payload_version && a.payload == b.payload;
    }
};

template <class P>
ScriptedEvent encoded_event(const Coordinate& coordinate, EventKind kind, std::uint16_t version,
                            const P& payload) {
    Buffer buffer;
    const Result<void> encoded = PayloadCodec<P>::encode(payload, buffer);
    const BytesView bytes = buffer.view();
    ScriptedEvent event{coordinate, kind, version, Bytes(bytes.begin(), bytes.end())};
    if (!encoded) event.encoding_error = encoded.error();
    return event;
}

template <TypedEvent P>
ScriptedEvent event(const Coordinate& coordinate, const P& payload) {
    ScriptedEvent event = encoded_event(coordinate, P::kind, payload_version_of<P>, payload);
    event.append_to = [coordinate, payload](Store& store) -> Result<void> {
        BATPAK_CHECK(store.append(coordinate, payload));
        return {};
    };
    return event;
}
// For payloads without a kind of their own, such as nlohmann::json, Value and Bytes.
template <class P>
ScriptedEvent event(const Coordinate& coordinate, EventKind kind, const P& payload) {
    ScriptedEvent event = encoded_event(coordinate, kind, 1, payload);
    event.append_to = [coordinate, kind, payload](Store& store) -> Result<void> {
        BATPAK_CHECK(store.append(coordinate, kind, payload));
        return {};
    };
    return event;
}

// What then() found.
struct CheckReport {
    std::string problem{};  // empty if all is well

    bool ok() const noexcept { return problem.empty(); }
    const std::string& to_string() const noexcept { return problem; }
};

// What is tested, and in which store.
struct Decision {
    StoreConfig config;
    std::vector<ScriptedEvent> before{};
    std::function<Result<void>(Store&)> command;
};

class CrashedWhen;

// A command with what was there before it. Made by given().when().
class When {
public:
    explicit When(Decision decision) : decision_(std::move(decision)) {}

    // It succeeds, and appends exactly these events; or, without any, none.
    template <std::same_as<ScriptedEvent>... Events>
    CheckReport then(Events... events) const {
        return check({std::move(events)...});
    }
    // It fails with this code, and appends nothing.
    CheckReport then_error(ErrorCode code) const;

    // The crash form: at every crash point, or only at this one. See CrashReport.
    CrashedWhen crash_at(AnyIo) const;
    CrashedWhen crash_at(const CrashPoint& point) const;

private:
    CheckReport check(const std::vector<ScriptedEvent>& expected) const;

    Decision decision_;
};

class CrashedWhen {
public:
    CrashedWhen(Decision decision, CrashPlan plan)
        : decision_(std::move(decision)), plan_(std::move(plan)) {}

    CrashedWhen with_seed(std::uint64_t seed) const;

    // However often it was called, and wherever it was cut short, these are the events.
    template <std::same_as<ScriptedEvent>... Events>
    CrashReport then(Events... events) const {
        return check({std::move(events)...});
    }

private:
    CrashReport check(const std::vector<ScriptedEvent>& expected) const;

    Decision decision_;
    CrashPlan plan_;
};

// What is in the store before the command. Made by given().
class Given {
public:
    explicit Given(std::vector<ScriptedEvent> events) : events_(std::move(events)) {}

    // The store is opened with these limits and settings. Its files, clock and randomness are the
    // test's own, whatever the config says.
    Given in(const StoreConfig& config) const {
        Given changed = *this;
        changed.config_ = config;
        return changed;
    }

    // `command` is called with a Store&. Whatever it returns, only its error counts.
    template <class Callable>
    When when(Callable command) const {
        return When({config_, events_, [command = std::move(command)](Store& store) {
                         return answer_of(command, store);
                     }});
    }

private:
    StoreConfig config_{"given"};
    std::vector<ScriptedEvent> events_;
};

template <std::same_as<ScriptedEvent>... Events>
Given given(Events... events) {
    return Given({std::move(events)...});
}

}  // namespace batpak::testing
