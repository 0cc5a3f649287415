// FilteredRange: the events of a range that an expression keeps, at most so many.
//
// Threads: thread-compatible
// Errors:  elements are those of the range; one that cannot be read is kept
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "batpak/store/query.hpp"
#include "tool/questions/where.hpp"

namespace batpak::tool {

class FilteredRange {
public:
    // Borrows: the expression and the names.
    FilteredRange(EventRange range, const std::optional<Where>& where, const KindNames& names,
                  std::uint64_t limit)
        : range_(std::move(range)), where_(where), names_(names), left_(limit) {}

    // The next element, null at the end. Borrows: until the next call.
    const Result<EventView>* next() {
        if (left_ == 0) return nullptr;
        while (const Result<EventView>* const event = range_.next()) {
            if (*event && where_ && !where_->keeps(**event, names_)) continue;
            --left_;
            return event;
        }
        return nullptr;
    }

private:
    EventRange range_;
    const std::optional<Where>& where_;
    const KindNames& names_;
    std::uint64_t left_;
};

}  // namespace batpak::tool
