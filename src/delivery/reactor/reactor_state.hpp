// ReactorState: a reactor's steps over its cursor.
//
//     peek an event -> is it its own reaction? -> handler -> one batch: reactions, position
//
// The position of events without reactions is written with the next reactions, when there is
// nothing else to do, or after kPassedMax of them: to pass over them once more changes nothing.
// Where a new reactor begins is written at once.
//
// A batch whose keys are known already is no failure: the reactor's position was lost or replaced,
// and the reactions are where they should be. Then the position alone is written.
//
// Threads: thread-compatible
// Errors:  those of Reactor
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "batpak/delivery/reactor.hpp"
#include "delivery/cursor/cursor_state.hpp"

namespace batpak::delivery {

// What is written for an event that is passed over with ReactionErrors::Skip.
struct ReactionSkipped {
    static constexpr auto kind = system_kinds::kReactionSkipped;
    using required = batpak::all_fields;

    Sequence source;
    std::string reason;
};

class ReactorState {
public:
    static constexpr std::uint64_t kPassedMax = 256;

    [[nodiscard]] static Result<std::unique_ptr<ReactorState>> open(CursorState::Source source,
                                                                    const Region& region,
                                                                    const ReactorId& id,
                                                                    ReactHandler handler,
                                                                    const ReactorOptions& options);

    [[nodiscard]] Result<ReactorStep> step();
    [[nodiscard]] Result<bool> wait(std::chrono::steady_clock::time_point deadline,
                                    const std::stop_token& stop);
    [[nodiscard]] Result<void> skip_damaged();
    [[nodiscard]] Result<std::vector<SkippedReaction>> skipped(std::size_t max) const;

    const ReactorTally& tally() const noexcept { return tally_; }
    const CursorPosition& committed_position() const noexcept {
        return cursor_->committed_position();
    }
    const std::optional<Error>& last_skipped() const noexcept { return last_skipped_; }
    ReactorFailure last_failure() const noexcept { return last_failure_; }

private:
    ReactorState(CursorState::Source source, std::unique_ptr<CursorState> cursor,
                 Coordinate coordinate, ReactHandler handler, const ReactorId& id,
                 const ReactorOptions& options)
        : source_(std::move(source)),
          cursor_(std::move(cursor)),
          coordinate_(std::move(coordinate)),
          handler_(std::move(handler)),
          id_(id.text),
          options_(options) {}

    // The event was delivered by the cursor, which stood at `before`.
    [[nodiscard]] Result<ReactorStep> react_to(const EventView& event,
                                               const CursorPosition& before);
    [[nodiscard]] Result<void> call_handler(const EventView& event, std::uint32_t depth,
                                            Reactions& reactions);
    [[nodiscard]] Result<ReactorStep> pass();
    [[nodiscard]] Result<void> when_idle();
    [[nodiscard]] Result<void> store(Reactions& reactions);
    [[nodiscard]] Result<ReactorStep> skip(Sequence source, Error error);
    [[nodiscard]] Result<ReactorStep> after_failed_read(Error error);
    bool may_skip(const Error& error, std::size_t reactions) const noexcept;
    [[nodiscard]] Result<void> commit_position();
    void note_stored() noexcept {
        passed_ = 0;
        is_worth_storing_ = false;
    }
    BatchOptions batch_options() const;

    const CursorState::Source source_;
    const std::unique_ptr<CursorState> cursor_;
    const Coordinate coordinate_;  // of what is skipped
    const ReactHandler handler_;
    const std::string id_;
    const ReactorOptions options_;

    ReactorTally tally_;
    std::uint64_t passed_ = 0;       // since the position was stored
    bool is_worth_storing_ = false;  // the handler was called since then
    bool keys_known_ = false;        // the next reactions are appended without the position
    std::optional<Error> last_skipped_;
    ReactorFailure last_failure_ = ReactorFailure::Storing;
};

}  // namespace batpak::delivery
