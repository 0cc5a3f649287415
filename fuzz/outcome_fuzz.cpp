// Bytes that decode as an outcome are an outcome that can be used, and that survives being written
// and read again, in MessagePack and in JSON, if it can be written.
#include <cstddef>
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/outcome_json.hpp"
#include "batpak/pipeline/join.hpp"
#include "batpak/pipeline/outcome.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using batpak::Outcome;
    using batpak::Value;
    using Codec = batpak::PayloadCodec<Outcome<Value>>;
    const auto outcome = Codec::decode(std::as_bytes(std::span(data, size)));
    if (!outcome) return 0;
    BATPAK_ASSERT(outcome->depth() <= Value::kDepthMax);
    BATPAK_ASSERT(outcome->and_then(&Outcome<Value>::ok) == *outcome);
    (void)join_all(*outcome);
    (void)outcome->into_result();

    batpak::Buffer buffer;
    if (!Codec::encode(*outcome, buffer)) return 0;  // text that is not UTF-8
    BATPAK_ASSERT(Codec::decode(buffer.view()) == *outcome);
    const auto json = json_from_outcome(*outcome);
    if (!json) return 0;  // what JSON cannot say
    const auto again = batpak::outcome_from_json<Value>(*json);
    BATPAK_ASSERT(again.has_value());
    return 0;
}
