// Unique usernames: a claim to a name that is nobody's stream, released and claimed again.
//
// Accounts have streams of their own. That no two of them have one name at a time is a rule about
// the name: each event says it as a tag, and a claim rests on the events of that tag alone.
#include <map>

#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct AccountRegistered {
    static constexpr auto kind = EventKind::custom(0x6, 3);
    static auto tags_of(const AccountRegistered& event) { return "username:" + event.username; }
    std::string username;
};
struct AccountClosed {
    static constexpr auto kind = EventKind::custom(0x6, 4);
    static auto tags_of(const AccountClosed& event) { return "username:" + event.username; }
    std::string username;
};

struct UsernameClaim {
    static constexpr auto projection =
        batpak::projection_of<AccountRegistered, AccountClosed>("username-claim", 1);
    std::string username;
    bool is_taken = false;
    Region region() const { return Region::tag("username:" + username); }
    void on(const AccountRegistered&) { is_taken = true; }
    void on(const AccountClosed&) { is_taken = false; }
};

// True if the account has the name now, false if another has it.
Result<bool> register_account(Store& store, const Coordinate& account, const std::string& name) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<bool> {
        BATPAK_TRY(const auto model, store.decide(UsernameClaim{name}));
        if (model.get<UsernameClaim>().is_taken) return false;
        BATPAK_CHECK(
            store.append(account, AccountRegistered{name}, {.condition = model.condition()}));
        return true;
    });
}

constexpr int kNames = 5;
constexpr int kRounds = 40;

// Whether each name was claimed only while it was free, and given back by the one who had it.
bool audit(const Store& store, int claims) {
    std::map<std::string, std::string> owner;
    int seen = 0;
    for (const auto& event : store.query(Region::scope("accounts"))) {
        const std::string name(*event->tags().begin());
        if (event->kind() == AccountRegistered::kind) {
            ++seen;
            if (!owner.emplace(name, event->entity).second) return false;
        } else if (owner[name] != event->entity || owner.erase(name) != 1) {
            return false;
        }
    }
    return owner.empty() && seen == claims && claims >= kNames;
}

}  // namespace

int main() {
    Store store = together::open("username-data");
    std::atomic<int> claims{0};
    together::in_eight_threads([&](int thread) {
        const auto account =
            Coordinate::create("account:" + std::to_string(thread), "accounts").value();
        for (int i = 0; i < kRounds; ++i) {
            const std::string name = "name" + std::to_string((i + thread) % kNames);
            if (!register_account(store, account, name).value()) continue;
            ++claims;
            store.append(account, AccountClosed{name}).value();
        }
    });
    return together::report("unique usernames", audit(store, claims));
}
