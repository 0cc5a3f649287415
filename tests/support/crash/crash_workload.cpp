#include "support/crash/crash_workload.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSector = 512;
// Of the calls of a workload, one in so many is crashed at; and at each of those, so many disks.
constexpr std::uint64_t kCrashOneIn = 2;
constexpr std::uint64_t kDisksEach = 2;
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(60);

constexpr std::array<const char*, 4> kNamesOfEntities = {"alice", "bob", "carol", "dave"};
constexpr std::array<const char*, 2> kScopes = {"cave", "hall"};

constexpr std::array kCutModes = {CutMode::None,        CutMode::All,      CutMode::LastOnly,
                                  CutMode::AllButFirst, CutMode::SizeOnly, CutMode::Subset,
                                  CutMode::Random,      CutMode::Random,   CutMode::Random};

StoreSetup setup_of(const CrashRun& run, Random& random) {
    constexpr std::array<std::uint32_t, 3> kSyncEvery = {1, 3, 100};
    return {.wrap = run.wrap,
            .hashes = random.below(3) != 0,
            .refusal_is_honest = run.disk_lies,
            .sync_every_n = kSyncEvery[random.below(kSyncEvery.size())],
            .clock = std::make_shared<ManualClock>(ManualClock::kStartUs)};
}

// What the store must answer to an append.
struct Expected {
    ErrorCode refusal{};                               // none: it is stored
    std::optional<Sequence> forbidden = std::nullopt;  // the event that the refusal must name

    bool holds() const noexcept { return refusal == ErrorCode{}; }
};

class Workload {
public:
    explicit Workload(const CrashRun& run)
        : run_(run),
          random_(run.seed),
          setup_(setup_of(run, random_)),
          check_(model_, setup_, random_.next()),
          disk_(std::make_shared<SimulatedFileSystem>(random_.next(),
                                                      SimulatedDisk{.names = run.names})) {}

    CrashRunReport run() {
        const std::uint64_t lives = 2 + random_.below(4);
        for (; report_.lives < lives && report_.problem.empty(); ++report_.lives) live();
        report_.crashes = check_.crashes();
        report_.refusals = check_.refusals();
        report_.shorter = check_.shorter();
        if (!report_.problem.empty()) report_.problem += how_to_repeat();
        return report_;
    }

private:
    using Step = void (Workload::*)();

    void live();
    void step();
    void end_life();
    void close();

    void append();
    void try_append();
    void append_batch();
    void repeat();
    void submit_some();
    void sync();
    void wait_durable();
    void read();
    void pass_time();

    ModelEvent make_event();
    Bytes make_payload();
    Bytes stolen_bytes();
    ExpectedVersion make_expectation(std::uint64_t versions);
    std::optional<Sequence> make_condition(std::optional<AppendCondition>& condition);
    Expected expect(ModelEvent& event);
    void settle(std::uint64_t sequence, const Expected& expected,
                const Result<AppendReceipt>& answer);
    void tell(std::string problem);

    void watch();
    void consider(const Call& call);
    void collect(const Disk& disk, bool killed, const std::string& how);
    void judge_collected();
    std::string how_to_repeat() const;

    const CrashRun run_;
    Random random_;
    const StoreSetup setup_;
    LogModel model_;
    CrashCheck check_;
    Disk disk_;
    std::optional<Store> store_;
    std::vector<CrashState> collected_;
    std::uint64_t keys_ = 0;
    CrashRunReport report_;
};

void Workload::tell(std::string problem) {
    if (report_.problem.empty()) report_.problem = std::move(problem);
}

std::string Workload::how_to_repeat() const {
    std::ostringstream words;
    words << " [BATPAK_SEED=" << run_.seed
          << (run_.names == NameDurability::Strict ? " strict" : " journaled") << ", life "
          << report_.lives << ", sync every " << setup_.sync_every_n
          << (setup_.hashes ? ", hashes" : ", no hashes") << "]";
    return words.str();
}

void Workload::live() {
    watch();
    Result<Store> opened = open_store(setup_, disk_, random_.next());
    if (!opened) {
        if (!run_.disk_lies) tell("refused: " + opened.error().to_string());
        return judge_collected();
    }
    store_.emplace(*std::move(opened));
    const std::uint64_t end = store_->visible_end().value;
    if (end < model_.durable() || end > model_.submitted()) {
        tell("a life began with " + std::to_string(end) + " events");
        return store_.reset();
    }
    model_.resume(end);
    judge_collected();
    const std::uint64_t steps = 3 + random_.below(12);
    for (std::uint64_t i = 0; i < steps && report_.problem.empty(); ++i) step();
    end_life();
}

void Workload::step() {
    // How often, out of all.
    constexpr std::array<std::pair<Step, std::uint64_t>, 9> kSteps = {{
        {&Workload::append, 36},
        {&Workload::append_batch, 14},
        {&Workload::repeat, 4},
        {&Workload::submit_some, 10},
        {&Workload::sync, 8},
        {&Workload::wait_durable, 8},
        {&Workload::read, 8},
        {&Workload::pass_time, 8},
        {&Workload::try_append, 4},
    }};
    std::uint64_t choice = random_.below(100);
    for (const auto& [step, weight] : kSteps) {
        if (choice < weight) {
            (this->*step)();
            return judge_collected();
        }
        choice -= weight;
    }
}

// The next life finds what a close, the death of the process or a power cut left.
void Workload::end_life() {
    report_.events += model_.submitted();
    report_.rotations += store_->stats().segments - 1;
    const std::uint64_t ending = random_.below(run_.disk_lies ? 2 : 4);
    if (ending == 0) return close();
    Disk next;
    if (ending == 1) {
        next = disk_->after_process_kill();
    } else {
        next = disk_->after_power_cut({.mode = CutMode::Random, .seed = random_.next()});
        model_.lose_power();
    }
    abandon(*std::move(store_), disk_);
    store_.reset();
    disk_ = next;
}

void Workload::close() {
    const Result<Closed> closed = std::move(*store_).close();
    if (!closed) tell("close: " + closed.error().to_string());
    model_.promise_durable(model_.submitted());
    judge_collected();
    disk_->observe(nullptr);
    store_.reset();
}

// ---- What programs do ----

void Workload::append() {
    ModelEvent event = make_event();
    const Expected expected = expect(event);
    const ModelEvent asked = event;
    // From when the store is asked on, a crash may find it.
    const std::uint64_t sequence =
        expected.holds() ? model_.submit(std::move(event)) : model_.submitted();
    settle(sequence, expected,
           store_->append_raw(asked.coordinate, asked.kind, asked.payload, asked.options));
}

void Workload::try_append() {
    ModelEvent event = make_event();
    event.options.expect = ExpectedVersion::any();
    const ModelEvent asked = event;
    const std::uint64_t sequence = model_.submit(std::move(event));
    settle(sequence, Expected{},
           store_->try_append_raw(asked.coordinate, asked.kind, asked.payload, asked.options));
}

// All items are kept, or none: what cannot hold is known before.
void Workload::append_batch() {
    BatchBuilder batch;
    BatchOptions options;
    if (random_.below(2) == 0) options.durability = Durability::Durable;
    const auto count = static_cast<std::uint32_t>(1 + random_.below(5));
    const std::uint64_t first = model_.submitted();
    Expected expected;
    if ((expected.forbidden = make_condition(options.condition))) {
        expected.refusal = ErrorCode::ConditionConflict;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        ModelEvent event = make_event();
        event.options.idempotency_key.clear();
        event.options.durability = options.durability;
        event.batch_index = i;
        event.batch_count = count;
        const bool holds = event.options.expect.holds(model_.versions(event.coordinate.entity()));
        if (!holds && expected.holds()) expected.refusal = ErrorCode::VersionConflict;
        batch.add(event.coordinate, event.kind, event.payload,
                  {.expect = event.options.expect,
                   .correlation_id = event.options.correlation_id,
                   .causation_id = event.options.causation_id,
                   .flags = event.options.flags,
                   .metadata = event.options.metadata});
        model_.submit(std::move(event));
    }
    if (!expected.holds()) model_.retract_to(first);
    const auto receipts = store_->append_batch(std::move(batch), options);
    if (!receipts) return settle(first, expected, fail(receipts.error()));
    if (receipts->size() != count) return tell("a batch of another size");
    for (std::uint32_t i = 0; i < count; ++i) settle(first + i, expected, (*receipts)[i]);
}

// What was appended with a key is not appended twice, however often the store was opened since.
void Workload::repeat() {
    if (model_.acknowledged() == 0) return;
    const std::uint64_t sequence = random_.below(model_.acknowledged());
    const ModelEvent before = model_.events()[sequence];
    if (before.options.idempotency_key.empty()) return;
    const auto receipt =
        store_->append_raw(before.coordinate, before.kind, before.payload, before.options);
    if (!receipt) return tell("repeated: " + receipt.error().to_string());
    if (!receipt->replayed || receipt->sequence.value != sequence) tell("appended twice");
    if (before.receipt && receipt->event_id != before.receipt->event_id) {
        tell("repeated as another");
    }
    if (receipt->durability == Durability::Durable) model_.promise_durable(sequence + 1);
}

void Workload::submit_some() {
    struct Waiting {
        Ticket ticket;
        std::uint64_t sequence;
        Expected expected;
    };
    std::vector<Waiting> waiting;
    const std::uint64_t count = 2 + random_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
        ModelEvent event = make_event();
        const Expected expected = expect(event);
        const ModelEvent asked = event;
        const std::uint64_t sequence =
            expected.holds() ? model_.submit(std::move(event)) : model_.submitted();
        Result<Ticket> ticket =
            store_->submit_raw(asked.coordinate, asked.kind, asked.payload, asked.options);
        if (!ticket) return tell("submit: " + ticket.error().to_string());
        waiting.push_back({*std::move(ticket), sequence, expected});
    }
    // Sometimes the last one is waited for first, which commits the others.
    if (random_.below(2) == 0) std::swap(waiting.front(), waiting.back());
    for (Waiting& each : waiting) settle(each.sequence, each.expected, each.ticket.wait());
}

void Workload::settle(std::uint64_t sequence, const Expected& expected,
                      const Result<AppendReceipt>& answer) {
    if (!expected.holds()) {
        if (answer) return tell("appended against its expectation");
        const Error& error = answer.error();
        if (error.code() != expected.refusal) tell(error.to_string());
        if (expected.forbidden && error.sequence() != expected.forbidden) {
            tell("names another event: " + error.to_string());
        }
        return;
    }
    if (!answer) return tell("append: " + answer.error().to_string());
    std::string problem = model_.acknowledge(sequence, *answer);
    if (!problem.empty()) return tell(std::move(problem));
    if (run_.wrong_model == WrongModel::BufferedIsDurable) model_.promise_durable(sequence + 1);
}

void Workload::sync() {
    const Result<void> synced = store_->sync();
    if (!synced) return tell("sync: " + synced.error().to_string());
    model_.promise_durable(model_.submitted());
    if (store_->durable_end() != store_->visible_end()) tell("synced, and not durable");
}

void Workload::wait_durable() {
    if (model_.submitted() == 0) return;
    const std::uint64_t sequence = random_.below(model_.submitted());
    const Result<bool> waited =
        store_->wait_durable(Sequence(sequence), std::chrono::steady_clock::now() + kPatience);
    if (!waited) return tell("wait_durable: " + waited.error().to_string());
    if (!*waited) return tell("wait_durable: not within minutes");
    model_.promise_durable(sequence + 1);
}

void Workload::read() {
    if (store_->visible_end().value != model_.submitted()) tell("a reader sees another end");
    std::string problem = check_events(*store_, model_);
    if (problem.empty()) problem = check_queries(*store_, model_);
    if (problem.empty() && random_.below(4) == 0) problem = check_proofs(*store_, setup_.hashes);
    if (!problem.empty()) tell("while it runs: " + problem);
}

void Workload::pass_time() {
    auto& clock = static_cast<ManualClock&>(*setup_.clock);
    const std::chrono::microseconds duration(random_.below(5'000'000));
    if (random_.below(3) == 0) return clock.go_back(duration);
    clock.advance(duration);
}

// ---- What they append ----

ModelEvent Workload::make_event() {
    const char* const entity = kNamesOfEntities[random_.below(kNamesOfEntities.size())];
    const char* const scope = kScopes[random_.below(kScopes.size())];
    AppendOptions options;
    options.expect = make_expectation(model_.versions(entity));
    const std::uint64_t level = random_.below(4);
    if (level == 0) options.durability = Durability::Durable;
    if (level == 1) options.durability = Durability::Buffered;
    if (random_.below(4) == 0) options.flags = static_cast<std::uint32_t>(random_.next()) & ~0xFFU;
    if (random_.below(4) == 0) options.idempotency_key = "key " + std::to_string(++keys_);
    if (random_.below(8) == 0) {
        const bool set = options.metadata.set("traceparent", "00-7d").has_value();
        if (!set) tell("no metadata");
    }
    if (model_.acknowledged() > 0 && random_.below(4) == 0) {
        const ModelEvent& before = model_.events()[random_.below(model_.acknowledged())];
        if (before.receipt) {
            options.causation_id = before.receipt->event_id;
            if (random_.below(2) == 0) options.correlation_id = before.receipt->event_id;
        }
    }
    return {.coordinate = Coordinate::create(entity, scope).value(),
            .kind = EventKind::custom(0xF, static_cast<std::uint16_t>(1 + random_.below(4))),
            .payload = make_payload(),
            .options = options,
            .timestamp_us = setup_.clock->wall_us()};
}

ExpectedVersion Workload::make_expectation(std::uint64_t versions) {
    switch (random_.below(10)) {
        case 0: return ExpectedVersion::none();
        case 1: return ExpectedVersion::exists();
        case 2: return ExpectedVersion::exactly(versions == 0 ? 0 : versions - 1);
        case 3: return ExpectedVersion::exactly(versions + random_.below(2));
        default: return ExpectedVersion::any();
    }
}

// Gives an event a condition sometimes, and says what the model makes of all that it demands.
Expected Workload::expect(ModelEvent& event) {
    const auto forbidden = make_condition(event.options.condition);
    if (forbidden) return {ErrorCode::ConditionConflict, forbidden};
    const bool holds = event.options.expect.holds(model_.versions(event.coordinate.entity()));
    return {holds ? ErrorCode{} : ErrorCode::VersionConflict};
}

// Makes one sometimes. Returns the first event that it forbids, found by looking at each.
std::optional<Sequence> Workload::make_condition(std::optional<AppendCondition>& condition) {
    if (random_.below(4) != 0) return std::nullopt;
    const char* const entity =
        random_.below(3) == 0 ? nullptr : kNamesOfEntities[random_.below(kNamesOfEntities.size())];
    const char* const scope = random_.below(2) == 0 ? nullptr : kScopes[random_.below(2)];
    condition.emplace().none_match = Region::all();
    if (entity != nullptr) condition->none_match = condition->none_match & Region::entity(entity);
    if (scope != nullptr) condition->none_match = condition->none_match & Region::scope(scope);
    std::uint64_t begin = 0;
    // What was submitted and waits for its commit, no caller can have seen.
    const std::uint64_t seen = store_->visible_end().value;
    if (seen > 0 && random_.below(4) != 0) {
        begin = seen - random_.below(std::min<std::uint64_t>(seen, 6));
        condition->seen_end = Sequence(begin);
    }
    for (std::uint64_t sequence = begin; sequence < model_.submitted(); ++sequence) {
        const Coordinate& at = model_.events()[sequence].coordinate;
        const bool matches = (entity == nullptr || at.entity() == entity) &&
                             (scope == nullptr || at.scope() == scope);
        if (matches) return Sequence(sequence);
    }
    return std::nullopt;
}

// Nothing to three sectors; some larger than a segment; one in ten is a piece of the store itself.
Bytes Workload::make_payload() {
    const std::uint64_t choice = random_.below(40);
    if (choice < 4) return stolen_bytes();
    if (choice == 4) return Bytes(4096 + random_.below(2048), std::byte{0x11});
    if (choice == 5) return {};
    const std::uint64_t sizes = choice < 24 ? 64 : 3 * kSector;
    Bytes payload(random_.below(sizes));
    // Also zeros, which look like the space behind a log.
    const std::uint64_t value = random_.below(3) == 0 ? 0 : random_.next();
    for (std::byte& byte : payload) byte = static_cast<std::byte>(value);
    return payload;
}

Bytes Workload::stolen_bytes() {
    const std::vector<std::string> paths = disk_->file_paths();
    if (paths.empty()) return {};
    const Bytes file = disk_->contents(paths[random_.below(paths.size())]).value_or(Bytes());
    if (file.empty()) return {};
    const std::uint64_t begin = random_.below(2) == 0 ? 0 : random_.below(file.size());
    const std::uint64_t end = begin + std::min(3 * kSector, file.size() - begin);
    return {file.begin() + static_cast<std::ptrdiff_t>(begin),
            file.begin() + static_cast<std::ptrdiff_t>(end)};
}

// ---- Crashes ----

void Workload::watch() {
    disk_->observe([this](const Call& call) { consider(call); });
    if (!run_.disk_lies) return;
    disk_->fail_call(random_.below(200), Fault::lost_sync().forever());
}

// Reads change nothing, so that a crash before one is a crash before the next call that does.
void Workload::consider(const Call& call) {
    const bool changes = call.kind != CallKind::Read && call.kind != CallKind::Stat &&
                         call.kind != CallKind::List && call.kind != CallKind::Map;
    if (!changes || random_.below(kCrashOneIn) != 0) return;
    const std::string where = std::string(to_string(call.kind)) + " of " + call.path;
    for (std::uint64_t i = 0; i < kDisksEach; ++i) {
        if (random_.below(8) == 0) {
            collect(disk_->after_process_kill(), true, "a kill before " + where);
            continue;
        }
        const CutMode mode = kCutModes[random_.below(kCutModes.size())];
        const PowerCut cut{.mode = mode, .seed = random_.next()};
        collect(disk_->after_power_cut(cut), false,
                "a cut of mode " + std::to_string(static_cast<int>(mode)) + " before " + where);
    }
}

void Workload::collect(const Disk& disk, bool killed, const std::string& how) {
    const std::uint64_t durable = run_.disk_lies ? 0 : model_.durable();
    collected_.push_back({.disk = disk,
                          .at_least = killed ? model_.acknowledged() : durable,
                          .durable = durable,
                          .at_most = model_.submitted(),
                          .how = how});
}

// After the call to the store has returned: then the model knows all that it said.
void Workload::judge_collected() {
    for (CrashState& state : collected_) {
        if (!report_.problem.empty()) break;
        state.at_most = std::min(state.at_most, model_.submitted());
        if (run_.wrong_model == WrongModel::UnansweredIsNotThere) state.at_most = state.at_least;
        tell(check_.check(state, Depth::Sampled));
    }
    collected_.clear();
}

}  // namespace

CrashRunReport run_crash_workload(const CrashRun& run) { return Workload(run).run(); }

}  // namespace batpak::testing
