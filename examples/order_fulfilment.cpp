// Order fulfilment: orders are paid, taken from stock and shipped, each exactly once, whatever
// dies.
//
// A program places orders. A reactor answers each with a payment and a piece of stock. Two workers
// share the payments in a consumer group and ship: the shipment and the acknowledgement are one
// batch. All of it runs in a child process that its parent kills with SIGKILL, again and again, at
// random moments. Then the child may finish, and the parent, who knows nothing of reactors and
// groups, counts in the log: for each order there is one payment, one piece of stock, and one
// shipment, and what was parked is parked once.
//
//     order_fulfilment [KILLS [SEED]]     default: 100 kills
#include <batpak/batpak.hpp>
#include <batpak/delivery/consumer_group.hpp>
#include <batpak/delivery/cursor_worker.hpp>
#include <batpak/delivery/reactor.hpp>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using batpak::BatchBuilder;
using batpak::ConsumerGroup;
using batpak::Coordinate;
using batpak::CursorWorker;
using batpak::Delivery;
using batpak::EventKind;
using batpak::EventView;
using batpak::GroupId;
using batpak::Reactions;
using batpak::Reactor;
using batpak::ReactorId;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using batpak::StoreConfig;
using Clock = std::chrono::steady_clock;

constexpr const char* kDirectory = "orders";
constexpr int kWorkers = 2;
constexpr int kOpenOrdersMax = 32;  // as many as are placed and not shipped
constexpr int kNobodysOrder = 13;   // of each hundred, one has no address

struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(0x5, 0x001);
    int number = 0;
    std::int64_t cents = 0;
};
struct PaymentTaken {
    static constexpr auto kind = EventKind::custom(0x5, 0x002);
    int number = 0;
    std::int64_t cents = 0;
};
struct StockTaken {
    static constexpr auto kind = EventKind::custom(0x5, 0x003);
    int number = 0;
};
struct OrderShipped {
    static constexpr auto kind = EventKind::custom(0x5, 0x004);
    int number = 0;
};

Coordinate order_of(int number) {
    return Coordinate::create("order:" + std::to_string(number), "shop").value();
}

// What is lost when a process is killed is less than when the power goes: this is enough.
StoreConfig config() { return StoreConfig(kDirectory).with_sync_every_n_events(1000); }

// ---- the program

// [reactor]
// Each order is answered with two events. They and the reactor's position are one batch.
Result<Reactor> take_payments(Store& store) {
    return Reactor::open(
        store, Region::all().with_kind<OrderPlaced>(), ReactorId("payments"),
        [](const EventView& event, Reactions& reactions) -> Result<void> {
            BATPAK_TRY(const OrderPlaced order, event.as<OrderPlaced>());
            reactions.add(order_of(order.number), PaymentTaken{order.number, order.cents});
            reactions.add(Coordinate::create("stock", "shop").value(), StockTaken{order.number});
            return {};
        });
}
// [/reactor]

// [group]
// One of several threads. The shipment is stored with the acknowledgement, or neither is.
Result<void> ship(Store& store, ConsumerGroup& group, const std::stop_token& stop) {
    for (;;) {
        const auto deadline = Clock::now() + std::chrono::seconds(60);
        BATPAK_TRY(std::optional<Delivery> delivery, group.claim(deadline, stop));
        if (!delivery) return {};
        BATPAK_TRY(const PaymentTaken paid, delivery->event().as<PaymentTaken>());
        if (paid.number % 100 == kNobodysOrder) {
            BATPAK_CHECK(std::move(*delivery).park("it has no address"));
            continue;
        }
        BatchBuilder batch;
        batch.add(order_of(paid.number), OrderShipped{paid.number});
        delivery->add_ack_to(batch);
        BATPAK_CHECK(store.append_batch(std::move(batch)));
    }
}
// [/group]

template <class Event>
int count(const Store& store) {
    return static_cast<int>(store.count(Region::all().with_kind<Event>()).value());
}

int settled(const Store& store, ConsumerGroup& group) {
    return count<OrderShipped>(store) + static_cast<int>(group.parked().value().size());
}

// Places orders until it is killed; or, if no more may come, until all are settled.
int run_child(bool finish) {
    Store store = Store::open(config()).value();
    ConsumerGroup group =
        ConsumerGroup::open(store, Region::all().with_kind<PaymentTaken>(), GroupId("shipping"))
            .value();
    CursorWorker payments = CursorWorker::reacting(take_payments(store).value(), {}).value();
    std::stop_source all_settled;
    std::vector<std::jthread> workers;
    for (int i = 0; i < kWorkers; ++i) {
        workers.emplace_back([&] {
            if (!ship(store, group, all_settled.get_token())) std::abort();
        });
    }
    int placed = count<OrderPlaced>(store);
    for (;;) {
        const batpak::Sequence seen = store.visible_end();
        const int open = placed - settled(store, group);
        if (finish && open == 0) break;
        if (payments.report().end) std::abort();
        if (!finish && open < kOpenOrdersMax) {
            batpak::AppendOptions once;
            once.idempotency_key = "order " + std::to_string(placed);
            store.append(order_of(placed), OrderPlaced{placed, 100 + placed}, once).value();
            ++placed;
        } else {
            (void)store.wait_visible(seen, Clock::now() + std::chrono::seconds(60)).value();
        }
    }
    all_settled.request_stop();
    workers.clear();
    payments.stop();
    payments.join().value();
    return 0;
}

// ---- its parent

pid_t start_child(const char* program, const char* what) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl(program, "order_fulfilment", what, nullptr);
        ::_exit(127);
    }
    return child;
}

// Waits for the child to end, at most so long; then kills it. Returns its status.
int await(pid_t child, std::chrono::milliseconds patience) {
    std::array<int, 2> never{};
    if (::pipe(never.data()) != 0) std::abort();
    pollfd nothing{.fd = never[0], .events = POLLIN, .revents = 0};
    (void)::poll(&nothing, 1, static_cast<int>(patience.count()));
    for (const int end : never) ::close(end);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

void demand(bool holds, const std::string& what) {
    if (holds) return;
    fmt::print(stderr, "wrong: {}\n", what);
    std::exit(1);
}

// How often each order has an event of this kind.
template <class Event>
std::map<int, int> numbers(const Store& store) {
    std::map<int, int> found;
    for (const auto& event : store.query(Region::all())) {
        if (event.value().kind() == Event::kind) ++found[event->as<Event>().value().number];
    }
    return found;
}

void audit() {
    const Store store = Store::open(config()).value();
    demand(!store.verify().value().damage, "the log is damaged");
    const std::map<int, int> placed = numbers<OrderPlaced>(store);
    const std::map<int, int> paid = numbers<PaymentTaken>(store);
    const std::map<int, int> taken = numbers<StockTaken>(store);
    const std::map<int, int> shipped = numbers<OrderShipped>(store);
    std::size_t addressed = 0;
    for (const auto& [number, times] : placed) {
        const std::string order = "order " + std::to_string(number);
        demand(times == 1, order + " is placed more than once");
        demand(paid.contains(number) && paid.at(number) == 1, order + " is not paid once");
        demand(taken.contains(number) && taken.at(number) == 1, order + " is not taken once");
        if (number % 100 == kNobodysOrder) {
            demand(!shipped.contains(number), order + " is shipped to nowhere");
            continue;
        }
        ++addressed;
        demand(shipped.contains(number) && shipped.at(number) == 1, order + " is not shipped once");
    }
    demand(paid.size() == placed.size() && taken.size() == placed.size(), "paid for no order");
    demand(shipped.size() == addressed, "shipped without an order");
    demand(!placed.empty(), "nothing was ever placed");
    fmt::print("{} orders: each is paid once and taken once; {} are shipped once, {} are parked\n",
               placed.size(), shipped.size(), placed.size() - addressed);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "100";
    if (what == "work" || what == "finish") return run_child(what == "finish");

    const int kills = std::atoi(what.c_str());
    const auto seed =
        argc > 2 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : std::random_device()();
    fmt::print("{} kills, seed {}\n", kills, seed);
    std::mt19937 random(seed);
    for (int i = 0; i < kills; ++i) {
        const std::chrono::milliseconds delay(5 + random() % 90);
        const int status = await(start_child("/proc/self/exe", "work"), delay);
        demand(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended by itself");
    }
    int status = 0;
    ::waitpid(start_child("/proc/self/exe", "finish"), &status, 0);
    demand(WIFEXITED(status) && WEXITSTATUS(status) == 0, "what was left could not be finished");
    audit();
}
