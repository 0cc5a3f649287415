// readmodel_bench: how fast read models are built from the log, against the same fold without one.
//
//     readmodel_bench [--quick] [--directory PATH] [--json PATH]
//
// The fold is what project() does: it reads every event, decodes its payload and adds it to a
// state, and keeps no position and no transaction.
#include <string>

#include "batpak/projection/project.hpp"
#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/readmodel/states.hpp"
#include "support/bench.hpp"
#include "support/contest.hpp"
#include "support/must.hpp"
#include "support/program.hpp"
#ifdef BATPAK_HAVE_SQLITE
#include "batpak/sqlite/sqlite_read_model.hpp"
#endif

namespace batpak::bench {
namespace {

struct Paid {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::uint64_t account = 0;
    std::int64_t cents = 0;
    std::string purpose;
};

struct Balance {
    static constexpr auto projection = projection_of<Paid>("balance", 1);
    std::int64_t cents = 0;
    std::uint64_t payments = 0;
    void on(const Paid& paid) {
        cents += paid.cents;
        ++payments;
    }
};

class RebuildArea {
public:
    explicit RebuildArea(const Bench& bench)
        : bench_(bench),
          events_(bench.scaled(200'000, 20'000)),
          store_(must(Store::open(
              StoreConfig(bench.fresh("readmodel")).with_sync_every_n_events(1'000'000)))) {
        const Workload workload(64);
        for (std::uint64_t i = 0; i < events_; ++i) {
            must(store_.append(workload.coordinate(i),
                               Paid{i, 100, "a purpose of 30 characters ..."}));
        }
    }

    void measure() {
        Contest contest(bench_.quick ? 3 : Bench::kRepetitions);
        contest.add("fold", Durability::NothingWritten, [&] { return one([&] { fold(); }); });
        contest.add("region", Durability::NothingWritten, [&] { return one([&] { region(); }); });
        contest.add("entities", Durability::NothingWritten,
                    [&] { return one([&] { entities(); }); });
        contest.run();
        const double here = contest.rate_here("fold");
        row("rebuild.region_state", "one state of all events, by a runner", "region", contest,
            here);
        row("rebuild.entity_states", "a state of each of 10,000 entities, by a runner", "entities",
            contest, here);
        measure_sqlite();
    }

private:
    Turn one(const std::function<void()>& rebuild) const {
        Turn turn = timed(1, [&](std::size_t) { rebuild(); });
        turn.operations = static_cast<double>(events_);
        return turn;
    }
    void row(const char* name, const char* what, const char* contender, const Contest& contest,
             double fold_here) {
        bench_.report.add_cost({.name = name,
                                .what = what,
                                .unit = "x fold",
                                .here = {{"events_per_s", contest.rate_here(contender)},
                                         {"fold_events_per_s", fold_here}}},
                               contest.cost(contender, "fold"));
    }

    void fold() const {
        const auto balance = must(store_.project<Balance>(Region::all()));
        must_hold(balance.payments == events_, "the fold has every event");
    }
    void run(ReadModel& model) {
        ProjectionRunner runner(store_);
        must(runner.add(model));
        must(runner.catch_up());
        must_hold(must(runner.status(model)).events == events_, "the model has every event");
    }
    void region() {
        RegionState<Balance> balance(Region::all());
        run(balance);
    }
    void entities() {
        EntityStates<Balance> balances(Region::all());
        run(balances);
    }

#ifdef BATPAK_HAVE_SQLITE
    void measure_sqlite() {
        Contest contest(bench_.quick ? 2 : 4);
        contest.add("fold", Durability::NothingWritten, [&] { return one([&] { fold(); }); });
        contest.add("sqlite", Durability::NothingWritten, [&] { return one([&] { sqlite(); }); });
        contest.run();
        row("rebuild.sqlite", "a row of each of 10,000 entities in SQLite, one upsert an event",
            "sqlite", contest, contest.rate_here("fold"));
    }
    void sqlite() {
        const std::string path = bench_.directory + "/balances.db";
        must(SqliteReadModel::discard(path));
        SqliteModel model;
        model.name = {"balances", 1};
        model.setup = [](SqliteDatabase& db) {
            return db.execute("CREATE TABLE balances (entity TEXT PRIMARY KEY, cents INTEGER)");
        };
        model.apply = [](SqliteDatabase& db, const EventView& event) -> Result<void> {
            BATPAK_TRY(const Paid paid, event.as<Paid>());
            BATPAK_CHECK(
                db.run("INSERT INTO balances VALUES (?1, ?2) ON CONFLICT (entity)"
                       " DO UPDATE SET cents = cents + ?2",
                       {event.entity, paid.cents}));
            return {};
        };
        SqliteReadModel balances = must(SqliteReadModel::open(path, model));
        run(balances);
    }
#else
    void measure_sqlite() {}
#endif

    const Bench& bench_;
    const std::uint64_t events_;
    Store store_;
};

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    return Program(count, words, {}).run([](const Bench& bench) {
        bench.report.heading("Read models: a rebuild from the first event");
        RebuildArea(bench).measure();
    });
}
