// Rows of cells in four formats. JSON and CSV go out as they come. A table needs widths, which come
// from the first rows and the terminal: those rows are held back, and later ones keep the widths,
// so that a long output begins at once and needs no memory.
#include "tool/console/rows.hpp"

#include <algorithm>
#include <numeric>

#include "batpak/base/assert.hpp"
#include "batpak/json.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kElasticColumnsMin = 8;
// So narrow that an ellipsis is all that is left of a cell.
constexpr std::size_t kAnyColumnsMin = 1;

// A JSON string as its text; any other value as it is written.
std::string plain_text(std::string_view json) {
    if (!json.starts_with('"')) return std::string(json);
    const auto value = nlohmann::json::parse(json, nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string(json);
}

bool is_json_number(std::string_view json) {
    return !json.empty() && (json[0] == '-' || (json[0] >= '0' && json[0] <= '9'));
}

// The widest of the columns that may still give way, if there is one.
std::optional<std::size_t> widest(const std::vector<std::size_t>& widths,
                                  const std::vector<bool>& elastic, bool is_elastic_only) {
    std::optional<std::size_t> found;
    const std::size_t least = is_elastic_only ? kElasticColumnsMin : kAnyColumnsMin;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        if (widths[i] <= least || (is_elastic_only && !elastic[i])) continue;
        // Of equals the last: what identifies an event comes first.
        if (!found || widths[i] >= widths[*found]) found = i;
    }
    return found;
}

}  // namespace

std::vector<std::string> format_names() { return {"table", "json", "ndjson", "csv"}; }

OutputFormat to_format(std::string_view name) {
    if (name == "json") return OutputFormat::Json;
    if (name == "ndjson") return OutputFormat::Ndjson;
    if (name == "csv") return OutputFormat::Csv;
    BATPAK_ASSERT(name == "table");
    return OutputFormat::Table;
}

Form form_of(OutputFormat format) noexcept {
    return format == OutputFormat::Json || format == OutputFormat::Ndjson ? Form::Json
                                                                          : Form::Human;
}

Rows::Rows(Console& console, OutputFormat format, std::vector<Column> columns)
    : console_(console),
      format_(format),
      columns_(std::move(columns)),
      aligns_(columns_.size(), Table::Align::Left),
      has_text_(columns_.size(), false) {
    BATPAK_ASSERT(!columns_.empty());
}

// A column of numbers is aligned to the right, which is decided with the widths and not changed
// after.
void Rows::add(const std::vector<Cell>& cells) {
    BATPAK_ASSERT(cells.size() == columns_.size());
    if (is_json()) return write_object(cells);
    if (format_ == OutputFormat::Csv) return write_csv(cells);
    std::vector<Table::Cell> row;
    row.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        row.push_back({shown(cells[i]), columns_[i].colour});
        if (!cells[i].json) continue;
        const bool is_number = is_json_number(*cells[i].json);
        has_text_[i] = has_text_[i] || !is_number;
        if (widths_.empty()) {
            aligns_[i] = has_text_[i] ? Table::Align::Left : Table::Align::Right;
        }
    }
    sample_.push_back(std::move(row));
    if (!widths_.empty() || sample_.size() >= kSampleRows) flush();
}

void Rows::add_object(std::string_view json) {
    BATPAK_ASSERT(is_json());
    if (format_ == OutputFormat::Ndjson) {
        console_.write(json);
        console_.write("\n");
        return;
    }
    console_.write(std::exchange(begun_, true) ? ",\n" : "[\n");
    console_.write(json);
}

void Rows::flush() {
    if (format_ != OutputFormat::Table || sample_.empty()) return;
    if (widths_.empty()) lay_out();
    // Only a terminal has a width. A file or a pipe gets each cell whole.
    const bool cuts = console_.result_columns().has_value();
    for (const std::vector<Table::Cell>& row : sample_) {
        console_.write(table_line(console_, row, aligns_, widths_, cuts));
    }
    sample_.clear();
}

void Rows::finish() {
    if (format_ == OutputFormat::Table) return flush();
    if (format_ == OutputFormat::Json) console_.write(begun_ ? "\n]\n" : "[]\n");
    // No row: a table without rows still has its header.
    if (format_ == OutputFormat::Csv && !begun_) write_csv({});
}

// Decides the widths, and puts the header before the first rows.
void Rows::lay_out() {
    std::vector<Table::Cell> header;
    std::vector<bool> elastic;
    for (const Column& column : columns_) {
        header.push_back({escape(column.name), Colour::Dim});
        elastic.push_back(column.is_elastic);
    }
    sample_.insert(sample_.begin(), std::move(header));
    widths_.assign(columns_.size(), 0);
    for (const std::vector<Table::Cell>& row : sample_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths_[i] = std::max(widths_[i], columns(row[i].text));
        }
    }
    if (const auto room = console_.result_columns()) {
        widths_ = fit_widths(std::move(widths_), elastic, kTableGap.size(), *room);
    }
}

void Rows::write_csv(const std::vector<Cell>& cells) {
    std::string out;
    if (!std::exchange(begun_, true)) {
        for (const Column& column : columns_) {
            out += (out.empty() ? "" : ",") + csv_cell(json_quote(column.name, false));
        }
        out += '\n';
    }
    const std::size_t begin = out.size();
    for (const Cell& cell : cells) {
        if (&cell != cells.data()) out += ',';
        if (!cell.json) continue;
        // A terminal obeys what stands in a text; a file gets it as it is.
        const bool escapes = console_.results_on_terminal();
        out += escapes ? escape(csv_cell(*cell.json)) : csv_cell(*cell.json);
    }
    // A single empty cell would be a blank line, which readers pass over.
    if (!cells.empty() && out.size() == begin) out += "\"\"";
    if (!cells.empty()) out += '\n';
    console_.write(out);
}

void Rows::write_object(const std::vector<Cell>& cells) {
    JsonLine line(console_.ascii_json());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].json) line.raw(columns_[i].name, *cells[i].json);
    }
    add_object(line.finish());
}

std::string Rows::shown(const Cell& cell) const {
    if (cell.shown) return *cell.shown;
    if (!cell.json) return "";
    return cell.json->starts_with('"') ? escape(plain_text(*cell.json)) : escape_line(*cell.json);
}

// First columns that may be cut give way, down to what is still readable; if that is not enough,
// all do, the widest first.
std::vector<std::size_t> fit_widths(std::vector<std::size_t> widths,
                                    const std::vector<bool>& elastic, std::size_t gap,
                                    std::size_t room) {
    BATPAK_ASSERT(widths.size() == elastic.size());
    const std::size_t gaps = widths.empty() ? 0 : gap * (widths.size() - 1);
    std::size_t used = std::accumulate(widths.begin(), widths.end(), gaps);
    for (const bool is_elastic_only : {true, false}) {
        while (used > room) {
            const auto column = widest(widths, elastic, is_elastic_only);
            if (!column) break;
            // Down to the next step at once would be faster; a step is a column of a terminal.
            const std::size_t least = is_elastic_only ? kElasticColumnsMin : kAnyColumnsMin;
            const std::size_t step = widths[*column] > room ? widths[*column] - room : 1;
            const std::size_t given = std::min(step, widths[*column] - least);
            widths[*column] -= given;
            used -= given;
        }
    }
    return widths;
}

std::string csv_cell(std::string_view json) {
    const std::string text = plain_text(json);
    if (text.find_first_of("\",\n\r") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

}  // namespace batpak::tool
