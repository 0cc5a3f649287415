// Two streams. Results go to the first through a buffer; notes and errors go to the second at once,
// after what was written before them. A reader that closes its end, as `head` does, ends the
// command and is no failure; any other error of the output is one, because results that are cut off
// look whole.
#include "tool/console/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "tool/text/json_line.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kBufferBytes = 64U << 10;

Console::Stream stream_of(int descriptor) {
    const bool is_terminal = ::isatty(descriptor) == 1;
    const char* const no_color = std::getenv("NO_COLOR");
    const char* const term = std::getenv("TERM");
    const bool wants_colours = no_color == nullptr || *no_color == '\0';
    const bool can_colours = term == nullptr || std::string_view(term) != "dumb";
    return {descriptor, is_terminal, is_terminal && wants_colours && can_colours};
}

// Returns errno, or 0 when all was written. A signal in between is no reason to stop: half a line
// of JSON is worse than none.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(descriptor, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return 0;
}

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::Plain: return "0";
        case Colour::Dim: return "2";
        case Colour::Bold: return "1";
        case Colour::Red: return "31";
        case Colour::Green: return "32";
        case Colour::Yellow: return "33";
        case Colour::Cyan: return "36";
    }
    return "0";
}

std::string painted(bool has_colours, Colour colour, std::string_view text) {
    if (!has_colours || colour == Colour::Plain) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

// Takes the numbers of closed standard streams, so that no file gets them. What is opened for the
// wrong way can neither be read nor written.
void hold_standard_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is this one, since those below are taken.
        (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

std::size_t terminal_columns(int descriptor) noexcept {
    constexpr std::size_t kUsual = 80;
    ::winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kUsual;
}

}  // namespace

// Without these signals a closed pipe, and a file that may not grow, are errors of a write, which
// can be told from others.
Console Console::of_process() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    hold_standard_streams();
    return {stream_of(STDOUT_FILENO), stream_of(STDERR_FILENO)};
}

void Console::write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
}

std::string Console::paint(Colour colour, std::string_view text) const {
    return painted(results_.has_colours, colour, text);
}

void Console::flush() {
    const std::string text = std::exchange(buffer_, {});
    if (gone_ || text.empty()) return;
    const int error = write_all(results_.descriptor, text);
    if (error == 0) return;
    gone_ = true;
    if (error == EPIPE) return;
    const ErrorCode code = error == ENOSPC ? ErrorCode::DiskFull : ErrorCode::Io;
    failure_ =
        Error(code, "the results are not complete").at("standard output").with_os_error(error);
}

std::optional<std::size_t> Console::result_columns() const noexcept {
    if (!results_.is_terminal) return std::nullopt;
    return terminal_columns(results_.descriptor);
}

std::optional<std::size_t> Console::result_lines() const noexcept {
    constexpr std::size_t kUsual = 24;
    if (!results_.is_terminal) return std::nullopt;
    ::winsize size{};
    const bool known = ::ioctl(results_.descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return known ? size.ws_row : kUsual;
}

std::size_t Console::error_columns() const noexcept { return terminal_columns(errors_.descriptor); }

// Asked of the pipe itself, because a command may have nothing to write for a long time.
bool Console::gone() noexcept {
    if (gone_ || results_.is_terminal) return gone_;
    ::pollfd asked{.fd = results_.descriptor, .events = 0, .revents = 0};
    if (::poll(&asked, 1, 0) > 0 && (asked.revents & POLLERR) != 0) gone_ = true;
    return gone_;
}

ExitCode Console::report(const Error& error) {
    const ExitCode code = exit_code(error.error_class());
    flush();
    if (is_json()) {
        JsonLine line(false);
        line.raw("error", error_json(error, false));
        line.number("exit", static_cast<std::uint64_t>(to_number(code)));
        write_error_stream(line.finish() + "\n");
        return code;
    }
    write_error_stream(fmt::format("{} {}\n", painted(errors_.has_colours, Colour::Red, "batpak:"),
                                   escape_line(error.to_string())));
    return code;
}

ExitCode Console::complain(ExitCode code, std::string_view text) {
    flush();
    if (is_json()) {
        JsonLine line(false);
        JsonLine inner(false);
        inner.text("text", text);
        line.raw("error", inner.finish());
        line.number("exit", static_cast<std::uint64_t>(to_number(code)));
        write_error_stream(line.finish() + "\n");
        return code;
    }
    write_error_stream(fmt::format("{} {}\n", painted(errors_.has_colours, Colour::Red, "batpak:"),
                                   escape_line(text)));
    return code;
}

void Console::note(std::string_view text) {
    if (is_json()) return;
    flush();
    write_error_stream(fmt::format("{}\n", escape_line(text)));
}

void Console::write_error_stream(std::string_view text) {
    // Who closed this stream does not want to hear of it.
    (void)write_all(errors_.descriptor, text);
}

Result<void> Console::finish() {
    flush();
    if (failure_) return fail(*failure_);
    return {};
}

}  // namespace batpak::tool
