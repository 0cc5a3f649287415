// readmodel_bench: how fast read models are built from the log, against the same fold without one.
//
//     readmodel_bench [--quick] [--directory PATH] [--json PATH]
//
// The fold is what project() does: it reads every event, decodes its payload and adds it to a
// state, and keeps no position and no transaction.
#include <cstring>
#include <string>

#include "batpak/projection/project.hpp"
#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/readmodel/states.hpp"
#include "support/bench.hpp"
#include "support/contest.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
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

struct Arguments {
    std::string directory = ".";
    std::string json;
    bool quick = false;
};

class RebuildArea {
public:
    explicit RebuildArea(const Bench& bench)
        : bench_(bench),
          events_(bench.scaled(200'000, 20'000)),
          store_(must(Store::open(
              StoreConfig(bench.fresh("readmodel")).with_sync_every_n_events(1'000'000)))) {
        const Workload workload(1);
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

Arguments parse(int count, char** words) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--quick") {
            arguments.quick = true;
        } else if ((word == "--directory" || word == "--json") && i + 1 < count) {
            (word == "--json" ? arguments.json : arguments.directory) = words[++i];
        } else {
            give_up("no such option: " + word);
        }
    }
    return arguments;
}

int run(const Arguments& arguments) {
    const std::string directory = arguments.directory + "/batpak-bench";
    std::filesystem::create_directories(directory);
    const Machine machine = Machine::describe(directory);
    machine.print();
    Report report;
    const Bench bench{report, directory, arguments.quick, machine.sync_us_p50};
    report.heading("read models: a rebuild from the first event");
    RebuildArea(bench).measure();
    std::filesystem::remove_all(directory);
    std::printf("\n");
    report.print_json(stdout, machine.json());
    if (arguments.json.empty()) return 0;
    std::FILE* const file = std::fopen(arguments.json.c_str(), "w");
    if (file == nullptr) give_up("cannot write " + arguments.json);
    report.print_json(file, machine.json());
    return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) { return batpak::bench::run(batpak::bench::parse(count, words)); }
