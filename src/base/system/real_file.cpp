// Each call does all that was asked, or says what it did not:
//
//     read, write   again after a signal, and on from where a short one ended
//     allocate      with no signal in between, because half of it is undone by its size
//     sync          once: what a second one says is worth nothing (INV W4)
//
// A size that the system cannot hold is refused here, in the same words as one that the disk
// cannot.
#include "base/system/real_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/platform/file_sync.hpp"
#include "base/system/file_look.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::posix {
namespace {

constexpr std::size_t kZerosBytes = std::size_t{64} * 1024;
constexpr std::array<std::byte, kZerosBytes> kZeros{};

class RealMapping final : public Mapping {
public:
    explicit RealMapping(MutableBytesView bytes) noexcept : bytes_(bytes) {}
    ~RealMapping() override { ::munmap(bytes_.data(), bytes_.size()); }

    MutableBytesView bytes() noexcept override { return bytes_; }

private:
    const MutableBytesView bytes_;
};

}  // namespace

Result<FileStat> stat_descriptor(int number, const std::string& place) {
    FileStat found;
    if (look_at_open(number, found) != 0) {
        const int reason = errno;
        return fail(system_error(reason, place, "stat"));
    }
    return found;
}

Result<std::size_t> RealFile::read_at(std::uint64_t offset, MutableBytesView into) {
    if (offset >= kOffsetMax) return 0;
    const std::size_t wanted = std::min<std::uint64_t>(into.size(), kOffsetMax - offset);
    std::size_t done = 0;
    while (done < wanted) {
        const auto at = static_cast<off_t>(offset + done);
        const ssize_t count = retry_interrupted(
            [&] { return ::pread(descriptor_.number(), into.data() + done, wanted - done, at); });
        if (count < 0) return fail(failure(errno, "read").at_offset(offset + done));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    BATPAK_ASSERT(done <= wanted);
    return done;
}

// Within what was reserved no signal can come, so the usual write pays for no call that blocks one.
Result<void> RealFile::write_at(std::uint64_t offset, BytesView bytes) {
    if (offset > kOffsetMax || bytes.size() > kOffsetMax - offset)
        return fail(failure(EFBIG, "write"));
    std::optional<SizeSignalBlock> size_signal;
    if (offset + bytes.size() > allowed_bytes_) size_signal.emplace();
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto at = static_cast<off_t>(offset + done);
        const ssize_t count = retry_interrupted([&] {
            return ::pwrite(descriptor_.number(), bytes.data() + done, bytes.size() - done, at);
        });
        // A write of nothing is no progress: an endless loop if it were taken for a short count.
        const int number = count < 0 ? errno : EIO;
        if (count <= 0) {
            if (number == EFBIG && size_signal) size_signal->discard();
            return fail(failure(number, "write").at_offset(offset + done));
        }
        done += static_cast<std::size_t>(count);
    }
    BATPAK_ASSERT(done == bytes.size());
    return {};
}

Result<void> RealFile::allocate(std::uint64_t size_bytes) {
    if (size_bytes > kOffsetMax) return fail(failure(EFBIG, "allocate"));
    BATPAK_TRY(const FileStat before, stat());
    if (size_bytes <= before.size_bytes) return {};
    auto reserved = reserve(before.size_bytes, size_bytes);
    if (!reserved) {
        // What was reserved before the disk was full must go again, or a later size would lie.
        BATPAK_CHECK(resize(before.size_bytes));
        return reserved;
    }
    allowed_bytes_ = size_bytes;
    return {};
}

// Requires: begin is the size of the file. After a failure the file may have grown.
Result<void> RealFile::reserve(std::uint64_t begin, std::uint64_t end) {
    BATPAK_ASSERT(begin < end);
    const SignalBlock no_signals;
    SizeSignalBlock size_signal;
    const int answer = retry_interrupted([&] {
        return reserve_blocks(descriptor_.number(), static_cast<std::int64_t>(begin),
                              static_cast<std::int64_t>(end));
    });
    if (answer == 0) return {};
    // EINVAL and EPERM: some file systems and sandboxes answer so to a call that they do not have.
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL || errno == EPERM)
        return write_zeros(begin, end);
    if (errno == EFBIG) size_signal.discard();
    return fail(failure(errno, "allocate"));
}

// Reserves blocks where the file system has no call for it.
Result<void> RealFile::write_zeros(std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t count = std::min<std::uint64_t>(kZeros.size(), end - at);
        BATPAK_CHECK(write_at(at, BytesView(kZeros).first(count)));
        at += count;
    }
    return {};
}

// What lies beyond the cut has to be asked of the limit again.
Result<void> RealFile::resize(std::uint64_t size_bytes) {
    if (size_bytes > kOffsetMax) return fail(failure(EFBIG, "resize"));
    SizeSignalBlock size_signal;
    const int answer = retry_interrupted(
        [&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(size_bytes)); });
    if (answer == 0) {
        allowed_bytes_ = std::min(allowed_bytes_, size_bytes);
        return {};
    }
    if (errno == EFBIG) size_signal.discard();
    return fail(failure(errno, "resize"));
}

// No retry, not even after EINTR: the kernel may have dropped the pages and called them clean, and
// then a second call would succeed although the bytes are lost. So no signal may come between.
// Always Io, because DiskFull would promise that nothing was written.
Result<void> RealFile::sync(SyncMode mode) {
    const SignalBlock no_signals;
    const int answer = sync_descriptor(descriptor_.number(), mode);
    const int number = errno;
    if (answer == 0) return {};
    return fail(Error(ErrorCode::Io, "cannot sync: what is on disk is unknown")
                    .at(place_)
                    .with_os_error(number));
}

Result<FileStat> RealFile::stat() { return stat_descriptor(descriptor_.number(), place_); }

Result<std::unique_ptr<Mapping>> RealFile::map(std::uint64_t size_bytes, bool writable) {
    BATPAK_TRY(const FileStat now, stat());
    // Past the end of the file, a look at the mapping would be a SIGBUS.
    if (size_bytes == 0 || size_bytes > now.size_bytes) {
        return fail(
            Error(ErrorCode::InvalidArgument, "cannot map more than the file holds").at(place_));
    }
    const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void* const start =
        ::mmap(nullptr, size_bytes, protection, MAP_SHARED, descriptor_.number(), 0);
    if (start == MAP_FAILED) return fail(failure(errno, "map"));
    return std::make_unique<RealMapping>(
        MutableBytesView(static_cast<std::byte*>(start), size_bytes));
}

Error RealFile::failure(int number, const char* what) const {
    return system_error(number, place_, what);
}

}  // namespace batpak::posix
