// What goes is proved at once to leave everything else: the new body is read as any reader would
// read it, and must give the same content hash as the old one.
#include "store/erasure/payload_erasure.hpp"

#include "batpak/base/assert.hpp"
#include "store/frame/event_shapes.hpp"

namespace batpak::store {
namespace {

Hash content_of(const Frame& frame) {
    return content_hash(LogId{}, fields_of(frame.event), commitment_of(frame));
}

// Whether both say the same of all that is kept. Without hashes there is no content hash to ask.
bool is_same_event(const Frame& before, const Frame& after) {
    const bool is_hashed = !before.event.hash.is_zero();
    const EventPlace was = place_of(before.event);
    const EventPlace is = place_of(after.event);
    return after.event.erased && after.event.payload.empty() && before.sequence == after.sequence &&
           before.durable_end == after.durable_end && was.version == is.version &&
           was.hlc == is.hlc && was.event_id == is.event_id && was.batch_index == is.batch_index &&
           was.batch_count == is.batch_count && before.event.hash == after.event.hash &&
           before.event.header == after.event.header && before.event.entity == after.event.entity &&
           before.event.scope == after.event.scope &&
           equal_bytes(before.event.metadata_bytes, after.event.metadata_bytes) &&
           before.event.payload.size() == after.event.erased_bytes &&
           (!is_hashed || content_of(before) == content_of(after));
}

}  // namespace

Result<BytesView> PayloadErasure::operator()(const Frame& frame, BytesView body) {
    const bool goes =
        frame.type == FrameType::Event && !frame.event.erased && erased_.contains(frame.sequence);
    if (!goes) return body;
    body_.clear();
    if (frame.event.hash.is_zero()) {
        encode_erased(body_, frame, nullptr);
    } else {
        const Hash commitment = commitment_of(frame);
        encode_erased(body_, frame, &commitment);
    }
    BATPAK_TRY(const Frame left, decode_body(body_.view()));
    BATPAK_ASSERT(is_same_event(frame, left));  // (INV K5)
    ++count_;
    return body_.view();
}

}  // namespace batpak::store
