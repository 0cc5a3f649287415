// Whatever a cache gives back is taken: a mark that is wrong says that states were removed which
// were not, and those are refused all the same when they are read (INV K6).
#include "projection/erasure_marks.hpp"

#include <algorithm>

#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::projection {
namespace {

constexpr std::size_t kIdBytes = sizeof(IdBytes);
constexpr std::size_t kMarkBytes = kIdBytes + sizeof(std::uint64_t);

}  // namespace

ErasureMarks ErasureMarks::decode(BytesView bytes) {
    ErasureMarks marks;
    if (bytes.size() % kMarkBytes != 0 || bytes.size() > kLogsMax * kMarkBytes) return marks;
    for (; !bytes.empty(); bytes = bytes.subspan(kMarkBytes)) {
        LogId log;
        std::ranges::copy(bytes.first(kIdBytes), log.bytes.begin());
        marks.note(log, Sequence(load_little_endian<std::uint64_t>(bytes.subspan(kIdBytes))));
    }
    return marks;
}

void ErasureMarks::encode(Buffer& out) const {
    BATPAK_ASSERT(ends_.size() <= kLogsMax);
    for (const auto& [log, end] : ends_) {
        out.append(log.view());
        store_little_endian(out.extend(sizeof(end.value)), end.value);
    }
}

bool ErasureMarks::covers(const LogId& log, Sequence erasures_end) const {
    const auto found = ends_.find(log);
    return found != ends_.end() && found->second >= erasures_end;
}

void ErasureMarks::note(const LogId& log, Sequence erasures_end) {
    // Whose mark goes is of no matter: it costs one more removal.
    if (ends_.size() == kLogsMax && !ends_.contains(log)) ends_.erase(ends_.begin());
    Sequence& end = ends_[log];
    end = std::max(end, erasures_end);
}

}  // namespace batpak::projection
