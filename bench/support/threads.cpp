#include "support/threads.hpp"

#include <algorithm>
#include <barrier>
#include <thread>

namespace batpak::bench {

Turn on_threads(unsigned threads, std::size_t count,
                const std::function<void(unsigned, std::size_t)>& operation) {
    struct Lane {
        Samples times;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    std::vector<Lane> lanes;
    for (unsigned thread = 0; thread < threads; ++thread) lanes.push_back({Samples(count)});
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    std::vector<std::thread> running;
    for (unsigned thread = 0; thread < threads; ++thread) {
        running.emplace_back([&, thread] {
            Lane& lane = lanes[thread];
            start.arrive_and_wait();
            lane.begin = now_ns();
            for (std::size_t i = 0; i < count; ++i) lane.times.time([&] { operation(thread, i); });
            lane.end = now_ns();
        });
    }
    for (std::thread& thread : running) thread.join();
    Turn turn{Samples(0), 0, static_cast<double>(threads * count)};
    for (const Lane& lane : lanes) turn.times.add(lane.times);
    const std::uint64_t begin = std::ranges::min(lanes, {}, &Lane::begin).begin;
    const std::uint64_t end = std::ranges::max(lanes, {}, &Lane::end).end;
    turn.seconds = static_cast<double>(end - begin) / 1e9;
    return turn;
}

}  // namespace batpak::bench
