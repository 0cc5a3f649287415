#include "compare/match.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::chrono::milliseconds kSettleStep{2};
constexpr std::uint64_t kIdleNs = 200'000;  // less work than this in a step: nobody works
constexpr int kSettleStepsMax = 5'000;

std::string figure(const char* name, double value) {
    char text[64];
    std::snprintf(text, sizeof text, ",\"%s\":%.6g", name, value);
    return text;
}

}  // namespace

void settle() {
    for (int step = 0; step < kSettleStepsMax; ++step) {
        const std::uint64_t before = processor_ns();
        std::this_thread::sleep_for(kSettleStep);
        if (processor_ns() - before < kIdleNs) return;
    }
    give_up("a store does not come to rest");
}

void Match::add_limit(const std::string& name, Durability durability, Play play) {
    limits_.push_back(name);
    add(name, durability, std::move(play));
}

void Match::add_peer(const std::string& name, Durability durability, Play play) {
    peers_.push_back(name);
    add(name, durability, std::move(play));
}

void Match::add(const std::string& name, Durability durability, Play play) {
    const auto work = std::make_shared<WorkDone>();
    const auto events = std::make_shared<double>(0);
    players_.push_back({name, work, events});
    contest_.add(name, durability, [=, each = row_.events_each] {
        Turn turn = play(*work);
        *events += turn.operations * each;
        return turn;
    });
}

void Match::run() {
    comparison_.bench.report.heading(row_.what);
    contest_.run();
    std::printf("  %-10s %9s %9s %9s %11s %7s  for an event: %6s %7s %7s %7s\n", "", "p50 us",
                "p99 us", "p99.9 us", "events/s", limits_.empty() ? "" : limits_[0].c_str(),
                "syncs", "writes", "bytes", "allocs");
    for (const Player& player : players_) show(player);
    if (!limits_.empty()) report_limit(limits_[0]);
    const std::string row = "vs." + row_.name + ".";
    const Ratio* best = nullptr;
    std::map<std::string, Ratio> speeds;
    for (const std::string& peer : peers_) {
        const Ratio& speed = speeds[peer] = speed_against(peer);
        if (best == nullptr || speed.median < best->median) best = &speed;
        comparison_.bench.report.add_cost({.name = row + peer,
                                           .what = "how many times as fast as " + peer,
                                           .unit = "x " + peer,
                                           .better = Better::Higher},
                                          speed);
    }
    if (best == nullptr) return;
    comparison_.bench.report.add_cost({.name = row + "best_peer",
                                       .what = "the same to the fastest of them",
                                       .unit = "x peer",
                                       .better = Better::Higher},
                                      *best);
}

void Match::report_limit(const std::string& limit) const {
    const bool is_rate = row_.measure == Measure::Rate;
    comparison_.bench.report.add_cost({.name = "vs." + row_.name + "." + limit,
                                       .what = is_rate ? "rate to " + limit : "cost to " + limit,
                                       .unit = "x " + limit,
                                       .better = is_rate ? Better::Higher : Better::Lower},
                                      against_limit("batpak", limit));
}

Ratio Match::against_limit(const std::string& name, const std::string& limit) const {
    switch (row_.measure) {
        case Measure::MedianTime: return contest_.cost(name, limit);
        case Measure::Rate: return contest_.rate(name, limit);
        case Measure::ProcessorTime: return contest_.rate(limit, name);
    }
    BATPAK_UNREACHABLE();
}

Ratio Match::speed_against(const std::string& peer) const {
    return row_.measure == Measure::MedianTime ? contest_.cost(peer, "batpak")
                                               : contest_.rate("batpak", peer);
}

const Match::Player& Match::player(const std::string& name) const {
    const auto found = std::ranges::find(players_, name, &Player::name);
    must_hold(found != players_.end(), "the player takes part");
    return *found;
}

double Match::syncs_of(const std::string& name) const {
    return static_cast<double>(player(name).work->syncs) / *player(name).events;
}

double Match::writes_of(const std::string& name) const {
    return static_cast<double>(player(name).work->writes) / *player(name).events;
}

double Match::allocations_of(const std::string& name) const {
    return static_cast<double>(player(name).work->allocations) / *player(name).events;
}

void Match::show(const Player& player) const {
    const auto each = [&](std::uint64_t total) {
        return static_cast<double>(total) / *player.events;
    };
    const double p50 = contest_.percentile(player.name, 0.5);
    const double p99 = contest_.percentile(player.name, 0.99);
    const double p999 = contest_.percentile(player.name, 0.999);
    const double per_s = row_.events_each * contest_.rate_here(player.name);
    // By what the row measures: syncs that stall now and then are no part of a median.
    const double speed = row_.measure == Measure::MedianTime ? row_.events_each * 1e9 / p50 : per_s;
    const double to_limit = limits_.empty() ? 0 : against_limit(player.name, limits_[0]).median;
    const WorkDone& work = *player.work;
    std::printf("  %-10s %9.2f %9.2f %9.2f %11.0f %7.2f  %20.3f %7.3f %7.0f %7.2f\n",
                player.name.c_str(), p50 / 1e3, p99 / 1e3, p999 / 1e3, per_s, to_limit,
                each(work.syncs), each(work.writes), each(work.written_bytes),
                each(work.allocations));
    comparison_.bench.report.add_figure(
        "{\"row\":" + json_string(row_.name) + ",\"contender\":" + json_string(player.name) +
        figure("p50_ns", p50) + figure("p99_ns", p99) + figure("p999_ns", p999) +
        figure("per_s", per_s) + figure("speed", speed) + figure("to_limit", to_limit) +
        figure("syncs", each(work.syncs)) + figure("writes", each(work.writes)) +
        figure("written_bytes", each(work.written_bytes)) +
        figure("allocations", each(work.allocations)) + "}");
}

}  // namespace batpak::bench
