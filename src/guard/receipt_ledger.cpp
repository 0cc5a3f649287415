// Slots in shards. A thread begins at a shard of its own and goes on to others only where that is
// full, so threads rarely meet. A nonce is the number of its slot and how often the slot was used:
// it comes once in the life of the process, and leads to its slot without a search.
//
// fork() comes while no thread is inside: all shards are locked over it. What was issued before it
// carries the parent's generation, and the child refuses it (INV G1, L2).
#include "guard/receipt_ledger.hpp"

#include <atomic>
#include <mutex>
#include <optional>

#include "base/platform/at_fork.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/lasting.hpp"

namespace batpak::guard {
namespace {

std::mutex& making() noexcept {
    static Lasting<std::mutex> mutex;
    return *mutex;
}

// Never destroyed: receipts may be, after everything else.
constinit std::atomic<ReceiptLedger*> the_ledger{nullptr};

extern "C" void batpak_ledger_before_fork() BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    making().lock();
    if (ReceiptLedger* const ledger = the_ledger.load(std::memory_order_acquire)) {
        ledger->lock_all();
    }
}
extern "C" void batpak_ledger_after_fork() BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    if (ReceiptLedger* const ledger = the_ledger.load(std::memory_order_acquire)) {
        ledger->unlock_all();
    }
    making().unlock();
}

[[gnu::constructor(101)]] void hold_ledger_at_fork() {
    call_at_fork({.before = &batpak_ledger_before_fork,
                  .in_parent = &batpak_ledger_after_fork,
                  .in_child = &batpak_ledger_after_fork});
}

}  // namespace

ReceiptLedger& ReceiptLedger::of_process() {
    if (ReceiptLedger* const ledger = the_ledger.load(std::memory_order_acquire)) return *ledger;
    const std::lock_guard lock(making());
    if (the_ledger.load(std::memory_order_relaxed) == nullptr) {
        the_ledger.store(std::make_unique<ReceiptLedger>().release(), std::memory_order_release);
    }
    return *the_ledger.load(std::memory_order_relaxed);
}

void ReceiptLedger::lock_all() noexcept {
    for (Shard& shard : shards_) shard.mutex.lock();
}

void ReceiptLedger::unlock_all() noexcept {
    for (Shard& shard : shards_) shard.mutex.unlock();
}

ReceiptLedger::ReceiptLedger() {
    for (Shard& shard : shards_) {
        const MutexLock lock(shard.mutex);
        shard.slots.resize(kSlotsPerShard);
        shard.free.resize(kSlotsPerShard);
        for (std::uint32_t slot = 0; slot < kSlotsPerShard; ++slot) {
            shard.free[slot] = kSlotsPerShard - 1 - slot;
        }
    }
}

std::uint32_t ReceiptLedger::shard_of_thread() noexcept {
    static std::atomic<std::uint32_t> threads{0};
    thread_local const std::uint32_t shard =
        threads.fetch_add(1, std::memory_order_relaxed) % kShards;
    return shard;
}

// 0, which no nonce is, when every shard is full: then the evaluation is a denial and no error,
// because a program that drops receipts has room again.
std::uint64_t ReceiptLedger::issue(const std::shared_ptr<const detail::GateRoll>& gates,
                                   const JudgedView& view) noexcept {
    const std::uint32_t first = shard_of_thread();
    for (std::uint32_t i = 0; i < kShards; ++i) {
        const std::uint32_t number = (first + i) % kShards;
        Shard& shard = shards_[number];
        const MutexLock lock(shard.mutex);
        if (shard.free.empty()) continue;
        const std::uint32_t index = shard.free.back();
        shard.free.pop_back();
        Slot& slot = shard.slots[index];
        BATPAK_ASSERT(slot.nonce == 0);
        ++slot.uses;
        slot.nonce = slot.uses * kSlots + number * kSlotsPerShard + index;
        slot.entry = {gates, view, fork_generation()};
        return slot.nonce;
    }
    return 0;
}

// Under one lock it is found and gone, so of two that present one receipt, one is told that it is
// spent (INV G1).
Result<ReceiptLedger::Entry> ReceiptLedger::take(std::uint64_t nonce) {
    std::optional<Entry> taken;  // whatever it is the last to hold goes when no lock is held
    Shard& shard = shard_of(nonce);
    {
        const MutexLock lock(shard.mutex);
        const auto index = static_cast<std::uint32_t>(nonce % kSlotsPerShard);
        Slot& slot = shard.slots[index];
        if (nonce != 0 && slot.nonce == nonce) {
            taken = std::move(slot.entry);
            slot.entry = {};
            slot.nonce = 0;
            shard.free.push_back(index);
        }
    }
    if (!taken) {
        return fail(ErrorCode::ReceiptSpent,
                    "the receipt was committed, or moved from: evaluate the proposal again");
    }
    if (taken->fork_generation != fork_generation()) {
        return fail(ErrorCode::Forked,
                    "the receipt was made before a fork(): evaluate in the child");
    }
    return *std::move(taken);
}

const ReceiptLedger::Entry* ReceiptLedger::find(std::uint64_t nonce) noexcept {
    Shard& shard = shard_of(nonce);
    const MutexLock lock(shard.mutex);
    const Slot& slot = shard.slots[nonce % kSlotsPerShard];
    return nonce != 0 && slot.nonce == nonce ? &slot.entry : nullptr;
}

}  // namespace batpak::guard
