// What was read with a state is where its stream ended. A transition expects exactly that version,
// so of all that leave one state, in any process, one is appended (INV M1).
#include "batpak/machine/detail/stream_place.hpp"

#include "batpak/machine/detail/transition.hpp"

namespace batpak::detail {

Result<AppendOptions> StreamPlace::options_for(const StoreReads& reads,
                                               const Coordinate& coordinate,
                                               const AppendOptions& options) const {
    BATPAK_ASSERT(here());
    if (coordinate.entity() != entity_) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the state is of " + entity_ + ", and the transition of another entity")
                        .at(coordinate.entity()));
    }
    if (reads.log_id() != log_)
        return fail(ErrorCode::InvalidArgument, "the state was read from another store");
    if (options.expect != ExpectedVersion::any()) {
        return fail(ErrorCode::InvalidArgument,
                    "the state itself says which version a transition expects: leave "
                    "AppendOptions::expect alone");
    }
    AppendOptions expecting = options;
    expecting.expect = expected();
    return expecting;
}

// A retry by its key may be answered with an older event: then the state that was read is not the
// one before it.
Result<StreamPlace> StreamPlace::after(const AppendReceipt& receipt) && {
    BATPAK_ASSERT(here());
    BATPAK_ASSERT(receipt.replayed || receipt.version.value == events_);
    if (receipt.version.value != events_) {
        return fail(Error(ErrorCode::VersionConflict,
                          "the idempotency key was used before, by a transition from another "
                          "version of the stream: read the machine again")
                        .at(entity_)
                        .at_sequence(receipt.sequence));
    }
    StreamPlace next = std::move(*this);
    ++next.events_;
    return next;
}

Result<void> check_expects_version(const AppendOptions& options) {
    if (options.expect == ExpectedVersion::any() || options.expect == ExpectedVersion::exists()) {
        return fail(ErrorCode::InvalidArgument,
                    "a transition needs the version of its stream: expect exactly() or none()");
    }
    return {};
}

}  // namespace batpak::detail
