// Each part of the examination looks at one thing, and what it cannot see it leaves out: a store
// that does not open still has files, a disk and permissions.
//
// It costs an open, a header for each segment and each index, and some events at the end of the
// log: sealed segments are not scanned. It takes no lock, so files come and go while it looks, and
// what is gone by then is passed over.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "batpak/store/compaction.hpp"
#include "store/log/store_directory.hpp"
#include "tool/doctor/condition.hpp"
#include "tool/files/segment_list.hpp"

namespace batpak::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDayUs = std::int64_t{86'400} * 1'000'000;

FileSum sum_of(const fs::path& folder) {
    FileSum sum;
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        std::error_code gone;
        const std::uint64_t bytes = at->file_size(gone);
        if (gone) continue;
        ++sum.files;
        sum.bytes += bytes;
    }
    return sum;
}

std::uint32_t version_of(const fs::path& manifest) {
    // Not through read_manifest(), which refuses what a newer batpak wrote: then the number
    // matters.
    std::ifstream file(manifest);
    std::string line;
    constexpr std::string_view prefix = store::Manifest::kAnyVersion;
    if (!std::getline(file, line) || !line.starts_with(prefix)) return 0;
    std::uint32_t version = 0;
    std::from_chars(line.data() + prefix.size(), line.data() + line.size(), version);
    return version;
}

// Whom the directory does not let through, cannot write to what is in it, whatever that allows.
class WriteRights {
public:
    explicit WriteRights(const fs::path& root) : root_(root) {
        std::error_code gone;
        // To reach a file takes the x bit of the directory above it.
        const fs::perms rights = fs::status(root, gone).permissions();
        group_passes_ = (rights & fs::perms::group_exec) != fs::perms::none;
        others_pass_ = (rights & fs::perms::others_exec) != fs::perms::none;
        look(root, ".");
    }

    void look_at(const std::string& name) { look(root_ / name, name); }
    void look_into(const std::string& folder) {
        look_at(folder);
        std::error_code failed;
        for (fs::directory_iterator at(root_ / folder, failed), end; !failed && at != end;
             at.increment(failed)) {
            look_at(folder + "/" + at->path().filename().string());
        }
    }
    WritableFiles found() const { return found_; }

private:
    void look(const fs::path& path, const std::string& name) {
        std::error_code gone;
        // Not followed: the rights of a link say nothing, and what it leads to is not the store's
        // (INV L4).
        const fs::file_status status = fs::symlink_status(path, gone);
        const bool is_ours = !gone && (fs::is_regular_file(status) || fs::is_directory(status));
        if (!is_ours) return;
        const fs::perms rights = status.permissions();
        const auto has = [&](fs::perms bit) { return (rights & bit) != fs::perms::none; };
        const bool by_everybody = others_pass_ && has(fs::perms::others_write);
        if (!by_everybody && !(group_passes_ && has(fs::perms::group_write))) return;
        if (found_.count++ == 0) found_.first = name;
        found_.by_everybody = found_.by_everybody || by_everybody;
    }

    const fs::path root_;
    bool group_passes_ = false;
    bool others_pass_ = false;
    WritableFiles found_;
};

void look_at_rights(Condition& condition) {
    WriteRights rights(condition.directory);
    for (const char* const name : {"LOCK", "MANIFEST", "MANIFEST.copy"}) rights.look_at(name);
    for (const char* const folder : {"segments", "index", "lost"}) rights.look_into(folder);
    condition.writable = rights.found();
}

void look_at_disk(Condition& condition) {
    std::error_code failed;
    const fs::space_info space = fs::space(condition.directory, failed);
    if (!failed) {
        condition.free_bytes = space.available;
        condition.disk_bytes = space.capacity;
    }
    condition.mount = mount_of(condition.directory);
}

// About: the events of a segment are taken to be of one size.
std::uint64_t bytes_from(const SegmentList& list, Sequence from) {
    double bytes = 0;
    for (const SegmentInfo& info : list.segments) {
        const bool counts =
            info.state == SegmentState::Sealed || info.state == SegmentState::Active;
        if (!counts || !info.first || !info.end || *info.end <= *info.first) continue;
        const std::uint64_t events = info.end->value - info.first->value;
        const std::uint64_t behind =
            info.end->value - std::min(std::max(from, *info.first), *info.end).value;
        bytes += static_cast<double>(info.frame_bytes) * static_cast<double>(behind) /
                 static_cast<double>(events);
    }
    return static_cast<std::uint64_t>(bytes);
}

// Where time cannot be asked for, nothing came.
void look_at_growth(const ReadOnlyStore& store, const SegmentList& list, Condition& condition) {
    const auto bytes_since = [&](std::int64_t days) -> std::uint64_t {
        // A search by time, which reads a few events, however many there are.
        const auto then = store.as_of_time(condition.now_us - days * kDayUs);
        return then ? bytes_from(list, then->visible_end()) : 0;
    };
    condition.day_bytes = bytes_since(1);
    condition.week_bytes = bytes_since(7);
}

void look_at_clock(const ReadOnlyStore& store, Condition& condition) {
    ClockTrace trace;
    EventRange range = store.query(
        Region::all(), {.direction = Direction::Backward, .limit = ClockTrace::kEventsMax});
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) continue;
        const std::int64_t time_us = (*event)->position.hlc.us;
        if (trace.events++ == 0) trace.last_us = time_us;
        const std::int64_t behind = time_us - (*event)->header.timestamp_us;
        if (behind <= trace.behind_us_max) continue;
        trace.behind_us_max = behind;
        trace.behind_at = (*event)->sequence();
    }
    if (trace.events > 0) condition.clock = trace;
}

std::vector<store::PartBinding> parts_of(const SegmentList& list) {
    std::vector<store::PartBinding> parts;
    for (const SegmentInfo& info : list.segments) {
        const bool counts = info.state == SegmentState::Sealed && info.header && info.end &&
                            info.first && *info.end > *info.first;
        if (!counts) continue;
        parts.push_back({.log_id = info.header->log_id,
                         .segment_id = info.id,
                         .salt = info.header->salt,
                         .first = *info.first,
                         .end = *info.end,
                         .start_offset = store::SegmentHeader::kBytes,
                         .end_offset = info.file_bytes});
    }
    return parts;
}

void look_at_segments(const SegmentList& list, Condition& condition) {
    for (const SegmentInfo& info : list.segments) {
        condition.gone += info.state == SegmentState::Gone ? 1 : 0;
        condition.unlisted += info.state == SegmentState::Unlisted ? 1 : 0;
        condition.sealed += info.state == SegmentState::Sealed ? 1 : 0;
        if (info.problem && info.state != SegmentState::Gone &&
            info.state != SegmentState::Unlisted) {
            condition.damage.push_back(*info.problem);
        }
    }
}

void look_at_merge(Condition& condition) {
    condition.sealed_if_merged = condition.sealed;
    const auto plan = plan_compaction(StoreConfig(condition.directory), Merge{});
    if (plan)
        condition.sealed_if_merged =
            condition.sealed - (plan->segments_before - plan->segments_after);
}

void look_at_open_store(const ReadOnlyStore& store, const SegmentList& list, Condition& condition) {
    condition.log_id = store.log_id();
    condition.events = store.visible_end().value;
    condition.durable_events = store.durable_end().value;
    condition.tail = store.open_report().cut;
    condition.erasure_pending = store.open_report().erasure_pending;
    condition.foreign = store.open_report().ignored;
    look_at_growth(store, list, condition);
    look_at_clock(store, condition);
    look_at_merge(condition);
}

}  // namespace

Result<Condition> examine(const std::string& path, std::int64_t now_us) {
    Condition condition{.directory = path, .now_us = now_us};
    // Before all else: what a program does that opens it meanwhile is not taken for damage.
    condition.holder = lock_holder_of(path);
    auto store = ReadOnlyStore::open(StoreConfig(path));
    // A store that is refused is what a doctor is called for. A disk that cannot be read is not.
    if (!store && store.error().error_class() != ErrorClass::Refused) return fail(store.error());
    if (!store) condition.refused = store.error();
    const fs::path root(path);
    condition.manifest_version = version_of(root / "MANIFEST");
    std::error_code unknown;
    condition.is_snapshot = fs::exists(root / "SNAPSHOT", unknown);
    condition.segments = sum_of(root / "segments");
    condition.index = sum_of(root / "index");
    condition.lost = sum_of(root / "lost");
    look_at_disk(condition);
    look_at_rights(condition);
    const auto directory = store::StoreDirectory::open_for_reading(StoreConfig(path));
    if (!directory) return condition;
    const auto manifest = (*directory)->read_manifest();
    condition.manifests_differ = manifest && (*directory)->manifest_needs_repair();
    if (manifest && *manifest) condition.active = store::segment_place((*manifest)->active.id);
    const auto list = list_segments(path);
    if (!list) return condition;
    condition.has_hashes = list->has_hashes;
    look_at_segments(*list, condition);
    // A snapshot has none: it is not there to be asked.
    if (manifest && *manifest && !condition.refused && !condition.is_snapshot)
        condition.indexes = store::survey_indexes(**directory, parts_of(*list));
    if (store) look_at_open_store(*store, *list, condition);
    return condition;
}

}  // namespace batpak::tool
