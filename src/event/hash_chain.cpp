// Three hashes, one inside the other, each under a context of its own so that none can stand for
// another:
//
//     P  payload commitment   blind, length, the payload's bytes as they are stored
//     C  event content        what the caller gave: who, where, what, when, why, and P
//     E  event                where the log placed it, C, and E of the stream's event before
//
// Fields of fixed width come first, then each text after its length: no two contents give the same
// bytes. Nothing is decoded or encoded for it: only bytes as stored are hashed (INV H1, H2).
#include "batpak/event/hash_chain.hpp"

#include <limits>

#include "base/little_endian.hpp"
#include "event/hash_lanes.hpp"

namespace batpak {
namespace {

// "BPC1" 4, log 16, kind 2, version 2, flags 4, time 8, correlation 16, causation 16, length of the
// payload 8, P 32.
constexpr std::size_t kFixedContentBytes = 108;
// Sequence 8, version 8, time 8 and its counter 4, first of the batch 8, index 4, count 4, id 16, C
// 32, E of the event before it 32.
constexpr std::size_t kLinkBytes = 124;

// Writes fixed-width fields one after the other into an array whose size it must fill exactly.
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
auto with_content(const LogId& log_id, const EventFields& fields, const Hash& payload_commitment,
                  Use&& use) {
    FieldWriter<kFixedContentBytes> fixed;
    fixed.raw(as_bytes("BPC1"));
    fixed.raw(log_id.view());
    fixed.integer(fields.kind.number());
    fixed.integer(fields.payload_version);
    fixed.integer(fields.flags);
    fixed.integer(fields.timestamp_us);
    fixed.raw(fields.correlation_id.view());
    fixed.raw(fields.causation_id.view());
    fixed.integer(fields.payload_bytes());
    fixed.raw(payload_commitment.view());
    return use(std::initializer_list<BytesView>{
        fixed.done(), length_prefix(fields.entity.size()), as_bytes(fields.entity),
        length_prefix(fields.scope.size()), as_bytes(fields.scope),
        length_prefix(fields.metadata.size()), fields.metadata});
}

}  // namespace

Hash payload_commitment(const Blind& blind, BytesView stored_payload) {
    return commitment_context().hash(
        {blind, length_prefix<std::uint64_t>(stored_payload.size()), stored_payload});
}

Hash content_hash(const LogId& log_id, const EventFields& fields, const Hash& payload_commitment) {
    return with_content(
        log_id, fields, payload_commitment,
        [](std::initializer_list<BytesView> parts) { return content_context().hash(parts); });
}

// The bytes themselves, for a proof that is checked by another program (proof/event_proof.hpp).
Bytes content_bytes(const LogId& log_id, const EventFields& fields,
                    const Hash& payload_commitment) {
    return with_content(log_id, fields, payload_commitment,
                        [](std::initializer_list<BytesView> parts) {
                            Bytes bytes;
                            for (const BytesView part : parts)
                                bytes.insert(bytes.end(), part.begin(), part.end());
                            return bytes;
                        });
}

PayloadCommitments::PayloadCommitments() : lanes_(commitment_context()) {}

void PayloadCommitments::add(const Blind& blind, BytesView stored_payload, Hash& into) {
    lanes_.add({blind, length_prefix<std::uint64_t>(stored_payload.size()), stored_payload}, into);
}

ContentHashes::ContentHashes(const LogId& log_id) : log_id_(log_id), lanes_(content_context()) {}

void ContentHashes::add(const EventFields& fields, const Hash& payload_commitment, Hash& into) {
    with_content(log_id_, fields, payload_commitment,
                 [&](std::initializer_list<BytesView> parts) { lanes_.add(parts, into); });
}

namespace {

FieldWriter<kLinkBytes> link_of(const EventPlace& place, const Hash& content_hash,
                                const Hash& previous_hash) {
    BATPAK_ASSERT(place.batch_index < place.batch_count);
    BATPAK_ASSERT(place.batch_index <= place.sequence.value);
    FieldWriter<kLinkBytes> fixed;
    fixed.integer(place.sequence.value);
    fixed.integer(place.version.value);
    fixed.integer(static_cast<std::uint64_t>(place.hlc.us));
    fixed.integer(place.hlc.counter);
    fixed.integer(place.sequence.value - place.batch_index);  // of the first of the batch
    fixed.integer(place.batch_index);
    fixed.integer(place.batch_count);
    fixed.raw(place.event_id.view());
    fixed.raw(content_hash.view());
    fixed.raw(previous_hash.view());
    return fixed;
}

}  // namespace

Hash event_hash(const EventPlace& place, const Hash& content_hash, const Hash& previous_hash) {
    static const Blake3Context context("batpak.v1 event");
    return context.hash({link_of(place, content_hash, previous_hash).done()});
}

Bytes link_bytes(const EventPlace& place, const Hash& content_hash, const Hash& previous_hash) {
    const FieldWriter<kLinkBytes> link = link_of(place, content_hash, previous_hash);
    return {link.done().begin(), link.done().end()};
}

}  // namespace batpak
