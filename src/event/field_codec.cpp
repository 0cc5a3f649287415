// Where a field cannot be read, the path to it is put together on the way out, from the field up to
// the payload: a decode that works pays nothing for it.
#include "batpak/event/detail/field_codec.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace batpak::detail {

using msgpack::Fault;
using msgpack::Type;

namespace {

// The keys of a map are data, and may be long.
constexpr std::size_t kShownMax = 64;

}  // namespace

bool FieldProblem::in(std::string_view field) {
    if (!path.empty() && path.front() != '[') path.insert(0, 1, '.');
    path.insert(0, field.substr(0, kShownMax));
    return false;
}

bool FieldProblem::in(std::size_t element) {
    if (!path.empty() && path.front() != '[') path.insert(0, 1, '.');
    path.insert(0, "[" + std::to_string(element) + "]");
    return false;
}

std::string FieldProblem::text() const {
    return path.empty() ? what : "field '" + path + "': " + what;
}

// A Value inside a payload has as much depth left as the payload has.
bool PayloadEncoder::put_value(const Value& value) {
    const auto encoded = value.encode(writer_, Value::kDepthMax - depth_);
    return encoded || problem_.say(encoded.error().detail());
}

// The first fault counts: what is refused after it is a consequence.
bool PayloadDecoder::refuse(Fault fault, std::string what) {
    if (reader_.failed()) return false;
    reader_.refuse(fault);
    return problem_.say(std::move(what));
}

bool PayloadDecoder::refuse_type(std::string_view expected) {
    const Type found = reader_.peek();
    if (found == Type::None) {
        reader_.skip();  // fails, and knows better why
        return false;
    }
    return refuse(Fault::WrongType,
                  "expected " + std::string(expected) + ", found " + std::string(to_string(found)));
}

bool PayloadDecoder::refuse_count(std::size_t expected, std::size_t found) {
    return refuse(Fault::OutOfRange, "expected " + std::to_string(expected) + " elements, found " +
                                         std::to_string(found));
}

bool PayloadDecoder::refuse_missing(std::string_view name) {
    refuse(Fault::WrongType, "the field is missing");
    return problem_.in(name);
}

void sort_elements(std::vector<const void*>& elements, bool (*less)(const void*, const void*)) {
    std::ranges::sort(elements, less);
}

// Not rounded: a number that comes back as another one would change the event's meaning unseen.
bool PayloadDecoder::get_real(float& value) {
    double number = 0;
    if (!get_real(number)) return false;
    const bool in_range =
        std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
    value = in_range || !std::isfinite(number) ? static_cast<float>(number) : 0;
    if (static_cast<double>(value) == number || std::isnan(number)) return true;
    return refuse(Fault::OutOfRange, "the number does not fit a float exactly");
}

bool PayloadDecoder::get_real(double& value) {
    const Type found = reader_.peek();
    if (found != Type::Float && found != Type::Integer) return refuse_type(to_string(Type::Float));
    value = reader_.f64();
    return reader_.ok();
}

bool PayloadDecoder::get_fixed(MutableBytesView bytes) {
    if (!expect(Type::Binary)) return false;
    const BytesView found = reader_.binary();
    if (reader_.failed()) return false;
    if (found.size() != bytes.size()) {
        return refuse(Fault::OutOfRange, "expected " + std::to_string(bytes.size()) +
                                             " bytes, found " + std::to_string(found.size()));
    }
    std::ranges::copy(found, bytes.begin());
    return true;
}

Error PayloadDecoder::error() const {
    FieldProblem problem = problem_;
    problem.say(std::string(to_string(reader_.fault())));
    return Error(ErrorCode::DecodeFailed, problem.text()).at_offset(reader_.offset());
}

}  // namespace batpak::detail
