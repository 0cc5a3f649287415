// top: what is being appended, by looking at the store as tail --follow does.
//
// On a terminal the lines are drawn again in their place, by going up as many lines as there were:
// whatever ends the program, the terminal needs no repair. Elsewhere each interval is a block of
// lines, or an object.
#include <algorithm>
#include <chrono>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/rows.hpp"
#include "tool/files/log_size.hpp"
#include "tool/questions/moment.hpp"
#include "tool/top/top_sample.hpp"

namespace batpak::tool {
namespace {

using std::chrono::steady_clock;

// How often the store is looked at inside an interval, so that a look is short.
constexpr std::chrono::milliseconds kTopLook(100);

class Top {
public:
    // Borrows: all of them.
    Top(ReadOnlyStore& store, LogSize size, Console& console)
        : store_(store), size_(std::move(size)), console_(console), names_(store) {}

    Result<void> begin() {
        BATPAK_TRY(const LogSize::Now now, size_.measure());
        first_bytes_ = last_bytes_ = now.bytes;
        seen_ = store_.visible_end();
        started_ = last_ = steady_clock::now();
        return {};
    }

    // Looks until the interval is over, or a signal came, or nobody reads any more.
    Result<TopSample> watch(std::chrono::seconds interval) {
        sample_.events = 0;
        const auto until = last_ + interval;
        for (auto now = last_; now < until && !interrupted() && !console_.gone();
             now = steady_clock::now()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
            (void)wait_readable(-1, static_cast<int>(std::min(kTopLook, left).count()));
            BATPAK_CHECK(look());
        }
        return sum_up();
    }

    const TopNames& of() const noexcept { return of_; }
    const KindNames& names() const noexcept { return names_; }

private:
    Result<void> look() {
        BATPAK_TRY(const Sequence end, store_.refresh());
        // What was counted stays counted, because it did arrive; what has taken its place is
        // counted as well.
        if (const auto from = store_.corrected_from(); from && *from < seen_) {
            seen_ = *from;
            size_.forget();
        }
        if (seen_ == end) return {};
        EventRange range = store_.query(Region::all().with_sequences(seen_, end));
        while (const Result<EventView>* const event = range.next()) {
            if (!*event) {
                ++sample_.unreadable;
                continue;
            }
            ++sample_.events;
            ++sample_.events_since;
            of_.add(**event);
        }
        names_.forget();
        seen_ = end;
        return {};
    }

    // A compaction makes a log smaller: then nothing is said to have come.
    Result<TopSample> sum_up() {
        const auto now = steady_clock::now();
        sample_.took = now - last_;
        sample_.since = now - started_;
        last_ = now;
        BATPAK_TRY(const LogSize::Now size, size_.measure());
        sample_.bytes = size.bytes - std::min(size.bytes, last_bytes_);
        sample_.bytes_since = size.bytes - std::min(size.bytes, first_bytes_);
        last_bytes_ = size.bytes;
        sample_.store_bytes = size.bytes;
        sample_.segments = size.segments;
        sample_.end = store_.visible_end().value;
        sample_.durable_end = store_.durable_end().value;
        sample_.now_us = now_us();
        return sample_;
    }

    ReadOnlyStore& store_;
    LogSize size_;
    Console& console_;
    KindNames names_;
    TopNames of_;
    TopSample sample_;
    Sequence seen_;
    std::uint64_t first_bytes_ = 0;
    std::uint64_t last_bytes_ = 0;
    steady_clock::time_point started_;
    steady_clock::time_point last_;
};

// Lines in the place of those that were drawn before.
class Drawing {
public:
    explicit Drawing(Console& console) : console_(console) {}

    void draw(const std::vector<std::string>& lines, std::size_t window_lines) {
        // A window that has become lower has moved what was above it out of reach.
        const std::size_t up = std::min(drawn_, window_lines > 0 ? window_lines - 1 : 0);
        if (up > 0) console_.print("\x1b[{}A\r\x1b[J", up);
        for (const std::string& line : lines) console_.print("{}\n", line);
        drawn_ = lines.size();
        console_.flush();
    }

private:
    Console& console_;
    std::size_t drawn_ = 0;
};

// How many intervals; nothing: until a signal comes.
std::optional<std::uint64_t> intervals_of(const TopCommand& command, bool is_live) {
    if (command.once) return 1;
    if (command.count || is_live) return command.count;
    return 1;
}

}  // namespace

Result<ExitCode> run(const TopCommand& command, Console& console) {
    if (command.once && command.count) {
        return fail(ErrorCode::InvalidArgument, "--once is --count 1: give one of them");
    }
    const OutputFormat format = format_of(console, command.output);
    BATPAK_TRY(ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    BATPAK_TRY(LogSize size, LogSize::open(command.directory));
    Top top(store, std::move(size), console);
    catch_interrupts();
    BATPAK_CHECK(top.begin());
    const bool is_table = format == OutputFormat::Table;
    const bool is_live = is_table && console.results_on_terminal();
    const auto intervals = intervals_of(command, is_live);
    Rows rows(console, format, {{"top"}});  // whose objects are whole
    Drawing drawing(console);
    for (std::uint64_t i = 0; !intervals || i < *intervals; ++i) {
        BATPAK_TRY(const TopSample sample, top.watch(std::chrono::seconds(command.interval_s)));
        // An interval that a signal cut short is shown where it is the only one that was asked for.
        if ((interrupted() && i > 0) || console.gone()) break;
        if (is_table) {
            const TopScreen screen{console.result_columns().value_or(0),
                                   console.result_lines().value_or(1) - 1};
            drawing.draw(top_lines(sample, top.of(), top.names(), command.directory, screen),
                         is_live ? screen.lines + 1 : 0);
        } else {
            rows.add_object(top_json(sample, top.of(), top.names(), rows.wants_ascii()));
            console.flush();
        }
        if (interrupted()) break;
    }
    rows.finish();
    return ExitCode::Ok;
}

}  // namespace batpak::tool
