#include "batpak/event/hash_chain.hpp"

#include <limits>

#include "base/little_endian.hpp"
#include "event/hash_lanes.hpp"

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

template <std::unsigned_integral T = std::uint32_t>
std::array<std::byte, sizeof(T)> length_prefix(std::size_t length) {
    BATPAK_ASSERT(length <= std::numeric_limits<T>::max());
    std::array<std::byte, sizeof(T)> bytes;
    store_little_endian(bytes, static_cast<T>(length));
    return bytes;
}

const Blake3Context& commitment_context() {
    static const Blake3Context context("batpak.v1 payload commitment");
    return context;
}

const Blake3Context& content_context() {
    static const Blake3Context context("batpak.v1 event content");
    return context;
}

// Calls use(parts) with what C is the hash of.
template <class Use>
auto with_content(const EventContent& content, Use&& use) {
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
    return use(std::initializer_list<BytesView>{
        fixed.done(), length_prefix(content.entity.size()), as_bytes(content.entity),
        length_prefix(content.scope.size()), as_bytes(content.scope),
        length_prefix(content.metadata.size()), content.metadata});
}

}  // namespace

Hash payload_commitment(const Blind& blind, BytesView stored_payload) {
    return commitment_context().hash(
        {blind, length_prefix<std::uint64_t>(stored_payload.size()), stored_payload});
}

Hash content_hash(const EventContent& content) {
    return with_content(content, [](std::initializer_list<BytesView> parts) {
        return content_context().hash(parts);
    });
}

PayloadCommitments::PayloadCommitments() : lanes_(commitment_context()) {}

void PayloadCommitments::add(const Blind& blind, BytesView stored_payload, Hash& into) {
    lanes_.add({blind, length_prefix<std::uint64_t>(stored_payload.size()), stored_payload}, into);
}

ContentHashes::ContentHashes() : lanes_(content_context()) {}

void ContentHashes::add(const EventContent& content, Hash& into) {
    with_content(content, [&](std::initializer_list<BytesView> parts) { lanes_.add(parts, into); });
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
