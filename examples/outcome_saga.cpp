// Outcome saga: an order in three steps, each of which may fail, wait, or have to be tried again.
//
// Reserve the stock, charge the customer, ship. What a step came to is an Outcome, and is stored in
// the batch of its effect: the log alone knows how far an order is. So a program that stopped takes
// an order up where it stood, also one that waits or is to be tried again; and when a step fails,
// what the steps before it did is undone in the batch that says so.
#include <batpak/batpak.hpp>
#include <batpak/pipeline/match.hpp>
#include <batpak/pipeline/outcome.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace {

using batpak::BatchBuilder;
using batpak::BatchItemOptions;
using batpak::CompensationAction;
using batpak::Coordinate;
using batpak::ErrorKind;
using batpak::EventId;
using batpak::EventKind;
using batpak::ExpectedVersion;
using batpak::match;
using batpak::Outcome;
using batpak::OutcomeError;
using batpak::Result;
using batpak::ResumeToken;
using batpak::Store;
using batpak::Unit;
using batpak::WaitCondition;

// ---- what happens

struct StockReserved {
    static constexpr auto kind = EventKind::custom(0x4, 0x001);
    int pieces = 0;
};
struct StockReleased {
    static constexpr auto kind = EventKind::custom(0x4, 0x002);
    int pieces = 0;
};
struct Charged {
    static constexpr auto kind = EventKind::custom(0x4, 0x003);
    int cents = 0;
};
struct Refunded {
    static constexpr auto kind = EventKind::custom(0x4, 0x004);
    int cents = 0;
    EventId charge;
};
struct Shipped {
    static constexpr auto kind = EventKind::custom(0x4, 0x005);
    std::string order;
};
struct CustomerTold {
    static constexpr auto kind = EventKind::custom(0x4, 0x006);
    std::string message;
};
struct CourierArrived {
    static constexpr auto kind = EventKind::custom(0x4, 0x007);
    ResumeToken token;
};
// [record]
// In the stream of the order, caused by the effect of the step if it had one.
struct StepEnded {
    static constexpr auto kind = EventKind::custom(0x4, 0x010);
    std::string step;
    Outcome<Unit> outcome;
};
// [/record]

using Effect = std::variant<StockReserved, Charged, Shipped>;

Coordinate in_shop(const std::string& entity) { return Coordinate::create(entity, "shop").value(); }
const std::string kStock = "stock:pen";

// ---- the world outside, which a real shop has and an example plays

struct World {
    std::map<std::string, int> busy;  // how often the bank has no time for an order
    std::map<std::string, bool> unshippable;
    std::map<std::string, ResumeToken> awaited;  // orders whose courier is not there yet
};

Outcome<Effect> reserve(World&, const std::string&, std::uint32_t) {
    return Outcome<Effect>::ok(StockReserved{1});
}

// [charge]
Outcome<Effect> charge(World& world, const std::string& order, std::uint32_t attempt) {
    if (world.busy[order]-- > 0) {
        const batpak::outcome::Retry again{std::chrono::seconds(5), attempt + 1, 3, "bank is busy"};
        if (!again.exhausted()) return Outcome<Effect>::retry(again);
        return Outcome<Effect>::err(ErrorKind::Timeout, "the bank was busy three times");
    }
    return Outcome<Effect>::ok(Charged{4200});
}
// [/charge]

Outcome<Effect> ship(World& world, const std::string& order, std::uint32_t) {
    if (world.unshippable[order]) {
        return Outcome<Effect>::err(
            OutcomeError::of(ErrorKind::PolicyRejection, "no courier goes to the moon")
                .with_compensation(CompensationAction::notify("alice", "we cannot ship " + order)));
    }
    if (const auto token = world.awaited.find(order); token != world.awaited.end()) {
        return Outcome<Effect>::pending(WaitCondition::custom(1, {}), token->second);
    }
    return Outcome<Effect>::ok(Shipped{order});
}

struct Step {
    const char* name;
    Outcome<Effect> (*take)(World&, const std::string& order, std::uint32_t attempt);
};
constexpr Step kSteps[] = {{"reserve", reserve}, {"charge", charge}, {"ship", ship}};

// ---- how far an order is, as its stream tells

struct Progress {
    std::size_t steps = 0;                 // that are Ok
    std::vector<CompensationAction> undo;  // of these steps, the last first
    Outcome<Unit> last;                    // of the latest attempt of a step
    ExpectedVersion version = ExpectedVersion::none();

    bool over() const { return steps == std::size(kSteps) || last.is_err() || last.is_cancelled(); }
    std::uint32_t attempt() const { return last.is_retry() ? last.as_retry()->attempt : 1; }
};

Result<Progress> progress_of(const Store& store, const Coordinate& order) {
    Progress found;
    for (const auto& event : store.stream(order.entity())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const StepEnded ended, event->as<StepEnded>());
        if (ended.outcome.is_ok()) {
            const EventId effect = event->header.causation_id.value_or(EventId{});
            const bool holds_stock = ended.step == "reserve";
            found.undo.insert(found.undo.begin(), holds_stock
                                                      ? CompensationAction::release({kStock})
                                                      : CompensationAction::rollback({effect}));
            ++found.steps;
        }
        found.last = ended.outcome;
        found.version = ExpectedVersion::exactly(event->version());
    }
    return found;
}

// ---- doing, and undoing

// [compensate]
// What undoes a step, as events of the batch: the log only grows.
Result<void> compensate(const Store& store, const CompensationAction& action, BatchBuilder& batch) {
    return match(
        action,
        [&](const CompensationAction::Rollback& rollback) -> Result<void> {
            for (const EventId& id : rollback.event_ids) {
                BATPAK_TRY(const auto charge, store.get<Charged>(id));
                batch.add(charge.coordinate, Refunded{charge.payload().cents, id},
                          BatchItemOptions::reaction_to(charge.event.header));
            }
            return {};
        },
        [&](const CompensationAction::Release& release) -> Result<void> {
            for (const std::string& stock : release.resources) {
                batch.add(in_shop(stock), StockReleased{1});
            }
            return {};
        },
        [&](const CompensationAction::Notify& notify) -> Result<void> {
            batch.add(in_shop("customer:" + notify.target), CustomerTold{notify.message});
            return {};
        },
        [](const CompensationAction::Custom& custom) -> Result<void> {
            return batpak::fail(batpak::ErrorCode::Unsupported, custom.action);
        });
}
// [/compensate]

Coordinate place_of(const Effect& effect, const Coordinate& order) {
    if (std::holds_alternative<StockReserved>(effect)) return in_shop(kStock);
    if (std::holds_alternative<Charged>(effect)) return in_shop("customer:alice");
    return in_shop("parcels of " + order.entity());
}

// Takes the next step and stores what it came to: with its effect, or with what undoes all before
// it.
Result<Outcome<Unit>> take_step(Store& store, World& world, const Coordinate& order,
                                const Progress& progress) {
    const Step& step = kSteps[progress.steps];
    const Outcome<Effect> came_to = step.take(world, order.entity(), progress.attempt());
    const StepEnded ended{step.name, came_to.map([](const Effect&) { return Unit{}; })};
    BatchBuilder batch;
    BatchItemOptions options{.expect = progress.version};
    if (const Effect* const effect = came_to.as_ok()) {
        options.caused_by = std::visit(
            [&](const auto& event) { return batch.add(place_of(*effect, order), event); }, *effect);
    }
    if (const OutcomeError* const error = came_to.as_err()) {
        for (const auto& action : progress.undo) BATPAK_CHECK(compensate(store, action, batch));
        if (error->compensation) BATPAK_CHECK(compensate(store, *error->compensation, batch));
    }
    batch.add(order, ended, std::move(options));
    BATPAK_CHECK(store.append_batch(std::move(batch)));
    return ended.outcome;
}

// Whether what a pending step waits for has come.
Result<bool> can_resume(const Store& store, const batpak::outcome::Pending& pending) {
    for (const auto& event : store.by_fact(CourierArrived::kind)) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const CourierArrived arrived, event->as<CourierArrived>());
        if (arrived.token == pending.resume_token) return true;
    }
    return false;
}

// [drive]
// Goes on with an order as far as it goes now.
Result<Outcome<Unit>> drive(Store& store, World& world, const std::string& number) {
    const Coordinate order = in_shop("order:" + number);
    for (;;) {
        BATPAK_TRY(const Progress progress, progress_of(store, order));
        if (progress.over()) return progress.last;
        if (const auto* const pending = progress.last.as_pending()) {
            BATPAK_TRY(const bool resumed, can_resume(store, *pending));
            if (!resumed) return progress.last;
        }
        BATPAK_TRY(const Outcome<Unit> outcome, take_step(store, world, order, progress));
        if (!outcome.is_ok()) return outcome;
    }
}
// [/drive]

// [match]
std::string told(const Outcome<Unit>& outcome) {
    return match(
        outcome, [](Unit) { return std::string("done"); },
        [](const OutcomeError& error) { return "failed, " + error.to_string(); },
        [](const batpak::outcome::Retry& retry) {
            return "attempt " + std::to_string(retry.attempt) + " later: " + retry.reason;
        },
        [](const batpak::outcome::Pending&) { return std::string("waits for its courier"); },
        [](const batpak::outcome::Cancelled& cancelled) { return "given up: " + cancelled.reason; },
        [](const std::vector<Outcome<Unit>>& all) {
            return std::to_string(all.size()) + " parts";
        });
}
// [/match]

// ---- the shop

struct Totals {
    int stock_held = 0;
    int cents_taken = 0;
    int parcels = 0;
    int messages = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
};

Result<Totals> totals_of(const Store& store) {
    Totals totals;
    for (const auto& event : store.by_scope("shop")) {
        if (!event) return batpak::fail(event.error());
        if (const auto held = event->as<StockReserved>()) totals.stock_held += held->pieces;
        if (const auto freed = event->as<StockReleased>()) totals.stock_held -= freed->pieces;
        if (const auto taken = event->as<Charged>()) totals.cents_taken += taken->cents;
        if (const auto given = event->as<Refunded>()) totals.cents_taken -= given->cents;
        if (event->as<Shipped>()) ++totals.parcels;
        if (event->as<CustomerTold>()) ++totals.messages;
    }
    return totals;
}

// Opens the shop, goes on with all orders, closes it: each call is a program that starts and stops.
Result<std::map<std::string, Outcome<Unit>>> one_day(World& world) {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./batpak-data")));
    std::map<std::string, Outcome<Unit>> day;
    for (const char* order : {"1001", "1002", "1003", "1004", "1005"}) {
        BATPAK_TRY(day[order], drive(store, world, order));
        fmt::print("  order {}: {}\n", order, told(day[order]));
    }
    // In the evening the courier comes to whoever waits for him.
    for (const auto& [order, token] : world.awaited) {
        BATPAK_CHECK(store.append(in_shop("courier"), CourierArrived{token}));
    }
    world.awaited.clear();
    BATPAK_CHECK(std::move(store).close());
    return day;
}

Result<bool> run() {
    World world;
    world.busy = {{"order:1002", 1}, {"order:1005", 3}};
    world.unshippable = {{"order:1003", true}};
    world.awaited = {{"order:1004", ResumeToken{{std::byte{4}}}}};
    bool right = true;
    for (int day = 1; day <= 3; ++day) {
        fmt::print("day {}\n", day);
        BATPAK_TRY(auto orders, one_day(world));
        right = right && orders["1001"].is_ok() && orders["1003"].is_err() &&
                (day == 1 ? orders["1002"].is_retry() : orders["1002"].is_ok()) &&
                (day == 1 ? orders["1004"].is_pending() : orders["1004"].is_ok()) &&
                (day < 3 ? orders["1005"].is_retry() : orders["1005"].is_err());
    }
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./batpak-data")));
    BATPAK_TRY(const Totals totals, totals_of(store));
    fmt::print("{} parcels, {} pieces held, {} cents taken, {} customer told\n", totals.parcels,
               totals.stock_held, totals.cents_taken, totals.messages);
    BATPAK_CHECK(std::move(store).close());
    return right && totals == Totals{3, 3 * 4200, 3, 1};
}

}  // namespace

int main() {
    const Result<bool> right = run();
    if (!right) fmt::print(stderr, "outcome_saga: {}\n", right.error());
    return right && *right ? EXIT_SUCCESS : EXIT_FAILURE;
}
