// Rows: results of one shape, in the form that was asked for.
//
//     Table   columns under a header, those of numbers to the right; on a terminal, cut to its
//             width, and elsewhere never cut
//     Ndjson  an object on each line
//     Json    one array of the objects
//     Csv     RFC 4180 with a header, lines ended by LF
//
// A table is laid out by its first rows, so that results of any length are shown as they come.
//
// Threads: thread-compatible
// Errors:  parse_format(): InvalidArgument
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/console/console.hpp"
#include "tool/console/table.hpp"

namespace batpak::tool {

enum class OutputFormat : std::uint8_t { Table, Json, Ndjson, Csv };

// The names for --format.
std::vector<std::string> format_names();
// Requires: one of them.
OutputFormat to_format(std::string_view name);
// Whether errors are objects as well.
Form form_of(OutputFormat format) noexcept;

class Rows {
public:
    struct Column {
        std::string name;  // the header, and the member of an object
        Colour colour = Colour::Plain;
        bool is_elastic = false;  // gives way first where the table does not fit
    };
    struct Cell {
        std::optional<std::string> json;   // nothing: there is no such value
        std::optional<std::string> shown;  // in a table, escaped; else what the JSON says
    };
    // How many rows a table is laid out by.
    static constexpr std::size_t kSampleRows = 200;

    // Borrows: the console.
    Rows(Console& console, OutputFormat format, std::vector<Column> columns);

    OutputFormat format() const noexcept { return format_; }
    bool is_json() const noexcept { return form_of(format_) == Form::Json; }
    // Whether the JSON of cells should be ASCII.
    bool wants_ascii() const noexcept { return is_json() && console_.ascii_json(); }

    // Requires: one cell for each column.
    void add(const std::vector<Cell>& cells);
    // A whole object, of this shape or another. Requires: is_json().
    void add_object(std::string_view json);
    // Shows what there is, for commands that wait for more.
    void flush();
    // Ends the results. Without any row, a table says nothing.
    void finish();

private:
    void lay_out();
    void write_csv(const std::vector<Cell>& cells);
    void write_object(const std::vector<Cell>& cells);
    std::string shown(const Cell& cell) const;

    Console& console_;
    OutputFormat format_;
    std::vector<Column> columns_;
    std::vector<std::vector<Table::Cell>> sample_;
    std::vector<Table::Align> aligns_;
    std::vector<bool> has_text_;       // of a column: a value that is no number
    std::vector<std::size_t> widths_;  // once the table is laid out
    bool begun_ = false;
};

// Widths that are together at most `room` columns, `gap` between two of them: the widest elastic
// column gives way first, down to eight, and then the widest of all.
std::vector<std::size_t> fit_widths(std::vector<std::size_t> widths,
                                    const std::vector<bool>& elastic, std::size_t gap,
                                    std::size_t room);

// A JSON value as one cell of CSV: a string is its text, in quotes if need be; all else its JSON.
std::string csv_cell(std::string_view json);

}  // namespace batpak::tool
