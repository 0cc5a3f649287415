// Each state is reached in a stream of its own by the shortest way through the table, and each
// event is tried there in every way that there is:
//
//     the compiler, can() and the table    must agree
//     legal        one event more, and the state is the table's; or denied, and nothing has moved
//     illegal      refused, nothing appended; and if it is in the log all the same, reading says so
#include "batpak/machine/check.hpp"

#include <algorithm>
#include <vector>

namespace batpak::detail {
namespace {

// The events of the shortest way to a state. States are reached in the order of their distance, so
// the first way is a shortest one. A state that none leads to has no events, and its pair is found
// wrong at the start.
std::vector<std::uint16_t> way_to(const MachineTable& table, std::uint16_t state) {
    std::vector<std::vector<std::uint16_t>> ways(table.states.size());
    std::vector<std::uint16_t> reached{0};
    for (std::size_t next = 0; next < reached.size(); ++next) {
        for (const MachineEdge& edge : table.edges) {
            if (edge.from != reached[next] || std::ranges::count(reached, edge.to) > 0) continue;
            ways[edge.to] = ways[edge.from];
            ways[edge.to].push_back(edge.event);
            reached.push_back(edge.to);
        }
    }
    return ways[state];
}

// One pair: what is wrong with it, or nothing.
class Pair {
public:
    Pair(Store& store, const PairsSubject& subject, std::uint16_t state, std::uint16_t event,
         Coordinate coordinate)
        : store_(store),
          subject_(subject),
          coordinate_(std::move(coordinate)),
          state_(state),
          event_(event) {}

    Result<std::string> judge(MachineCheck& check) {
        for (const std::uint16_t event : way_to(subject_.table, state_))
            BATPAK_CHECK(subject_.append(store_, coordinate_, event));
        BATPAK_TRY(const std::uint64_t before, count());
        BATPAK_TRY(const Attempt attempt, subject_.attempt(store_, coordinate_, event_));
        BATPAK_TRY(const std::uint64_t after, count());
        const auto edge = subject_.table.edge(state_, subject_.table.events[event_].kind);
        const std::size_t place = state_ * subject_.table.events.size() + event_;
        if (attempt.before != state_) return std::string("the way there ends elsewhere");
        if (subject_.compiles[place] != edge.has_value() || attempt.can != edge.has_value())
            return std::string("compiler, can() and table do not agree");
        if (!edge) return judge_illegal(attempt, after - before);
        ++check.legal;
        const std::uint16_t target = subject_.table.edges[*edge].to;
        return judge_legal(attempt, after - before, target, check);
    }

private:
    Result<std::string> judge_legal(const Attempt& attempt, std::uint64_t appended,
                                    std::uint16_t target, MachineCheck& check) {
        BATPAK_TRY(const std::uint16_t now, subject_.read(store_, coordinate_));
        if (!attempt.outcome && attempt.outcome.error().code() == ErrorCode::TransitionDenied) {
            ++check.denied;
            return std::string(appended == 0 && now == state_ ? "" : "denied, and yet it moved");
        }
        if (!attempt.outcome)
            return "refused, though legal: " + attempt.outcome.error().to_string();
        const bool moved = appended == 1 && attempt.after == target && now == target;
        return std::string(moved ? "" : "it does not lead where the table says");
    }
    Result<std::string> judge_illegal(const Attempt& attempt, std::uint64_t appended) {
        if (attempt.outcome || attempt.outcome.error().code() != ErrorCode::IllegalTransition)
            return std::string("illegal, and not refused as such");
        if (appended != 0) return std::string("refused, and yet appended");
        BATPAK_TRY(const AppendReceipt receipt, subject_.append(store_, coordinate_, event_));
        const Result<std::uint16_t> read = subject_.read(store_, coordinate_);
        const bool found = !read && read.error().code() == ErrorCode::IllegalEvent &&
                           read.error().sequence() == receipt.sequence;
        return std::string(found ? "" : "an illegal event in the log is not found");
    }
    Result<std::uint64_t> count() const {
        return store_.count(Region::entity(coordinate_.entity()));
    }

    Store& store_;
    const PairsSubject& subject_;
    Coordinate coordinate_;
    std::uint16_t state_;
    std::uint16_t event_;
};

std::string judge_pair(Store& store, const PairsSubject& subject, std::uint16_t state,
                       std::uint16_t event, MachineCheck& check) {
    const std::string name = std::string(subject.table.states[state]) + " x " +
                             std::string(subject.table.events[event].name);
    const std::string entity = "check:" + std::to_string(state) + ':' + std::to_string(event);
    const Result<Coordinate> coordinate = Coordinate::create(entity, subject.table.name);
    BATPAK_ASSERT(coordinate.has_value());
    const auto problem = Pair(store, subject, state, event, *coordinate).judge(check);
    if (!problem) return name + ": " + problem.error().to_string();
    return problem->empty() ? "" : name + ": " + *problem;
}

}  // namespace

MachineCheck check_pairs(Store& store, const PairsSubject& subject) {
    MachineCheck check;
    for (std::uint16_t state = 0; state < subject.table.states.size(); ++state) {
        for (std::uint16_t event = 0; event < subject.table.events.size(); ++event) {
            const std::string problem = judge_pair(store, subject, state, event, check);
            ++check.pairs;
            if (check.problem.empty()) check.problem = problem;
        }
    }
    return check;
}

}  // namespace batpak::detail
