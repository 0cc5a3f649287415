// Msgpack: the MessagePack codec of batpak, both ways.
//
// The format: https://github.com/msgpack/msgpack/blob/master/spec.md
//
// Threads: thread-compatible
// Errors:  see Reader
#pragma once

#include "batpak/event/detail/msgpack_reader.hpp"
#include "batpak/event/detail/msgpack_writer.hpp"
