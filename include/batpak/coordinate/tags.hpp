// Tags: WHAT ELSE an event concerns, besides the entity whose stream it is in.
//
// An enrolment concerns a student and a course, a payment two accounts. A tag names one of them,
// such as "course:c1"; the store does not look inside. Regions select by tags, and so do conditions
// of appends: a rule over several streams needs no stream of its own.
//
// A TagsView reads the tags of one event where they are stored: sorted by their bytes, none twice.
// It is made of whatever was stored: what is not well-formed, such as a tag that is not above the
// one before it, ends the list early, and the verification of the store finds it.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"

namespace batpak {

// Borrows: the bytes that it was made of, as do the tags that it gives.
class TagsView {
public:
    // What an append may give. A tag has the same characters as an entity.
    static constexpr std::size_t kCountMax = 32;
    static constexpr std::size_t kTagBytesMax = 256;

    class Iterator;

    TagsView() noexcept = default;
    // As stored: see docs/FORMAT.md. Empty bytes are no tags.
    explicit TagsView(BytesView stored) noexcept;

    bool empty() const noexcept { return count_ == 0; }
    // How many there are; fewer can be read of a list that is not well-formed.
    std::uint32_t size() const noexcept { return count_; }
    Iterator begin() const noexcept;
    std::default_sentinel_t end() const noexcept { return {}; }

    bool contains(std::string_view tag) const noexcept;
    // Whether all of these are among them. Requires: they are sorted by bytes, none twice.
    bool contains_all(std::span<const std::string> sorted) const noexcept;

private:
    BytesView items_;  // after the head of the list
    std::uint32_t count_ = 0;
};

class TagsView::Iterator {
public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    Iterator() noexcept = default;
    Iterator(BytesView items, std::uint32_t count) noexcept : rest_(items), left_(count) { read(); }

    std::string_view operator*() const noexcept { return tag_; }
    Iterator& operator++() noexcept {
        --left_;
        read();
        return *this;
    }
    Iterator operator++(int) noexcept {
        Iterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) noexcept {
        return it.left_ == 0;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
        return a.left_ == b.left_;
    }

private:
    void read() noexcept;  // the next tag, or the end

    BytesView rest_;
    std::string_view tag_;
    std::uint32_t left_ = 0;
};

inline TagsView::Iterator TagsView::begin() const noexcept { return {items_, count_}; }

}  // namespace batpak
