// Recovery: opening a store of so many events in memory, and the scan that it is made of.
#include <array>
#include <memory>

#include "batpak/store/read_only_store.hpp"
#include "micro/fixture.hpp"
#include "store/log/segment_scan.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::bench::micro {
namespace {

std::uint64_t events_of(const benchmark::State& state) {
    return static_cast<std::uint64_t>(state.range(0));
}

// The only segment of a store.
class Segment {
public:
    explicit Segment(const StoreConfig& config)
        : directory_(must(store::StoreDirectory::open_for_reading(config))) {
        const auto ids = must(directory_->list_segments()).ids;
        must_hold(ids.size() == 1, "the events are in one segment");
        file_ = must(directory_->open_segment(ids.front(), OpenMode::ReadOnly));
        bytes_ = must(file_->stat()).size_bytes;
        std::array<std::byte, store::SegmentHeader::kBytes> header{};
        must_hold(must(file_->read_at(0, header)) == header.size(), "the header is whole");
        header_ = must(store::SegmentHeader::decode(header));
        const auto ignore = [](const store::Frame&, std::uint64_t) { return Result<void>(); };
        bytes_ = scan(ignore).offset;  // without what was reserved ahead
    }

    store::ScanEnd scan(const store::EventVisitor& visit) {
        return must(store::scan_segment(*file_, bytes_, header_, {.next = header_.first}, visit));
    }

private:
    std::unique_ptr<store::StoreDirectory> directory_;
    std::unique_ptr<File> file_;
    std::uint64_t bytes_ = 0;
    store::SegmentHeader header_;
};

void scan_segment(benchmark::State& state) {
    const std::uint64_t events = events_of(state);
    const StoreConfig config = Loaded(events).config();  // closed by its end
    Segment segment(config);
    std::uint64_t visited = 0;
    const store::EventVisitor visit = [&](const store::Frame&, std::uint64_t) -> Result<void> {
        ++visited;
        return {};
    };
    measure(state, {.items = events, .yields = events}, [&] {
        visited = 0;
        segment.scan(visit);
        return visited;
    });
    const store::ScanEnd end = segment.scan(visit);
    must_hold(end.ends_with_mark && end.behind == store::Behind::Nothing,
              "the segment was closed, and all of it was scanned");
}

// As after a kill: the writer never closed. The reader recovers as a writer does, and leaves
// everything as it was.
void open_tail(benchmark::State& state) {
    const std::uint64_t events = events_of(state);
    const Loaded loaded(events);
    measure(state, {.items = events, .yields = events},
            [&] { return must(ReadOnlyStore::open(loaded.config())).visible_end().value; });
    const auto last = must(must(ReadOnlyStore::open(loaded.config())).find(loaded.id(events - 1)));
    must_hold(last->sequence() == Sequence(events - 1), "the last event is found");
}

// The index is in its file: nothing is scanned. An item is the whole store.
void open_closed(benchmark::State& state) {
    const std::uint64_t events = events_of(state);
    const StoreConfig config = Loaded(events).config();
    measure(state, {.yields = events},
            [&] { return must(ReadOnlyStore::open(config)).visible_end().value; });
}

BENCHMARK(scan_segment)->Name("recovery/scan_segment")->Arg(10'000);
BENCHMARK(open_tail)->Name("recovery/open_tail")->Arg(1'000)->Arg(10'000);
BENCHMARK(open_closed)->Name("recovery/open_closed")->Arg(1'000)->Arg(10'000);

}  // namespace
}  // namespace batpak::bench::micro
