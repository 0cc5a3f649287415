// The events of a filter as a file to keep: a line of JSON for each, or a table.
//
// A file is bounded as every answer is. One that ends before its events do says where the next
// begins, so that a part is never taken for the whole. Programs that compute tables take a cell
// that begins with certain characters for a formula: such text gets an apostrophe before it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "inspector/answers/answers.hpp"
#include "inspector/answers/window.hpp"
#include "tool/events/event_members.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

using tool::EventField;
using tool::EventValues;
using tool::KindNames;

enum class Format : std::uint8_t { Lines, Csv };

constexpr std::string_view kCsvFields =
    "sequence,time,kind,kind_name,entity,version,scope,id,correlation,causation,payload";

bool is_number(std::string_view text) {
    const auto is_of_number = [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
    };
    return !text.empty() && std::ranges::all_of(text, is_of_number) &&
           std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A cell of RFC 4180. `json` is a value: of a text, what it says.
std::string csv_cell(const std::optional<std::string>& json,
                     const std::optional<nlohmann::json>& value) {
    if (!json) return "";
    std::string text = value && value->is_string() ? value->get<std::string>() : *json;
    constexpr std::string_view kFormula = "=+-@\t\r";
    const bool is_plain_number = value && value->is_number() && is_number(text);
    if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos &&
        !is_plain_number) {
        text.insert(text.begin(), '\'');
    }
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

class Written {
public:
    Written(Format format, std::vector<EventField> fields, const std::string& head,
            const KindNames& names)
        : format_(format), fields_(std::move(fields)), names_(names) {
        if (format_ == Format::Csv) text_ = head + "\r\n";
    }

    void add(const EventView& event) {
        if (format_ == Format::Lines) {
            text_ += event_with_payload_up_to(kPayloadBytesInPage, event, names_) + "\n";
        } else if (event.payload.size() <= kPayloadBytesInPage) {
            text_ += row(event);
        } else {
            add_error(Error(ErrorCode::InvalidArgument,
                            "a payload of " + std::to_string(event.payload.size()) +
                                " bytes is more than a file of this kind has: `batpak export`")
                          .at_sequence(event.sequence()));
        }
    }
    void add_error(const Error& error) {
        const std::string json = "{\"error\":" + tool::error_json(error, false) + "}";
        text_ += format_ == Format::Csv ? csv_cell(json, std::nullopt) + "\r\n" : json + "\n";
    }
    std::size_t bytes() const noexcept { return text_.size(); }
    void end_at(std::optional<Sequence> next) {
        if (!next || format_ == Format::Csv) return;
        text_ += "{\"next\":" + std::to_string(next->value) + "}\n";
    }
    std::string take() { return std::move(text_); }

private:
    std::string row(const EventView& event) const {
        EventValues values(event, names_);
        std::string line;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            if (i > 0) line += ',';
            line += csv_cell(values.text(fields_[i], false), values.value(fields_[i]));
        }
        return line + "\r\n";
    }

    Format format_;
    std::vector<EventField> fields_;
    const KindNames& names_;
    std::string text_;
};

Result<Format> format_of(const Parameters& parameters) {
    const std::string format = parameters.text("format").value_or("ndjson");
    if (format == "ndjson") return Format::Lines;
    if (format == "csv") return Format::Csv;
    return fail(ErrorCode::InvalidArgument, "\"format\" is ndjson or csv");
}

}  // namespace

Result<Download> answer_export(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"format", "fields"}, true));
    BATPAK_TRY(const Format format, format_of(parameters));
    const std::string head = parameters.text("fields").value_or(std::string(kCsvFields));
    if (format == Format::Lines && parameters.text("fields")) {
        return fail(ErrorCode::InvalidArgument, "\"fields\" are the columns of csv");
    }
    BATPAK_TRY(std::vector<EventField> fields, tool::parse_event_fields(head));
    BATPAK_TRY(const tool::Filter filter, parameters.filter());
    const KindNames names(store);
    BATPAK_TRY(const Region region, filter.to_region(tool::now_us(), names));
    BATPAK_TRY(const std::optional<tool::Where> where, filter.to_where());
    BATPAK_TRY(const Window window, window_of(store, region, filter, true));
    EventRange range = store.query(region, {.from = window.begin, .end = window.end});
    Written written(format, std::move(fields), head, names);
    std::uint64_t looked = 0;
    std::size_t read_bytes = 0;
    std::optional<Sequence> next;
    if (!window.is_whole) next = window.end;
    while (const Result<EventView>* const event = range.next()) {
        const std::optional<Sequence> at =
            *event ? std::optional((*event)->sequence()) : (*event).error().sequence();
        if (++looked > kScannedMax || written.bytes() >= kAnswerBytesMax ||
            read_bytes >= kReadBytesMax) {
            next = at.value_or(window.end);
            break;
        }
        if (!*event) {
            written.add_error((*event).error());
            continue;
        }
        read_bytes += (*event)->payload.size();
        if (!where || where->keeps(**event, names)) written.add(**event);
    }
    written.end_at(next);
    return Download{
        .text = written.take(),
        .type = format == Format::Csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
        .name = format == Format::Csv ? "events.csv" : "events.ndjson",
        .next = next};
}

}  // namespace batpak::inspector
