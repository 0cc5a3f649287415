// RealFile: one open file of the operating system.
//
// Threads: thread-safe; calls may overlap, but allocate() and resize() not with another write
// Errors:  as File
#pragma once

#include "base/system/posix.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak::posix {

// What is open as `number`, for messages about `place`.
Result<FileStat> stat_descriptor(int number, const std::string& place);

class RealFile final : public File {
public:
    RealFile(Descriptor descriptor, std::string place)
        : descriptor_(std::move(descriptor)), place_(std::move(place)) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override;
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override;
    Result<void> allocate(std::uint64_t size_bytes) override;
    Result<void> resize(std::uint64_t size_bytes) override;
    Result<void> sync(SyncMode mode) override;
    Result<FileStat> stat() override;
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override;

private:
    Error failure(int number, const char* what) const;
    Result<void> reserve(std::uint64_t begin, std::uint64_t end);
    Result<void> write_zeros(std::uint64_t begin, std::uint64_t end);

    const Descriptor descriptor_;
    const std::string place_;
    // Up to here the kernel let the file grow, so that no write meets the limit on its size.
    std::uint64_t allowed_bytes_ = 0;
};

}  // namespace batpak::posix
