// Connections: ends those that a port of this machine has in this process, from any thread.
//
// A thread that reads from a slow client returns when bytes come or its time is over, and a client
// that sends one byte after another keeps it for as long as it likes. Only the end of the
// connection ends that, and the library that answers requests does not tell which sockets it has.
//
// Threads: thread-safe
// Errors:  none; what cannot be ended has ended, or is not this process's
#pragma once

#include <cstdint>

namespace batpak {

// Shuts down, in both directions, each TCP connection whose own end is 127.0.0.1:port; its
// descriptor stays open. A socket that listens is left as it is, and so is
// every connection of another port. One that is accepted meanwhile may be missed: end the listening
// first.
void end_connections_of(std::uint16_t port) noexcept;

}  // namespace batpak
