#include "support/store/salvage_model.hpp"

#include <algorithm>
#include <array>

#include "batpak/event/system_kinds.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

// Whether it is the same event, but for what a salvage changes behind a lost one.
bool has_content_of(const EventCopy& one, const EventCopy& other) {
    return one.position.sequence == other.position.sequence &&
           one.position.hlc == other.position.hlc && one.header == other.header &&
           one.entity == other.entity && one.scope == other.scope &&
           one.metadata == other.metadata && one.payload == other.payload &&
           one.batch_index == other.batch_index && one.batch_count == other.batch_count;
}

std::set<std::uint64_t> lost_of(const SalvageReport& report) {
    std::set<std::uint64_t> lost;
    for (const LostEvents& events : report.lost) {
        for (std::uint64_t i = 0; i < events.count; ++i) lost.insert(events.first.value + i);
    }
    return lost;
}

std::string list(const std::set<std::uint64_t>& sequences) {
    std::string text;
    for (const std::uint64_t sequence : sequences) text += std::to_string(sequence) + " ";
    return text;
}

}  // namespace

SalvageModel::SalvageModel(const Disk& disk, std::vector<EventCopy> events)
    : events_(std::move(events)) {
    for (const std::string& path : disk->file_paths()) {
        if (!path.ends_with(".bpk")) continue;
        const Bytes file = disk->contents(path).value();
        const auto header = store::SegmentHeader::decode(BytesView(file).first(96)).value();
        for (std::size_t at = 96; at < file.size();) {
            const auto checked = store::check_frame(BytesView(file).subspan(at), header.salt, at);
            if (checked.status != store::FrameStatus::Valid) break;
            const auto frame = store::decode_body(checked.body).value();
            const bool is_event = frame.type == store::FrameType::Event;
            frames_.push_back({.path = path,
                               .begin = at,
                               .end = at + checked.frame_bytes,
                               .is_event = is_event,
                               .first = frame.sequence.value - frame.event.batch_index,
                               .count = is_event ? frame.event.batch_count : 0});
            at += checked.frame_bytes;
        }
    }
}

std::set<std::uint64_t> SalvageModel::lost_by(const std::vector<Damage>& damages) const {
    const auto is_hurt = [&](const Frame& frame) {
        return std::ranges::any_of(damages, [&](const Damage& damage) {
            return damage.path == frame.path && damage.begin < frame.end &&
                   frame.begin < damage.end;
        });
    };
    std::set<std::uint64_t> lost;
    for (const Frame& frame : frames_) {
        for (std::uint64_t i = 0; frame.is_event && is_hurt(frame) && i < frame.count; ++i)
            lost.insert(frame.first + i);
    }
    return lost;
}

std::string SalvageModel::problem(const Disk& disk, const SalvageReport& report,
                                  const std::set<std::uint64_t>& lost) const {
    const auto saved = ReadOnlyStore::open(
        StoreConfig(kSavedPath).with_environment(config_on(disk, 5).environment()));
    if (!saved) return "it does not open: " + saved.error().to_string();
    const auto verified = saved->verify();
    if (!verified) return "it is not verified: " + verified.error().to_string();
    if (verified->damage) return verified->damage->to_string();
    const std::vector<EventCopy> found = copies_of(*saved);
    if (found.empty() || found.back().header.kind != system_kinds::kSalvaged)
        return "it has no record";
    if (found.size() != report.end.value) return "the report has another end";
    const std::size_t end = found.size() - 1;
    std::set<std::uint64_t> known = lost;
    std::erase_if(known, [&](std::uint64_t sequence) { return sequence >= end; });
    if (lost_of(report) != known) {
        return "lost: " + list(lost_of(report)) + "; and should be: " + list(known);
    }
    for (std::size_t i = end; i < events_.size(); ++i) {
        if (!lost.contains(i)) return "event " + std::to_string(i) + " is not there";
    }
    const std::uint64_t unchanged = known.empty() ? end : *known.begin();
    if (report.unchanged_end.value != unchanged)
        return "the new log begins at " + to_string(report.unchanged_end);
    if (report.events != end - known.size()) return "the report counts other events";
    for (std::size_t i = 0; i < end; ++i) {
        const std::string problem = problem_of(found[i], i, lost.contains(i), i < unchanged);
        if (!problem.empty()) return "event " + std::to_string(i) + problem;
    }
    return "";
}

std::string SalvageModel::problem_of(const EventCopy& found, std::size_t at, bool is_lost,
                                     bool is_unchanged) const {
    const bool says_lost = found.header.kind == system_kinds::kEventLost;
    if (says_lost != is_lost) return is_lost ? " is not called lost" : " is called lost";
    if (is_lost) return "";
    const EventCopy& was = events_[at];
    if (!has_content_of(found, was)) return " is another";
    const bool is_as_it_was =
        found.hash == was.hash && found.position.version == was.position.version;
    return is_unchanged && !is_as_it_was ? " was changed" : "";
}

SalvageModel make_store_to_salvage(const Disk& disk, std::uint64_t seed) {
    auto clock = std::make_shared<ManualClock>(ManualClock::kStartUs);
    Environment environment = config_on(disk, seed).environment();
    environment.clock = clock;
    Store store = Store::open(config_on(disk, seed).with_environment(environment)).value();
    constexpr std::array<const char*, 3> kEntities = {"order:1", "order:2", "\xff\xfe"};
    EventId last;
    for (std::size_t round = 0; round < 12; ++round) {
        AppendOptions options;
        options.idempotency_key = "key-" + std::to_string(round);
        options.tags = {"customer:" + std::to_string(round % 2)};
        if (round % 3 == 1) options.causation_id = last;
        if (round % 4 == 2) options.correlation_id = last;
        if (round % 2 == 0) must(options.metadata.set("tenant", "t-7"));
        const auto alone = Coordinate::create(kEntities[round % 3], "room").value();
        // A long one now and then, so that there are several segments.
        const std::string text(round % 5 == 3 ? 3000 : 10 + round, 'x');
        last = store.append_raw(alone, EventKind::custom(0xF, 1), as_bytes(text), options)
                   .value()
                   .event_id;
        clock->advance(std::chrono::microseconds(static_cast<std::int64_t>(round % 3)));
        if (round % 3 != 2) continue;
        BatchBuilder batch;
        for (std::size_t i = 0; i < 2 + round % 2; ++i) {
            const auto member = Coordinate::create(kEntities[i], "room").value();
            batch.add(member, EventKind::custom(0xF, 2), Bytes(5, std::byte{7}));
        }
        store.append_batch(std::move(batch)).value();
    }
    std::vector<EventCopy> events = copies_of(store);
    std::move(store).close().value();
    return {disk, std::move(events)};
}

Result<SalvageReport> salvage_on(const Disk& disk) {
    return salvage(config_on(disk, 6), kSavedPath);
}

}  // namespace batpak::testing
