// A decision is tried in a store of its own: the given events, then the command, then a look at
// what it appended. With crashes the same happens on a simulated disk, once for each call at which
// the power may go; the command is called again after it, as a program would, and must come to the
// same events.
#include "batpak/testing/given.hpp"

#include "batpak/json.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/memory_file_system.hpp"

namespace batpak::testing {
namespace {

// Of the life of the store that writes the given events: no other life has it.
constexpr std::uint64_t kBeforeSeedOffset = 1'000'000;

Environment environment_on(std::shared_ptr<FileSystem> files, std::uint64_t seed) {
    return {.files = std::move(files),
            .clock = std::make_shared<ManualClock>(ManualClock::kStartUs),
            .entropy = std::make_shared<SeededEntropy>(seed)};
}

Result<void> append_all(const StoreConfig& config, const std::vector<ScriptedEvent>& events) {
    BATPAK_TRY(Store store, Store::open(config));
    for (const ScriptedEvent& event : events) {
        BATPAK_CHECK(event.append_to(store));
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// What a test can say of an event beforehand: not its id, its time or its hash.
Result<std::vector<ScriptedEvent>> events_behind(const Store& store, std::size_t count) {
    std::vector<ScriptedEvent> events;
    for (const Result<EventView>& element : store.query(Region::all(), {.from = Sequence(count)})) {
        if (!element) return fail(element.error());
        BATPAK_TRY(Coordinate coordinate, Coordinate::create(element->entity, element->scope));
        events.push_back({std::move(coordinate), element->kind(), element->header.payload_version,
                          Bytes(element->payload.begin(), element->payload.end())});
    }
    return events;
}

std::string list_of(const char* title, const std::vector<ScriptedEvent>& events) {
    std::string text = std::string("\n  ") + title + " " + std::to_string(events.size()) + ":";
    for (const ScriptedEvent& event : events) text += "\n    " + event.to_string();
    return text;
}

// What differs, in words; empty if nothing does.
std::string difference(const std::vector<ScriptedEvent>& expected,
                       const std::vector<ScriptedEvent>& found) {
    for (const ScriptedEvent& event : expected) {
        if (event.encoding_error) return "then: " + event.encoding_error->to_string();
    }
    if (expected == found) return {};
    return "it appended other events" + list_of("expected", expected) + list_of("found", found);
}

StoreConfig in_memory(const StoreConfig& config) {
    return config.with_environment(environment_on(std::make_shared<MemoryFileSystem>(), 1));
}

// The command is called, crashed, and called again.
class RepeatedDecision final : public CrashSubject {
public:
    // Borrows: both.
    RepeatedDecision(const Decision& decision, const std::vector<ScriptedEvent>& then)
        : decision_(decision), then_(then) {}

    std::unique_ptr<CrashSubject> copy() const override {
        return std::make_unique<RepeatedDecision>(*this);
    }
    Result<void> run(const Environment& machine) override {
        BATPAK_TRY(Store store, Store::open(decision_.config.with_environment(machine)));
        BATPAK_CHECK(decision_.command(store));
        BATPAK_CHECK(std::move(store).close());
        return {};
    }
    Result<std::string> resume_and_check(const Environment& machine) override {
        BATPAK_TRY(Store store, Store::open(decision_.config.with_environment(machine)));
        const Result<void> answer = decision_.command(store);
        BATPAK_TRY(const auto found, events_behind(store, decision_.before.size()));
        std::string problem = difference(then_, found);
        if (!problem.empty() && !answer) {
            problem += "\n  called again, it said " + answer.error().to_string();
        }
        return problem;
    }

private:
    const Decision& decision_;
    const std::vector<ScriptedEvent>& then_;
};

}  // namespace

std::string ScriptedEvent::to_string() const {
    std::string text = coordinate.entity() + " @ " + coordinate.scope() + "  " +
                       batpak::to_string(kind) + " v" + std::to_string(payload_version) + "  ";
    const auto json = PayloadCodec<nlohmann::json>::decode(payload);
    if (!json) return text + std::to_string(payload.size()) + " bytes";
    return text + json->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

CheckReport When::check(const std::vector<ScriptedEvent>& expected) const {
    const StoreConfig config = in_memory(decision_.config);
    const auto found = [&]() -> Result<std::vector<ScriptedEvent>> {
        BATPAK_CHECK(append_all(config, decision_.before));
        BATPAK_TRY(Store store, Store::open(config));
        BATPAK_CHECK(decision_.command(store));
        return events_behind(store, decision_.before.size());
    }();
    if (!found) return {"it failed: " + found.error().to_string()};
    return {difference(expected, *found)};
}

CheckReport When::then_error(ErrorCode code) const {
    const StoreConfig config = in_memory(decision_.config);
    const auto problem = [&]() -> Result<std::string> {
        BATPAK_CHECK(append_all(config, decision_.before));
        BATPAK_TRY(Store store, Store::open(config));
        const Result<void> answer = decision_.command(store);
        BATPAK_TRY(const auto found, events_behind(store, decision_.before.size()));
        const std::string expected = "expected " + std::string(batpak::to_string(code));
        if (answer) return expected + ", and it succeeded" + list_of("found", found);
        if (answer.error().code() != code) {
            return expected + ", and it failed: " + answer.error().to_string();
        }
        if (!found.empty()) return expected + ", and no events" + list_of("found", found);
        return {};
    }();
    return {problem ? *problem : "it failed: " + problem.error().to_string()};
}

CrashedWhen When::crash_at(AnyIo) const { return CrashedWhen(decision_, CrashPlan{}); }

CrashedWhen When::crash_at(const CrashPoint& point) const {
    CrashPlan plan;
    plan.only = point;
    return CrashedWhen(decision_, std::move(plan));
}

CrashedWhen CrashedWhen::with_seed(std::uint64_t seed) const {
    CrashedWhen changed = *this;
    changed.plan_.seed = seed;
    return changed;
}

// The given events are made durable once, and each crash begins with a copy of that disk.
CrashReport CrashedWhen::check(const std::vector<ScriptedEvent>& expected) const {
    const auto disk = std::make_shared<SimulatedFileSystem>(plan_.seed, SimulatedDisk{});
    const Environment first_life = environment_on(disk, plan_.seed + kBeforeSeedOffset);
    const auto before = append_all(decision_.config.with_environment(first_life), decision_.before);
    if (!before) {
        CrashReport report;
        report.failure = CrashFailure{{}, {}, "given: " + before.error().to_string()};
        return report;
    }
    CrashPlan plan = plan_;
    plan.disk = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    return try_crash_points(RepeatedDecision(decision_, expected), plan);
}

}  // namespace batpak::testing
