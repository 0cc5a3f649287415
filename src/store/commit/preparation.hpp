// Preparation: what an event is before it has a place in the log.
//
//     check -> encode metadata -> encode the content of the frame -> hash
//
// It runs on the caller's thread, before the queue. Of tickets the leader makes the hashes, those
// of a whole wave side by side.
//
// Threads: thread-safe
// Errors:  fill_and_encode(), prepare(), prepare_batch(): Closed, Forked, InvalidArgument,
//          InvalidTags, ReservedKind, PayloadTooLarge, MetadataTooLarge, ReceiptRequired,
//          DuplicateKind, KindChanged
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "batpak/store/batch.hpp"
#include "batpak/store/config.hpp"
#include "store/commit/append_request.hpp"
#include "store/commit/heads.hpp"
#include "store/commit/kind_owners.hpp"
#include "store/commit/prepared_event.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

class Preparation {
public:
    // Borrows: the configuration.
    Preparation(const StoreConfig& config, std::shared_ptr<ReadSide> side);

    // Whether an idempotency key is none, or one that can be stored. Errors: InvalidArgument.
    [[nodiscard]] static Result<void> check_key(std::string_view idempotency_key);

    // Everything of an event that needs no place in the log. `event` borrows the coordinate's
    // names. What the commit will need of `heads` is sent for meanwhile.
    // Borrows: `content`, until the event is committed; it must be empty.
    [[nodiscard]] Result<void> prepare(const AppendRequest& request, Buffer& content,
                                       PreparedEvent& event, const Heads& heads) const;
    // The same of a batch. Its events borrow `contents` and the batch.
    [[nodiscard]] Result<std::vector<PreparedEvent>> prepare_batch(const BatchBuilder& batch,
                                                                   const BatchOptions& options,
                                                                   Buffer& contents) const;

    // The steps, for one whose hashes are made later.
    // Everything but the hashes. Borrows: `content`, as prepare() does.
    [[nodiscard]] Result<void> fill_and_encode(const AppendRequest& request, Buffer& content,
                                               PreparedEvent& event) const;
    void hash_contents(std::span<const std::span<PreparedEvent>> groups) const;

private:
    // Everything but the content and the hashes. Adds its metadata to what `metadata` has.
    [[nodiscard]] Result<void> fill(const AppendRequest& request, Buffer& metadata,
                                    PreparedEvent& event) const;
    // Adds the content of each to `contents`, from which they then borrow. `metadata`: of all of
    // them, one after the other.
    void encode(std::span<PreparedEvent> events, BytesView metadata, Buffer& contents) const;

    const StoreConfig& config_;
    const std::shared_ptr<ReadSide> side_;
    mutable KindOwners kind_owners_;
};

}  // namespace batpak::store
