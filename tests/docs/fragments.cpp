// What stands around each code fragment of the documents and public headers, so that it compiles as
// a user would compile it. tools/doc_code.py describes the marks. This file is no program by
// itself.
#include <batpak/batpak.hpp>
#include <batpak/json.hpp>
#include <batpak/lmdb/lmdb_cache.hpp>
#include <batpak/machine/check.hpp>
#include <batpak/outcome_json.hpp>
#include <batpak/sqlite/sqlite_read_model.hpp>
#include <batpak/testing/crash_points.hpp>
#include <batpak/testing/environment.hpp>
#include <batpak/testing/given.hpp>
#include <batpak/testing/injectors.hpp>
#include <batpak/testing/memory_file_system.hpp>
#include <batpak/testing/scenario.hpp>
#include <batpak/testing/simulated_file_system.hpp>
// FRAGMENT docs/MACHINES.md 1

using namespace batpak;
using namespace std::chrono_literals;

// What the fragments talk about: a game, a shop, a bank.
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    int x = 0, y = 0;
};
struct PlayerDied {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
};
struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(0x2, 0x001);
    std::int64_t total = 0;
};
struct PaymentTaken {
    static constexpr auto kind = EventKind::custom(0x2, 0x002);
    std::int64_t total = 0;
};
struct StockReserved {
    static constexpr auto kind = EventKind::custom(0x2, 0x003);
};
struct Joined {
    static constexpr auto kind = EventKind::custom(0x3, 0x001);
};
struct Player {
    static constexpr auto projection = projection_of<PlayerMoved>("player", 1);
    int x = 0;
    void on(const PlayerMoved& moved) { x = moved.x; }
};
struct Score {
    static constexpr auto projection = projection_of<PlayerDied>("score", 1);
    int deaths = 0;
    void on(const PlayerDied&) { ++deaths; }
};
struct Transfer {
    static constexpr auto kind = EventKind::custom(0x4, 0x010);
    std::int64_t amount = 0;
};
struct Bank {
    bool open = true;
};
bool bill(const EventView& event);
bool ship(const EventView& event);
Coordinate payment_of(const OrderPlaced& order);
void refuse(const Denial& denial);
void show(const Player& player);

// A test framework has such a macro.
#define EXPECT_TRUE(condition) (static_cast<void>(condition), std::ostringstream())

// --- base, coordinate

int result_1(const StoreConfig& config, int (*report)(const Error&)) {
    // FRAGMENT include/batpak/base/result.hpp 1
    return 0;
}

Region region_1(EventKind kMoved, EventKind kFled) {
    return
        // FRAGMENT include/batpak/coordinate/region.hpp 1
        ;
}

struct State {};
struct Table {
    // FRAGMENT include/batpak/base/detail/text_hash.hpp 1
};

// --- event

namespace payload_codec {
// FRAGMENT include/batpak/event/payload_codec.hpp 1
static_assert(TypedEvent<PlayerMoved>);
}  // namespace payload_codec

AppendOptions id_1() {
    // FRAGMENT include/batpak/base/id.hpp 1
    return options;
}

class Moved {
    int player_ = 0;

public:
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
    int x = 0;
    // FRAGMENT include/batpak/event/fields.hpp 1
    // FRAGMENT include/batpak/event/fields.hpp 2
};

class Money {
    std::int64_t cents_ = 0;

public:
    std::int64_t cents() const { return cents_; }
    static Result<Money> create(std::int64_t cents);
};
// FRAGMENT include/batpak/event/custom_field.hpp 1
static_assert(detail::CustomField<Money>);

namespace payloads {
enum class Suit { Hearts, Spades };
// FRAGMENT docs/PAYLOADS.md 1
// FRAGMENT docs/PAYLOADS.md 2
// FRAGMENT docs/PAYLOADS.md 4
// FRAGMENT docs/PAYLOADS.md 5
}  // namespace payloads
using payloads::Suit;
// FRAGMENT docs/PAYLOADS.md 3
static_assert(SelfUpcasting<payloads::PlayerTurned>);
static_assert(detail::field_required<payloads::PaymentTaken>[0]);

Result<std::int64_t> msgpack_reader_1(msgpack::Reader reader) {
    std::int64_t sum = 0;
    // FRAGMENT include/batpak/event/detail/msgpack_reader.hpp 1
    return sum;
}

namespace type_registry {
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    static constexpr std::uint16_t payload_version = 2;
    int x = 0;
};
Result<void> example(const TypeRegistry::Upcaster& add_direction) {
    // FRAGMENT include/batpak/event/type_registry.hpp 1
    return {};
}
}  // namespace type_registry

struct Upcasting {
    // FRAGMENT include/batpak/event/payload_codec.hpp 2
};

struct Appender {
    // FRAGMENT include/batpak/event/detail/needs_kind.hpp 1
};

// TEXT include/batpak/event/detail/field_types.hpp 1
// TEXT include/batpak/event/hash_chain.hpp 1
// TEXT include/batpak/event/detail/payload_layout.hpp 1
// TEXT include/batpak/proof/checkpoint_signer.hpp 1
// TEXT include/batpak/proof/event_proof.hpp 1
// TEXT include/batpak/proof/event_proof.hpp 2
// TEXT include/batpak/proof/head_map.hpp 1
// TEXT include/batpak/proof/keys.hpp 1
// TEXT include/batpak/proof/note.hpp 1
// TEXT include/batpak/proof/tlog_files.hpp 1
// TEXT include/batpak/proof/trust_policy.hpp 1
// TEXT include/batpak/inspector/inspector.hpp 1
// TEXT include/batpak/json.hpp 1
// TEXT include/batpak/outcome_json.hpp 1

// --- guard, pipeline

Verdict denial_1(const Transfer& transfer, std::int64_t limit) {
    // FRAGMENT include/batpak/guard/denial.hpp 1
}

Result<void> evidence_1(const Store& store, const Committed<Transfer>& committed) {
    // FRAGMENT include/batpak/guard/evidence.hpp 1
    return {};
}

namespace gates {
// FRAGMENT include/batpak/guard/gate_set.hpp 2

Verdict is_open(const Transfer& transfer, const Bank& bank);
void example(const Transfer& transfer, const Bank& bank, const JudgedView& view) {
    // FRAGMENT include/batpak/guard/gate_set.hpp 1
}
}  // namespace gates

void judged_view_1(const Store& store) {
    // FRAGMENT include/batpak/guard/judged_view.hpp 1
}

void pipeline_1(Store& store, const GateSet<Transfer, Bank>& gates, const Bank& bank,
                const Transfer& transfer, const Coordinate& coordinate) {
    // FRAGMENT include/batpak/pipeline/pipeline.hpp 2
}

void match_1(const Outcome<int>& outcome) {
    // FRAGMENT include/batpak/pipeline/match.hpp 1
}

WaitCondition wait_condition_1(EventId paid, WaitCondition::Time tomorrow) {
    return
        // FRAGMENT include/batpak/pipeline/outcome_parts.hpp 1
        ;
}

// TEXT include/batpak/pipeline/join.hpp 1
// TEXT include/batpak/pipeline/outcome.hpp 1
// TEXT include/batpak/pipeline/pipeline.hpp 1

// --- store

void store_1(const Coordinate& coordinate) {
    // FRAGMENT include/batpak/store/store.hpp 1
}

void options_1(const Store& store, const Region& region, AppendOptions options) {
    // FRAGMENT include/batpak/store/options.hpp 1
}

Result<Committed<Transfer>> store_2(Store& store, const Region& region, const Transfer& payment,
                                    const Coordinate& account, const std::string& key) {
    // FRAGMENT include/batpak/store/store.hpp 2
    return fail(ErrorCode::InvalidArgument);
}

void approved_batch_1(Store& store, Decision<Transfer> payment, Decision<Transfer> delivery,
                      const Coordinate& alice, const Coordinate& order) {
    // FRAGMENT include/batpak/store/approved_batch.hpp 1
}

void batch_1(Store& store, const Coordinate& order, const Coordinate& stock) {
    // FRAGMENT include/batpak/store/batch.hpp 1
}

void catalogue_1(const Store& store, void (*show)(std::string_view, std::uint64_t)) {
    // FRAGMENT include/batpak/store/catalogue.hpp 1
}

StoreConfig config_1() {
    return
        // FRAGMENT include/batpak/store/config.hpp 1
        ;
}

void interval_syncer_1(Store& store) {
    // FRAGMENT include/batpak/store/interval_syncer.hpp 1
}

std::optional<Error> query_1(const Store& store,
                             void (*use)(std::string_view, const Result<PlayerMoved>&)) {
    // FRAGMENT include/batpak/store/query.hpp 1
    return std::nullopt;
}

void read_only_store_1() {
    // FRAGMENT include/batpak/store/read_only_store.hpp 1
}

void repair_1() {
    // FRAGMENT include/batpak/store/repair.hpp 1
}

void salvage_1() {
    // FRAGMENT include/batpak/store/salvage.hpp 1
}

void scrub_1(const ScrubReport& last_night) {
    // FRAGMENT include/batpak/store/scrub.hpp 1
}

void restore_1() {
    // FRAGMENT include/batpak/store/restore.hpp 1
}

void snapshot_1(Store& store) {
    // FRAGMENT include/batpak/store/snapshot.hpp 1
}

void compaction_1(Store& store) {
    // FRAGMENT include/batpak/store/compaction.hpp 1
}

void compaction_2(Store& store) {
    // FRAGMENT include/batpak/store/compaction.hpp 2
}

void reads_1(const Store& store, const AppendReceipt& receipt) {
    // FRAGMENT include/batpak/store/reads.hpp 1
}

void reads_2(const Store& store, const NameEntry& last) {
    // FRAGMENT include/batpak/store/reads.hpp 2
}

void view_1(const Store& store, const AppendReceipt& receipt, const Region& region, Sequence end) {
    // FRAGMENT include/batpak/store/reads.hpp 3
}

// --- machine

namespace doors {
struct Open {};
struct Closed {};
struct Locked {
    int code = 0;
};
struct DoorClosed {
    static constexpr auto kind = EventKind::custom(0x5, 0x001);
};
struct DoorOpened {
    static constexpr auto kind = EventKind::custom(0x5, 0x002);
};
struct DoorLocked {
    static constexpr auto kind = EventKind::custom(0x5, 0x003);
    int code = 0;
};
inline Locked lock(const Closed&, const DoorLocked& locked) { return {locked.code}; }

void example(Store& store, const Coordinate& coordinate) {
    // FRAGMENT include/batpak/machine/state_machine.hpp 1
    // FRAGMENT include/batpak/machine/state_machine.hpp 2
}

using Door = StateMachine<"door", On<Open, DoorClosed, Closed>, On<Closed, DoorOpened, Open>,
                          On<Closed, DoorLocked, Locked, lock>>;

void check() {
    // FRAGMENT include/batpak/machine/check.hpp 1
}
void coverage(const Store& store) {
    // FRAGMENT include/batpak/machine/coverage.hpp 1
}
void document() {
    // FRAGMENT docs/MACHINES.md 2
}

// TEXT include/batpak/machine/detail/in_state.hpp 1
// TEXT include/batpak/machine/detail/machine_table.hpp 1
// TEXT include/batpak/machine/detail/rows.hpp 1
// TEXT include/batpak/machine/detail/transition.hpp 1
}  // namespace doors

namespace valves {
// FRAGMENT include/batpak/machine/detail/state_set.hpp 1

struct ValveData {};
// FRAGMENT include/batpak/machine/typestate.hpp 1
}  // namespace valves

// --- projection, read models

void divergence_1(const Store& store) {
    // FRAGMENT include/batpak/projection/divergence.hpp 1
}

struct ProtobufState {
    // FRAGMENT include/batpak/projection/detail/kept_state.hpp 1
};

void project_1(const Store& store, Sequence sequence) {
    // FRAGMENT include/batpak/projection/project.hpp 1
}

namespace projections {
// FRAGMENT include/batpak/projection/projection.hpp 1
static_assert(Projection<Player>);
}  // namespace projections

namespace decisions {
// FRAGMENT include/batpak/event/detail/own_tags.hpp 1
struct CourseDefined {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    int seats = 0;
};
struct StudentLoad {
    static constexpr auto projection = projection_of<StudentEnrolled>("student-load", 1);
    std::string student;
    int courses = 0;
    Region region() const { return Region::tag("student:" + student); }
    void on(const StudentEnrolled&) { ++courses; }
};
// FRAGMENT include/batpak/projection/decision.hpp 1

void decision_2(Store& store, const Coordinate& where, const std::string& student,
                const std::string& course) {
    // FRAGMENT include/batpak/projection/decision.hpp 2
}
void retry_1(Store& store, const Coordinate& where, const std::string& student,
             const std::string& course) {
    // FRAGMENT include/batpak/store/retry.hpp 1
}
}  // namespace decisions

void projector_1() {
    // FRAGMENT include/batpak/projection/projector.hpp 1
}

void watch_1(const Store& store, std::chrono::steady_clock::time_point deadline) {
    // FRAGMENT include/batpak/projection/watch.hpp 1
}

void projection_runner_1(Store& store, const SqliteModel& definition, const AppendReceipt& receipt,
                         std::chrono::steady_clock::time_point deadline) {
    // FRAGMENT include/batpak/readmodel/projection_runner.hpp 1
}

void states_1(ProjectionRunner& runner) {
    // FRAGMENT include/batpak/readmodel/states.hpp 1
}

void sqlite_database_1(const std::string& buyer, void (*use)(std::string_view, std::int64_t)) {
    // FRAGMENT include/batpak/sqlite/sqlite_database.hpp 1
}

Result<void> add(SqliteDatabase& db, const EventView& event);
void sqlite_read_model_1(ProjectionRunner& runner) {
    // FRAGMENT include/batpak/sqlite/sqlite_read_model.hpp 1
}

// TEXT include/batpak/projection/divergence.hpp 2
// TEXT include/batpak/readmodel/read_model.hpp 1

// --- delivery

void consumer_group_1(Store& store, std::chrono::steady_clock::time_point deadline,
                      const std::stop_token& stop) {
    // FRAGMENT include/batpak/delivery/consumer_group.hpp 1
}

void cursor_1(Store& store, std::chrono::steady_clock::time_point deadline) {
    // FRAGMENT include/batpak/delivery/cursor.hpp 1
}

Result<void> cursor_2(Store& store, Cursor& cursor, BatchBuilder batch) {
    // FRAGMENT include/batpak/delivery/cursor.hpp 2
    return {};
}

void cursor_worker_1(Cursor cursor, const WorkerOptions& options) {
    // FRAGMENT include/batpak/delivery/cursor_worker.hpp 1
}

void flow_1(Store& store, const Region& room, std::chrono::steady_clock::time_point deadline) {
    // FRAGMENT include/batpak/delivery/flow.hpp 1
}

void reactor_1(Store& store) {
    // FRAGMENT include/batpak/delivery/reactor.hpp 1
}

void subscription_1(Store& store, std::chrono::steady_clock::time_point deadline, void (*reload)(),
                    void (*show)(const Coordinate&, EventKind)) {
    // FRAGMENT include/batpak/delivery/subscription.hpp 1
}

// TEXT include/batpak/delivery/cursor_worker.hpp 2
// TEXT include/batpak/delivery/cursor_worker.hpp 3

// --- the kit for tests

void environment_1(std::uint64_t seed) {
    // FRAGMENT include/batpak/testing/environment.hpp 1
}

namespace carts {
using testing::event;
using testing::given;
struct ItemAdded {
    static constexpr auto kind = EventKind::custom(0x6, 0x001);
    std::string item;
};
struct CartCheckedOut {
    static constexpr auto kind = EventKind::custom(0x6, 0x002);
    int items = 0;
};
Result<void> check_out(Store& store, const Coordinate& cart);
void example(const Coordinate& cart) {
    // FRAGMENT include/batpak/testing/given.hpp 1
}
}  // namespace carts

void injectors_1(Environment environment, void (*run_my_program)(const Environment&)) {
    // FRAGMENT include/batpak/testing/injectors.hpp 1
}

void memory_file_system_1() {
    // FRAGMENT include/batpak/testing/memory_file_system.hpp 1
}

namespace shops {
using testing::any_io;
using testing::CrashReport;
using testing::scenario;
struct Outside;
Result<void> run_shop(const Environment& machine, Outside& outside);
struct Shop {
    static Result<Shop> open(const Environment& machine);
    std::size_t sold() const;
};
// FRAGMENT include/batpak/testing/scenario.hpp 1
void example() {
    // FRAGMENT include/batpak/testing/scenario.hpp 2
}
}  // namespace shops

namespace disks {
using namespace testing;
void example(std::uint64_t seed, void (*run_workload)(std::shared_ptr<SimulatedFileSystem>),
             void (*check_recovery)(std::shared_ptr<SimulatedFileSystem>)) {
    // FRAGMENT include/batpak/testing/simulated_file_system.hpp 1
}
}  // namespace disks

// TEXT include/batpak/testing/crash_points.hpp 1
