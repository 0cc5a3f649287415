#include "batpak/store/batch.hpp"

namespace batpak {

void BatchBuilder::note_encoding_error(Error error) {
    if (encoding_error_) return;
    encoding_error_ = std::move(error)
                          .at_stage(BatchStage::Encoding)
                          .at_item(static_cast<std::uint32_t>(items_.size()));
}

}  // namespace batpak
