// floor: the least that a complete event store does: raw-hash, the version check, and an index in
// memory that is made anew from the file at each open.
//
// One file of frames as batpak writes them, filled beforehand. It has no segments, no recovery, no
// threads, no batches that a crash cannot tear, and reads nothing but its own file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/hash/crc32.hpp"
#include "compare/contender.hpp"
#include "store/frame/frame.hpp"
#include "support/bench.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint64_t kFillBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 18;

class FloorContender final : public Contender {
public:
    explicit FloorContender(const Setup& setup) : sync_each_(setup.sync_each) {
        std::filesystem::create_directories(setup.directory);
        file_ = ::open((setup.directory + "/log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        must_hold(file_ >= 0, "the file of the floor can be opened");
        load();
    }
    ~FloorContender() override { ::close(file_); }

    bool append(const NewEvent& event) override { return append_batch({&event, 1}); }

    bool append_batch(std::span<const NewEvent> events) override {
        if (!frames_) frames_.emplace(workload_);
        bytes_.clear();
        for (const NewEvent& event : events) {
            Stream& stream = streams_[event.coordinate->entity()];
            if (stream.sequences.size() != event.expected) return false;
            const std::uint64_t offset = end_ + bytes_.size();
            const EventId id = frames_->make(*event.coordinate, event.payload, bytes_);
            note(stream, id, offset);
        }
        write();
        unsynced_ += events.size();
        if (unsynced_ >= sync_each_) {
            must_hold(::fdatasync(file_) == 0, "the floor can sync");
            unsynced_ = 0;
        }
        return true;
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        const auto& sequences = streams_[entity].sequences;
        for (std::size_t i = 0; i < std::min<std::size_t>(limit, sequences.size()); ++i)
            read(sequences[i], see);
    }

    void scan(const Visit& see) override {
        walk([&](BytesView frame, std::uint64_t) { see(seen(frame)); });
    }

    void get(const EventId& id, const Visit& see) override {
        const auto found = std::ranges::lower_bound(ids_, id);
        must_hold(found != ids_.end() && *found == id, "the floor knows the id");
        read(static_cast<std::uint32_t>(found - ids_.begin()), see);
    }

private:
    struct Stream {
        std::vector<std::uint32_t> sequences;
    };

    void note(Stream& stream, const EventId& id, std::uint64_t offset) {
        stream.sequences.push_back(static_cast<std::uint32_t>(ids_.size()));
        ids_.push_back(id);
        offsets_.push_back(offset);
    }

    void write() {
        while (end_ + bytes_.size() > filled_) fill();
        const auto wrote = ::pwrite(file_, bytes_.data(), bytes_.size(), static_cast<off_t>(end_));
        must_hold(wrote == static_cast<ssize_t>(bytes_.size()), "the floor can write");
        end_ += bytes_.size();
    }

    // Zeros ahead of the events, in small writes, so that a sync has data alone to write.
    void fill() {
        constexpr std::array<std::byte, 4096> zeros{};
        for (const std::uint64_t target = filled_ + kFillBytes; filled_ < target;) {
            const auto wrote =
                ::pwrite(file_, zeros.data(), zeros.size(), static_cast<off_t>(filled_));
            must_hold(wrote == static_cast<ssize_t>(zeros.size()), "the floor can fill");
            filled_ += zeros.size();
        }
        must_hold(::fsync(file_) == 0, "the floor can sync");
    }

    std::size_t read_at(std::uint64_t offset, MutableBytesView into) const {
        const auto got = ::pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
        must_hold(got >= 0, "the floor can read");
        return static_cast<std::size_t>(got);
    }

    // Checks as batpak checks: the CRC over the body.
    static SeenEvent seen(BytesView frame) {
        const BytesView body = frame.subspan(store::kFrameHeaderBytes);
        must_hold(crc32(body) != 0, "the frame has a checksum");
        const store::Frame read = must(store::decode_body(body));
        return {read.event.event_id(),      read.sequence.value,
                read.event.version().value, read.event.header.timestamp_us,
                read.event.kind(),          read.event.entity,
                read.event.scope,           read.event.payload};
    }

    void read(std::uint32_t sequence, const Visit& see) {
        const std::uint64_t offset = offsets_[sequence];
        const std::uint64_t end = sequence + 1 < offsets_.size() ? offsets_[sequence + 1] : end_;
        bytes_.clear();
        const MutableBytesView room = bytes_.extend(end - offset);
        must_hold(read_at(offset, room) == room.size(), "the floor can read a frame");
        see(seen(room));
    }

    // Calls visit(frame, offset) for each frame; returns where they end.
    template <class Visitor>
    std::uint64_t walk(Visitor&& visit) {
        for (std::uint64_t offset = 0;;) {
            bytes_.clear();
            const MutableBytesView room = bytes_.extend(kWindowBytes);
            const BytesView got = room.first(read_at(offset, room));
            std::size_t at = 0;
            while (got.size() - at >= store::kFrameHeaderBytes) {
                const auto body = load_little_endian<std::uint32_t>(got.subspan(at));
                const std::size_t frame = store::kFrameHeaderBytes + body;
                if (body == 0 || frame > got.size() - at) break;
                visit(got.subspan(at, frame), offset + at);
                at += frame;
            }
            if (at == 0) return offset;
            offset += at;
        }
    }

    void load() {
        end_ = walk([&](BytesView frame, std::uint64_t offset) {
            const SeenEvent event = seen(frame);
            note(streams_[std::string(event.entity)], event.id, offset);
        });
        filled_ = static_cast<std::uint64_t>(::lseek(file_, 0, SEEK_END));
    }

    const std::uint64_t sync_each_;
    const Workload workload_{256};
    std::optional<FrameMaker> frames_;  // from the first append on
    int file_ = -1;
    std::uint64_t end_ = 0;     // of the frames
    std::uint64_t filled_ = 0;  // of the file
    std::uint64_t unsynced_ = 0;
    std::vector<EventId> ids_;            // by sequence, and so in order
    std::vector<std::uint64_t> offsets_;  // by sequence
    std::unordered_map<std::string, Stream> streams_;
    Buffer bytes_;
};

}  // namespace

std::unique_ptr<Contender> open_floor(const Setup& setup) {
    return std::make_unique<FloorContender>(setup);
}

}  // namespace batpak::bench
