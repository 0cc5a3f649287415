// Two orders of the same five states. For all, what stops the whole counts most; for any, what
// helps it on. An outcome that may still come is between a success and a failure in both.
#include "batpak/pipeline/join.hpp"

namespace batpak::detail {

int rank_for_all(OutcomeState leaf) noexcept {
    switch (leaf) {
        case OutcomeState::Err: return 5;
        case OutcomeState::Cancelled: return 4;
        case OutcomeState::Retry: return 3;
        case OutcomeState::Pending: return 2;
        case OutcomeState::Ok: return 1;
        case OutcomeState::Batch: break;
    }
    BATPAK_UNREACHABLE();
}

// Retry before Pending: its caller tries all of it again, and one who waits would not.
int rank_for_any(OutcomeState leaf) noexcept {
    switch (leaf) {
        case OutcomeState::Ok: return 5;
        case OutcomeState::Retry: return 4;
        case OutcomeState::Pending: return 3;
        case OutcomeState::Err: return 2;
        case OutcomeState::Cancelled: return 1;
        case OutcomeState::Batch: break;
    }
    BATPAK_UNREACHABLE();
}

}  // namespace batpak::detail
