#include "support/bench.hpp"

#include "support/must.hpp"

namespace batpak::bench {

std::uint64_t drain(EventRange range) {
    std::uint64_t events = 0;
    while (const Result<EventView>* event = range.next()) {
        if (!*event) give_up((*event).error().to_string());
        ++events;
    }
    return events;
}

std::string padded(std::uint64_t number, std::size_t digits) {
    const std::string text = std::to_string(number);
    return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

std::uint64_t bytes_under(const std::string& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
}

void load_store(const std::string& directory, const Workload& workload, std::uint64_t events) {
    Store store = must(Store::open(StoreConfig(directory).with_sync_every_n_events(100'000)));
    for (std::uint64_t i = 0; i < events; ++i) {
        must(store.append_raw(workload.coordinate(i), workload.kind(), workload.payload()));
    }
    must_hold(must(std::move(store).close()).end == Sequence(events), "the store holds all events");
}

}  // namespace batpak::bench
