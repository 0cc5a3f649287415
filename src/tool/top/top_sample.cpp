// A screen has a head of four lines and three lists. Where it is low, the lists get shorter, the
// one of entities last; where it is narrow, names give way before numbers do.
#include "tool/top/top_sample.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/bytes.hpp"
#include "tool/console/progress.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// So many of each in JSON, and where no window says otherwise.
constexpr std::size_t kListed = 10;
constexpr std::size_t kNumberColumns = 14;
constexpr std::size_t kNameColumnsMin = 8;
constexpr std::size_t kTopNameColumnsMax = 48;

std::array<char, 2> key_of(EventKind kind) {
    // Busiest counts texts: the two bytes of the number are one.
    return {static_cast<char>(kind.number() >> 8U), static_cast<char>(kind.number() & 0xFFU)};
}

std::string list_json(const std::vector<Busiest::Entry>& entries, std::string_view member,
                      bool ascii) {
    std::string list = "[";
    for (const Busiest::Entry& entry : entries) {
        JsonLine line(ascii);
        line.text(member, entry.name);
        line.number("events", entry.events);
        if (entry.error > 0) line.number("error", entry.error);
        list += (list.size() > 1 ? "," : "") + line.finish();
    }
    return list + "]";
}

std::string kinds_json(const TopNames& of, const KindNames& names, bool ascii) {
    std::string list = "[";
    for (const Busiest::Entry& entry : of.kinds.top(kListed)) {
        const EventKind kind = TopNames::kind_of_key(entry.name);
        JsonLine line(ascii);
        line.text("kind", to_string(kind));
        if (const auto name = names.name_of(kind); !name.empty()) line.text("kind_name", name);
        line.number("events", entry.events);
        if (entry.error > 0) line.number("error", entry.error);
        list += (list.size() > 1 ? "," : "") + line.finish();
    }
    return list + "]";
}

// As many columns as were asked for, whatever is in the text.
std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
    const std::size_t have = columns(text);
    const std::string blanks(width > have ? width - have : 0, ' ');
    return to_the_right ? blanks + text : text + blanks;
}

class Screen {
public:
    explicit Screen(const TopScreen& screen) : screen_(screen) {}

    void line(const std::string& text) {
        lines_.push_back(screen_.columns == 0 ? text : shorten(text, screen_.columns));
    }

    // A count that may be too high is said to be about that.
    void list(std::string_view title, const std::vector<Busiest::Entry>& entries) {
        if (entries.empty()) return;
        std::size_t width = columns(title);
        for (const auto& entry : entries) width = std::max(width, columns(entry.name));
        width = std::min(width, kTopNameColumnsMax);
        if (screen_.columns > 0) {
            const std::size_t room =
                screen_.columns > kNumberColumns ? screen_.columns - kNumberColumns : 0;
            width = std::max(kNameColumnsMin, std::min(width, room));
        }
        line("");
        line(padded(std::string(title), width, false) + padded("events", kNumberColumns, true));
        for (const Busiest::Entry& entry : entries) {
            const std::string count = (entry.error > 0 ? "~" : "") + format_count(entry.events);
            line(padded(shorten(entry.name, width), width, false) +
                 padded(count, kNumberColumns, true));
        }
    }

    std::vector<std::string> take() { return std::move(lines_); }

    // How many names each list may have: kinds, entities, scopes.
    std::array<std::size_t, 3> list_sizes() const {
        if (screen_.lines == 0) return {kListed, kListed, kListed};
        constexpr std::size_t head = 4;
        constexpr std::size_t titles = 6;
        const std::size_t room = screen_.lines > head + titles ? screen_.lines - head - titles : 0;
        // Half of the room, or more, is for entities, of which there are most.
        const std::size_t few = std::min(kListed, room / 4);
        return {few, room - 2 * few, few};
    }

private:
    const TopScreen screen_;
    std::vector<std::string> lines_;
};

std::vector<Busiest::Entry> shown_names(const Busiest& of, std::size_t count) {
    std::vector<Busiest::Entry> entries = of.top(count);
    for (Busiest::Entry& entry : entries) entry.name = escape(entry.name);
    return entries;
}

std::vector<Busiest::Entry> shown_kinds(const TopNames& of, const KindNames& names,
                                        std::size_t count) {
    std::vector<Busiest::Entry> entries = of.kinds.top(count);
    for (Busiest::Entry& entry : entries)
        entry.name = names.shown(TopNames::kind_of_key(entry.name));
    return entries;
}

}  // namespace

void TopNames::add(const EventView& event) {
    const std::array<char, 2> key = key_of(event.kind());
    kinds.add({key.data(), key.size()});
    entities.add(event.entity);
    scopes.add(event.scope);
}

EventKind TopNames::kind_of_key(std::string_view key) {
    const auto high = static_cast<unsigned char>(key[0]);
    const auto low = static_cast<unsigned char>(key[1]);
    return EventKind::from_number(static_cast<std::uint16_t>(high << 8U | low));
}

std::string top_json(const TopSample& sample, const TopNames& of, const KindNames& names,
                     bool ascii) {
    JsonLine line(ascii);
    line.text("time", format_time(sample.now_us));
    line.number("milliseconds",
                static_cast<std::uint64_t>(sample.took / std::chrono::milliseconds(1)));
    line.number("events", sample.events);
    line.number("events_per_second", rate(sample.events, sample.took));
    line.number("bytes", sample.bytes);
    line.number("bytes_per_second", rate(sample.bytes, sample.took));
    line.number("events_since_start", sample.events_since);
    line.number("bytes_since_start", sample.bytes_since);
    line.number("unreadable", sample.unreadable);
    line.number("end", sample.end);
    line.number("durable_end", sample.durable_end);
    line.number("store_bytes", sample.store_bytes);
    line.number("segments", sample.segments);
    line.raw("kinds", kinds_json(of, names, ascii));
    line.raw("entities", list_json(of.entities.top(kListed), "entity", ascii));
    line.raw("scopes", list_json(of.scopes.top(kListed), "scope", ascii));
    return line.finish();
}

std::vector<std::string> top_lines(const TopSample& sample, const TopNames& of,
                                   const KindNames& names, std::string_view directory,
                                   const TopScreen& screen) {
    Screen lines(screen);
    lines.line(fmt::format("{}  {}, {} since the start", escape(directory),
                           format_second(sample.now_us), format_duration(sample.since)));
    lines.line(fmt::format("events  {}/s, {} since the start, {} in the store",
                           format_count(rate(sample.events, sample.took)),
                           format_count(sample.events_since), format_count(sample.end)));
    lines.line(fmt::format("bytes   {}/s, {} since the start, {} in {}",
                           format_bytes(rate(sample.bytes, sample.took)),
                           format_bytes(sample.bytes_since), format_bytes(sample.store_bytes),
                           count_of(sample.segments, "segment")));
    std::string lag =
        fmt::format("lag     {} not known to be durable yet",
                    count_of(sample.end - std::min(sample.end, sample.durable_end), "event"));
    if (sample.unreadable > 0)
        lag += fmt::format("; {} could not be read", count_of(sample.unreadable, "event"));
    lines.line(lag);
    const auto [kinds, entities, scopes] = lines.list_sizes();
    lines.list("kind", shown_kinds(of, names, kinds));
    lines.list("entity", shown_names(of.entities, entities));
    lines.list("scope", shown_names(of.scopes, scopes));
    return lines.take();
}

}  // namespace batpak::tool
