// BatchBuilder: events of one or several streams that are stored together or not at all.
//
//     BatchBuilder batch;
//     const BatchItem placed = batch.add(order, OrderPlaced{...});
//     batch.add(stock, StockReserved{...}, {.caused_by = placed});
//     auto receipts = store.append_batch(std::move(batch));
//
// Items are committed in the order in which they were added, with consecutive sequences, and become
// visible in one moment. An item may be caused by an earlier one, although neither has an id yet.
// Expected versions are checked as if the items were appended one after another.
//
// Threads: thread-compatible
// Errors:  none here: what is wrong with an item is reported, with its index, by append_batch()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/event/detail/needs_kind.hpp"
#include "batpak/event/detail/own_tags.hpp"
#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/store/options.hpp"

namespace batpak {

class ApprovedBatch;
namespace store {
struct SystemEvents;
}

// Names an item of the batch that add() returned it for.
struct BatchItem {
    std::uint32_t index = 0;
};

// What holds for one item of a batch; BatchOptions hold for all.
struct BatchItemOptions {
    ExpectedVersion expect = ExpectedVersion::any();
    // Either of all items or of none, each different: a batch whose keys are all known returns the
    // first receipts, one of which only some are known is a KeyConflict.
    std::string idempotency_key{};
    std::optional<EventId> correlation_id{};
    // At most one of the two.
    std::optional<BatchItem> caused_by{};
    std::optional<EventId> causation_id{};
    std::uint32_t flags = 0;
    Metadata metadata{};
    std::vector<std::string> tags{};  // as those of AppendOptions
    std::string kind_name{};          // likewise

    // For an item that answers `cause`: the same story, and caused by it.
    static BatchItemOptions reaction_to(const EventHeader& cause) {
        BatchItemOptions options;
        options.correlation_id = cause.correlation_id;
        options.causation_id = cause.event_id;
        return options;
    }
};

struct BatchOptions {
    // Of the whole batch, checked before its items.
    std::optional<AppendCondition> condition{};
    // Of the whole batch, instead of keys of its items.
    std::string idempotency_key{};
    std::optional<Durability> durability{};
};

class BatchBuilder {
public:
    template <TypedEvent P>
    BatchItem add(const Coordinate& coordinate, const P& payload, BatchItemOptions options = {}) {
        const BatchItem item = add_encoded(coordinate, P::kind, payload_version_of<P>, payload,
                                           std::move(options), detail::type_of_event<P>());
        items_.back().own_tags = detail::own_tags(payload);
        return item;
    }
    template <PayloadWithoutKind P>
    NeedsKind<P, BatchItem> add(const Coordinate&, const P&, BatchItemOptions = {});
    // For payloads without a kind of their own, such as nlohmann::json, Value and Bytes.
    template <class P>
    BatchItem add(const Coordinate& coordinate, EventKind kind, const P& payload,
                  BatchItemOptions options = {}) {
        return add_encoded(coordinate, kind, 1, payload, std::move(options), PayloadType());
    }

    std::size_t size() const noexcept { return items_.size(); }
    bool empty() const noexcept { return items_.empty(); }

    // What add() was given, for the store. Payloads lie one behind the other in payloads().
    struct Item {
        Coordinate coordinate;
        EventKind kind;
        std::uint16_t payload_version;
        std::size_t payload_begin;
        std::size_t payload_end;
        BatchItemOptions options;
        PayloadType type;
        bool is_system = false;               // one of batpak's own, whose kind is reserved
        Bytes gate_evidence;                  // what gates said of it; empty if none was asked
        std::vector<std::string> own_tags{};  // what the type of its payload says
    };
    const std::vector<Item>& items() const noexcept { return items_; }
    BytesView payload_of(const Item& item) const noexcept {
        return payloads_.view().subspan(item.payload_begin, item.payload_end - item.payload_begin);
    }
    // The first payload that could not be encoded.
    const std::optional<Error>& encoding_error() const noexcept { return encoding_error_; }

private:
    friend struct store::SystemEvents;
    friend class ApprovedBatch;

    template <class P>
    BatchItem add_encoded(const Coordinate& coordinate, EventKind kind, std::uint16_t version,
                          const P& payload, BatchItemOptions options, PayloadType type) {
        const std::size_t begin = payloads_.size();
        if (auto encoded = PayloadCodec<P>::encode(payload, payloads_); !encoded) {
            note_encoding_error(std::move(encoded).error());
        }
        return add_item(Item{coordinate,
                             kind,
                             version,
                             begin,
                             payloads_.size(),
                             std::move(options),
                             type,
                             false,
                             {},
                             {}});
    }
    BatchItem add_item(Item item);
    void note_encoding_error(Error error);

    std::vector<Item> items_;
    Buffer payloads_;
    std::optional<Error> encoding_error_;
};

}  // namespace batpak
