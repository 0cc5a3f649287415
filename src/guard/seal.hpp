// Seal: the two hashes that receipts are bound with.
//
// With BLAKE3 both are BLAKE3, and nobody who does not know this process's key can make a MAC. In a
// build without it both are checksums of four multiplying lanes: they notice accidents, and that a
// receipt is spent once rests on the table of live receipts alone, as it does with BLAKE3.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <initializer_list>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"

namespace batpak::guard {

// The same in every process. Requires: the parts say themselves where each of them ends.
Hash digest_of(std::initializer_list<BytesView> parts) noexcept;
// Under a key that this process drew at random. The same requirement.
Hash mac_of(std::initializer_list<BytesView> parts) noexcept;

}  // namespace batpak::guard
