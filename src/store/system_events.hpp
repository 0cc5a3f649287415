// SystemEvents: how batpak puts its own records into a batch, beside the application's events.
//
// A batch made with it is appended as any other. This is the only door for reserved kinds, and for
// the gates' evidence.
//
// Threads: thread-compatible
// Errors:  as BatchBuilder: reported by append_batch()
#pragma once

#include <utility>

#include "batpak/event/system_kinds.hpp"
#include "batpak/store/batch.hpp"

namespace batpak::store {

struct SystemEvents {
    // Requires: P::kind is of category 0x0.
    template <TypedEvent P>
    static BatchItem add(BatchBuilder& batch, const Coordinate& coordinate, const P& payload,
                         BatchItemOptions options) {
        static_assert(P::kind.category() == EventKind::kSystemCategory);
        const BatchItem item = batch.add_encoded(coordinate, P::kind, payload_version_of<P>,
                                                 payload, std::move(options), PayloadType::of<P>());
        batch.items_.back().is_system = true;
        return item;
    }

    // An event of the application that gates have judged, or were bypassed for.
    // `append`: as Store::EncodedAppend.
    template <class Encoded>
    static BatchItem add_approved(BatchBuilder& batch, const Encoded& append,
                                  BatchItemOptions options, BytesView evidence) {
        const BatchItem item =
            batch.add_encoded(append.coordinate, append.kind, append.payload_version,
                              append.payload, std::move(options), append.type);
        batch.items_.back().gate_evidence = Bytes(evidence.begin(), evidence.end());
        batch.items_.back().own_tags.assign(append.own_tags.begin(), append.own_tags.end());
        return item;
    }
};

}  // namespace batpak::store
