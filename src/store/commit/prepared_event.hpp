// PreparedEvent: an event with everything computed that needs no place in the log; and, once it is
// staged, that place and the answer.
//
// Threads: owned as the CommitItem that it belongs to
// Errors:  none
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/options.hpp"

namespace batpak::store {

class KindNoting;

// Views borrow from the maker, until the item is answered.
struct PreparedEvent {
    // Once it is encoded, its metadata and its payload are those in the content.
    EventFields fields;
    MutableBytesView content;  // elements 9 to 19 of its frame, at the end of which is the payload
    // Of the metadata, which have what batpak keeps there, and in them the list of its tags.
    std::size_t metadata_bytes = 0;
    std::size_t tags_at = 0;
    std::size_t tags_bytes = 0;
    Blind blind{};
    Hash payload_commitment;
    Hash content_hash;
    std::uint64_t entity_hash = 0;     // what the store's KeyHash makes of the entity
    std::string_view idempotency_key;  // empty if none
    ExpectedVersion expect = ExpectedVersion::any();
    // The earlier item of the batch that caused this one. Its id, and so this content hash, is
    // only known in the commit; `causation_at` is where in `content` the id goes.
    std::optional<std::uint32_t> caused_by;
    std::size_t causation_at = 0;
    // What it tells the log of its kind, if no event before it does; null: nothing. It goes into
    // the metadata when the event is staged, and its content is then in a buffer of its own.
    KindNoting* noting = nullptr;
    std::unique_ptr<Buffer> noted_content;

    // `tags` are a part of `metadata`, or none.
    void put_tags(BytesView metadata, BytesView tags) noexcept {
        tags_at = tags.empty() ? 0 : static_cast<std::size_t>(tags.data() - metadata.data());
        tags_bytes = tags.size();
    }
    // As they are stored. Requires: it is encoded.
    BytesView tags() const noexcept {
        BATPAK_ASSERT(!content.empty());
        return fields.metadata.subspan(tags_at, tags_bytes);
    }

    EventPlace place;       // once it is staged
    AppendReceipt receipt;  // the answer, if there is no error
};

}  // namespace batpak::store
