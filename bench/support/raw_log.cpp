#include "support/raw_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "support/must.hpp"

namespace batpak::bench {

RawLog::RawLog(const std::string& path, std::uint64_t bytes)
    : path_(path),
      descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
      bytes_(bytes) {
    must_hold(descriptor_ >= 0, "the raw file can be made");
    constexpr std::array<std::byte, 4096> zeros{};
    for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
        const ssize_t wrote = ::write(descriptor_, zeros.data(), zeros.size());
        must_hold(wrote == static_cast<ssize_t>(zeros.size()), "the raw file can be filled");
    }
    must_hold(::fsync(descriptor_) == 0, "the raw file can be synced");
    must_hold(::lseek(descriptor_, 0, SEEK_SET) == 0, "the raw file can be rewound");
}

RawLog::~RawLog() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
}

void RawLog::make_room(std::uint64_t bytes) {
    must_hold(bytes <= bytes_, "the raw file is large enough");
    if (bytes <= bytes_ - offset_) return;
    must_hold(::lseek(descriptor_, 0, SEEK_SET) == 0, "the raw file can be rewound");
    offset_ = 0;
}

void RawLog::write(BytesView bytes) {
    const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
    if (wrote != static_cast<ssize_t>(bytes.size())) give_up("a raw write failed");
    offset_ += bytes.size();
}

void RawLog::sync() {
    if (::fdatasync(descriptor_) != 0) give_up("a raw sync failed");
}

}  // namespace batpak::bench
