// SegmentBuilder: a segment in a file, frame by frame, right or wrong.
//
// Threads: thread-compatible
// Errors:  none; a file that cannot be written fails the test
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/hash/crc32.hpp"
#include "batpak/testing/memory_file_system.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::testing {

class SegmentBuilder {
public:
    explicit SegmentBuilder(Sequence first) : next_(first) {
        header_.segment_id = 1;
        header_.first = first;
        header_.salt.fill(std::byte{0x33});
        header_.log_id.bytes.fill(std::byte{0x44});
        bytes_.append(header_.encode());
    }

    // What each sets holds for the frames that follow.
    SegmentBuilder& next(Sequence sequence) {
        next_ = sequence;
        return *this;
    }
    SegmentBuilder& durable(Sequence end) {
        durable_end_ = end;
        return *this;
    }
    SegmentBuilder& hashed(bool on) {
        hashed_ = on;
        return *this;
    }

    SegmentBuilder& event() { return item(0, 1); }
    SegmentBuilder& event(BytesView payload) { return item(0, 1, payload); }
    SegmentBuilder& item(std::uint32_t index, std::uint32_t count) {
        return item(index, count, as_bytes("payload"));
    }
    SegmentBuilder& item(std::uint32_t index, std::uint32_t count, BytesView payload) {
        const Hash hash{{std::byte{1}}};
        const Blind blind{};
        Buffer content;
        store::encode_content(content,
                              {.kind = EventKind::from_number(0xF001),
                               .payload_version = 1,
                               .entity = "entity",
                               .scope = "scope",
                               .payload = payload},
                              hashed_ ? &blind : nullptr);
        EventId id;
        id.bytes[7] = static_cast<std::byte>(next_.value);
        offsets.push_back(offset());
        store::append_event_frame(bytes_, header_.salt, offset(),
                                  {.place = {.sequence = next_,
                                             .version = Version(next_.value),
                                             .batch_index = index,
                                             .batch_count = count,
                                             .event_id = id},
                                   .durable_end = std::min(durable_end_, next_),
                                   .hash = hashed_ ? &hash : nullptr},
                                  content.view());
        next_ = next_.next();
        return *this;
    }
    SegmentBuilder& begin(std::uint32_t count) {
        store::append_batch_begin(bytes_, header_.salt, offset(), next_, durable_end_, count);
        batch_first_ = next_;
        items_at_ = offset();
        return *this;
    }
    SegmentBuilder& commit(std::uint32_t count) {
        return commit(count, crc32(bytes_.view().subspan(items_at_)));
    }
    SegmentBuilder& commit(std::uint32_t count, std::uint32_t checksum) {
        store::append_batch_commit(bytes_, header_.salt, offset(), batch_first_, durable_end_,
                                   count, checksum);
        return *this;
    }
    SegmentBuilder& batch(std::uint32_t count) {
        begin(count);
        for (std::uint32_t i = 0; i < count; ++i) item(i, count);
        return commit(count);
    }
    SegmentBuilder& mark() {
        store::append_mark(bytes_, header_.salt, offset(), next_, durable_end_);
        return *this;
    }
    SegmentBuilder& raw(BytesView bytes) {
        bytes_.append(bytes);
        return *this;
    }
    SegmentBuilder& cut(std::size_t offset) {
        bytes_.truncate(offset);
        return *this;
    }
    SegmentBuilder& zeros(std::size_t count) { return raw(Bytes(count)); }

    const store::SegmentHeader& header() const { return header_; }
    std::size_t offset() const { return bytes_.size(); }
    BytesView bytes() const { return bytes_.view(); }

    // A file with these bytes, in a file system of its own.
    std::unique_ptr<File> file() const {
        auto directory = MemoryFileSystem().open_directory("segment", true).value();
        auto file = directory->open_file("segment", OpenMode::CreateNew).value();
        EXPECT_TRUE(file->write_at(0, bytes_.view()));
        return file;
    }

    std::vector<std::uint64_t> offsets;  // of the event frames

private:
    store::SegmentHeader header_;
    Buffer bytes_;
    Sequence next_;
    Sequence durable_end_;
    Sequence batch_first_;
    std::size_t items_at_ = 0;
    bool hashed_ = false;
};

}  // namespace batpak::testing
