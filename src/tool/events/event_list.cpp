// How events go out: as objects with all members, as rows of the fields that were asked for, or,
// into a pipe and if nothing was asked for, as the plain lines that scripts were written for.
#include "tool/events/event_list.hpp"

#include "tool/events/event_output.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::string_view kTableFields = "sequence,time,kind,entity,scope,payload";
// What a file is for may need more than a person reads.
constexpr std::string_view kCsvFields = "sequence,time,kind,entity,version,scope,payload,kind_name";

constexpr std::size_t kKindColumnsMax = 32;  // of a column that is never cut

bool is_number(std::string_view member) {
    return member == "sequence" || member == "version" || member == "payload_version" ||
           member.ends_with("_us") || member.ends_with("_counter") || member.starts_with("batch_");
}

Colour colour_of(std::string_view member) {
    if (member == "sequence") return Colour::Dim;
    if (member == "kind") return Colour::Cyan;
    return member == "entity" ? Colour::Bold : Colour::Plain;
}

std::vector<Rows::Column> columns_of(const std::vector<EventField>& fields) {
    std::vector<Rows::Column> columns;
    for (const EventField& field : fields) {
        const std::string& member = field.path.steps.front();
        const bool fixed = is_number(member) || member == "time" || member == "kind";
        columns.push_back(
            {.name = field.path.text, .colour = colour_of(member), .is_elastic = !fixed});
    }
    return columns;
}

}  // namespace

OutputFormat format_of(const Console& console, const OutputOptions& options) {
    if (options.format) return to_format(*options.format);
    return console.is_json() ? OutputFormat::Ndjson : OutputFormat::Table;
}

// Everything that can be wrong with the options is found here, before a store is opened.
Result<EventList> EventList::create(Console& console, const OutputOptions& options) {
    const OutputFormat format = format_of(console, options);
    const bool is_bare = !options.fields && !options.format;
    const std::string_view usual = format == OutputFormat::Csv ? kCsvFields : kTableFields;
    BATPAK_TRY(std::vector<EventField> fields,
               named("--fields", parse_event_fields(options.fields.value_or(std::string(usual)))));
    // A terminal has columns and gets a table. A pipe without options gets the lines that it always
    // got, so that scripts go on working.
    const bool is_plain =
        is_bare && format == OutputFormat::Table && !console.result_columns().has_value();
    const bool is_whole = !options.fields && form_of(format) == Form::Json;
    return EventList(console, format, std::move(fields), is_plain, is_whole);
}

EventList::EventList(Console& console, OutputFormat format, std::vector<EventField> fields,
                     bool is_plain, bool is_whole)
    : console_(console),
      rows_(console, format, columns_of(fields)),
      fields_(std::move(fields)),
      is_plain_(is_plain),
      is_whole_(is_whole) {}

void EventList::add(const EventView& event) {
    if (is_plain_) return print_event_line(console_, event, names());
    if (is_whole_) return rows_.add_object(event_json(event, names(), console_.ascii_json()));
    const bool is_table = rows_.format() == OutputFormat::Table;
    EventValues values(event, names());
    std::vector<Rows::Cell> cells;
    cells.reserve(fields_.size());
    for (const EventField& field : fields_) {
        Rows::Cell cell{.json = values.text(field, rows_.wants_ascii()), .shown = {}};
        if (is_table && field.path.text == "time") {
            cell.shown = format_second(event.position.hlc.us);
        } else if (is_table && field.path.text == "kind") {
            cell.shown = shorten(names().shown(event.kind()), kKindColumnsMax);
        }
        cells.push_back(std::move(cell));
    }
    rows_.add(cells);
}

void EventList::flush() {
    rows_.flush();
    console_.flush();
}

void EventList::finish() {
    if (!is_plain_) rows_.finish();
}

}  // namespace batpak::tool
