// Staging: one group of appends on its way into the log: checked, placed, linked and framed, but
// not yet written.
//
// An append is checked in this order: is its idempotency key known, then it is a replay and stages
// nothing; does its condition hold; does the expected version of each of its events hold. One that
// fails, a batch included, leaves nothing behind: no frame, no number, no head.
//
// What is staged counts for the appends after it in the group. keep() makes it final once the group
// is where it should be, take_back() forgets it.
//
// Threads: thread-compatible; the leader of the commit queue owns it
// Errors:  stage: VersionConflict, ConditionConflict, DecisionOutdated, KeyConflict;
//          InvalidArgument, RolledBack: what was seen is not in the log; those of reading the
//          past; OutOfMemory
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "event/event_id_generator.hpp"
#include "store/commit/commit_item.hpp"
#include "store/commit/commit_reader.hpp"
#include "store/commit/heads.hpp"
#include "store/commit/kind_owners.hpp"

namespace batpak::store {

// Where the next group goes.
struct StagingTarget {
    LogId log_id;
    Salt salt{};
    std::uint64_t offset = 0;  // of its first frame
    Sequence durable_end;      // what its frames testify
    bool has_hashes = false;
    const MemoryIndex* index = nullptr;  // to which the events will be added
};

class Staging {
public:
    struct Start {
        Sequence next;
        Hlc hlc;
        EventId last_id;  // nil in an empty store
    };

    Staging(std::shared_ptr<ReadSide> side, Entropy& entropy, std::uint64_t idempotency_retention,
            const Start& start);

    // Begins a group. Requires: what was staged before was kept or taken back.
    void begin(const StagingTarget& target);
    // Where the receipts of an append come from.
    enum class Origin : std::uint8_t {
        Group,  // its events are staged, or repeat events that are: they are known with the group
        Log,    // it is a retry of what was committed before, and its receipts are filled in
    };
    // Adds an append to the group, or says why not. Requires: append.events is not empty.
    [[nodiscard]] Result<Origin> stage(AppendEvents& append) noexcept;

    struct StagedEvent {
        PreparedEvent* event;
        std::uint32_t frame_offset;
        std::uint32_t key_events = 1;  // how many events its idempotency key stands for
        EntityMark* mark = nullptr;
        std::uint32_t tags_begin = 0;  // in tags_
        std::uint32_t tags_end = 0;
    };
    const Heads& heads() const noexcept { return heads_; }
    std::span<const StagedEvent> events() const noexcept { return events_; }
    // Borrows: until the next stage() or begin().
    std::span<const MemoryIndex::HashedTag> tags_of(const StagedEvent& staged) const noexcept {
        return std::span(tags_).subspan(staged.tags_begin, staged.tags_end - staged.tags_begin);
    }
    BytesView frames() const noexcept { return frames_.view(); }
    Sequence next() const noexcept { return next_; }

    // The group is in the log, and its answers are as durable as `durability` says.
    void keep(Durability durability) noexcept;
    void take_back() noexcept;

private:
    // How far the group goes, to come back to.
    struct Mark {
        std::size_t events;
        std::size_t tags;
        std::size_t frame_bytes;
        std::size_t head_changes;
        std::size_t replays;
        std::size_t notings;
        Sequence next;
        Hlc hlc;
    };
    // What an idempotency key was used for first.
    struct KeyUse {
        Sequence sequence;
        std::uint32_t events;               // 1, or all of the batch that it stands for
        std::optional<std::size_t> staged;  // where in events_, if in this group
    };
    // An event whose key is that of an event before it in the group: it gets the same receipt.
    struct Replay {
        PreparedEvent* event;
        std::size_t first;  // in events_
    };

    Mark mark() const noexcept;
    void return_to(const Mark& mark) noexcept;
    std::uint64_t offset() const noexcept { return target_.offset + frames_.size(); }

    [[nodiscard]] Result<Origin> judge_and_stage(AppendEvents& append);
    // Whether the append is a replay, whose receipts are then known or will be with the group.
    [[nodiscard]] Result<bool> is_replay(AppendEvents& append);
    [[nodiscard]] Result<bool> is_replay_as_a_whole(AppendEvents& append);
    [[nodiscard]] Result<bool> is_replay_by_each_key(AppendEvents& append);
    [[nodiscard]] Result<std::optional<KeyUse>> find_use(std::string_view key);
    [[nodiscard]] Result<void> replay(AppendEvents& append, std::uint32_t index, const KeyUse& use,
                                      std::uint32_t offset);
    Error key_conflict(const AppendEvents& append, std::uint32_t index, const KeyUse& use) const;
    Sequence oldest_key() const noexcept;

    // Whether somebody can have seen the log as far as that: what this group holds, nobody has.
    bool was_visible(Sequence seen_end) const noexcept { return seen_end <= kept_next_; }
    [[nodiscard]] std::optional<Error> check_condition(const AppendCondition& condition);
    [[nodiscard]] std::optional<Error> stage_events(AppendEvents& append);
    [[nodiscard]] std::optional<Error> stage_event(AppendEvents& append, std::uint32_t index);
    void prefetch_heads(const AppendEvents& append, std::size_t index) const noexcept;
    void note_kind(PreparedEvent& event);
    void forget_notings(std::size_t from) noexcept;
    void settle_cause(const AppendEvents& append, PreparedEvent& event) const;
    void link(PreparedEvent& event, const Head& head);
    void hash_tags(const PreparedEvent& event);

    CommitReader past_;
    Heads heads_;
    EventIdGenerator ids_;
    const std::uint64_t idempotency_retention_;

    StagingTarget target_;
    Buffer frames_;
    std::vector<StagedEvent> events_;
    std::vector<MemoryIndex::HashedTag> tags_;  // of these events
    std::vector<Replay> replays_;
    std::vector<KindNoting*> notings_;  // that this group brings into the log
    Sequence next_;
    Sequence kept_next_;
    Hlc hlc_;
};

}  // namespace batpak::store
