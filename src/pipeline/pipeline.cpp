// The store checks which sets it takes; a pipeline takes only its own, so that a receipt of a
// weaker one cannot be committed through it.
#include "batpak/pipeline/pipeline.hpp"

namespace batpak::detail {

Result<void> check_gate_set(const Approval& approval, const GateSetId& own) {
    if (approval.evidence.gate_set == own) return {};
    return fail(ErrorCode::ReceiptForeign,
                "the receipt is of another gate set: evaluate with the pipeline that commits");
}

}  // namespace batpak::detail
