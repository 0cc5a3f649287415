// A shape is text, and is compared as text: each type is a form, and what is inside its brackets.
// Nothing is copied, so nothing can fail. Names of fields are taken to have no bracket, comma or
// colon.
#include "event/shape_fit.hpp"

#include <cstddef>
#include <cstdint>

#include "event/shape_text.hpp"

namespace batpak {
namespace {

using shape_text::behind_name;
using shape_text::closes;
using shape_text::find_outside;
using shape_text::name_of;
using shape_text::opens;
using shape_text::Parts;

constexpr int kShapeDepthMax = 64;  // as deep as a payload may be nested

enum class Form : std::uint8_t {
    Anything,  // "any", a type that holds itself, and what is not understood
    Nil,
    Bool,
    Integer,  // times are integers as well
    Float,
    Text,
    Bytes,
    List,  // vectors, arrays and sets
    Tuple,
    Map,
    Struct,
    Choice,  // variants
};

struct ShapeType {
    Form form = Form::Anything;
    std::string_view inside{};  // the element, or the parts
    std::string_view count{};   // of a list or of bytes whose length is fixed
};

// Where the bracket opens that the last character closes; npos if none does.
std::size_t opening(std::string_view text) noexcept {
    int depth = 0;
    for (std::size_t at = text.size(); at-- > 0;) {
        if (closes(text[at])) ++depth;
        if (opens(text[at]) && --depth == 0) return at;
    }
    return std::string_view::npos;
}

Form form_of_word(std::string_view word) noexcept {
    if (word == "nil") return Form::Nil;
    if (word == "bool") return Form::Bool;
    if (word == "string") return Form::Text;
    if (word == "bytes") return Form::Bytes;
    if (word == "us" || word == "int8" || word == "int16" || word == "int32" || word == "int64" ||
        word == "uint8" || word == "uint16" || word == "uint32" || word == "uint64")
        return Form::Integer;
    if (word == "float32" || word == "float64") return Form::Float;
    return Form::Anything;
}

ShapeType type_of(std::string_view text) noexcept {
    if (text.empty() || !closes(text.back())) return {form_of_word(text), {}, {}};
    const std::size_t at = opening(text);
    if (at == std::string_view::npos) return {};
    const std::string_view front = text.substr(0, at);
    const std::string_view inside = text.substr(at + 1, text.size() - at - 2);
    switch (text.back()) {
        case '}': return {front.empty() ? Form::Struct : Form::Anything, inside, {}};
        case ')': return {front.empty() ? Form::Choice : Form::Anything, inside, {}};
        case '>':
            if (front == "set") return {Form::List, inside, {}};
            return {front == "map" ? Form::Map : Form::Anything, inside, {}};
        default: break;
    }
    if (front.empty()) return {Form::Tuple, inside, {}};
    if (front == "bytes" && !inside.empty()) return {Form::Bytes, {}, inside};
    return {Form::List, front, inside};
}

std::string_view without_question(std::string_view text) noexcept {
    while (text.ends_with('?')) text.remove_suffix(1);
    return text;
}

class Fit {
public:
    bool fits(std::string_view stored, std::string_view asked) noexcept {
        if (stored == asked || depth_ == kShapeDepthMax) return true;
        ++depth_;
        const bool fit =
            type_fits(type_of(without_question(stored)), type_of(without_question(asked)));
        --depth_;
        return fit;
    }

private:
    bool type_fits(const ShapeType& stored, const ShapeType& asked) noexcept {
        if (stored.form == Form::Anything || asked.form == Form::Anything) return true;
        if (stored.form == Form::Integer && asked.form == Form::Float) return true;
        if (stored.form == Form::List && asked.form == Form::Tuple)
            return each_fits(stored.inside, asked.inside, false);
        if (stored.form == Form::Tuple && asked.form == Form::List)
            return each_fits(asked.inside, stored.inside, true);
        if (stored.form == Form::Map && asked.form == Form::Struct) return true;
        if (stored.form == Form::Struct && asked.form == Form::Map) return true;
        if (stored.form != asked.form) return false;
        switch (stored.form) {
            case Form::Bytes: return same_count(stored, asked);
            case Form::List: return same_count(stored, asked) && fits(stored.inside, asked.inside);
            case Form::Tuple: return parts_fit(stored.inside, asked.inside, ',', true);
            case Form::Map: return map_fits(stored.inside, asked.inside);
            case Form::Struct: return struct_fits(stored.inside, asked.inside);
            case Form::Choice: return parts_fit(stored.inside, asked.inside, '|', false);
            default: return true;
        }
    }

    static bool same_count(const ShapeType& a, const ShapeType& b) noexcept {
        return a.count.empty() || b.count.empty() || a.count == b.count;
    }

    // Of a list and a tuple, which have the same bytes.
    bool each_fits(std::string_view element, std::string_view parts, bool parts_stored) noexcept {
        Parts each(parts, ',');
        while (const auto part = each.next()) {
            if (!(parts_stored ? fits(*part, element) : fits(element, *part))) return false;
        }
        return true;
    }

    // By their places: alternatives of a variant may be added at the end.
    bool parts_fit(std::string_view stored, std::string_view asked, char between,
                   bool as_many) noexcept {
        Parts stored_parts(stored, between);
        Parts asked_parts(asked, between);
        for (;;) {
            const auto mine = stored_parts.next();
            const auto other = asked_parts.next();
            if (!mine || !other) return !as_many || mine.has_value() == other.has_value();
            if (!fits(behind_name(*mine), behind_name(*other))) return false;
        }
    }

    // "map<value>", whose keys are strings, or "map<key,value>".
    bool map_fits(std::string_view stored, std::string_view asked) noexcept {
        const std::size_t mine = find_outside(stored, ',');
        const std::size_t other = find_outside(asked, ',');
        const auto key = [](std::string_view inside, std::size_t comma) {
            return comma == std::string_view::npos ? "string" : inside.substr(0, comma);
        };
        const auto value = [](std::string_view inside, std::size_t comma) {
            return comma == std::string_view::npos ? inside : inside.substr(comma + 1);
        };
        return fits(key(stored, mine), key(asked, other)) &&
               fits(value(stored, mine), value(asked, other));
    }

    // By their names: fields may come and go. Two structs that have none in common are two structs.
    bool struct_fits(std::string_view stored, std::string_view asked) noexcept {
        bool any_common = stored.empty() || asked.empty();
        Parts fields(stored, ',');
        while (const auto mine = fields.next()) {
            Parts others(asked, ',');
            while (const auto other = others.next()) {
                if (name_of(*mine) != name_of(*other)) continue;
                any_common = true;
                if (!fits(behind_name(*mine), behind_name(*other))) return false;
            }
        }
        return any_common;
    }

    int depth_ = 0;
};

}  // namespace

bool shape_fits(std::string_view stored, std::string_view asked) noexcept {
    return Fit().fits(stored, asked);
}

}  // namespace batpak
