// Recorder: a read model that keeps which events it was given, and fails where it is told to.
//
// Its content and its position are a Disk, which outlives it, as a file would.
//
// Threads: thread-compatible
// Errors:  those that it is told to have; a runner that breaks the rules of ReadModel fails the
// test
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "batpak/readmodel/read_model.hpp"

namespace batpak::testing {

class Recorder final : public ReadModel {
public:
    struct Disk {
        std::vector<std::uint64_t> events;
        std::optional<ModelPosition> position;
        int commits = 0;
    };

    Recorder(ModelName name, Region region, Disk& disk, ModelKeeping keeping)
        : name_(std::move(name)), region_(std::move(region)), keeping_(keeping), disk_(disk) {}
    Recorder(ModelName name, Region region, Disk& disk)
        : Recorder(std::move(name), std::move(region), disk, ModelKeeping::InMemory) {}

    // What happens instead, or before; null: nothing.
    std::function<Result<void>()> on_begin;
    std::function<Result<void>(const EventView&)> on_event;
    std::function<Result<void>(const ModelPosition&)> on_commit;

    const ModelName& name() const noexcept override { return name_; }
    const Region& region() const noexcept override { return region_; }
    ModelKeeping keeping() const noexcept override { return keeping_; }

    Result<std::optional<ModelPosition>> position() override { return disk_.position; }
    Result<void> begin() override {
        EXPECT_FALSE(batch_);
        batch_.emplace();
        return on_begin ? on_begin() : Result<void>();
    }
    Result<void> apply(const EventView& event) override {
        EXPECT_TRUE(batch_);
        if (!batch_) return {};
        batch_->push_back(event.sequence().value);  // half an effect, if it fails
        return on_event ? on_event(event) : Result<void>();
    }
    Result<void> commit(const ModelPosition& position) override {
        EXPECT_TRUE(batch_);
        if (!batch_) return {};
        if (on_commit) BATPAK_CHECK(on_commit(position));
        disk_.events.insert(disk_.events.end(), batch_->begin(), batch_->end());
        disk_.position = position;
        ++disk_.commits;
        batch_.reset();
        return {};
    }
    void roll_back() noexcept override { batch_.reset(); }

private:
    const ModelName name_;
    const Region region_;
    const ModelKeeping keeping_;
    Disk& disk_;
    std::optional<std::vector<std::uint64_t>> batch_;
};

}  // namespace batpak::testing
