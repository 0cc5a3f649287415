// Console: the two streams a command speaks on: results on the one, errors and progress on the
// other.
//
// Results are buffered; flush() is for commands that wait for more. A reader who goes away (a pipe
// into head) is no error: what is written afterwards is dropped, and gone() tells long commands to
// stop. Any other failure to write is kept for finish(). Colours are for terminals without
// NO_COLOR.
//
// Threads: thread-compatible
// Errors:  finish(): Io, DiskFull
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/result.hpp"
#include "tool/console/exit_code.hpp"

namespace batpak::tool {

enum class Colour : std::uint8_t { Plain, Dim, Bold, Red, Green, Yellow, Cyan };

enum class Form : std::uint8_t { Human, Json };

class Console {
public:
    struct Stream {
        int descriptor = -1;
        bool is_terminal = false;
        bool has_colours = false;
    };

    Console(const Stream& results, const Stream& errors) : results_(results), errors_(errors) {}
    // Standard output and standard error. Makes SIGPIPE an error of write(), and reading or writing
    // a standard stream that is closed an error, too, instead of one of the store's files.
    static Console of_process();

    Form form() const noexcept { return form_; }
    bool is_json() const noexcept { return form_ == Form::Json; }
    void set_form(Form form) noexcept { form_ = form; }
    // JSON for a terminal is ASCII, so that nothing in it is obeyed.
    bool ascii_json() const noexcept { return results_.is_terminal; }
    bool results_on_terminal() const noexcept { return results_.is_terminal; }
    bool errors_on_terminal() const noexcept { return errors_.is_terminal; }
    // How wide the terminal of the results is now, 80 if it does not say; nothing elsewhere.
    std::optional<std::size_t> result_columns() const noexcept;
    // How many lines it shows; 24 if it does not say. Nothing elsewhere.
    std::optional<std::size_t> result_lines() const noexcept;
    // How wide the terminal of the stream of errors is now; 80 if it does not say.
    std::size_t error_columns() const noexcept;

    // A result, as it is.
    void write(std::string_view text);
    template <class... Arguments>
    void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(buffer_), format, std::forward<Arguments>(arguments)...);
        write({});
    }
    std::string paint(Colour colour, std::string_view text) const;
    void flush();
    // Whether nobody reads results any more. Asks the system, for commands that write seldom.
    bool gone() noexcept;

    // One error on the stream of errors, as text or as a JSON object; returns what to exit with.
    ExitCode report(const Error& error);
    // The same for a failure that no Error stands for.
    ExitCode complain(ExitCode code, std::string_view text);
    // A line for people on the stream of errors; nothing in JSON form.
    void note(std::string_view text);
    // As it is, at once: the progress bar.
    void write_error_stream(std::string_view text);

    // Writes what is buffered.
    [[nodiscard]] Result<void> finish();

private:
    Stream results_;
    Stream errors_;
    Form form_ = Form::Human;
    bool gone_ = false;
    std::string buffer_;
    std::optional<Error> failure_;
};

}  // namespace batpak::tool
