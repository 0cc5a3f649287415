// EntityStates, RegionState: projections in memory that a ProjectionRunner keeps up to date.
//
//     EntityStates<Player> players(Region::scope("room:dungeon"));   // a Player for each entity
//     RegionState<Score> score(Region::scope("room:dungeon"));       // one Score of all events
//     runner.add(players).value(); runner.add(score).value();
//     ...
//     const std::shared_ptr<const Player> alice = players.find("player:alice");
//
// A state that was handed out is immutable and may be kept. Readers see a batch of events whole or
// not at all, and never wait for a handler. EntityStates copies each state that a batch changes
// once for that batch, RegionState copies its one state for every batch.
//
// Threads: thread-safe to read, whatever the runner does meanwhile; in a child after fork() there
// is
//          no runner, and they are as if no event had come yet
// Errors:  none of reading; of the runner: those of apply(), Forked
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/text_hash.hpp"
#include "batpak/projection/projection.hpp"
#include "batpak/readmodel/read_model.hpp"

namespace batpak {

namespace detail {

// What the two have in common, whatever their T: who they are, and how far.
class StatesInMemory : public ReadModel {
public:
    const ModelName& name() const noexcept final { return name_; }
    const Region& region() const noexcept final { return region_; }
    ModelKeeping keeping() const noexcept final { return ModelKeeping::InMemory; }
    Result<std::optional<ModelPosition>> position() final;

protected:
    StatesInMemory(std::string_view name, std::uint32_t version, Region region);

    // The parent's runner may have been changing them, with the lock held.
    bool is_inherited() const noexcept { return mark_.is_inherited(); }
    // Errors: Forked.
    [[nodiscard]] Result<void> check_process() const;

    mutable Mutex mutex_;
    std::optional<ModelPosition> position_ BATPAK_GUARDED_BY(mutex_);

private:
    const ForkMark mark_;
    const ModelName name_;
    const Region region_;
};

}  // namespace detail

template <Projection T>
    requires std::copyable<T>
class EntityStates final : public detail::StatesInMemory {
public:
    // Of every entity that has an event in the region which T handles.
    explicit EntityStates(const Region& region)
        : detail::StatesInMemory(T::projection.name, T::projection.version,
                                 region.with_kinds(kinds_of<T>())) {}

    // Null if the entity has no such event.
    std::shared_ptr<const T> find(std::string_view entity) const {
        if (is_inherited()) return nullptr;
        const MutexLock lock(mutex_);
        const auto found = states_.find(entity);
        return found == states_.end() ? nullptr : found->second;
    }
    std::size_t size() const {
        if (is_inherited()) return 0;
        const MutexLock lock(mutex_);
        return states_.size();
    }
    // All of them as they are in one moment, in no order.
    std::vector<std::pair<std::string, std::shared_ptr<const T>>> all() const {
        if (is_inherited()) return {};
        const MutexLock lock(mutex_);
        return {states_.begin(), states_.end()};
    }

    Result<void> begin() override { return check_process(); }
    Result<void> apply(const EventView& event) override {
        auto staged = staged_.find(event.entity);
        if (staged == staged_.end()) {
            const std::shared_ptr<const T> before = find(event.entity);
            staged = staged_
                         .emplace(std::string(event.entity),
                                  before ? std::make_shared<T>(*before) : std::make_shared<T>())
                         .first;
        }
        BATPAK_CHECK(batpak::apply(*staged->second, event));
        return {};
    }
    Result<void> commit(const ModelPosition& position) override {
        BATPAK_CHECK(check_process());
        std::vector<std::shared_ptr<const T>> replaced;  // destroyed without the lock
        replaced.reserve(staged_.size());
        {
            const MutexLock lock(mutex_);
            for (auto& [entity, state] : staged_) {
                replaced.push_back(std::exchange(states_[entity], std::move(state)));
            }
            position_ = position;
        }
        staged_.clear();
        return {};
    }
    void roll_back() noexcept override { staged_.clear(); }

private:
    template <class State>
    using ByEntity = std::unordered_map<std::string, State, TextHash, std::equal_to<>>;

    ByEntity<std::shared_ptr<T>> staged_;  // the runner's: what the batch changes
    ByEntity<std::shared_ptr<const T>> states_ BATPAK_GUARDED_BY(mutex_);
};

template <Projection T>
    requires std::copyable<T>
class RegionState final : public detail::StatesInMemory {
public:
    explicit RegionState(const Region& region)
        : detail::StatesInMemory(T::projection.name, T::projection.version,
                                 region.with_kinds(kinds_of<T>())) {}

    // Never null: a T as it is made, at first.
    std::shared_ptr<const T> get() const {
        if (is_inherited()) return std::make_shared<T>();
        const MutexLock lock(mutex_);
        return state_;
    }

    Result<void> begin() override {
        BATPAK_CHECK(check_process());
        staged_ = std::make_shared<T>(*get());
        return {};
    }
    Result<void> apply(const EventView& event) override {
        BATPAK_CHECK(batpak::apply(*staged_, event));
        return {};
    }
    Result<void> commit(const ModelPosition& position) override {
        BATPAK_CHECK(check_process());
        std::shared_ptr<const T> state = std::move(staged_);
        const MutexLock lock(mutex_);
        state.swap(state_);
        position_ = position;
        return {};
    }
    void roll_back() noexcept override { staged_.reset(); }

private:
    std::shared_ptr<T> staged_;  // the runner's
    std::shared_ptr<const T> state_ BATPAK_GUARDED_BY(mutex_) = std::make_shared<T>();
};

}  // namespace batpak
