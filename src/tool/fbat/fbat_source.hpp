// FbatSource: the directory of a store of the Rust original, as it was when it was opened.
//
// It is only read. What is read of each file ends where the file ended at that moment, so that an
// import from a store that is being written has an end.
//
// Threads: thread-compatible
// Errors:  open(): NotAStore; CorruptSegment: a compaction was not finished, or a file beside the
//          segments is damaged; those of FileSystem. read(): CorruptSegment, those of FileSystem
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"

namespace batpak::tool {

struct FbatFile {
    std::string name;
    std::uint64_t id = 0;
    std::uint64_t bytes = 0;
};

// Events that were cancelled after they were written: they must stay hidden.
struct FbatHiddenRange {
    std::uint64_t begin = 0;  // places in the log
    std::uint64_t end = 0;
    std::optional<std::uint32_t> lane;  // nothing: of any
};

class FbatSource {
public:
    [[nodiscard]] static Result<FbatSource> open(const std::string& directory);

    // The segments, in the order of the log.
    const std::vector<FbatFile>& files() const noexcept { return files_; }
    // Names that end as those of segments do, and are none: no part of the log.
    const std::vector<std::string>& ignored() const noexcept { return ignored_; }
    const std::vector<FbatHiddenRange>& hidden() const noexcept { return hidden_; }
    // What newer releases write down as the store's own name.
    const std::optional<IdBytes>& lineage() const noexcept { return lineage_; }

    // All bytes that the file had.
    [[nodiscard]] Result<Bytes> read(const FbatFile& file) const;

private:
    Result<void> look();
    Result<std::optional<Bytes>> read_sidecar(const char* name, std::string_view magic) const;
    Result<void> read_hidden();
    Result<void> read_lineage();

    std::unique_ptr<Directory> directory_;
    std::vector<FbatFile> files_;
    std::vector<std::string> ignored_;
    std::vector<FbatHiddenRange> hidden_;
    std::optional<IdBytes> lineage_;
};

}  // namespace batpak::tool
