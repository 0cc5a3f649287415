// A table whose rows are all there before it is printed: lists that people look at. Longer ones,
// and other formats, are rows.cpp's.
#include "tool/console/table.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {

// Colours come after padding is measured, since they take no columns.
std::string table_line(const Console& console, const std::vector<Table::Cell>& cells,
                       const std::vector<Table::Align>& aligns,
                       const std::vector<std::size_t>& widths, bool cuts) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string text = cuts ? shorten(cells[i].text, widths[i]) : cells[i].text;
        const bool right = aligns[i] == Table::Align::Right;
        // After the last cell is nothing to line up, and one row of it may be very long.
        const bool is_last = i + 1 == cells.size();
        const std::size_t used = tool::columns(text);
        const std::size_t room = (is_last && !right) || used > widths[i] ? 0 : widths[i] - used;
        const std::string padding(room, ' ');
        if (i > 0) line += kTableGap;
        if (right) line += padding;
        line += console.paint(cells[i].colour, text);
        if (!right) line += padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

void Table::add(std::vector<Cell> row) {
    BATPAK_ASSERT(row.size() == columns_.size());
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = columns(columns_[i].title);
        for (const std::vector<Cell>& row : rows_) width = std::max(width, columns(row[i].text));
        widths.push_back(width);
    }
    return widths;
}

void Table::print(Console& console) const {
    const std::vector<std::size_t> all = widths();
    std::vector<Align> aligns;
    for (const Column& column : columns_) aligns.push_back(column.align);
    const bool titled =
        std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); });
    if (titled) {
        std::vector<Cell> titles;
        for (const Column& column : columns_) titles.push_back({column.title, Colour::Dim});
        console.write(table_line(console, titles, aligns, all, false));
    }
    for (const std::vector<Cell>& row : rows_) {
        console.write(table_line(console, row, aligns, all, false));
    }
}

}  // namespace batpak::tool
