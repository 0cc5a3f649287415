// Everything that reads MessagePack, on bytes that nobody wrote.
//
// Besides not crashing: skip() and Value must agree on what is one value; what decodes must encode
// and decode again as itself; JSON accepts no more than Value does.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/event/value.hpp"
#include "batpak/json.hpp"

namespace batpak {
namespace {

struct Inner {
    std::int8_t x = 0;
    std::optional<float> y;
    std::vector<Inner> more;
};
struct Payload {
    std::string s;
    Bytes b;
    std::map<std::string, Inner> m;
    std::array<std::uint16_t, 2> a{};
    std::chrono::milliseconds t{};
    EventId i;
    Value v;
    std::set<std::int16_t> e;
    std::unordered_map<std::string, std::pair<bool, float>> u;
    std::variant<std::monostate, std::int32_t, std::vector<std::tuple<std::string>>> w;
};

void fuzz_value(BytesView bytes) {
    msgpack::Reader reader(bytes);
    reader.skip();
    const auto value = Value::decode(bytes, {}, Value::Keys::AsTheyAre);
    BATPAK_ASSERT(reader.done() == value.has_value());
    if (!value) return;

    Buffer buffer;
    BATPAK_ASSERT(PayloadCodec<Value>::encode(*value, buffer));
    const auto again = Value::decode(buffer.view(), {}, Value::Keys::AsTheyAre);
    BATPAK_ASSERT(again && *again == *value);
}

void fuzz_json(BytesView bytes) {
    const auto json = PayloadCodec<nlohmann::json>::decode(bytes);
    if (json) {
        BATPAK_ASSERT(Value::decode(bytes));
        Buffer buffer;
        BATPAK_ASSERT(PayloadCodec<nlohmann::json>::encode(*json, buffer));
        BATPAK_ASSERT(PayloadCodec<nlohmann::json>::decode(buffer.view()) == *json);
    }
    const auto parsed = parse_json(as_text(bytes));
    if (parsed) BATPAK_ASSERT(parse_json(parsed->dump()) == *parsed);
}

void fuzz_payload(BytesView bytes) {
    const auto payload = PayloadCodec<Payload>::decode(bytes);
    if (!payload) return;
    Buffer first;
    if (!PayloadCodec<Payload>::encode(*payload, first)) return;  // strings that are no UTF-8
    const auto again = PayloadCodec<Payload>::decode(first.view());
    BATPAK_ASSERT(again);
    Buffer second;
    BATPAK_ASSERT(PayloadCodec<Payload>::encode(*again, second));
    BATPAK_ASSERT(equal_bytes(first.view(), second.view()));
}

void fuzz_metadata(BytesView bytes) {
    const auto metadata = Metadata::decode(bytes);
    if (!metadata) return;
    Buffer buffer;
    metadata->encode(buffer);
    BATPAK_ASSERT(Metadata::decode(buffer.view()) == *metadata);
}

}  // namespace
}  // namespace batpak

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const batpak::BytesView bytes = std::as_bytes(std::span(data, size));
    batpak::fuzz_value(bytes);
    batpak::fuzz_json(bytes);
    batpak::fuzz_payload(bytes);
    batpak::fuzz_metadata(bytes);
    return 0;
}
