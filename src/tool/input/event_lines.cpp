// Lines to events, with what a person needs if one is wrong: the input, the line and the byte.
// Blank lines count and are passed over. Only the first line may turn out to be another format than
// JSON, and then it is said which.
#include "tool/input/event_lines.hpp"

#include <utility>

#include "tool/input/input_format.hpp"

namespace batpak::tool {
namespace {

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

// For an input that must hold an event before a store is made for it.
Result<void> EventLines::look_ahead() {
    BATPAK_TRY(ahead_, next());
    return {};
}

Result<std::optional<ImportEvent>> EventLines::next() {
    if (ahead_) return std::exchange(ahead_, std::nullopt);
    for (;;) {
        BATPAK_TRY(const std::optional<std::string_view> line, next_not_blank());
        if (!line) return std::optional<ImportEvent>();
        BATPAK_TRY(std::optional<ImportEvent> event, read(*line));
        if (event) return event;
        ++passed_over_;
    }
}

// The lines that have become events, for --resume: those that a mapping passes over were never
// stored, and must not be counted.
Result<std::optional<std::string_view>> EventLines::next_line() {
    for (;;) {
        BATPAK_TRY(const std::optional<std::string_view> line, next_not_blank());
        if (!line || !mapping_.may_pass_over()) return line;
        BATPAK_TRY(const std::optional<ImportEvent> event, read(*line));
        if (event) return line;
        ++passed_over_;
    }
}

Result<std::optional<ImportEvent>> EventLines::read(std::string_view line) const {
    auto event = mapping_.read(line);
    if (event) return event;
    const Error& error = event.error();
    // Only what is no object of JSON can be another format.
    const bool is_foreign = error.code() == ErrorCode::DecodeFailed;
    const auto format =
        lines_.line_number() == 1 && is_foreign ? describe_input(line) : std::nullopt;
    if (!format) return fail(at_line(error));
    Error explained(error.code(), error.detail() + "; " + *format);
    if (error.offset()) explained = std::move(explained).at_offset(*error.offset());
    return fail(at_line(explained));
}

Result<std::optional<std::string_view>> EventLines::next_not_blank() {
    for (;;) {
        auto line = lines_.next();
        if (line && *line && is_blank(**line)) continue;
        if (line || lines_.line_number() > 0) return line;
        // One line without an end may be no text at all.
        const auto format = describe_input(lines_.head());
        const Error& error = line.error();
        if (!format || error.code() != ErrorCode::InvalidArgument) return line;
        return fail(Error(error.code(), error.detail() + "; " + *format).at(error.place()));
    }
}

bool EventLines::pauses(int milliseconds) { return !ahead_ && lines_.pauses(milliseconds); }

Error EventLines::at_line(const Error& error) const {
    std::string place = lines_.name() + ", line " + std::to_string(lines_.line_number());
    if (error.offset()) place += ", byte " + std::to_string(*error.offset());
    return Error(error.code(), error.detail()).at(std::move(place));
}

}  // namespace batpak::tool
