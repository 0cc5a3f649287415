#include "batpak/store/batch.hpp"

namespace batpak {

BatchItem BatchBuilder::add_item(Item item) {
    items_.push_back(std::move(item));
    return {static_cast<std::uint32_t>(items_.size() - 1)};
}

// add() gives back a place and no error, so that batches can be written down plainly. The first
// error is kept until append_batch() refuses the batch with it, and names the item.
void BatchBuilder::note_encoding_error(Error error) {
    if (encoding_error_) return;
    encoding_error_ = std::move(error)
                          .at_stage(BatchStage::Encoding)
                          .at_item(static_cast<std::uint32_t>(items_.size()));
}

}  // namespace batpak
