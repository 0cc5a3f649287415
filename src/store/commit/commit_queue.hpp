// CommitQueue: leader and followers. The callers do the work, and share it.
//
//     push ── nobody leads ──> lead: take the wave, commit it ──> name the next leader, answer all
//       └──── somebody does ─> wait: answered with the wave, or named to lead the next one
//
// Items that wait form the *wave* of the next leader: one write, and one sync if any of them asks
// for it, serves them all. There is no thread of its own: a lone caller commits at once and pays
// no switch. Where commits take long, because they sync, a leader waits a small part of that for
// the callers of the last wave, who are likely to come again in a moment. An item that is submitted
// without waiting is committed by the next caller who leads, its own waiter among them.
//
// Whatever happens in a commit, each item of it is answered, and the leader's seat is given on: an
// exception is an answer, and a thread that leads cannot be cancelled (INV W8).
//
// Threads: thread-safe
// Errors:  Closed, WouldBlock; in the items: OutOfMemory, HandlerFailed, if the work threw
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/platform/futex.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "store/commit/commit_item.hpp"

namespace batpak::store {

class CommitQueue {
public:
    // What a leader does.
    class Work {
    public:
        // Commits the items of one wave in order and fills in their answers; called by one thread
        // at a time. What it throws is the answer of all its items that have no error yet.
        virtual void commit(std::span<CommitItem* const> items) = 0;
        // What is left to do once they are answered; several threads may run it at once.
        virtual void after_answers() noexcept = 0;

    protected:
        ~Work() = default;
    };

    // An item, and its place in the queue.
    class Entry : public CommitItem {
    public:
        // Whether the leader has answered, and looks at the item no more.
        bool is_answered() const noexcept { return done_.load(std::memory_order_acquire) == 1; }

    private:
        friend class CommitQueue;
        Entry* next_ = nullptr;
        std::uint32_t wave_ = 0;
        std::atomic<std::uint32_t> lead_{0};  // 1: the waiter is to lead the next wave
        std::atomic<std::uint32_t> done_{0};
    };

    // Borrows: work.
    CommitQueue(Work& work, std::uint32_t items_max) : work_(work), items_max_(items_max) {
        wave_.reserve(kWaveItemsMin);
    }

    // Commits the item and returns when it is answered. Errors: Closed.
    [[nodiscard]] Result<void> run(Entry& item);
    // The same, but only if that means waiting for nobody. Errors: Closed, WouldBlock.
    [[nodiscard]] Result<void> try_run(Entry& item);
    // Leaves the item to the next leader. The item must live until it is done. If items_max
    // items wait already, this call commits first (back-pressure). Errors: Closed.
    [[nodiscard]] Result<void> submit(Entry& item);
    // Waits for a submitted item, leading if nobody does. False when the deadline passed; the item
    // stays in the queue.
    bool wait(Entry& item, const Deadline& deadline);

    // Refuses every later push, then runs `last` as the last item. Errors: Closed if it was closed.
    [[nodiscard]] Result<void> close(Entry& last);

private:
    // For so many items at least a wave has room, however little memory there is.
    static constexpr std::size_t kWaveItemsMin = 16;

    // What a caller who waits for an item is to do next.
    enum class Role : std::uint8_t {
        Answered,  // nothing
        Leader,    // lead now
        Captain,   // lead when named; sleeps on the item's own word
        Follower,  // sleep until the wave is answered
    };

    void push(Entry& item) BATPAK_REQUIRES(mutex_);
    Role enlist(Entry& item);
    // False if the deadline passed and the captain gave its place up; else it is to lead.
    bool await_lead(Entry& item, const Deadline& deadline);
    bool withdraw(Entry& item);
    // Waits for those who are likely to come.
    void gather();
    // Leads the wave that is forming. Requires: the caller is the leader.
    void lead() noexcept;
    // Puts the items from `first` on into wave_, as many as there is memory for; returns the rest.
    Entry* collect(Entry* first) noexcept;
    void commit() noexcept;
    bool has_room_in_wave() noexcept;
    std::chrono::steady_clock::duration gather_time();
    bool all_came();
    void answer(Entry* first, std::uint32_t wave);
    void wake(std::uint32_t wave);

    Work& work_;
    const std::uint32_t items_max_;

    Mutex mutex_;
    Entry* first_ BATPAK_GUARDED_BY(mutex_) = nullptr;
    Entry* last_ BATPAK_GUARDED_BY(mutex_) = nullptr;
    // The caller that leads the forming wave: it waits to be named, or is about to take it.
    Entry* captain_ BATPAK_GUARDED_BY(mutex_) = nullptr;
    std::uint32_t forming_wave_ BATPAK_GUARDED_BY(mutex_) = 0;
    std::uint32_t waiting_items_ BATPAK_GUARDED_BY(mutex_) = 0;
    // How many items the next wave has if everybody comes again who was there in the last one.
    std::uint32_t expected_items_ BATPAK_GUARDED_BY(mutex_) = 0;
    bool has_followers_ BATPAK_GUARDED_BY(mutex_) = false;  // somebody sleeps on the forming wave
    bool leading_ BATPAK_GUARDED_BY(mutex_) = false;
    bool closed_ BATPAK_GUARDED_BY(mutex_) = false;

    // Followers of wave w sleep on word w % 2. Only the wave that is being committed and the one
    // that forms have followers, so two words keep them apart.
    std::array<std::atomic<std::uint32_t>, 2> answered_{};

    // The leader's.
    std::vector<CommitItem*> wave_;
    std::chrono::steady_clock::duration
        sync_time_{};  // what the last commit took; zero if it did not sync
};

}  // namespace batpak::store
