// ReceiptLedger: the table of the receipts of this process that are live, that is, not yet spent.
//
//     issue ──> live ──┬─ take ──> spent by a commit          exactly one of the two, exactly once:
//                      └─ take ──> given back, uncommitted    what is not in the table is spent
//
// A receipt is a claim check: it names its entry by a nonce that is never used again, and what it
// stands for lies here. So it does not matter how many copies of a receipt there are.
//
// There is one ledger for the process, because receipts are made where no store is known, and are
// committed where no gate set is. It is as large as it gets from the beginning, so that issuing
// allocates nothing, and split into shards, so that threads rarely meet.
//
// Threads: thread-safe
// Errors:  take() Forked, ReceiptSpent
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "batpak/guard/gate_set.hpp"
#include "batpak/guard/receipt.hpp"

namespace batpak::guard {

class ReceiptLedger {
public:
    struct Entry {
        std::shared_ptr<const detail::GateRoll> gates;
        JudgedView view;
        std::uint64_t fork_generation = 0;  // of the process that issued it
    };

    static ReceiptLedger& of_process();
    // For fork(), which comes when no thread is in a ledger: else its lock would stay locked in the
    // child for ever.
    void lock_all() noexcept BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis);
    void unlock_all() noexcept BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis);

    ReceiptLedger();

    // A nonce that nobody had before; 0 if kLiveReceiptsMax are live.
    std::uint64_t issue(const std::shared_ptr<const detail::GateRoll>& gates,
                        const JudgedView& view) noexcept;
    // Takes the entry out: of all who ask with one nonce, one gets it.
    [[nodiscard]] Result<Entry> take(std::uint64_t nonce);
    // The entry; null if it is not live. Borrows: as long as it is.
    const Entry* find(std::uint64_t nonce) noexcept;

private:
    // nonce = uses of the slot * kSlots + number of the slot
    static constexpr std::uint32_t kSlots = kLiveReceiptsMax;
    static constexpr std::uint32_t kShards = 16;
    static constexpr std::uint32_t kSlotsPerShard = kSlots / kShards;
    static_assert(kSlots % kShards == 0);

    struct Slot {
        std::uint64_t nonce = 0;  // 0: free
        std::uint64_t uses = 0;
        Entry entry;
    };
    struct Shard {
        Mutex mutex;
        std::vector<Slot> slots BATPAK_GUARDED_BY(mutex);
        std::vector<std::uint32_t> free BATPAK_GUARDED_BY(mutex);  // with room for all
    };

    static std::uint32_t shard_of_thread() noexcept;
    Shard& shard_of(std::uint64_t nonce) noexcept {
        return shards_[nonce % kSlots / kSlotsPerShard];
    }

    std::array<Shard, kShards> shards_;
};

}  // namespace batpak::guard
