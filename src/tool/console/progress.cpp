// One line on the error stream that is written over ten times a second at most, and only if that
// stream is a terminal. Commands clear it before they write anything else there.
#include "tool/console/progress.hpp"

#include <algorithm>

#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kBarColumns = 30;
constexpr std::chrono::milliseconds kInterval(100);
constexpr std::string_view kClearLine = "\r\x1b[K";
// Before, a guess at how long the rest takes says nothing.
constexpr std::chrono::seconds kGuessAfter(1);

std::string whole_seconds(std::chrono::seconds duration) {
    const auto seconds = duration.count();
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

// "[####....]  50 %  3 s left  "; empty if there is no saying how much is done.
std::string bar(const Progress::State& state, std::chrono::nanoseconds elapsed) {
    if (!state.total || *state.total == 0) return "";
    const double part =
        std::min(1.0, static_cast<double>(state.done) / static_cast<double>(*state.total));
    const auto full = static_cast<std::size_t>(part * kBarColumns);
    std::string text = fmt::format("[{}{}] {:3.0f} %  ", std::string(full, '#'),
                                   std::string(kBarColumns - full, '.'), part * 100);
    if (elapsed > kGuessAfter && state.done > 0) {
        const std::chrono::duration<double, std::nano> left = elapsed * ((1 - part) / part);
        // In whole seconds, so that the line does not flicker.
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
        text += fmt::format("{} left  ", whole_seconds(seconds));
    }
    return text;
}

}  // namespace

Progress::Progress(Console& console)
    : console_(console), start_(std::chrono::steady_clock::now()), next_(start_ + kInterval) {}

Progress::~Progress() { clear(); }

void Progress::show(const State& state) {
    if (!console_.errors_on_terminal()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    shown_ = true;
    const std::string line = progress_line(state, now - start_, console_.error_columns());
    console_.write_error_stream(std::string(kClearLine) + line);
}

void Progress::clear() {
    if (shown_) console_.write_error_stream(kClearLine);
    shown_ = false;
}

std::string progress_line(const Progress::State& state, std::chrono::nanoseconds elapsed,
                          std::size_t columns) {
    const std::string amount = fmt::format("{}  {}/s", count_of(state.events, "event"),
                                           format_count(rate(state.events, elapsed)));
    std::string line = bar(state, elapsed);
    // A line that reaches the last column may wrap, and then clearing it leaves its beginning.
    if (line.size() + amount.size() >= columns) line.clear();
    return line + amount.substr(0, std::max<std::size_t>(columns, 1) - 1);
}

std::uint64_t rate(std::uint64_t events, std::chrono::nanoseconds elapsed) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    if (seconds <= 0) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(events) / seconds);
}

}  // namespace batpak::tool
