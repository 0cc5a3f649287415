#include "support/frame_maker.hpp"

#include "batpak/event/hash_chain.hpp"

namespace batpak::bench {

FrameMaker::FrameMaker(const Workload& workload) : workload_(workload) {
    environment_.entropy->fill(log_id_.bytes);
    environment_.entropy->fill(salt_);
    heads_.reserve(2 * Workload::kEntities);
    for (std::uint64_t i = 0; i < 30 * Workload::kEntities; ++i) heads_[&workload.coordinate(i)];
}

EventId FrameMaker::make(const Coordinate& coordinate, BytesView payload, Buffer& out) {
    const std::int64_t now_us = environment_.clock->wall_us();
    Blind blind;
    environment_.entropy->fill(blind);
    const store::ContentFields fields{.kind = workload_.kind(),
                                      .payload_version = 1,
                                      .timestamp_us = now_us,
                                      .correlation_id = {},
                                      .causation_id = {},
                                      .entity = coordinate.entity(),
                                      .scope = coordinate.scope(),
                                      .metadata = {},
                                      .blind = hashing_built_in() ? &blind : nullptr,
                                      .payload = payload};
    content_.clear();
    store::encode_content(content_, fields);

    Head& head = heads_[&coordinate];
    hlc_ = hlc_.after(now_us);
    store::EventPlace place{.sequence = Sequence(next_),
                            .durable_end = Sequence(next_ - next_ % 1000),
                            .version = Version(head.count++),
                            .hlc = hlc_,
                            .timestamp_us = now_us,
                            .event_id = ids_.next(now_us)};
    if (hashing_built_in()) {
        const Hash content =
            content_hash({.log_id = log_id_,
                          .kind = fields.kind,
                          .payload_version = fields.payload_version,
                          .timestamp_us = now_us,
                          .correlation_id = {},
                          .causation_id = {},
                          .payload_bytes = fields.payload.size(),
                          .payload_commitment = payload_commitment(blind, fields.payload),
                          .entity = fields.entity,
                          .scope = fields.scope,
                          .metadata = {}});
        head.last_hash = event_hash({.sequence = place.sequence,
                                     .version = place.version,
                                     .hlc = place.hlc,
                                     .batch_first = place.sequence,
                                     .event_id = place.event_id,
                                     .content_hash = content,
                                     .previous_hash = head.last_hash});
        place.hash = &head.last_hash;
    }
    const std::size_t before = out.size();
    store::append_event_frame(out, salt_, offset_, place, content_.view());
    offset_ += out.size() - before;
    ++next_;
    return place.event_id;
}

Frames make_frames(const Workload& workload, std::size_t count) {
    FrameMaker maker(workload);
    Frames frames;
    frames.starts.push_back(0);
    for (std::size_t i = 0; i < count; ++i) {
        maker.make(frames.bytes);
        frames.starts.push_back(frames.bytes.size());
    }
    return frames;
}

}  // namespace batpak::bench
