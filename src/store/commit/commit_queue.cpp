// Who does what in two waves, of which the second forms while the first is committed:
//
//     thread A   push, leads wave 1:  take it | commit ........ | name B | answer wave 1 | after
//     thread B   push, captain of 2:            sleeps on its own word   | leads wave 2: ...
//     thread C   push, follower in 2:           sleeps on the word of wave 2 ............ answered
//
// The next leader is named before the answers: its work need not wait for those to be read. A
// thread that wakes looks at its item again, whatever woke it; a word that changed between the look
// and the sleep does not let it sleep. So no wake-up is lost (INV D3), and a leader that fails, for
// want of memory or by an exception, has answered and named all the same (INV W8).
#include "store/commit/commit_queue.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

namespace batpak::store {
namespace {

// A leader waits for others for no more than this part of what a sync takes: for a few callers as
// long as it takes to wake one, for many less, because waking them keeps the processors busy while
// the disk syncs. And no longer than kGatherMax: a disk that stalled once is no reason to stall
// again.
constexpr std::uint32_t kFewCallers = 16;
constexpr int kShareForFew = 4;
constexpr int kShareForMany = 8;
constexpr std::chrono::steady_clock::duration kGatherMax = std::chrono::milliseconds(1);

tl::unexpected<Error> closed() { return fail(ErrorCode::Closed, "the store is closed"); }

}  // namespace

void CommitQueue::push(Entry& item) {
    BATPAK_ASSERT(item.done_.load(std::memory_order_relaxed) == 0);  // an item is pushed once
    BATPAK_ASSERT((first_ == nullptr) == (waiting_items_ == 0));
    item.next_ = nullptr;
    item.wave_ = forming_wave_;
    (first_ == nullptr ? first_ : last_->next_) = &item;
    last_ = &item;
    ++waiting_items_;
}

Result<void> CommitQueue::run(Entry& item) {
    bool leads = false;
    {
        const MutexLock lock(mutex_);
        if (closed_) return closed();
        push(item);
        // Usually nobody else is here, and that is known without a second look.
        leads = !leading_ && captain_ == nullptr;
        if (leads) {
            leading_ = true;
            captain_ = &item;
        }
    }
    if (leads) {
        gather();
        lead();
    } else {
        wait(item, std::nullopt);
    }
    return {};
}

// It neither gathers nor enlists: both would be waiting for other callers. So an item that comes
// this way is always in a wave that it leads.
Result<void> CommitQueue::try_run(Entry& item) {
    {
        const MutexLock lock(mutex_);
        if (closed_) return closed();
        if (leading_ || first_ != nullptr) {
            return fail(ErrorCode::WouldBlock, "others are committing: try again, or append()");
        }
        push(item);
        leading_ = true;
        captain_ = &item;
    }
    lead();
    BATPAK_ASSERT(item.is_answered());
    return {};
}

Result<void> CommitQueue::submit(Entry& item) {
    Entry* oldest = nullptr;
    {
        const MutexLock lock(mutex_);
        if (closed_) return closed();
        push(item);
        if (waiting_items_ > items_max_) oldest = &item;
    }
    // Back-pressure. To wait for the own item is enough: whichever caller leads takes all that
    // wait, so the queue is empty once before this returns.
    if (oldest != nullptr) wait(*oldest, std::nullopt);
    return {};
}

Result<void> CommitQueue::close(Entry& last) {
    {
        const MutexLock lock(mutex_);
        if (closed_) return closed();
        closed_ = true;
        push(last);
    }
    wait(last, std::nullopt);
    return {};
}

// The word is read before the role is asked for. If the wave is answered between the two, the word
// has another value by the time that it is slept on, and the sleep ends at once.
bool CommitQueue::wait(Entry& item, const Deadline& deadline) {
    const std::atomic<std::uint32_t>& word = answered_[item.wave_ % 2];
    for (;;) {
        const std::uint32_t seen = word.load(std::memory_order_acquire);
        switch (enlist(item)) {
            case Role::Answered: return true;
            case Role::Captain:
                if (!await_lead(item, deadline)) return false;
                [[fallthrough]];
            case Role::Leader:
                gather();
                lead();
                return true;
            case Role::Follower: break;
        }
        if (deadline && std::chrono::steady_clock::now() >= *deadline) return false;
        if (!spin_while(word, seen)) futex_wait(word, seen, deadline);
    }
}

CommitQueue::Role CommitQueue::enlist(Entry& item) {
    const MutexLock lock(mutex_);
    if (item.is_answered()) return Role::Answered;
    // Its wave was taken, and is answered soon: a leader stops leading before it answers.
    if (item.wave_ != forming_wave_) return Role::Follower;
    if (captain_ != nullptr) {
        has_followers_ = true;
        return Role::Follower;
    }
    captain_ = &item;
    return std::exchange(leading_, true) ? Role::Captain : Role::Leader;
}

bool CommitQueue::await_lead(Entry& item, const Deadline& deadline) {
    while (item.lead_.load(std::memory_order_acquire) == 0) {
        if (deadline && std::chrono::steady_clock::now() >= *deadline) {
            if (withdraw(item)) return false;
        } else if (!spin_while(item.lead_, 0)) {
            futex_wait(item.lead_, 0, deadline);
        }
    }
    item.lead_.store(0, std::memory_order_relaxed);
    return true;
}

// The captain gives up; its item stays in the queue. False if it was named to lead meanwhile.
bool CommitQueue::withdraw(Entry& item) {
    {
        const MutexLock lock(mutex_);
        if (item.lead_.load(std::memory_order_acquire) == 1) return false;
        BATPAK_ASSERT(captain_ == &item);
        captain_ = nullptr;
    }
    wake(item.wave_);  // one of the followers takes its place
    return true;
}

// Threads that append in a loop come again in a moment. Each wave that they share spares a sync.
// sync_time_ is the leader's own. The lock or the word that gave this thread the lead orders this
// read after what the last leader wrote.
void CommitQueue::gather() {
    if (sync_time_ == sync_time_.zero()) return;
    const auto until = std::chrono::steady_clock::now() + gather_time();
    while (!all_came() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

std::chrono::steady_clock::duration CommitQueue::gather_time() {
    const MutexLock lock(mutex_);
    const int share = expected_items_ <= kFewCallers ? kShareForFew : kShareForMany;
    return std::min(sync_time_ / share, kGatherMax);
}

bool CommitQueue::all_came() {
    const MutexLock lock(mutex_);
    return waiting_items_ >= expected_items_ || closed_;
}

// Commits what is in wave_, and takes the time if it syncs. Each item is answered, also if this
// throws.
void CommitQueue::commit() noexcept {
    const bool syncs = std::ranges::any_of(wave_, &CommitItem::durable);
    std::chrono::steady_clock::time_point begin;
    if (syncs) begin = std::chrono::steady_clock::now();
    try {
        work_.commit(wave_);
    } catch (...) {
        const Error error = error_of_exception();
        for (CommitItem* const item : wave_) {
            if (!item->error) item->error = copy_of(error);
        }
    }
    sync_time_ = syncs ? std::chrono::steady_clock::now() - begin : sync_time_.zero();
}

bool CommitQueue::has_room_in_wave() noexcept {
    if (wave_.size() < wave_.capacity()) return true;
    try {
        wave_.reserve(2 * wave_.capacity());
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

CommitQueue::Entry* CommitQueue::collect(Entry* first) noexcept {
    wave_.clear();
    for (; first != nullptr && has_room_in_wave(); first = first->next_) wave_.push_back(first);
    BATPAK_ASSERT(!wave_.empty());  // kWaveItemsMin
    return first;
}

void CommitQueue::lead() noexcept {
    const CancellationBlock no_cancellation;
    Entry* first = nullptr;
    std::uint32_t wave = 0;
    std::uint32_t taken = 0;
    bool shared = false;
    {
        const MutexLock lock(mutex_);
        BATPAK_ASSERT(leading_ && captain_ != nullptr);
        wave = forming_wave_++;
        first = first_;
        BATPAK_ASSERT(first != nullptr && waiting_items_ > 0);  // the leader's own, if no other
        first_ = last_ = captain_ = nullptr;
        taken = std::exchange(waiting_items_, 0);
        shared = std::exchange(has_followers_, false);
    }
    // In one piece, or in several if there is no memory for a list of all.
    for (Entry* rest = first; rest != nullptr;) {
        rest = collect(rest);
        commit();
    }

    // From here on wave_ belongs to the next leader.
    const std::atomic<std::uint32_t>* named = nullptr;
    {
        const MutexLock lock(mutex_);
        // All that were served just now may come again, beside those that wait already. A wave
        // without followers expects no caller, so a lone one never gathers.
        expected_items_ = shared ? waiting_items_ + taken : 0;
        leading_ = captain_ != nullptr;
        if (captain_ != nullptr) {
            // It stays the captain until it has taken its wave, so that no other becomes it.
            named = &captain_->lead_;
            captain_->lead_.store(1, std::memory_order_release);
        }
    }
    if (named != nullptr) futex_wake_all(*named);
    answer(first, wave);
    work_.after_answers();
}

void CommitQueue::answer(Entry* first, std::uint32_t wave) {
    const bool alone = first->next_ == nullptr;
    while (first != nullptr) {
        // Once it is done, the item may be gone.
        Entry* const next = first->next_;
        // Releases what the leader wrote into the item to the thread that reads is_answered().
        first->done_.store(1, std::memory_order_release);
        first = next;
    }
    if (!alone) wake(wave);  // alone, it was the leader's own: nobody sleeps
}

void CommitQueue::wake(std::uint32_t wave) {
    std::atomic<std::uint32_t>& word = answered_[wave % 2];
    word.fetch_add(1, std::memory_order_release);
    futex_wake_all(word);
}

}  // namespace batpak::store
