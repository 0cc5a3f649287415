// Engine: one store opened for writing: the read side, the committer and the queue before it.
//
// It prepares events on the caller's thread (checks, encoding, content hash; of tickets the leader
// makes the hash), hands them to the queue, and moves the indexes of sealed segments from memory
// into files when nobody waits for it.
//
// Threads: thread-safe
// Errors:  those of Store
#pragma once

#include <list>
#include <memory>
#include <span>
#include <vector>

#include "batpak/store/store.hpp"
#include "store/commit_queue.hpp"
#include "store/committer.hpp"
#include "store/held_names.hpp"
#include "store/read_side.hpp"

namespace batpak::store {

// One event that a caller wants appended. Borrows: everything, until it is prepared; the names and
// the key, until it is committed.
struct AppendRequest {
    const Coordinate& coordinate;
    EventKind kind;
    std::uint16_t payload_version;
    BytesView payload;
    const Metadata& metadata;
    std::string_view idempotency_key;
    EventId correlation_id;  // nil if it starts a story of its own
    EventId causation_id;    // nil if none
    std::optional<BatchItem> caused_by;
    ExpectedVersion expect;
    std::uint32_t flags;
    bool is_system = false;  // its kind may be reserved
    // What gates said, as a MessagePack value; empty if none was asked.
    BytesView gate_evidence = {};
};

struct TicketState;

class Engine {
public:
    [[nodiscard]] static Result<std::shared_ptr<Engine>> open(const StoreConfig& config);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const std::shared_ptr<ReadSide>& side() const noexcept { return side_; }
    const StoreConfig& config() const noexcept { return config_; }
    // What only one handle of this store may have at a time. As only one process has a store open
    // for writing, nobody else has it either.
    HeldNames& names() noexcept { return names_; }

    // Whether an idempotency key is none, or one that can be stored. Errors: InvalidArgument.
    [[nodiscard]] static Result<void> check_key(std::string_view idempotency_key);

    // Computes everything of an event that needs no place in the log. `event` borrows the
    // coordinate's names.
    // Borrows: `content`, until the event is committed; it must be empty.
    [[nodiscard]] Result<void> prepare(const AppendRequest& request, Buffer& content,
                                       PreparedEvent& event) const;
    void fill_item(CommitItem& item, std::span<PreparedEvent> events,
                   const std::optional<AppendCondition>& condition,
                   std::optional<Durability> durability) const noexcept;

    [[nodiscard]] Result<AppendReceipt> append(const AppendRequest& request,
                                               const AppendOptions& options);
    // Besides, none of `judged` may have come true: what gates decided on. Errors:
    // DecisionOutdated.
    [[nodiscard]] Result<AppendReceipt> append(const AppendRequest& request,
                                               const AppendOptions& options,
                                               std::span<const AppendCondition> judged);
    [[nodiscard]] Result<AppendReceipt> try_append(const AppendRequest& request,
                                                   const AppendOptions& options);
    [[nodiscard]] Result<std::vector<AppendReceipt>> append_batch(const BatchBuilder& batch,
                                                                  const BatchOptions& options);
    [[nodiscard]] Result<std::vector<AppendReceipt>> append_batch(
        const BatchBuilder& batch, const BatchOptions& options,
        std::span<const AppendCondition> judged);
    // The ticket has the names and the options that the request borrows.
    [[nodiscard]] Result<void> submit(const AppendRequest& request, TicketState& ticket);
    CommitQueue& queue() noexcept { return *queue_; }

    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<void> wait_durable(Sequence sequence, std::chrono::milliseconds timeout);
    StoreStats stats() const;
    [[nodiscard]] Result<Closed> close();
    // Closes it if it is open, where a failure can be told to no caller.
    void let_go() noexcept;

private:
    Engine(const StoreConfig& config, std::shared_ptr<ReadSide> side)
        : config_(config), side_(std::move(side)) {}

    [[nodiscard]] Result<LogState> take_up_log();
    void start(LogState state);
    // Everything but the content and the hashes.
    [[nodiscard]] Result<void> fill(const AppendRequest& request, PreparedEvent& event) const;
    // Adds the content of each to `contents`, from which they then borrow.
    void encode(std::span<PreparedEvent> events, Buffer& contents) const;
    void hash_contents(std::span<const std::span<PreparedEvent>> groups) const;
    // For the leader of the queue.
    void commit(std::span<CommitItem* const> items) noexcept;
    void hash_unhashed(std::span<CommitItem* const> items);
    [[nodiscard]] Result<std::vector<PreparedEvent>> prepare_batch(const BatchBuilder& batch,
                                                                   const BatchOptions& options,
                                                                   Buffer& contents) const;
    bool is_durable(std::optional<Durability> asked) const noexcept;
    // Gives every sealed segment whose index is in memory, or in several parts, one part in a file.
    // What cannot be stored serves on as it is, and is tried again after the next rotation.
    void store_sealed_indexes() noexcept;
    [[nodiscard]] Result<void> store_sealed_index(std::uint64_t segment_id);
    void store_last_index(const Committer::ClosedLog& closed);

    const StoreConfig config_;
    HeldNames names_;
    const std::shared_ptr<ReadSide> side_;
    std::unique_ptr<Committer> committer_;
    std::vector<std::span<PreparedEvent>> unhashed_;  // the leader's
    std::unique_ptr<CommitQueue> queue_;

    Mutex sealing_;
    std::uint64_t sealed_stored_ BATPAK_GUARDED_BY(sealing_) = 0;  // ids up to here are done
    // The segment behind them, to be asked by every append.
    std::atomic<std::uint64_t> first_untried_{0};

    // Sync requests whose caller gave up waiting; they stay in the queue until they are done.
    Mutex abandoned_mutex_;
    std::list<CommitItem> abandoned_ BATPAK_GUARDED_BY(abandoned_mutex_);
};

// A ticket's append: everything that it borrows, it owns.
struct TicketState {
    TicketState(std::shared_ptr<Engine> owner, const Coordinate& address, AppendOptions wishes)
        : engine(std::move(owner)), coordinate(address), options(std::move(wishes)) {}

    std::shared_ptr<Engine> engine;
    Coordinate coordinate;
    AppendOptions options;
    Buffer content;
    PreparedEvent event;
    CommitItem item;
};

}  // namespace batpak::store
