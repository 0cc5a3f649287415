// Random values for RapidCheck properties: every type, every border of every length and integer.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "batpak/event/value.hpp"

namespace batpak::testing {

inline rc::Gen<std::size_t> any_length() {
    return rc::gen::weightedOneOf<std::size_t>(
        {{40, rc::gen::inRange<std::size_t>(0, 20)},
         {4, rc::gen::element<std::size_t>(15, 16, 17, 31, 32, 33)},
         {2, rc::gen::element<std::size_t>(255, 256, 257)},
         {1, rc::gen::element<std::size_t>(65535, 65536)}});
}

inline rc::Gen<std::string> any_text() {
    const auto of_length = [](std::size_t length) {
        return rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [length](std::uint32_t seed) {
            std::string text(length, 'a');
            for (char& letter : text)
                letter = static_cast<char>('a' + (seed = seed * 69069 + 1) % 26);
            if (length >= 2 && seed % 3 == 0) text.replace(0, 2, "\xC3\xA4");
            return text;
        });
    };
    return rc::gen::mapcat(any_length(), of_length);
}

inline rc::Gen<Bytes> any_bytes() {
    return rc::gen::map(any_text(), [](const std::string& text) {
        Bytes bytes;
        for (const char letter : text) {
            bytes.push_back(static_cast<std::byte>(static_cast<unsigned char>(letter) * 7U));
        }
        return bytes;
    });
}

// Numbers of every width: a random one, cut to a random number of bits, of either sign.
inline rc::Gen<Value> any_integer() {
    const auto shaped = [](const std::pair<std::uint64_t, int>& seed) -> Value {
        const std::uint64_t bits = seed.first >> (seed.second % 64);
        if (seed.second < 64) return Value(bits);
        return Value(static_cast<std::int64_t>(~(bits >> 1)));
    };
    return rc::gen::map(
        rc::gen::pair(rc::gen::noShrink(rc::gen::resize(1000, rc::gen::arbitrary<std::uint64_t>())),
                      rc::gen::inRange(0, 128)),
        shaped);
}

inline rc::Gen<Value> any_real() {
    return rc::gen::map(rc::gen::resize(1000, rc::gen::arbitrary<std::uint64_t>()),
                        [](std::uint64_t bits) -> Value {
                            const auto value = std::bit_cast<double>(bits);
                            return std::isnan(value) ? Value(0.5) : Value(value);
                        });
}

inline rc::Gen<Value> any_extension() {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 128), any_bytes()),
                        [](std::pair<int, Bytes> parts) -> Value {
                            return Value::Extension{static_cast<std::int8_t>(parts.first),
                                                    std::move(parts.second)};
                        });
}

// What a value may hold; the foreign codecs and JSON know less than MessagePack does.
enum class Holding { Anything, OnlyJson };

inline rc::Gen<Value> any_scalar(Holding holding) {
    const auto text = rc::gen::map(any_text(), [](std::string t) { return Value(std::move(t)); });
    const auto bytes = rc::gen::map(any_bytes(), [](Bytes b) { return Value(std::move(b)); });
    const auto plain = rc::gen::element<Value>(Value(), Value(true), Value(false));
    if (holding == Holding::OnlyJson) return rc::gen::oneOf(plain, any_integer(), any_real(), text);
    return rc::gen::oneOf(plain, any_integer(), any_real(), text, bytes, any_extension());
}

// Every map has string keys, none twice.
inline rc::Gen<Value> any_value(Holding holding = Holding::Anything, int levels = 3) {
    if (levels == 0) return any_scalar(holding);
    const auto inner = any_value(holding, levels - 1);
    const auto some = rc::gen::resize(6, rc::gen::container<std::vector<Value>>(inner));
    const auto array =
        rc::gen::map(some, [](std::vector<Value> elements) { return Value(std::move(elements)); });
    const auto map = rc::gen::map(rc::gen::pair(some, any_text()),
                                  [](const std::pair<std::vector<Value>, std::string>& parts) {
                                      Value members = Value::Map{};
                                      for (const Value& value : parts.first) {
                                          const std::size_t count = members.as_map()->size();
                                          members.set(parts.second + std::to_string(count), value);
                                      }
                                      return members;
                                  });
    return rc::gen::weightedOneOf<Value>({{2, any_scalar(holding)}, {1, array}, {1, map}});
}

inline Bytes encoded(const Value& value) {
    Buffer buffer;
    msgpack::Writer writer(buffer);
    const auto done = value.encode(writer, Value::kDepthMax);
    BATPAK_ASSERT(done);
    return {buffer.view().begin(), buffer.view().end()};
}

}  // namespace batpak::testing
