// SmallShop: a store of a few orders, with two kinds, two scopes, a cause and its effects.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "batpak/json.hpp"
#include "batpak/store/store.hpp"
#include "inspector/answers/answers.hpp"
#include "inspector/answers/parameters.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::inspector {

class SmallShop {
public:
    static constexpr auto kPlaced = EventKind::custom(0x4, 0x001);
    static constexpr auto kSent = EventKind::custom(0x4, 0x002);

    // For each order i: placed in scope north or south, and every other one sent.
    explicit SmallShop(int orders = 10) : store_(open(directory_.path())) {
        for (int i = 0; i < orders; ++i) add_order(i);
    }

    void add_order(int i) {
        const Coordinate order =
            Coordinate::create("order:" + std::to_string(i), i % 2 == 0 ? "north" : "south")
                .value();
        AppendOptions named;
        named.kind_name = "Placed";
        const AppendReceipt placed =
            store_.append(order, kPlaced, nlohmann::json{{"cents", 100 * i}, {"by", "ada"}}, named)
                .value();
        if (i % 2 != 0) return;
        AppendOptions caused;
        caused.kind_name = "Sent";
        caused.causation_id = placed.event_id;
        caused.correlation_id = placed.event_id;
        (void)store_.append(order, kSent, nlohmann::json{{"by", "post"}}, caused).value();
    }

    // Of an entity and a scope of its own.
    void add_lone_event(const std::string& name = "lone:") {
        const std::string number = std::to_string(store_.visible_end().value);
        const Coordinate lone = Coordinate::create(name + number, "scope:" + number).value();
        (void)store_.append_raw(lone, kPlaced, {}, {}).value();
    }

    Store& store() noexcept { return store_; }
    const std::string& directory() const noexcept { return directory_.path(); }

private:
    static Store open(const std::string& directory) {
        return Store::open(StoreConfig(directory).with_sync_every_n_events(1000)).value();
    }

    testing::TemporaryDirectory directory_;
    Store store_;
};

inline Parameters with(Parameters::Pairs pairs) { return Parameters(std::move(pairs)); }

inline nlohmann::json parsed(const Result<std::string>& answer) {
    return nlohmann::json::parse(answer.value());
}

}  // namespace batpak::inspector
