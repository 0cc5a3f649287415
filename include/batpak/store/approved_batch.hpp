// ApprovedBatch: several decisions that are committed together or not at all.
//
//     ApprovedBatch batch;
//     batch.add(std::move(*payment), alice);
//     batch.add(std::move(*delivery), order);
//     auto receipts = store.commit(std::move(batch));
//
// Each item is a receipt of its own, is stored with its own evidence, and must still be valid: an
// event that has entered the judged region of any of them refuses all of them. Items of the batch
// itself do not count.
//
// Threads: thread-compatible
// Errors:  none here: what is wrong with a receipt is reported, with its index, by Store::commit()
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/guard/receipt.hpp"
#include "batpak/store/batch.hpp"

namespace batpak {

class Store;

class ApprovedBatch {
public:
    // Spends the receipt.
    template <TypedEvent T>
    BatchItem add(Receipt<T>&& receipt, const Coordinate& coordinate,
                  BatchItemOptions options = {}) {
        static_assert(!T::kind.is_reserved(), "batpak: the kind of this type belongs to batpak");
        ScratchBuffer payload;
        Result<Redeemed<T>> redeemed = std::move(receipt).redeem(*payload);
        const BatchItem item =
            batch_.add_encoded(coordinate, T::kind, payload_version_of<T>, payload->view(),
                               std::move(options), detail::type_of_event<T>());
        if (redeemed) batch_.items_.back().own_tags = detail::own_tags(redeemed->payload);
        note(redeemed ? Result<Approval>(std::move(redeemed->approval))
                      : fail(std::move(redeemed).error()));
        return item;
    }

    std::size_t size() const noexcept { return batch_.size(); }
    bool empty() const noexcept { return batch_.empty(); }

private:
    friend class Store;

    // Of the item that was added last.
    void note(Result<Approval> approval);

    BatchBuilder batch_;
    std::vector<Approval> approvals_;
    std::optional<Error> refusal_;  // of the first receipt that was not good
};

}  // namespace batpak
