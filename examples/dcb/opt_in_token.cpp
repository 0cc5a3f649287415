// Opt-in token: a sign-up is confirmed with the token that was sent, once, and not too late.
//
// The token is in the first event, as a tag beside the address. What confirms it asks for both, so
// no table of tokens is kept: the log is the table.
#include <chrono>

#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::EventView;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct SignUpBegun {
    static constexpr auto kind = EventKind::custom(0x6, 6);
    static auto tags_of(const SignUpBegun& event) {
        return std::array{"email:" + event.email, "token:" + event.token};
    }
    std::string email, token, name;
};
struct SignUpConfirmed {
    static constexpr auto kind = EventKind::custom(0x6, 7);
    static auto tags_of(const SignUpConfirmed& event) {
        return std::array{"email:" + event.email, "token:" + event.token};
    }
    std::string email, token, name;
};

struct PendingSignUp {
    static constexpr auto projection =
        batpak::projection_of<SignUpBegun, SignUpConfirmed>("pending-sign-up", 1);
    std::string email, token;
    std::string name{};
    std::int64_t begun_us = 0;
    bool is_used = false;
    Region region() const { return Region::tags({"email:" + email, "token:" + token}); }
    void on(const SignUpBegun& begun, const EventView& event) {
        name = begun.name;
        begun_us = event.header.timestamp_us;
    }
    void on(const SignUpConfirmed&) { is_used = true; }
};

enum class Answer { Confirmed, NotPending, Used, Expired };
constexpr std::int64_t kTokenLivesUs = 60LL * 60 * 1'000'000;

Result<Answer> confirm(Store& store, const std::string& email, const std::string& token,
                       std::int64_t now_us) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<Answer> {
        BATPAK_TRY(const auto model, store.decide(PendingSignUp{email, token}));
        const auto& pending = model.get<PendingSignUp>();
        if (pending.name.empty()) return Answer::NotPending;
        if (pending.is_used) return Answer::Used;
        if (now_us - pending.begun_us > kTokenLivesUs) return Answer::Expired;
        BATPAK_TRY(const auto where, Coordinate::create("sign-up:" + email, "accounts"));
        BATPAK_CHECK(store.append(where, SignUpConfirmed{email, token, pending.name},
                                  {.condition = model.condition()}));
        return Answer::Confirmed;
    });
}

constexpr int kPeople = 20;

std::string email_of(int person) { return "p" + std::to_string(person) + "@example.org"; }
std::string token_of(int person) { return std::to_string(100'000 + person * 37); }

}  // namespace

int main() {
    Store store = together::open("opt-in-data");
    for (int i = 0; i < kPeople; ++i) {
        const auto where = Coordinate::create("sign-up:" + email_of(i), "accounts").value();
        store.append(where, SignUpBegun{email_of(i), token_of(i), "Person " + std::to_string(i)})
            .value();
    }
    const std::int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count();
    std::atomic<int> confirmed{0};
    std::atomic<int> used{0};
    together::in_eight_threads([&](int) {
        for (int i = 0; i < kPeople - 1; ++i) {
            const Answer answer = confirm(store, email_of(i), token_of(i), now_us).value();
            if (answer == Answer::Confirmed) ++confirmed;
            if (answer == Answer::Used) ++used;
        }
    });
    const int last = kPeople - 1;
    const bool others =
        confirm(store, email_of(0), token_of(1), now_us).value() == Answer::NotPending &&
        confirm(store, email_of(last), token_of(last), now_us + 2 * kTokenLivesUs).value() ==
            Answer::Expired;
    const auto stored = store.count(Region::all().with_kind<SignUpConfirmed>()).value();
    return together::report("opt-in token", others && confirmed == last && stored == 19 &&
                                                used == (together::kThreads - 1) * last);
}
