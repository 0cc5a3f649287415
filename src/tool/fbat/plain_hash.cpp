// Events of batpak are hashed under contexts of its own; the original's, and files that others
// compare, are not.
#include "tool/fbat/plain_hash.hpp"

#include "base/hash/blake3_context.hpp"

namespace batpak::tool {

Hash plain_hash(BytesView bytes) noexcept {
    static const Blake3Context context{Blake3Context::Plain()};
    return context.hash({bytes});
}

}  // namespace batpak::tool
