// EventLines: the events that the lines of an input say.
//
// Blank lines count nowhere. An error says which line it is about and, where it is known, at which
// byte of it; if the first line is no JSON, also what the input is instead.
//
// Threads: thread-compatible
// Errors:  those of LineReader and ImportMapping
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "batpak/base/result.hpp"
#include "tool/input/import_mapping.hpp"
#include "tool/input/line_reader.hpp"

namespace batpak::tool {

class EventLines {
public:
    // Borrows: both.
    EventLines(LineReader& lines, const ImportMapping& mapping)
        : lines_(lines), mapping_(mapping) {}

    // Reads the first event ahead, so that an input that holds none is found out before anything
    // is made for it.
    [[nodiscard]] Result<void> look_ahead();
    // The next event. Nothing at the end of the input, or when a signal asked to stop.
    [[nodiscard]] Result<std::optional<ImportEvent>> next();
    // The next line that says an event, unread. Requires: no event was read ahead. Borrows: until
    // the next call.
    [[nodiscard]] Result<std::optional<std::string_view>> next_line();
    // What the line says. Nothing if it is a record of batpak's own.
    [[nodiscard]] Result<std::optional<ImportEvent>> read(std::string_view line) const;

    // Whether nothing can be read now, and nothing came for so long.
    bool pauses(int milliseconds);
    // The error, with the place of the line that was given out last.
    Error at_line(const Error& error) const;

    const LineReader& lines() const noexcept { return lines_; }
    // Records of batpak's own.
    std::uint64_t passed_over() const noexcept { return passed_over_; }

private:
    [[nodiscard]] Result<std::optional<std::string_view>> next_not_blank();

    LineReader& lines_;
    const ImportMapping& mapping_;
    std::optional<ImportEvent> ahead_;
    std::uint64_t passed_over_ = 0;
};

}  // namespace batpak::tool
