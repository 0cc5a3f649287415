// A shape is text, and is compared as text: each type is a form, and what is inside its brackets.
// Nothing is copied, so nothing can fail. Names of fields have no bracket, comma or colon: where
// one has, its struct is taken for something that is not understood.
#include "event/shape_fit.hpp"

#include <charconv>
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

// A map is "map<value>", whose keys are strings, or "map<key,value>".
std::string_view key_of(std::string_view map) noexcept {
    const std::size_t comma = find_outside(map, ',');
    return comma == std::string_view::npos ? "string" : map.substr(0, comma);
}
std::string_view value_of(std::string_view map) noexcept {
    const std::size_t comma = find_outside(map, ',');
    return comma == std::string_view::npos ? map : map.substr(comma + 1);
}

// Whether each part has a name that was taken apart as it was put together.
bool has_plain_names(std::string_view text, char between) noexcept {
    Parts parts(text, between);
    while (const auto part = parts.next()) {
        const std::size_t colon = find_outside(*part, ':');
        if (colon == std::string_view::npos) return false;
        for (const char c : part->substr(0, colon)) {
            if (opens(c) || closes(c)) return false;
        }
    }
    return true;
}

class Fit {
public:
    bool fits(std::string_view stored, std::string_view asked) noexcept {
        // No payload is nested deeper than that, so nothing can fail to fit there.
        if (stored == asked || depth_ == kShapeDepthMax) return true;
        const ShapeType mine = type_of(without_question(stored));
        if (mine.form == Form::Nil && asked.ends_with('?')) return true;
        ++depth_;
        const bool fit = type_fits(mine, type_of(without_question(asked)));
        --depth_;
        return fit;
    }

private:
    bool type_fits(const ShapeType& stored, const ShapeType& asked) noexcept {
        if (stored.form == Form::Anything || asked.form == Form::Anything) return true;
        if (stored.form != asked.form) return another_form_fits(stored, asked);
        switch (stored.form) {
            case Form::Bytes: return same_count(stored, asked);
            case Form::List: return same_count(stored, asked) && fits(stored.inside, asked.inside);
            case Form::Tuple: return parts_fit(stored.inside, asked.inside, ',', true);
            case Form::Map:
                return fits(key_of(stored.inside), key_of(asked.inside)) &&
                       fits(value_of(stored.inside), value_of(asked.inside));
            case Form::Struct: return named_parts_fit(stored.inside, asked.inside, ',');
            case Form::Choice: return choice_fits(stored.inside, asked.inside);
            default: return true;
        }
    }

    // Forms that have the same bytes. "bytes[3]" is also what an array of three `bytes` is called.
    bool another_form_fits(const ShapeType& stored, const ShapeType& asked) noexcept {
        const auto as_list = [](const ShapeType& type) {
            const bool may_be = type.form == Form::Bytes && !type.count.empty();
            return may_be ? ShapeType{Form::List, "bytes", type.count} : type;
        };
        const ShapeType mine = as_list(stored);
        const ShapeType other = as_list(asked);
        if (mine.form == Form::List && other.form == Form::List) return type_fits(mine, other);
        if (mine.form == Form::List && other.form == Form::Tuple)
            return list_fits(mine, other.inside, true);
        if (mine.form == Form::Tuple && other.form == Form::List)
            return list_fits(other, mine.inside, false);
        if (mine.form == Form::Map && other.form == Form::Struct)
            return true;  // keys may come and go
        if (mine.form == Form::Struct && other.form == Form::Map)
            return struct_fits_map(mine.inside, other.inside);
        return mine.form == Form::Integer && other.form == Form::Float;
    }

    static bool same_count(const ShapeType& a, const ShapeType& b) noexcept {
        return a.count.empty() || b.count.empty() || a.count == b.count;
    }

    // A list and the parts of a tuple.
    bool list_fits(const ShapeType& list, std::string_view tuple, bool is_list_stored) noexcept {
        std::size_t count = 0;
        Parts parts(tuple, ',');
        while (const auto part = parts.next()) {
            ++count;
            if (!(is_list_stored ? fits(list.inside, *part) : fits(*part, list.inside)))
                return false;
        }
        // A list without a fixed count has no digits: nothing is parsed, and any number fits.
        std::size_t wanted = count;
        std::from_chars(list.count.data(), list.count.data() + list.count.size(), wanted);
        return wanted == count;
    }

    // Each field becomes an entry.
    bool struct_fits_map(std::string_view fields, std::string_view map) noexcept {
        Parts parts(fields, ',');
        while (const auto part = parts.next()) {
            if (!fits("string", key_of(map))) return false;
            if (!fits(behind_name(*part), value_of(map))) return false;
        }
        return true;
    }

    // Alternatives are known by their places, and may be added at the end; those that have names
    // are known by these, and are a map with one key.
    bool choice_fits(std::string_view stored, std::string_view asked) noexcept {
        const bool has_names = find_outside(stored, ':') != std::string_view::npos;
        if (has_names != (find_outside(asked, ':') != std::string_view::npos)) return false;
        return has_names ? named_parts_fit(stored, asked, '|')
                         : parts_fit(stored, asked, '|', false);
    }

    bool parts_fit(std::string_view stored, std::string_view asked, char between,
                   bool as_many) noexcept {
        Parts stored_parts(stored, between);
        Parts asked_parts(asked, between);
        for (;;) {
            const auto mine = stored_parts.next();
            const auto other = asked_parts.next();
            if (!mine || !other) return !as_many || mine.has_value() == other.has_value();
            if (!fits(*mine, *other)) return false;
        }
    }

    // By their names: they may come and go. Two structs that have none in common are two structs.
    bool named_parts_fit(std::string_view stored, std::string_view asked, char between) noexcept {
        if (!has_plain_names(stored, between) || !has_plain_names(asked, between)) return true;
        bool any_common = stored.empty() || asked.empty();
        Parts parts(stored, between);
        while (const auto mine = parts.next()) {
            Parts others(asked, between);
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
