// ReadModel: anything that is built from events and kept up to date by a ProjectionRunner.
//
// Ready-made are EntityStates and RegionState, which hold projections in memory, and
// SqliteReadModel, which keeps your own tables. For any other model, implement this:
//
//     position()   how far the model is, as it was last committed
//     begin()      a batch of events comes, one by one
//     apply()      event after event of region(), in order, each once
//     commit()     makes the batch count, together with the position after it: both or neither
//     roll_back()  or forgets it: the model is as it was at begin()
//
// A model that stores its position in one transaction with its content takes every event exactly
// once, whatever fails: the runner asks for the position and continues there.
//
// Threads: a runner calls one function at a time, and holds no lock; a model must not call back
//          its runner
// Errors:  whatever the implementation has, and whatever it throws: the runner stops this model and
//          continues with the others
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/event/event.hpp"

namespace batpak {

// Several versions of a model may stand side by side; no two models of a runner are equal.
struct ModelName {
    static constexpr std::size_t kBytesMax = 64;

    std::string text{};         // 1 to 64 bytes, no control bytes
    std::uint32_t version = 1;  // 1 or more; another code that makes it, or another form

    friend bool operator==(const ModelName&, const ModelName&) = default;
};

// Such as "orders, version 2".
std::string to_string(const ModelName& name);

// "The model holds all events of its region before `next`, and none after it."
struct ModelPosition {
    // An event of the log, by which it is known again: a log that has another one there, or none,
    // has another history.
    struct Anchor {
        Sequence sequence;
        EventId id;
        Hash hash;

        friend bool operator==(const Anchor&, const Anchor&) = default;
    };

    LogId log_id{};
    Sequence next{};
    std::optional<Anchor> anchor{};  // usually the event before `next`
    std::uint64_t events = 0;        // that were folded
    std::uint64_t skipped = 0;       // that were passed over on demand
    // ErasedPayloads::end(), as far as the model is known to have no erased payload in it. To
    // be stored as all the rest is: without it a log whose payloads were erased refuses the model.
    Sequence erasures_end{};

    friend bool operator==(const ModelPosition&, const ModelPosition&) = default;
};

// Where the content of a model goes.
enum class ModelKeeping : std::uint8_t {
    InMemory,  // gone with the process
    OnDisk,    // may outlive it: the log is synced before it is committed, so that no power cut
               // leaves a model that knows more than the log
};

class ReadModel {
public:
    virtual ~ReadModel() = default;
    ReadModel() = default;
    ReadModel(const ReadModel&) = delete;
    ReadModel& operator=(const ReadModel&) = delete;

    // Neither ever changes. Batpak's own records (category 0x0) are not delivered, unless every
    // clause of the region names kinds.
    virtual const ModelName& name() const noexcept = 0;
    virtual const Region& region() const noexcept = 0;
    virtual ModelKeeping keeping() const noexcept = 0;

    // Nothing before the first commit.
    [[nodiscard]] virtual Result<std::optional<ModelPosition>> position() = 0;
    [[nodiscard]] virtual Result<void> begin() = 0;
    [[nodiscard]] virtual Result<void> apply(const EventView& event) = 0;
    // There may have been no event in the batch: then only the position moves.
    [[nodiscard]] virtual Result<void> commit(const ModelPosition& position) = 0;
    // Also after begin() or commit() has failed.
    virtual void roll_back() noexcept = 0;
};

}  // namespace batpak
