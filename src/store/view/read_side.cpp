// Of a reader beside a writer, which may see files change under it, two things are kept here: how a
// correction is shown to readers that are at work (the order in correct()), and what an error means
// when the file it accuses may not be the file that was meant (judged()). A writer has neither: no
// one else writes to its log (INV I7).
#include "store/view/read_side.hpp"

#include "batpak/event/hash_chain.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {

Result<void> ReadSide::can_check(ReadCheck check) const {
    if (check == ReadCheck::Frame) return {};
    if (!has_hashes_) {
        return fail(ErrorCode::Unsupported,
                    "the store was made without hashes: there are none to check");
    }
    if (!hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "this batpak was built without BLAKE3: it cannot check hashes");
    }
    return {};
}

// Each era lasts to where the next one begins. The last is this log, which was asked for first.
std::optional<Sequence> ReadSide::common_end(const LogId& log_id) const noexcept {
    if (log_id == log_id_) return ends_.visible();
    for (std::size_t i = 0; i + 1 < eras_.size(); ++i) {
        if (eras_[i].log_id == log_id) return std::min(eras_[i + 1].from, ends_.visible());
    }
    return std::nullopt;
}

// The frontier of the longest root is kept: roots that are asked for one after another read each
// event once. It is put back only if no correction came between, because a frontier cannot forget
// events that were taken back.
Result<Hash> ReadSide::root(const std::shared_ptr<ReadSide>& side, const Pin& pin, Sequence end) {
    if (!side->has_hashes() || !hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "there are no hashes: make the store with hash_chain on");
    }
    if (end > pin.end) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(end));
    }
    MerkleFrontier frontier;
    const std::uint64_t corrections = side->corrections().count();
    {
        const MutexLock lock(side->frontier_mutex_);
        if (side->frontier_.size() <= end.value) frontier = side->frontier_;
    }
    EventReader reader(pin, side);
    while (frontier.size() < end.value) {
        BATPAK_TRY(const EventView event, reader.read(Sequence(frontier.size()), ReadCheck::Frame));
        frontier.push(event.hash);
    }
    BATPAK_ASSERT(frontier.size() == end.value);
    const Hash root = frontier.root();
    const MutexLock lock(side->frontier_mutex_);
    const bool is_of_this_log = corrections == side->corrections().count();
    // Two threads may have gone on at once: the longer one stays. What was built of events that the
    // writer took back meanwhile is dropped.
    if (is_of_this_log && side->frontier_.size() < frontier.size())
        side->frontier_ = std::move(frontier);
    return root;
}

void ReadSide::correct(Sequence from, Snapshot snapshot) {
    BATPAK_ASSERT(from >= ends_.durable());
    {
        const MutexLock lock(frontier_mutex_);
        corrections_.add(from);
        if (frontier_.size() > from.value) frontier_ = MerkleFrontier();
    }
    // In this order: who pinned the old end and the new snapshot sees the end go back, and pins
    // again.
    ends_.take_back(from);
    snapshots_.set(std::move(snapshot));
}

void ReadSide::set_witness(const Witness& witness) {
    const MutexLock lock(witness_mutex_);
    witness_ = witness;
    follows_.store(true, std::memory_order_release);
}

// Asked only where an error accuses the files, and after it: what was found wrong may be right for
// the files that are there by now. Where even the look at the witness fails, the files are not
// those that were meant.
Error ReadSide::judged(Error error) {
    const bool accuses_the_files =
        error.error_class() == ErrorClass::Refused && error.code() != ErrorCode::RolledBack;
    if (!follows() || !accuses_the_files) return error;
    Witness witness;
    {
        const MutexLock lock(witness_mutex_);
        witness = witness_;
    }
    const Result<bool> stands = still_stands(*directory_, witness);
    if (stands && *stands) return error;
    Error changed(ErrorCode::RolledBack,
                  "the files were changed after this was looked for in "
                  "them: refresh(), or open the store again");
    changed = std::move(changed).at(error.place());
    if (error.sequence()) changed = std::move(changed).at_sequence(*error.sequence());
    return changed;
}

Result<bool> ReadSide::wait_visible(Sequence sequence,
                                    std::chrono::steady_clock::time_point deadline,
                                    const std::stop_token& stop) {
    BATPAK_CHECK(check());
    switch (arrivals_.wait(ends_, sequence, deadline, stop)) {
        case Arrivals::Outcome::Arrived: return true;
        case Arrivals::Outcome::TimedOut:
        case Arrivals::Outcome::Stopped: return false;
        case Arrivals::Outcome::Closed: break;
    }
    return fail(ErrorCode::Closed, "the store was closed while this waited");
}

}  // namespace batpak::store
