// Randomness of the operating system, drawn 4 KiB at a time.
//
// Each thread has its own pool, for two reasons: nobody waits, and there is no mutex that another
// thread might hold at the moment of a fork(), which would lock the child out for ever. The pool
// belongs to the fork generation that filled it: a child throws away what it inherited. Bytes are
// wiped as they are handed out, so that no later look at the memory finds a blind or a salt.
#include <array>
#include <cstring>

#include "base/platform/random.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/fork.hpp"
#include "batpak/base/environment.hpp"

namespace batpak {
namespace {

constexpr std::size_t kPoolBytes = 4096;
// A request of this size gains nothing from the pool.
constexpr std::size_t kPooledBytesMax = 256;
static_assert(kPooledBytesMax <= kPoolBytes);

// The unused bytes are the last `remaining` ones; all others are zero.
struct EntropyPool {
    std::array<std::byte, kPoolBytes> bytes;
    std::size_t remaining;
    std::uint64_t generation;
};

// All zero at first, which is an empty pool; so no thread pays for it before its first use.
thread_local constinit EntropyPool entropy_pool{};

class RealEntropy final : public Entropy {
public:
    void fill(MutableBytesView into) noexcept override {
        if (into.empty()) return;
        if (into.size() > kPooledBytesMax) return fill_random(into);
        const bool inherited = entropy_pool.generation != fork_generation();
        if (inherited || entropy_pool.remaining < into.size()) {
            fill_random(entropy_pool.bytes);
            entropy_pool.remaining = kPoolBytes;
            entropy_pool.generation = fork_generation();
        }
        BATPAK_ASSERT(entropy_pool.remaining >= into.size());
        std::byte* const taken = entropy_pool.bytes.data() + (kPoolBytes - entropy_pool.remaining);
        std::memcpy(into.data(), taken, into.size());
        wipe({taken, into.size()});
        entropy_pool.remaining -= into.size();
    }
};

}  // namespace

std::shared_ptr<Entropy> real_entropy() { return std::make_shared<RealEntropy>(); }

}  // namespace batpak
