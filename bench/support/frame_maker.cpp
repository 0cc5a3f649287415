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
    const EventFields fields{.kind = workload_.kind(),
                             .payload_version = 1,
                             .timestamp_us = now_us,
                             .entity = coordinate.entity(),
                             .scope = coordinate.scope(),
                             .payload = payload};
    content_.clear();
    store::encode_content(content_, fields, hashing_built_in() ? &blind : nullptr);

    Head& head = heads_[&coordinate];
    hlc_ = hlc_.after(now_us);
    store::FramePlace frame{.place = {.sequence = Sequence(next_),
                                      .version = Version(head.count++),
                                      .hlc = hlc_,
                                      .event_id = ids_.next(now_us)},
                            .durable_end = Sequence(next_ - next_ % 1000),
                            .timestamp_us = now_us};
    if (hashing_built_in()) {
        const Hash content =
            content_hash(log_id_, fields, payload_commitment(blind, fields.payload));
        head.last_hash = event_hash(frame.place, content, head.last_hash);
        frame.hash = &head.last_hash;
    }
    const std::size_t before = out.size();
    store::append_event_frame(out, salt_, offset_, frame, content_.view());
    offset_ += out.size() - before;
    ++next_;
    return frame.place.event_id;
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
