// PayloadType: which C++ type a payload was made of, as a value that can be compared and named.
//
// For a store that notices when two types are appended under one kind, and writes down what a kind
// is called. It works without RTTI, and says the same of one type in two libraries of a program.
// Types of one name in two anonymous namespaces are one to it.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "batpak/base/detail/language.hpp"

namespace batpak {

namespace detail {

template <class T>
consteval const char* text_of_type() {
    return __PRETTY_FUNCTION__;
}

// "app::PlayerMoved" in what text_of_type() says: "... [with T = app::PlayerMoved]".
constexpr std::string_view name_in(std::string_view text) noexcept {
    const std::size_t begin = text.find("T = ") + 4;
    return text.substr(begin, text.rfind(']') - begin);
}

}  // namespace detail

// What the log is told of a kind, in one version of its payload.
struct KindNote {
    std::string name;  // empty: none
    std::string
        shape;  // such as "{x:float64,y:float64}", in full in docs/FORMAT.md; empty: unknown

    friend bool operator==(const KindNote&, const KindNote&) = default;
};

class PayloadType {
public:
    // What the log is told of the type; it is asked once for each open store.
    using Note = KindNote (*)();

    // Of no type: bytes, or a payload whose kind the caller gave.
    constexpr PayloadType() = default;

    template <class P>
    static constexpr PayloadType of() noexcept {
        return PayloadType(detail::text_of_type<P>());
    }
    // Of an id(), for as long as the program runs.
    static constexpr PayloadType from_id(const char* id) noexcept { return PayloadType(id); }
    // The same type, of which the log is told something.
    constexpr PayloadType with(Note told) const noexcept {
        PayloadType noted = *this;
        noted.note_ = told;
        return noted;
    }

    // Null for no type. The same type may have two ids, in two libraries.
    constexpr const char* id() const noexcept { return text_; }
    // "app::PlayerMoved", as the compiler spells it; empty for no type.
    std::string name() const;
    // Empty if the log is told nothing.
    KindNote note() const { return note_ == nullptr ? KindNote{} : note_(); }

    friend bool operator==(PayloadType a, PayloadType b) noexcept {
        if (a.text_ == b.text_) return true;
        return a.text_ != nullptr && b.text_ != nullptr && std::strcmp(a.text_, b.text_) == 0;
    }

private:
    constexpr explicit PayloadType(const char* text) noexcept : text_(text) {}

    const char* text_ = nullptr;  // what detail::text_of_type() says
    Note note_ = nullptr;
};

}  // namespace batpak
