// No label has a name of the store in it: this text is given to all who ask.
#include "inspector/metrics.hpp"

#include <cstdint>
#include <string_view>

#include "batpak/base/assert.hpp"
#include "batpak/version.hpp"

namespace batpak::inspector {
namespace {

class Text {
public:
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        BATPAK_ASSERT(name.ends_with("_total"));
        add(name, help, "counter", value);
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
        add(name, help, "gauge", value);
    }
    void line(std::string_view text) { out_.append(text).append("\n"); }
    std::string finish() { return std::move(out_); }

private:
    void add(std::string_view name, std::string_view help, std::string_view type,
             std::uint64_t value) {
        out_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
        out_.append(name).append(" ").append(type).append("\n");
        out_.append(name).append(" ").append(std::to_string(value)).append("\n");
    }

    std::string out_;
};

}  // namespace

std::string metrics_text(const Shown& shown, bool is_ready) {
    Text text;
    text.line("# HELP batpak_build_info The version of batpak.");
    text.line("# TYPE batpak_build_info gauge");
    text.line("batpak_build_info{version=\"" + std::string(kVersion) + "\"} 1");
    text.gauge("batpak_ready", "Whether the store can be read.", is_ready ? 1 : 0);
    if (shown.store == nullptr) return text.finish();
    text.counter("batpak_events_total", "Events that can be read.",
                 shown.store->visible_end().value);
    text.counter("batpak_durable_events_total", "Events known to be on stable storage.",
                 shown.store->durable_end().value);
    const OpenReport& open = shown.store->open_report();
    text.gauge("batpak_open_frames_scanned", "Frames that opening the store had to read.",
               open.frames_scanned);
    text.gauge("batpak_open_cut_bytes", "Bytes of an unfinished end that opening left out.",
               open.cut ? open.cut->bytes : 0);
    if (!shown.stats) return text.finish();
    const StoreStats stats = shown.stats();
    text.gauge("batpak_segments", "Files of the log.", stats.segments);
    text.counter("batpak_writes_total", "Writes of frames since the store was opened.",
                 stats.writes);
    text.counter("batpak_syncs_total", "Syncs for appends since the store was opened.",
                 stats.syncs);
    text.counter("batpak_indexes_rebuilt_total", "Indexes of segments made again from frames.",
                 stats.indexes_rebuilt);
    text.gauge("batpak_index_memory_bytes", "Memory of the index.", stats.index_memory_bytes);
    text.gauge("batpak_subscriptions", "Subscriptions that are open.", stats.subscriptions);
    text.gauge("batpak_poisoned", "Whether a failed write ended all appends.",
               stats.poisoned ? 1 : 0);
    return text.finish();
}

}  // namespace batpak::inspector
