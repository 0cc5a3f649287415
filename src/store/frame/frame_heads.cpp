#include "store/frame/frame_heads.hpp"

#include "store/frame/window_reader.hpp"

namespace batpak::store {

// It goes from length to length and checks no sum: it asks whether the file is the one that was
// read before, not whether it is sound.
Result<std::optional<FrameHeads>> heads_between(File& file, std::uint64_t begin,
                                                std::uint64_t end) {
    BATPAK_ASSERT(begin <= end);
    FrameHeads heads;
    WindowReader reader(file);
    for (std::uint64_t at = begin; at != end;) {
        BATPAK_TRY(const BytesView head, reader.at(at, kFrameHeaderBytes));
        if (head.size() < kFrameHeaderBytes) return std::optional<FrameHeads>();
        const auto body_bytes = load_little_endian<std::uint32_t>(head);
        // A length from a file: nothing is skipped by it before it fits into what is left (INV R6).
        const std::uint64_t frame_bytes = kFrameHeaderBytes + std::uint64_t{body_bytes};
        if (body_bytes == 0 || frame_bytes > end - at) return std::optional<FrameHeads>();
        heads.add(at, head.data());
        at += frame_bytes;
    }
    return std::optional(heads);
}

}  // namespace batpak::store
