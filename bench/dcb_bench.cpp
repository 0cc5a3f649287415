// dcb_bench: decisions over two tags, against UmaDB in process.
//
//     dcb_bench --umadb PROGRAM [--quick] [--directory PATH] [--json PATH]
//
// Each append is an enrolment, under the condition that there is none yet of this course and this
// student, and is acknowledged after a sync. Both sides store the same events in the same order.
// The rival is a program (bench/dcb/umadb) that does one turn and says how long its appends took.
#include <array>
#include <string>

#include "support/must.hpp"
#include "support/program.hpp"
#include "support/threads.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint64_t kCourses = 1000;
constexpr std::size_t kPayloadBytes = 256;
constexpr EventKind kEnrolled = EventKind::custom(1, 1);

std::vector<std::string> tags_of(std::uint64_t number) {
    return {"course:" + padded(number % kCourses, 6), "student:" + padded(number / kCourses, 8)};
}

AppendCondition condition_of(std::uint64_t number) {
    return {.none_match = Region::kinds({kEnrolled}).with_tags(tags_of(number))};
}

// How an append of the contest looks.
struct Shape {
    const char* name;
    const char* what;
    unsigned threads = 1;
    std::uint64_t batch = 1;
    std::size_t appends = 0;  // of a turn, of all threads
};

class DcbArea {
public:
    DcbArea(const Bench& bench, std::string rival) : bench_(bench), rival_(std::move(rival)) {
        payload_[0] = std::byte{0xC5};  // of MessagePack: so many bytes
        payload_[2] = std::byte{kPayloadBytes - 3};
    }

    void measure(const Shape& shape) {
        Store store = must(Store::open(StoreConfig(bench_.fresh("decisions"))));
        const std::string file = bench_.fresh("umadb.db");
        std::uint64_t next = 0;
        std::uint64_t next_of_rival = 0;
        const std::uint64_t events = shape.appends * shape.batch;
        Contest contest(Bench::kRepetitions);
        contest.add("batpak", Durability::SyncEachOperation, [&] {
            Turn turn = append_all(store, shape, next);
            next += events;
            return turn;
        });
        contest.add("umadb", Durability::SyncEachOperation, [&] {
            Turn turn = ask_rival(file, shape, next_of_rival);
            next_of_rival += events;
            return turn;
        });
        contest.run();
        must_hold(store.visible_end().value == next, "each enrolment is stored");
        bench_.report.add_cost({.name = shape.name,
                                .what = shape.what,
                                .unit = "x UmaDB",
                                .better = Better::Higher,
                                .here = {{"batpak_per_s", contest.rate_here("batpak")},
                                         {"umadb_per_s", contest.rate_here("umadb")}}},
                               contest.rate("batpak", "umadb"));
    }

private:
    Turn append_all(Store& store, const Shape& shape, std::uint64_t first) const {
        const std::size_t share = shape.appends / shape.threads;
        return on_threads(shape.threads, share, [&](unsigned thread, std::size_t i) {
            const std::uint64_t number = first + (thread * share + i) * shape.batch;
            if (shape.batch == 1) {
                must(
                    store.append_raw(who(), kEnrolled, payload_,
                                     {.condition = condition_of(number), .tags = tags_of(number)}));
                return;
            }
            BatchBuilder batch;
            const Bytes payload(payload_.begin(), payload_.end());
            for (std::uint64_t item = 0; item < shape.batch; ++item)
                batch.add(who(), kEnrolled, payload, {.tags = tags_of(number + item)});
            must(store.append_batch(std::move(batch), {.condition = condition_of(number)}));
        });
    }

    static const Coordinate& who() {
        static const Coordinate coordinate = must(Coordinate::create("enrolments", "school"));
        return coordinate;
    }

    Turn ask_rival(const std::string& file, const Shape& shape, std::uint64_t first) const {
        const std::string command = "'" + rival_ + "' '" + file + "' " +
                                    std::to_string(shape.threads) + " " +
                                    std::to_string(shape.appends) + " " +
                                    std::to_string(shape.batch) + " " + std::to_string(first);
        std::FILE* const output = ::popen(command.c_str(), "r");
        must_hold(output != nullptr, "the rival was started");
        std::array<char, 256> line{};
        Turn turn{Samples(0), 0, static_cast<double>(shape.appends)};
        // The last line says how long it took.
        while (std::fgets(line.data(), line.size(), output) != nullptr)
            turn.seconds = std::atof(line.data());
        must_hold(::pclose(output) == 0 && turn.seconds > 0, "the rival has done its turn");
        return turn;
    }

    const Bench& bench_;
    const std::string rival_;
    std::array<std::byte, kPayloadBytes> payload_{};
};

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    const Program program(count, words, {"--umadb", "--only"});
    return program.run([&](const Bench& bench) {
        bench.report.heading("Decisions over two tags, each synced, against UmaDB");
        bench.report.enter("dcb");
        must_hold(!program.option("--umadb").empty(), "--umadb says which program the rival is");
        DcbArea area(bench, program.option("--umadb"));
        area.measure({.name = "dcb.one_thread",
                      .what = "one caller: rate to UmaDB",
                      .appends = bench.scaled(2'000, 500)});
        area.measure({.name = "dcb.threads_32",
                      .what = "32 callers: rate to UmaDB, whose writer commits what waits",
                      .threads = 32,
                      .appends = bench.scaled(16'000, 3'200)});
        area.measure({.name = "dcb.batch_100",
                      .what = "batches of 100 under one condition: rate to UmaDB",
                      .batch = 100,
                      .appends = bench.scaled(300, 100)});
    });
}
