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
#include <memory>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/environment.hpp"
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
    Result<bool> get(BytesView key, Buffer& value) override;
    Result<void> put(BytesView key, BytesView value) override;
    Result<void> remove(BytesView key) override;
    Result<std::uint64_t> remove_prefix(BytesView prefix) override;
};

// FileCache: a ProjectionCache of plain files, one for each state, in a folder of its own.
//
// The name of a file is a digest of its key, so no key can make a name that means something; the
// key itself is inside the file and is compared. A file is written aside and renamed, carries a
// version and a checksum, and is never synced: what a power cut tears is detected and folded again.
// Several processes may share a folder.
class FileCache final : public ProjectionCache {
public:
    // Makes the folder if it is not there. It is not to lie inside a store.
    [[nodiscard]] static Result<std::shared_ptr<FileCache>> open(const std::string& directory);
    [[nodiscard]] static Result<std::shared_ptr<FileCache>> open(const std::string& directory,
                                                                 const Environment& environment);

    Result<bool> get(BytesView key, Buffer& value) override;
    Result<void> put(BytesView key, BytesView value) override;
    Result<void> remove(BytesView key) override;
    Result<std::uint64_t> remove_prefix(BytesView prefix) override;

private:
    FileCache(std::unique_ptr<Directory> directory, std::shared_ptr<Entropy> entropy);

    [[nodiscard]] Result<void> write(const std::string& temporary, BytesView content);

    const std::unique_ptr<Directory> directory_;
    const std::shared_ptr<Entropy> entropy_;
};

}  // namespace batpak
