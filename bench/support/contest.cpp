#include "support/contest.hpp"

#include <algorithm>

#include "support/must.hpp"

namespace batpak::bench {

void Contest::add(std::string name, Durability durability, std::function<Turn()> turn) {
    contenders_.push_back({std::move(name), durability, std::move(turn), {}});
}

void Contest::run() {
    for (unsigned repetition = 0; repetition <= repetitions_; ++repetition) {
        const bool warms_up = repetition == 0;
        if (!warms_up) {
            for (Contender& contender : contenders_) contender.turns.push_back({Samples(0)});
        }
        for (std::size_t round = 0; round < rounds_; ++round) {
            for (std::size_t i = 0; i < contenders_.size(); ++i) {
                const std::size_t moved = i + repetition + round;
                Contender& contender = contenders_[moved % contenders_.size()];
                const Turn turn = contender.turn();
                if (!warms_up) contender.turns.back().add(turn);
            }
        }
    }
}

const Contest::Contender& Contest::find(const std::string& name) const {
    const auto found = std::ranges::find(contenders_, name, &Contender::name);
    must_hold(found != contenders_.end(), "the contender takes part");
    return *found;
}

Ratio Contest::ratio(const std::string& name, const std::string& against,
                     const std::function<double(const Turn&, const Turn&)>& divide) const {
    const Contender& one = find(name);
    const Contender& other = find(against);
    if (one.durability != other.durability) {
        give_up(name + " and " + against + " promise different durability: not compared");
    }
    std::vector<double> ratios;
    for (std::size_t i = 0; i < one.turns.size(); ++i) {
        ratios.push_back(divide(one.turns[i], other.turns[i]));
    }
    const auto [low, high] = std::ranges::minmax(ratios);
    return {median(ratios), low, high};
}

Ratio Contest::cost(const std::string& name, const std::string& against) const {
    return ratio(name, against, [](const Turn& one, const Turn& other) {
        return one.times.percentile(0.5) / other.times.percentile(0.5);
    });
}

Ratio Contest::rate(const std::string& name, const std::string& against) const {
    return ratio(name, against, [](const Turn& one, const Turn& other) {
        return one.operations / one.seconds / (other.operations / other.seconds);
    });
}

double Contest::percentile(const std::string& name, double share) const {
    Samples all(0);
    for (const Turn& turn : find(name).turns) all.add(turn.times);
    return all.percentile(share);
}

double Contest::rate_here(const std::string& name) const {
    std::vector<double> rates;
    for (const Turn& turn : find(name).turns) rates.push_back(turn.operations / turn.seconds);
    return median(rates);
}

}  // namespace batpak::bench
