#include "store/read_side.hpp"

#include "batpak/event/hash_chain.hpp"
#include "store/event_reader.hpp"

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
    {
        const MutexLock lock(side->frontier_mutex_);
        if (side->frontier_.size() <= end.value) frontier = side->frontier_;
    }
    EventReader reader(pin, side);
    while (frontier.size() < end.value) {
        BATPAK_TRY(const EventView event, reader.read(Sequence(frontier.size()), ReadCheck::Frame));
        frontier.push(event.hash);
    }
    const Hash root = frontier.root();
    const MutexLock lock(side->frontier_mutex_);
    if (side->frontier_.size() < frontier.size()) side->frontier_ = std::move(frontier);
    return root;
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
