// Erasures: which payloads are not to be read any more, although their bytes may still be there.
//
// An erasure counts from the moment at which a MANIFEST puts its intent in force. Until its
// segments are rewritten, and for those who still read from an old file after that, this is what
// keeps the payloads from being handed out. It only grows, for as long as the log is open: what was
// pinned before is judged by it as well (INV K5).
//
// Threads: thread-safe
// Errors:  load(): CorruptFrame and those of reading an event
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/log/manifest.hpp"

namespace batpak::store {

struct Pin;
class ReadSide;

class Erasures {
public:
    // Null if there are none. Borrows: this.
    const SequenceSet* now() const noexcept { return now_.load(std::memory_order_acquire); }
    // Whether the payload of that event must not be handed out.
    bool contain(Sequence sequence) const noexcept {
        const SequenceSet* const erased = now();
        return erased != nullptr && erased->contains(sequence);
    }
    // Behind the latest intent that is in force: what was made of payloads is good if it knew the
    // log's erasures up to there. 0: there was none.
    Sequence end() const noexcept { return Sequence(end_.load(std::memory_order_acquire)); }
    // As the MANIFEST says.
    std::optional<Prune> prune() const;

    // What add() needs memory for.
    class Ready {
    public:
        Ready(const Erasures& erasures, const Prune& prune, const SequenceSet& erased);

    private:
        friend class Erasures;
        Prune prune_;
        std::list<SequenceSet> joined_;  // none: nothing is new
    };
    // Adds the set of an intent that is in force, or takes up that it is done. Requires: nothing
    // was added since it was made.
    void add(Ready ready) noexcept;

private:
    mutable Mutex mutex_;
    std::optional<Prune> prune_ BATPAK_GUARDED_BY(mutex_);
    // A reader may still look into an older one.
    std::list<SequenceSet> sets_ BATPAK_GUARDED_BY(mutex_);
    std::atomic<const SequenceSet*> now_{nullptr};
    std::atomic<std::uint64_t> end_{0};
};

// What an intent says. Errors: CorruptFrame, if the event is none.
struct Intent {
    SequenceSet erased;
    std::optional<Sequence> previous;
};
[[nodiscard]] Result<Intent> read_intent(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                         Sequence intent);
// What all intents that are in force say, from the latest back to the one before `known`.
[[nodiscard]] Result<SequenceSet> read_intents(const Pin& pin,
                                               const std::shared_ptr<ReadSide>& side,
                                               const Prune& prune, Sequence known);
// The erasures that a log has which ends at `end`. Errors: InvalidArgument, if a later one has
// taken payloads of events before that: the log would not say so.
[[nodiscard]] Result<std::optional<Prune>> prune_before(const Pin& pin,
                                                        const std::shared_ptr<ReadSide>& side,
                                                        std::optional<Prune> prune, Sequence end);

// Takes up what the MANIFEST of a log that is shown from now on says. An erasure that was done when
// the log was opened needs nothing: there are no old files.
[[nodiscard]] Result<void> load_erasures(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                         const std::optional<Prune>& prune, bool is_open);

}  // namespace batpak::store
