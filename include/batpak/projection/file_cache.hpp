// FileCache: a ProjectionCache of plain files, one for each state, in a folder of its own.
//
// The name of a file is a digest of its key, so no key can make a name that means something; the
// key itself is inside the file and is compared. A file is written aside and renamed, carries a
// version and a checksum, and is never synced: what a power cut tears is detected and folded again.
// Several processes may share a folder.
//
// Threads: thread-safe
// Errors:  CorruptCache and FutureFormat from get(); InvalidArgument from put(), for an empty or
//          too long key or value; those of FileSystem
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "batpak/base/environment.hpp"
#include "batpak/projection/projection_cache.hpp"

namespace batpak {

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
    FileCache(std::unique_ptr<Directory> directory, std::shared_ptr<Entropy> entropy)
        : directory_(std::move(directory)), entropy_(std::move(entropy)) {}

    [[nodiscard]] Result<void> write(const std::string& temporary, BytesView content);

    const std::unique_ptr<Directory> directory_;
    const std::shared_ptr<Entropy> entropy_;
};

}  // namespace batpak
