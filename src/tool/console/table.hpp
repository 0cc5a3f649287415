// Table: rows whose columns line up.
//
//     kind     events
//     0xF001    1,204
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/console/console.hpp"

namespace batpak::tool {

class Table {
public:
    enum class Align : std::uint8_t { Left, Right };
    struct Column {
        std::string title;
        Align align = Align::Left;
    };
    struct Cell {
        std::string text;  // escaped by who fills the table
        Colour colour = Colour::Plain;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // Requires: one cell for each column.
    void add(std::vector<Cell> row);
    std::size_t rows() const noexcept { return rows_.size(); }
    // Titles, if any column has one, then the rows.
    void print(Console& console) const;

private:
    std::vector<std::size_t> widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

inline constexpr std::string_view kTableGap = "  ";

// One row, in columns of these widths. With `cuts`, a wider cell is cut; else it moves those
// after it.
std::string table_line(const Console& console, const std::vector<Table::Cell>& cells,
                       const std::vector<Table::Align>& aligns,
                       const std::vector<std::size_t>& widths, bool cuts);

}  // namespace batpak::tool
