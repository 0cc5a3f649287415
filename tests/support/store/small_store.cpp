#include "support/store/small_store.hpp"

#include "base/little_endian.hpp"
#include "batpak/testing/environment.hpp"
#include "store/log/segment_scan.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSegmentBytes = 4096;
// A frame of so many bytes forces a rotation behind anything, and leaves room for three behind it.
constexpr std::size_t kLongPayloadBytes = 3300;

struct Row {
    const char* entity;
    const char* scope;
    std::uint16_t type;
    std::size_t payload_bytes;
};

constexpr Row kRows[] = {
    {"player:alice", "room:dungeon", 1, 0},
    {"player:bob", "room:dungeon", 2, 20},
    {"player:alice", "room:hall", 1, 40},
    {"\xff\xfe", "room:dungeon", 3, 3},
    {"player:alice", "room:dungeon", 1, kLongPayloadBytes},
    {"player:bob", "room:hall", 2, 20},
    {"player:carol", "\xfe", 3, 1},
    {"player:bob", "room:dungeon", 1, 100},
    {"player:alice", "room:hall", 2, 20},
    {"player:carol", "room:dungeon", 3, 20},
    {"\xff\xfe", "room:hall", 1, 20},
    {"player:alice", "room:dungeon", 2, 20},
};

Bytes payload_of(std::size_t number, std::size_t size) {
    Bytes payload(size);
    for (std::size_t i = 0; i < size; ++i)
        payload[i] = static_cast<std::byte>((i + 1) * (2 * number + 1));
    return payload;
}

void append_all(Store& store, ManualClock& clock) {
    std::vector<EventId> ids;
    for (const Row& row : kRows) {
        AppendOptions options;
        if (ids.size() % 3 == 1) options.causation_id = ids.back();
        if (ids.size() % 4 == 2) options.correlation_id = ids.front();
        if (ids.size() % 5 == 3) must(options.metadata.set("tenant", "t-7"));
        options.flags = ids.size() % 2 == 0 ? 0U : 0x100U;
        const auto coordinate = Coordinate::create(row.entity, row.scope).value();
        const Bytes payload = payload_of(ids.size(), row.payload_bytes);
        const auto receipt =
            store.append_raw(coordinate, EventKind::custom(0xF, row.type), payload, options);
        ids.push_back(receipt.value().event_id);
        clock.advance(std::chrono::milliseconds(7));
    }
}

// What the frames of the active segment end with, as a scan finds it.
void measure_active(SmallStore& made, std::uint64_t segment) {
    const auto directory = made.disk->open_directory(kStorePath + std::string("/segments"), false);
    const auto file =
        (*directory)->open_file(store::segment_file_name(segment), OpenMode::ReadOnly).value();
    const std::uint64_t size = file->stat().value().size_bytes;
    Bytes bytes(size);
    file->read_at(0, bytes).value();
    const BytesView all(bytes);
    const auto header =
        store::SegmentHeader::decode(all.first(store::SegmentHeader::kBytes)).value();
    const auto visit = [&](const store::Frame&, std::uint64_t offset) -> Result<void> {
        made.last_frame = offset;
        return {};
    };
    const store::ScanStart start{store::SegmentHeader::kBytes, header.first};
    made.active_end = store::scan_segment(*file, size, header, start, visit).value().offset;
    made.last_frame_end = made.last_frame + store::kFrameHeaderBytes +
                          load_little_endian<std::uint32_t>(all.subspan(made.last_frame));
}

}  // namespace

std::string store_path(const std::string& name) { return std::string(kStorePath) + '/' + name; }

std::string segment_path(std::uint64_t id) {
    return store_path("segments/" + store::segment_file_name(id));
}

StoreConfig config_on(const Disk& disk, std::uint64_t seed) {
    Environment environment = simulated_environment(seed);
    environment.files = disk;
    return StoreConfig(kStorePath)
        .with_environment(std::move(environment))
        .with_segment_bytes(kSegmentBytes);
}

SmallStore make_small_store(std::uint64_t seed, StoreEnd end) {
    SmallStore made;
    made.disk = std::make_shared<SimulatedFileSystem>(seed, SimulatedDisk{});
    auto clock = std::make_shared<ManualClock>(ManualClock::kStartUs);
    Environment environment = config_on(made.disk, seed).environment();
    environment.clock = clock;
    auto store = Store::open(config_on(made.disk, seed).with_environment(environment)).value();
    append_all(store, *clock);
    made.events = copies_of(store);
    made.root = store.root(store.visible_end()).value();
    const std::uint64_t segments = store.stats().segments;
    if (end == StoreEnd::Killed) {
        made.disk = made.disk->after_process_kill();
    } else {
        std::move(store).close().value();
    }
    measure_active(made, segments);
    return made;
}

}  // namespace batpak::testing
