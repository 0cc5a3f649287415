// EventList: events one after another, in the form and with the fields that were asked for.
//
// Unless something was asked for, people get a table on a terminal, and elsewhere a line for each
// event, without header and never cut, for programs such as grep.
//
// Threads: thread-compatible
// Errors:  create(): InvalidArgument
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tool/console/rows.hpp"
#include "tool/events/event_members.hpp"

namespace batpak::tool {

// --format and --fields, as they were given.
struct OutputOptions {
    std::optional<std::string> format;
    std::optional<std::string> fields;
};

class EventList {
public:
    // Borrows: the console.
    [[nodiscard]] static Result<EventList> create(Console& console, const OutputOptions& options);

    // What kinds are called from now on. Borrows: the names.
    void show_names(const KindNames& names) noexcept { names_ = &names; }
    void add(const EventView& event);
    // A whole object among those of the events. Requires: is_json().
    void add_object(std::string_view json) { rows_.add_object(json); }
    bool is_json() const noexcept { return rows_.is_json(); }
    // Whether each event is one line, as nothing was asked for.
    bool is_plain() const noexcept { return is_plain_; }
    void flush();
    void finish();

private:
    const KindNames& names() const noexcept { return names_ == nullptr ? no_names_ : *names_; }
    EventList(Console& console, OutputFormat format, std::vector<EventField> fields, bool is_plain,
              bool is_whole);

    Console& console_;
    Rows rows_;
    std::vector<EventField> fields_;
    bool is_plain_;
    bool is_whole_;  // objects have all members
    KindNames no_names_;
    const KindNames* names_ = nullptr;
};

// The format that was asked for, or that the console stands for.
OutputFormat format_of(const Console& console, const OutputOptions& options);

}  // namespace batpak::tool
