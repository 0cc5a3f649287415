// ProjectionCache: where a Projector keeps states for longer than a process: bytes under a key.
//
// An implementation promises little, because a Projector checks everything it gets: what a cache
// has lost, damaged, or kept from another log costs a fold and never changes an answer. It may
// forget anything at any time. tests/projection/cache_conformance_test.cpp is what each must pass.
//
//   - get() gives what the last put() of exactly this key gave, or says that there is nothing.
//   - A put() that fails, or is cut off by a crash, leaves the old value, the new one, or nothing;
//     if get() can tell that it has neither, it fails.
//
// Threads: thread-safe; called with no lock of batpak held, by several threads at once
// Errors:  whatever the implementation has; each is counted, and none makes a projection fail
#pragma once

#include <cstddef>
#include <cstdint>

#include "batpak/base/buffer.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

class ProjectionCache {
public:
    // The longest key that a Projector makes, and the shortest: none is empty.
    static constexpr std::size_t kKeyBytesMax = 128;
    static constexpr std::size_t kValueBytesMax = std::size_t{64} << 20;

    virtual ~ProjectionCache() = default;
    ProjectionCache() = default;
    ProjectionCache(const ProjectionCache&) = delete;
    ProjectionCache& operator=(const ProjectionCache&) = delete;

    // Adds the value to the buffer, and says whether there is one.
    [[nodiscard]] virtual Result<bool> get(BytesView key, Buffer& value) = 0;
    [[nodiscard]] virtual Result<void> put(BytesView key, BytesView value) = 0;
    // Nothing to remove is no error.
    [[nodiscard]] virtual Result<void> remove(BytesView key) = 0;
    // Removes every key that begins so, all if `prefix` is empty; returns how many.
    [[nodiscard]] virtual Result<std::uint64_t> remove_prefix(BytesView prefix) = 0;
};

// Keeps nothing. A Projector without a cache does as much; this is for code that needs one.
class NoCache final : public ProjectionCache {
public:
    Result<bool> get(BytesView, Buffer&) override { return false; }
    Result<void> put(BytesView, BytesView) override { return {}; }
    Result<void> remove(BytesView) override { return {}; }
    Result<std::uint64_t> remove_prefix(BytesView) override { return std::uint64_t{0}; }
};

}  // namespace batpak
