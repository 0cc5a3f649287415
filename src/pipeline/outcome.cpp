#include "batpak/pipeline/outcome.hpp"

namespace batpak {

std::string_view to_string(OutcomeState state) noexcept {
    switch (state) {
        case OutcomeState::Ok: return "Ok";
        case OutcomeState::Err: return "Err";
        case OutcomeState::Retry: return "Retry";
        case OutcomeState::Pending: return "Pending";
        case OutcomeState::Cancelled: return "Cancelled";
        case OutcomeState::Batch: return "Batch";
    }
    BATPAK_UNREACHABLE();
}

namespace detail {

// For callers that leave outcomes for results: what is not decided yet is an error there, which
// says how it would go on.
Error unsettled(OutcomeState state, std::string_view reason) {
    const std::string why = reason.empty() ? "" : ": " + std::string(reason);
    switch (state) {
        case OutcomeState::Cancelled:
            return Error(ErrorCode::OutcomeCancelled, std::string(reason));
        case OutcomeState::Retry: return Error(ErrorCode::OutcomeUnsettled, "Retry" + why);
        case OutcomeState::Pending:
            return Error(ErrorCode::OutcomeUnsettled, "Pending: resume it with its token");
        case OutcomeState::Batch:
            return Error(ErrorCode::OutcomeUnsettled, "Batch: join_all() or join_any() it first");
        case OutcomeState::Ok:
        case OutcomeState::Err: break;
    }
    BATPAK_UNREACHABLE();
}

}  // namespace detail
}  // namespace batpak
