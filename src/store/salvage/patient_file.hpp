// PatientFile: a file on a disk that cannot read all of it.
//
// A read that the disk fails is done again in blocks, and what fails alone reads as zeros: so a bad
// sector costs what is in it, and not the rest of the file. It can only be read.
//
// Threads: thread-compatible
// Errors:  those of reading that are no damage (disk_error.hpp); those of File::stat
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "batpak/base/file_system.hpp"

namespace batpak::store {

class PatientFile final : public File {
public:
    // What is read at once where a larger read fails: a page, and no less than a sector.
    static constexpr std::uint64_t kBlockBytes = 4096;

    explicit PatientFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override;
    Result<FileStat> stat() override { return file_->stat(); }
    // What only a writer needs is Unsupported.
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override;
    Result<void> allocate(std::uint64_t size_bytes) override;
    Result<void> resize(std::uint64_t size_bytes) override;
    Result<void> sync(SyncMode mode) override;
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override;

    // Where the blocks start that could not be read so far.
    const std::set<std::uint64_t>& unreadable() const noexcept { return unreadable_; }

private:
    [[nodiscard]] Result<std::size_t> read_blocks(std::uint64_t offset, MutableBytesView into);

    const std::unique_ptr<File> file_;
    std::set<std::uint64_t> unreadable_;
};

}  // namespace batpak::store
