// Compacts a store while another thread appends to it and a range is being read, and shows that
// nobody notices but the files.
#include <fmt/format.h>
#include <batpak/batpak.hpp>
#include <batpak/fmt.hpp>

#include <thread>

namespace {

using namespace batpak;

struct Reading {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    std::int64_t celsius = 0;
};

void measure(Store& store, int count) {
    for (int i = 0; i < count; ++i) {
        const auto sensor = Coordinate::create("sensor:" + std::to_string(i % 5), "roof").value();
        store.append(sensor, Reading{i}).value();
    }
}

}  // namespace

int main() {
    // Segments of 4 KiB, so that a short program has many.
    const StoreConfig config = StoreConfig("weather").with_segment_bytes(4096);
    Store store = Store::open(config).value();
    measure(store, 500);
    const Sequence end = store.visible_end();
    const Hash root = store.root(end).value();

    // [compact]
    // What it would do, beside any writer; and then it is done, while a thread appends.
    const CompactionReport plan = plan_compaction(config).value();
    std::jthread busy([&store] { measure(store, 200); });
    EventRange range = store.query(Region::all().before(end));
    std::uint64_t read = 0;
    for (; read < 100; ++read) range.next();
    const CompactionReport report = store.compact().value();
    while (range.next() != nullptr) ++read;
    busy.join();
    // [/compact]

    const bool as_planned =
        report.segments_made == 1 && report.segments_merged >= plan.segments_merged;
    const bool same_root = store.root(end).value() == root;
    fmt::print("many segments became one: {}\n", as_planned);
    fmt::print("the range has all {} events: {}\n", end, read == end.value);
    fmt::print("the root is the same: {}\n", same_root);
    fmt::print("whole: {}\n", !store.verify().value().damage.has_value());
    return as_planned && same_root && read == end.value ? 0 : 1;
}
