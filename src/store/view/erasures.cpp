// A compaction adds to it, and so does an open or a refresh; any thread calls now() and end(),
// without a lock. A set that was published is neither changed nor freed while the log is open,
// because a reader may be looking into it (INV I2): each intent makes a new set, with all older
// ones in it. So each erasure since the open costs memory, and erasures are rare.
#include "store/view/erasures.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {
namespace {

tl::unexpected<Error> no_intent(Sequence sequence) {
    return fail(Error(ErrorCode::CorruptFrame,
                      "it should say which payloads are erased, and does not: restore the store "
                      "from a snapshot")
                    .at_sequence(sequence));
}

}  // namespace

std::optional<Prune> Erasures::prune() const {
    const MutexLock lock(mutex_);
    return prune_;
}

Erasures::Ready::Ready(const Erasures& erasures, const Prune& prune, const SequenceSet& erased)
    : prune_(prune) {
    if (erased.empty()) return;
    const SequenceSet* const before = erasures.now();
    // All memory is taken here: add() runs when the MANIFEST is already in force, and must not
    // fail.
    SequenceSet joined = before != nullptr ? SequenceSet::join(*before, erased) : erased;
    if (before == nullptr || joined != *before) joined_.push_back(std::move(joined));
}

// The set before the end: who sees the new end must not be handed a payload that is erased by then.
void Erasures::add(Ready ready) noexcept {
    const MutexLock lock(mutex_);
    BATPAK_ASSERT(!prune_ || prune_->intent <= ready.prune_.intent);
    prune_ = ready.prune_;
    if (!ready.joined_.empty()) {
        // Moves the node: no memory, and older sets stay where they are.
        sets_.splice(sets_.end(), ready.joined_);
        now_.store(&sets_.back(), std::memory_order_release);
    }
    BATPAK_ASSERT(end() <= ready.prune_.intent.next());  // it only grows (INV K5)
    end_.store(ready.prune_.intent.next().value, std::memory_order_release);
}

Result<Intent> read_intent(const Pin& pin, const std::shared_ptr<ReadSide>& side, Sequence intent) {
    if (intent >= pin.end) return no_intent(intent);
    EventReader reader(pin, side);
    BATPAK_TRY(const EventView event, reader.read(intent, ReadCheck::Frame));
    if (event.kind() != PruneIntended::kind) return no_intent(intent);
    const Result<PruneIntended> said = event.as<PruneIntended>();
    if (!said || said->level != PruneLevel::Payloads) return no_intent(intent);
    Result<SequenceSet> erased = SequenceSet::decode(said->sequences);
    // It names what was there before it, and others that were there before that.
    const bool is_sound = erased && !erased->empty() && erased->ranges().back().end <= intent &&
                          (!said->previous || *said->previous < intent);
    if (!is_sound) return no_intent(intent);
    return Intent{*std::move(erased), said->previous};
}

Result<SequenceSet> read_intents(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                 const Prune& prune, Sequence known) {
    std::vector<SequenceSet> sets;
    std::optional<Sequence> next = prune.intent;
    while (next && *next >= known) {
        BATPAK_TRY(Intent intent, read_intent(pin, side, *next));
        sets.push_back(std::move(intent.erased));
        BATPAK_ASSERT(!intent.previous || *intent.previous < *next);  // so it comes to an end
        next = intent.previous;
    }
    return SequenceSet::join(sets);
}

Result<std::optional<Prune>> prune_before(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                          std::optional<Prune> prune, Sequence end) {
    while (prune && prune->intent >= end) {
        BATPAK_TRY(const Intent intent, read_intent(pin, side, prune->intent));
        if (intent.erased.intersects(Sequence(0), end)) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "payloads of events before that end were erased later, as this event "
                              "says: a copy has to go on to behind it")
                            .at_sequence(prune->intent));
        }
        if (!intent.previous) return std::optional<Prune>();
        BATPAK_ASSERT(*intent.previous < prune->intent);
        prune = Prune{.intent = *intent.previous, .is_pending = false};
    }
    return prune;
}

Result<void> load_erasures(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                           const std::optional<Prune>& prune, bool is_open) {
    Erasures& erasures = side->erasures();
    const std::optional<Prune> shown = is_open ? erasures.prune() : std::nullopt;
    if (shown && (!prune || prune->intent < shown->intent)) {
        return fail(Error(ErrorCode::RolledBack,
                          "the files are an older copy, of before payloads were erased: open the "
                          "store again")
                        .at_sequence(shown->intent));
    }
    if (!prune) return {};
    // At an open only a pending intent has old files left, and it is the last one, so the walk back
    // stops after it. A log that is open may still read old files of every intent since it was
    // shown.
    const Sequence known = is_open ? erasures.end() : prune->intent;
    const bool is_news = prune->is_pending || (is_open && prune->intent >= known);
    SequenceSet erased;
    if (is_news) {
        BATPAK_TRY(erased, read_intents(pin, side, *prune, std::min(known, prune->intent)));
    }
    erasures.add(Erasures::Ready(erasures, *prune, erased));
    return {};
}

}  // namespace batpak::store
