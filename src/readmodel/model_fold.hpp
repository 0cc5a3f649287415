// ModelFold: one model on its way through the log, as its runner sees it.
//
//     fold, fold, ... , finish(end of the batch)
//
// It keeps what a model does to itself: whatever the model's code throws or says is noted here. A
// model that failed at an event is rolled back, and folds up to that event again before it stops
// there, so that a stopped model holds all events before the one that it stopped at (INV U3).
//
// Threads: thread-compatible
// Errors:  none of folding: see error()
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "batpak/readmodel/read_model.hpp"
#include "batpak/store/store.hpp"

namespace batpak::readmodel {

class ModelFold {
public:
    // Finds out where the model is, and whether that is a place of this log.
    [[nodiscard]] static Result<std::unique_ptr<ModelFold>> open(Store& store, ReadModel& model);

    ReadModel& model() const noexcept { return model_; }
    // What the model is asked to fold: its region, without batpak's own records.
    const Region& region() const noexcept { return region_; }
    Sequence next() const noexcept { return next_; }
    std::uint64_t events() const noexcept { return position_.events; }
    std::uint64_t skipped() const noexcept { return position_.skipped; }
    const std::optional<Error>& error() const noexcept { return error_; }
    bool is_stopped() const noexcept { return error_ && (!stop_at_ || *stop_at_ == next_); }
    // How far it may go at once: no further than to the event that it is to stop at.
    Sequence bound(Sequence to) const noexcept { return stop_at_ ? std::min(*stop_at_, to) : to; }

    // ---- a batch

    // Requires: the event is in region(), and after those before.
    void fold(const EventView& event);
    // Stops at an event that cannot be read.
    void stop_at(Sequence sequence, const Error& error);
    // Commits the batch. Requires: next() <= end.
    void finish(Sequence end);
    // Forgets the batch.
    void give_up() noexcept;

    // ---- after an error

    [[nodiscard]] Result<void> retry();
    [[nodiscard]] Result<void> skip();

private:
    ModelFold(Store& store, ReadModel& model);

    [[nodiscard]] Result<void> take_position();
    [[nodiscard]] Result<void> check_position(const ModelPosition& position) const;
    // Whether no payload that the model may be made of, of an event before `end`, was erased.
    // Errors: ModelOfErased.
    [[nodiscard]] Result<void> check_erasures(ModelPosition& position, Sequence end) const;
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> commit(const ModelPosition& position);
    [[nodiscard]] Result<ModelPosition> position_before(Sequence end) const;
    void fail_at(std::optional<Sequence> event, Error error);

    Store& store_;
    ReadModel& model_;
    const Region region_;

    ModelPosition position_;  // as the model has committed it
    Sequence next_;           // how far it is: beyond position_.next there was no event for it
    std::optional<Error> error_;
    std::optional<Sequence> stop_at_;  // absent, and an error: no event is at fault

    // The batch.
    bool begun_ = false;
    std::uint64_t batch_events_ = 0;
    ModelPosition::Anchor last_;  // event of the batch
};

}  // namespace batpak::readmodel
