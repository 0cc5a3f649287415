#include "batpak/store/batch.hpp"

namespace batpak {

// add() gives back a place and no error, so that batches can be written down plainly. The first
// error is kept until append_batch() refuses the batch with it, and names the item.
void BatchBuilder::note_encoding_error(Error error) {
    if (encoding_error_) return;
    encoding_error_ = std::move(error)
                          .at_stage(BatchStage::Encoding)
                          .at_item(static_cast<std::uint32_t>(items_.size()));
}

}  // namespace batpak
