#include "batpak/event/hash_chain.hpp"

#include "base/blake3_context.hpp"
#include "batpak/base/little_endian.hpp"

namespace batpak {
namespace {

constexpr std::size_t kFixedContentBytes = 108;
constexpr std::size_t kLinkBytes = 124;

// Writes fixed-width fields one behind the other into an array whose size it must fill exactly.
template <std::size_t Size>
class FieldWriter {
public:
    template <std::integral T>
    void integer(T value) {
        store_little_endian(std::span(bytes_).subspan(used_), value);
        used_ += sizeof(T);
    }

    void raw(BytesView bytes) {
        BATPAK_ASSERT(bytes.size() <= Size - used_);
        std::memcpy(bytes_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    BytesView done() const {
        BATPAK_ASSERT(used_ == Size);
        return bytes_;
    }

private:
    std::array<std::byte, Size> bytes_;
    std::size_t used_ = 0;
};

std::array<std::byte, 4> length_prefix(std::size_t length) {
    BATPAK_ASSERT(length <= UINT32_MAX);
    std::array<std::byte, 4> bytes;
    store_little_endian(bytes, static_cast<std::uint32_t>(length));
    return bytes;
}

}  // namespace

Hash payload_commitment(const Blind& blind, BytesView stored_payload) {
    static const Blake3Context context("batpak.v1 payload commitment");
    std::array<std::byte, 8> length;
    store_little_endian(length, static_cast<std::uint64_t>(stored_payload.size()));
    return context.hash({blind, length, stored_payload});
}

Hash content_hash(const EventContent& content) {
    static const Blake3Context context("batpak.v1 event content");
    FieldWriter<kFixedContentBytes> fixed;
    fixed.raw(as_bytes("BPC1"));
    fixed.raw(content.log_id.view());
    fixed.integer(content.kind.number());
    fixed.integer(content.payload_version);
    fixed.integer(content.flags);
    fixed.integer(content.timestamp_us);
    fixed.raw(content.correlation_id.view());
    fixed.raw(content.causation_id.view());
    fixed.integer(content.payload_bytes);
    fixed.raw(content.payload_commitment.view());
    return context.hash({fixed.done(), length_prefix(content.entity.size()),
                         as_bytes(content.entity), length_prefix(content.scope.size()),
                         as_bytes(content.scope), length_prefix(content.metadata.size()),
                         content.metadata});
}

Hash event_hash(const EventLink& link) {
    static const Blake3Context context("batpak.v1 event");
    BATPAK_ASSERT(link.batch_index < link.batch_count);
    FieldWriter<kLinkBytes> fixed;
    fixed.integer(link.sequence.value);
    fixed.integer(link.version.value);
    fixed.integer(static_cast<std::uint64_t>(link.hlc.us));
    fixed.integer(link.hlc.counter);
    fixed.integer(link.batch_first.value);
    fixed.integer(link.batch_index);
    fixed.integer(link.batch_count);
    fixed.raw(link.event_id.view());
    fixed.raw(link.content_hash.view());
    fixed.raw(link.previous_hash.view());
    return context.hash({fixed.done()});
}

}  // namespace batpak
