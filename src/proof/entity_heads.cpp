// A record lies behind all events that it covers, so a checkpoint that covers the record covers
// them, too. Events that other callers append in between come after what it covers.
#include "batpak/proof/entity_heads.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/lasting.hpp"
#include "batpak/proof/log_tree.hpp"
#include "proof/heads_record.hpp"
#include "store/system_events.hpp"

namespace batpak::proof {
namespace {

const Coordinate& heads_coordinate() {
    static const Lasting<const Coordinate> coordinate(
        *Coordinate::from_stored(kHeadsEntity, system_kinds::kSystemScope));
    return *coordinate;
}

Error not_of_the_events(const HeadsRecord& record) {
    return Error(ErrorCode::CorruptHash, "the heads that are recorded here are not those of the " +
                                             std::to_string(record.size.value) +
                                             " events that it is of")
        .at_sequence(record.sequence);
}

Result<HeadsRecord> record_of(const EventView& event) {
    const std::optional<HeadsRecorded> stored = read_heads_record(event.payload);
    if (!stored || stored->size > event.sequence().value) {
        return fail(Error(ErrorCode::DecodeFailed, "this is no record of heads")
                        .at_sequence(event.sequence()));
    }
    return HeadsRecord{.sequence = event.sequence(),
                       .size = Sequence(stored->size),
                       .root = stored->heads,
                       .entities = stored->entities};
}

// A salvage puts an EventLost in the place of each event that is gone, and ends with Salvaged. What
// was recorded before of events that were lost can be compared with nothing.
Result<std::optional<Sequence>> first_of(const StoreReads& log, EventKind kind,
                                         Direction direction) {
    EventRange found =
        log.by_fact(kind, {.direction = direction, .end = log.visible_end(), .limit = 1});
    const Result<EventView>* const event = found.next();
    if (event == nullptr) return std::optional<Sequence>();
    if (!*event) return fail(event->error());
    return std::optional((*event)->sequence());
}

Result<bool> is_of_lost_events(const StoreReads& log, const HeadsRecord& record) {
    BATPAK_TRY(const auto lost, first_of(log, system_kinds::kEventLost, Direction::Forward));
    BATPAK_TRY(const auto salvaged, first_of(log, system_kinds::kSalvaged, Direction::Backward));
    return lost && salvaged && *lost < record.size && record.sequence < *salvaged;
}

}  // namespace

// A query sees the store at one moment; what is behind `size` is not looked at.
Result<void> EntityHeads::go_to(Sequence size) {
    if (size > log_.visible_end()) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(size));
    }
    // A reader may have gone back with its writer: what was read may be gone, or be other events.
    bool is_known = size >= size_;
    if (is_known && size_ > Sequence(0)) {
        BATPAK_TRY(const std::vector<Hash> last,
                   event_hashes(log_, Sequence(size_.value - 1), size_));
        is_known = last.front() == last_;
    }
    if (!is_known) forget();
    EventRange events = log_.query(Region::all(), {.from = size_, .end = size});
    while (const Result<EventView>* event = events.next()) {
        if (!*event) return fail(event->error());
        if ((*event)->hash.is_zero())
            return fail(ErrorCode::Unsupported, "a store without hashes has no heads to prove");
        map_.set({entity_hash((*event)->entity), (*event)->version(), (*event)->hash});
        size_ = (*event)->sequence().next();
        last_ = (*event)->hash;
    }
    if (size_ == size) return {};
    forget();
    return fail(Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(size));
}

void EntityHeads::forget() noexcept {
    map_.clear();
    size_ = Sequence(0);
}

Result<Hash> EntityHeads::root(Sequence size) {
    BATPAK_CHECK(go_to(size));
    return map_.root();
}

Result<HeadPath> EntityHeads::path(std::string_view entity, Sequence size) {
    BATPAK_CHECK(go_to(size));
    return map_.path(entity_hash(entity));
}

Result<HeadsRecord> record_heads(Store& store, EntityHeads& heads) {
    const Sequence size = store.visible_end();
    BATPAK_TRY(const std::optional<HeadsRecord> last, find_heads(store, size));
    if (last && last->sequence.next() == size && last->size == last->sequence) {
        BATPAK_CHECK(check_heads(heads, *last));
        BATPAK_CHECK(store.sync());
        return *last;
    }
    BATPAK_TRY(const Hash root, heads.root(size));
    const HeadsRecorded recorded{.size = size.value, .heads = root, .entities = heads.entities()};
    BatchBuilder batch;
    store::SystemEvents::add(batch, heads_coordinate(), recorded, {});
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               store.append_batch(std::move(batch), {.durability = Durability::Durable}));
    return HeadsRecord{.sequence = receipts.front().sequence,
                       .size = size,
                       .root = root,
                       .entities = recorded.entities};
}

Result<std::optional<HeadsRecord>> find_heads(const StoreReads& log, Sequence before) {
    EventRange found = log.by_fact(system_kinds::kHeadsRecorded,
                                   {.direction = Direction::Backward, .end = before, .limit = 1});
    const Result<EventView>* const event = found.next();
    if (event == nullptr) return std::optional<HeadsRecord>();
    if (!*event) return fail(event->error());
    BATPAK_TRY(const HeadsRecord record, record_of(**event));
    return std::optional(record);
}

Result<void> check_heads(EntityHeads& heads, const HeadsRecord& record) {
    BATPAK_TRY(const Hash root, heads.root(record.size));
    if (root == record.root && heads.entities() == record.entities) return {};
    return fail(not_of_the_events(record));
}

// From the smallest size to the largest, so that each event is read once, in whatever order records
// say what they say.
Result<std::uint64_t> check_heads(const StoreReads& log) {
    std::vector<HeadsRecord> records;
    EventRange found = log.by_fact(system_kinds::kHeadsRecorded, {.end = log.visible_end()});
    while (const Result<EventView>* event = found.next()) {
        if (!*event) return fail(event->error());
        BATPAK_TRY(const HeadsRecord record, record_of(**event));
        BATPAK_TRY(const bool is_lost, is_of_lost_events(log, record));
        if (!is_lost) records.push_back(record);
    }
    const auto by_size = [](const HeadsRecord& record) {
        return std::pair(record.size, record.sequence);
    };
    std::ranges::sort(records, {}, by_size);
    EntityHeads heads(log);
    for (const HeadsRecord& record : records) BATPAK_CHECK(check_heads(heads, record));
    return records.size();
}

}  // namespace batpak::proof
