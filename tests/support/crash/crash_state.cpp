#include "support/crash/crash_state.hpp"

#include <algorithm>

#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

// What a store may leave in its directory, besides the temporary files of a crash.
bool is_documented(std::string_view path) {
    const auto is_in = [&](std::string_view folder, std::string_view suffix) {
        return path.starts_with(folder) && path.ends_with(suffix);
    };
    return path == "/data/LOCK" || path == "/data/MANIFEST" || path == "/data/MANIFEST.copy" ||
           is_in("/data/segments/", ".bpk") || is_in("/data/index/", ".bpx") ||
           is_in("/data/lost/", ".tail");
}

// Temporary files that are only removed when they would be in the way.
bool is_passing(std::string_view path) {
    return path == "/data/MANIFEST.tmp" || path == "/data/MANIFEST.copy.tmp" ||
           (path.starts_with("/data/index/") && path.ends_with(".tmp"));
}

ModelEvent probe_event(const StoreSetup& setup) {
    return {.coordinate = Coordinate::create("alice", "cave").value(),
            .kind = EventKind::custom(0xF, 4),
            .payload = Bytes(300, std::byte{0x5A}),
            .options = {.durability = Durability::Durable},
            .timestamp_us = setup.clock->wall_us()};
}

}  // namespace

Result<Store> open_store(const StoreSetup& setup, const Disk& disk, std::uint64_t entropy_seed) {
    const Environment environment{
        .files = setup.wrap ? setup.wrap(disk) : disk,
        .clock = setup.clock,
        .entropy = std::make_shared<SeededEntropy>(entropy_seed),
        .faults = setup.faults,
    };
    return Store::open(StoreConfig("/data")
                           .with_environment(environment)
                           .with_segment_bytes(setup.segment_bytes)
                           .with_sync_every_n_events(setup.sync_every_n)
                           .with_hash_chain(setup.hashes));
}

void abandon(Store store, const Disk& disk) {
    disk->observe(nullptr);
    disk->crash_at(disk->calls(), CrashMoment::BeforeCall);
    const Store dying = std::move(store);
}

Result<Store> CrashCheck::open(const Disk& disk) {
    ++crashes_;
    return open_store(setup_, disk, random_.next());
}

bool CrashCheck::chosen(Depth depth, std::uint64_t one_in) {
    if (depth == Depth::Sampled) return random_.below(one_in) == 0;
    return depth == Depth::Deep;
}

std::string CrashCheck::check(const CrashState& state, Depth depth) {
    std::string problem = judge(state, depth);
    if (problem.empty()) return problem;
    return problem + " (after " + state.how + ", with at least " + std::to_string(state.at_least) +
           " and at most " + std::to_string(state.at_most) + " events)";
}

std::string CrashCheck::judge(const CrashState& state, Depth depth) {
    const bool again = chosen(depth, 8);
    const bool without_index = chosen(depth, 16);
    const bool inside = chosen(depth, 8);
    const bool needs_copy = again || without_index || inside;
    const Disk before = needs_copy ? state.disk->after_process_kill() : nullptr;

    Result<Store> store = open(state.disk);
    if (!store) {
        if (setup_.refusal_is_honest && store.error().error_class() == ErrorClass::Refused) {
            ++refusals_;
            return {};
        }
        return "refused: " + store.error().to_string();
    }
    if (setup_.refusal_is_honest) {
        std::string problem = check_events_or_refusals(*store, model_);
        abandon(*std::move(store), state.disk);
        return problem;
    }
    std::string problem = compare(*store, state);
    CrashState found = state;
    found.at_least = found.at_most = events_ = store->visible_end().value;
    if (events_ < state.at_most) ++shorter_;
    if (problem.empty() && chosen(depth, 8)) problem = check_queries(*store, model_);
    if (problem.empty() && chosen(depth, 32)) problem = check_proofs(*store, setup_.hashes);
    if (problem.empty() && chosen(depth, 8)) problem = judge_files(state.disk);
    // Opening made it durable: a power cut right behind it takes nothing.
    if (problem.empty() && again) {
        problem =
            judge_again(state.disk->after_power_cut({.mode = CutMode::None, .seed = 0}), found);
    }
    if (problem.empty()) problem = judge_append(*store, found, chosen(depth, 4));
    abandon(*std::move(store), state.disk);
    if (problem.empty() && again) problem = judge_again(before->after_process_kill(), found);
    if (problem.empty() && without_index) problem = judge_without_index(before, found);
    if (problem.empty() && inside) problem = judge_crash_inside(before, state);
    events_ = found.at_least;
    return problem;
}

std::string CrashCheck::compare(const Store& store, const CrashState& state) {
    const std::uint64_t end = store.visible_end().value;
    if (end < state.at_least) return "lost event " + std::to_string(end);
    if (end > state.at_most) return "made up event " + std::to_string(end - 1);
    if (!model_.is_border(end)) return "half a batch: it ends at " + std::to_string(end);
    if (store.durable_end() != store.visible_end()) return "opened, and not durable";
    const OpenReport& report = store.open_report();
    if (report.end.value != end) return "the report tells of another end";
    if ((report.outcome == OpenReport::Outcome::Recovered) != report.cut.has_value()) {
        return "the report tells of a cut, or not";
    }
    return check_events(store, model_);
}

// What was found once is found again.
std::string CrashCheck::judge_again(const Disk& disk, const CrashState& found) {
    CrashState state = found;
    state.disk = disk;
    Result<Store> store = open(disk);
    if (!store) return "refused when opened again: " + store.error().to_string();
    std::string problem = compare(*store, state);
    abandon(*std::move(store), disk);
    return problem.empty() ? problem : "opened again: " + problem;
}

std::string CrashCheck::judge_without_index(const Disk& before, const CrashState& found) {
    CrashState state = found;
    state.disk = before->after_process_kill();
    for (const std::string& path : state.disk->file_paths()) {
        if (path.starts_with("/data/index/") && !state.disk->erase(path))
            return "no erasing " + path;
    }
    Result<Store> store = open(state.disk);
    if (!store) return "refused without its index: " + store.error().to_string();
    std::string problem = compare(*store, state);
    if (problem.empty()) problem = check_queries(*store, model_);
    abandon(*std::move(store), state.disk);
    return problem.empty() ? problem : "without its index: " + problem;
}

// Crashes once more, at a call of the recovery. Nothing that the first crash left may get lost, so
// the second recovery is held to what the first one was.
std::string CrashCheck::judge_crash_inside(const Disk& before, const CrashState& state) {
    const Disk disk = before->after_process_kill();
    const std::uint64_t crash_call = random_.below(40);
    CrashState inner = state;
    inner.disk = nullptr;
    disk->observe([&](const Call& call) {
        if (call.number != crash_call) return;
        inner.at_least = state.durable;
        inner.disk = random_.below(4) == 0
                         ? disk->after_process_kill()
                         : disk->after_power_cut({.mode = CutMode::Random, .seed = random_.next()});
        inner.how += ", then call " + std::to_string(call.number) + " of the recovery";
    });
    Result<Store> store = open(disk);
    if (!store) return "refused the second time: " + store.error().to_string();
    abandon(*std::move(store), disk);
    if (!inner.disk) return {};
    return check(inner, Depth::Shallow);
}

std::string CrashCheck::judge_append(Store& store, const CrashState& found, bool cut) {
    const std::uint64_t end = found.at_most;
    ModelEvent event = probe_event(setup_);
    event.version = model_.versions(event.coordinate.entity(), end);
    const auto receipt =
        store.append_raw(event.coordinate, event.kind, event.payload, event.options);
    if (!receipt) return "no appending after it: " + receipt.error().to_string();
    if (receipt->sequence.value != end) return "appended after it at another sequence";
    if (receipt->version.value != event.version) return "appended after it with another version";
    if (!cut) return {};

    LogModel after = model_;
    after.resume(end);
    after.submit(std::move(event));
    std::string problem = after.acknowledge(end, *receipt);
    const Disk disk =
        found.disk->after_power_cut({.mode = CutMode::Random, .seed = random_.next()});
    Result<Store> reopened = open(disk);
    if (!reopened) return "refused after an append: " + reopened.error().to_string();
    if (reopened->visible_end().value != end + 1) return "lost what was appended after it";
    if (problem.empty()) problem = check_events(*reopened, after);
    abandon(*std::move(reopened), disk);
    return problem.empty() ? problem : "after an append: " + problem;
}

std::string CrashCheck::judge_files(const Disk& disk) const {
    for (const std::string& path : disk->file_paths()) {
        if (!is_documented(path) && !is_passing(path)) return "left behind: " + path;
    }
    return {};
}

}  // namespace batpak::testing
