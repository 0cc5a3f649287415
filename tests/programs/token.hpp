// Tokens: how the programs of the kill and power-loss tests name events, in lines and in payloads.
//
//     SUB 3.0.17     thread 0 of run 3 is about to append its event 17
//     BAT 3.0.17 3.0.18    these are one batch: all of them are stored, or none is
//     BUF 3.0.17     it was acknowledged as buffered
//     ACK 3.0.17     it was acknowledged as durable
//     EVT 3.0.17     it is in the store
//
// Threads: the functions are thread-safe
// Errors:  say() ends the program if nobody listens
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"

namespace batpak::testing {

// One line, written at once, so that a kill leaves none half said.
inline void say(std::string_view word, std::string_view token) {
    const std::string line = std::string(word) + ' ' + std::string(token) + '\n';
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        ::_exit(2);
}

// The token, a space, and padding of a length that the number decides: mostly short, sometimes
// beyond a sector, rarely beyond a small segment.
inline std::string payload_of(std::string_view token, std::uint64_t number) {
    const std::uint64_t mixed = (number + 3) * 0x9E3779B97F4A7C15U >> 40;
    std::uint64_t padding = mixed % 90;
    if (mixed % 11 == 0) padding = 700 + mixed % 900;
    if (mixed % 61 == 0) padding = 5000;
    std::string payload(token);
    payload += ' ';
    for (std::uint64_t i = 0; i < padding; ++i)
        payload += static_cast<char>('a' + (i + number) % 26);
    return payload;
}

// The token of a payload; empty if the payload is not what payload_of() made.
inline std::string token_of(BytesView payload) {
    const std::string_view text = as_text(payload);
    const std::string token(text.substr(0, text.find(' ')));
    const std::size_t dot = token.rfind('.');
    if (dot == std::string::npos) return "";
    const std::uint64_t number = std::stoull('0' + token.substr(dot + 1));
    return payload_of(token, number) == text ? token : "";
}

}  // namespace batpak::testing
