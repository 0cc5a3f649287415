#include "support/raw_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/limits.hpp"
#include "store/frame/segment_header.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

std::size_t read_up_to(int descriptor, std::uint64_t offset, MutableBytesView into) {
    const ssize_t got = ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset));
    must_hold(got >= 0, "a segment can be read");
    return static_cast<std::size_t>(got);
}

}  // namespace

// Calls visit(frame, offset) for each frame; returns how many.
template <class Visit>
std::uint64_t RawReader::walk(int descriptor, Visit&& visit) {
    std::uint64_t frames = 0;
    std::uint64_t offset = store::SegmentHeader::kBytes;
    for (;;) {
        window_.clear();
        const MutableBytesView room = window_.extend(store::kScanWindowBytes);
        const BytesView got = room.first(read_up_to(descriptor, offset, room));
        std::size_t at = 0;
        while (got.size() - at >= store::kFrameHeaderBytes) {
            const auto n = load_little_endian<std::uint32_t>(got.subspan(at));
            const std::size_t bytes = store::kFrameHeaderBytes + n;
            if (n == 0 || bytes > got.size() - at) break;
            visit(got.subspan(at, bytes), offset + at);
            at += bytes;
            ++frames;
        }
        if (at == 0) return frames;
        offset += at;
    }
}

RawReader::RawReader(const std::string& store) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(store + "/segments")) {
        names.push_back(entry.path().string());
    }
    std::ranges::sort(names);
    for (const std::string& name : names) {
        const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        must_hold(descriptor >= 0, "a segment can be opened");
        const auto file = static_cast<std::uint32_t>(descriptors_.size());
        descriptors_.push_back(descriptor);
        walk(descriptor, [&](BytesView frame, std::uint64_t offset) {
            // Behind the header: an array of 20 elements, whose first is the type.
            const bool is_event = frame[store::kFrameHeaderBytes] == std::byte{0xDC};
            if (!is_event) return;
            places_.push_back({file, static_cast<std::uint32_t>(frame.size()), offset});
        });
    }
}

RawReader::~RawReader() {
    for (const int descriptor : descriptors_) ::close(descriptor);
}

BytesView RawReader::read(std::size_t sequence) {
    const Place& place = places_[sequence];
    frame_.clear();
    const MutableBytesView room = frame_.extend(place.bytes);
    must_hold(read_up_to(descriptors_[place.file], place.offset, room) == place.bytes,
              "a frame can be read");
    return room;
}

template <class Look>
Turn RawReader::timed_walk(Look&& look) {
    Turn turn{Samples(1), 0, 0};
    std::uint64_t frames = 0;
    const std::uint64_t begin = now_ns();
    turn.times.time([&] {
        for (const int descriptor : descriptors_) {
            frames += walk(descriptor, [&](BytesView frame, std::uint64_t) { look(frame); });
        }
    });
    turn.seconds = static_cast<double>(now_ns() - begin) / 1e9;
    turn.operations = static_cast<double>(frames);
    return turn;
}

Turn RawReader::scan() {
    std::uint64_t bytes = 0;
    Turn turn = timed_walk([&](BytesView frame) { bytes += frame.size(); });
    must_hold(bytes > 0, "there are frames");
    return turn;
}

Turn RawReader::scan_with_checksums() {
    std::uint32_t all = 0;
    Turn turn =
        timed_walk([&](BytesView frame) { all ^= crc32(frame.subspan(store::kFrameHeaderBytes)); });
    must_hold(all != 0, "there are checksums");
    return turn;
}

}  // namespace batpak::bench
