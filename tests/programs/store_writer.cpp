// store_writer: appends to a store and says so, for tests that kill it or cut the power.
//
//     store_writer STORE MODE RUN THREADS EVENTS [OPENS]
//
// Each of THREADS appends EVENTS events (0: until it is killed), in each of OPENS openings. MODE:
//
//     durable     every append is durable when it is acknowledged
//     buffered    buffered; every fifth event is followed by a sync
//     batches     each "event" is a batch of three, durable
//     tickets     up to eight submitted events in flight, waited for in order
//     liar        says ACK for what is only buffered: a test that does not notice is broken
//
// It leaves the store to its destructor, which closes it. See token.hpp for what it says.
#include <deque>
#include <iostream>
#include <thread>
#include <vector>

#include "batpak/store/store.hpp"
#include "token.hpp"

namespace batpak::testing {
namespace {

constexpr auto kKind = EventKind::custom(0xF, 1);
constexpr std::size_t kInFlightMax = 8;
constexpr std::uint64_t kBatchItems = 3;
constexpr std::uint32_t kNeverSync = 1'000'000;

struct Order {
    std::string mode;
    std::string run;
    std::uint64_t threads = 1;
    std::uint64_t events = 0;
    std::uint64_t opens = 1;
};

[[noreturn]] void stop(const Error& error) {
    std::cerr << "store_writer: " << error.to_string() << '\n';
    ::_exit(1);
}

// One thread's share of the work.
class Writer {
public:
    Writer(Store& store, const Order& order, std::uint64_t thread)
        : store_(store),
          order_(order),
          name_(order.run + '.' + std::to_string(thread)),
          coordinate_(Coordinate::create("writer:" + name_, "scope:tests").value()) {}

    void write(std::uint64_t number) {
        if (order_.mode == "batches") return write_batch(number * kBatchItems);
        const std::string token = token_of_number(number);
        const std::string payload = payload_of(token, number);
        say("SUB", token);
        if (order_.mode == "tickets") return submit(token, payload);
        AppendOptions options;
        if (order_.mode != "durable") options.durability = Durability::Buffered;
        const auto receipt = store_.append_raw(coordinate_, kKind, as_bytes(payload), options);
        if (!receipt) stop(receipt.error());
        if (order_.mode == "durable" || order_.mode == "liar") return say("ACK", token);
        say("BUF", token);
        buffered_.push_back(token);
        if (number % 5 == 4) sync();
    }

    void finish() {
        while (!tickets_.empty()) wait();
    }

private:
    std::string token_of_number(std::uint64_t number) const {
        return name_ + '.' + std::to_string(number);
    }

    void write_batch(std::uint64_t first) {
        BatchBuilder batch;
        std::string tokens;
        for (std::uint64_t number = first; number < first + kBatchItems; ++number) {
            const std::string token = token_of_number(number);
            const std::string payload = payload_of(token, number);
            const BytesView bytes = as_bytes(payload);
            say("SUB", token);
            batch.add(coordinate_, kKind, Bytes(bytes.begin(), bytes.end()));
            tokens += (tokens.empty() ? "" : " ") + token;
        }
        say("BAT", tokens);
        const auto receipts = store_.append_batch(std::move(batch));
        if (!receipts) stop(receipts.error());
        for (std::uint64_t number = first; number < first + kBatchItems; ++number)
            say("ACK", token_of_number(number));
    }

    struct Submitted {
        std::string token;
        Ticket ticket;
    };

    void submit(const std::string& token, const std::string& payload) {
        auto ticket = store_.submit_raw(coordinate_, kKind, as_bytes(payload), {});
        if (!ticket) stop(ticket.error());
        tickets_.push_back({token, *std::move(ticket)});
        if (tickets_.size() == kInFlightMax) wait();
    }

    void wait() {
        const auto receipt = tickets_.front().ticket.wait();
        if (!receipt) stop(receipt.error());
        say("ACK", tickets_.front().token);
        tickets_.pop_front();
    }

    void sync() {
        if (const auto synced = store_.sync(); !synced) stop(synced.error());
        for (const std::string& token : buffered_) say("ACK", token);
        buffered_.clear();
    }

    Store& store_;
    const Order& order_;
    const std::string name_;
    const Coordinate coordinate_;
    std::deque<Submitted> tickets_;
    std::vector<std::string> buffered_;
};

void write_all(Store& store, const Order& order, std::uint64_t opening) {
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < order.threads; ++thread) {
        threads.emplace_back([&store, &order, opening, thread] {
            Writer writer(store, order, thread);
            const std::uint64_t first = opening * order.events;
            for (std::uint64_t i = 0; order.events == 0 || i < order.events; ++i)
                writer.write(first + i);
            writer.finish();
        });
    }
    for (std::thread& thread : threads) thread.join();
}

int run(const std::string& directory, const Order& order) {
    const bool durable = order.mode != "buffered" && order.mode != "liar";
    const StoreConfig config =
        StoreConfig(directory).with_segment_bytes(4096).with_sync_every_n_events(
            durable ? 1 : kNeverSync);
    for (std::uint64_t opening = 0; opening < order.opens; ++opening) {
        auto store = Store::open(config);
        if (!store) stop(store.error());
        write_all(*store, order, opening);
    }
    return 0;
}

}  // namespace
}  // namespace batpak::testing

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 5 || arguments.size() > 6) {
        std::cerr << "usage: store_writer STORE MODE RUN THREADS EVENTS [OPENS]\n";
        return 2;
    }
    const batpak::testing::Order order{
        .mode = arguments[1],
        .run = arguments[2],
        .threads = std::stoull(arguments[3]),
        .events = std::stoull(arguments[4]),
        .opens = arguments.size() > 5 ? std::stoull(arguments[5]) : 1};
    return batpak::testing::run(arguments[0], order);
}
