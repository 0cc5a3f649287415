// Files are read a second time, because their payloads may not fit the memory at once. What is read
// must be what was judged: each file is hashed again.
//
// No event has to be durable by itself: until LateStore::finish() there is no store that could lose
// one. The report at the end is, and with it all before it.
#include "tool/fbat/fbat_writer.hpp"

#include <algorithm>

#include "batpak/event/value.hpp"
#include "batpak/version.hpp"
#include "tool/fbat/fbat_origin.hpp"
#include "tool/fbat/plain_hash.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kFramePrefixBytes = 8;
constexpr std::uint8_t kSpareCategory = 0xE;
constexpr const char* kReportEntity = "batpak:import-fbat";
constexpr const char* kReportScope = "fbat";
constexpr const char* kReportName = "fbat.Imported";

// "fbat.0x000F": what the kind was.
std::string name_of_reserved(EventKind kind) {
    return kind.is_reserved() ? "fbat." + to_string(kind) : std::string();
}

Value value_of_file(const FbatFileFacts& file) {
    Value value;
    value.set("name", file.name);
    value.set("bytes", file.bytes);
    value.set("blake3", to_string(file.hash));
    value.set("frames", file.frames);
    value.set("torn_bytes", file.torn_bytes);
    return value;
}

}  // namespace

FbatKinds::FbatKinds(const FbatPlan& plan) : report_(EventKind::from_number(0)) {
    std::set<std::uint16_t> used;
    for (const FbatEvent& event : plan.events) used.insert(event.kind);
    // From the top down, because programs count their kinds from below.
    std::uint16_t type = EventKind::kTypeMax;
    const auto next = [&] {
        while (type > 1 && used.contains(EventKind::custom(kSpareCategory, type).number())) --type;
        return EventKind::custom(kSpareCategory, type--);
    };
    report_ = next();
    for (const std::uint16_t kind : used) {
        if (EventKind::from_number(kind).is_reserved()) reserved_.emplace(kind, next());
    }
}

EventKind FbatKinds::of(std::uint16_t kind) const {
    const auto found = reserved_.find(kind);
    return found == reserved_.end() ? EventKind::from_number(kind) : found->second;
}

Result<bool> FbatWriter::run(const std::function<bool(std::uint64_t)>& go_on) {
    std::uint64_t events = 0;
    for (const FbatUnit& unit : plan_.units) {
        BATPAK_CHECK(append(unit));
        events += unit.kept;
        if (!go_on(events)) return false;
    }
    BATPAK_CHECK(append_report());
    return true;
}

Result<void> FbatWriter::append(const FbatUnit& unit) {
    if (unit.kept > 1) return append_batch(unit);
    std::size_t at = unit.first;
    while (plan_.events[at].fate != FbatFate::Kept) ++at;
    return append_alone(at);
}

Result<void> FbatWriter::append_alone(std::size_t at) {
    const FbatEvent& event = plan_.events[at];
    BATPAK_TRY(const FbatFrame frame, frame_of(event));
    BATPAK_TRY(const Coordinate coordinate, Coordinate::create(frame.entity, frame.scope));
    AppendOptions options;
    BATPAK_TRY(options.metadata, origin_of(frame, event));
    options.idempotency_key = key_of(event);
    options.durability = Durability::Buffered;
    options.correlation_id = story_of(event);
    options.causation_id = cause_id_of(event);
    options.kind_name = name_of_reserved(EventKind::from_number(event.kind));
    BATPAK_TRY(const AppendReceipt receipt,
               store_.append_raw(coordinate, kinds_.of(event.kind), frame.payload(), options));
    new_ids_[at] = receipt.event_id;
    return {};
}

Result<void> FbatWriter::append_batch(const FbatUnit& unit) {
    BatchBuilder batch;
    std::vector<std::size_t> events;
    std::unordered_map<std::size_t, BatchItem> items;
    for (std::size_t at = unit.first; at < unit.end; ++at) {
        const FbatEvent& event = plan_.events[at];
        if (event.fate != FbatFate::Kept) continue;
        BATPAK_TRY(const FbatFrame frame, frame_of(event));
        BATPAK_TRY(const Coordinate coordinate, Coordinate::create(frame.entity, frame.scope));
        BatchItemOptions options;
        BATPAK_TRY(options.metadata, origin_of(frame, event));
        options.idempotency_key = key_of(event);
        options.correlation_id = story_of(event);
        options.kind_name = name_of_reserved(EventKind::from_number(event.kind));
        const std::size_t* const cause = cause_of(event);
        const auto item = cause == nullptr ? items.end() : items.find(*cause);
        if (item != items.end()) {
            // An id is given when the batch is placed: a cause inside of it is named by its item.
            options.caused_by = item->second;
        } else {
            options.causation_id = cause_id_of(event);
        }
        const BytesView payload = frame.payload();
        items.emplace(at, batch.add(coordinate, kinds_.of(event.kind),
                                    Bytes(payload.begin(), payload.end()), std::move(options)));
        events.push_back(at);
    }
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               store_.append_batch(std::move(batch), {.durability = Durability::Buffered}));
    for (std::size_t i = 0; i < events.size(); ++i) new_ids_[events[i]] = receipts[i].event_id;
    return {};
}

// What the plan says, for a reader who asks later where these events are from.
Result<void> FbatWriter::append_report() {
    Value report;
    report.set("source", to_string(LogId{plan_.source_id}));
    report.set("by", "batpak " + std::string(kVersion));
    report.set("events", plan_.kept());
    Value left_out{Value::Map()};
    for (std::size_t i = 1; i < plan_.fates.size(); ++i) {
        if (plan_.fates[i] > 0) left_out.set(to_string(static_cast<FbatFate>(i)), plan_.fates[i]);
    }
    report.set("left_out", std::move(left_out));
    Value hashes{Value::Map()};
    for (std::size_t i = 0; i < plan_.hashes.size(); ++i) {
        if (plan_.hashes[i] > 0)
            hashes.set(to_string(static_cast<FbatHashCheck>(i)), plan_.hashes[i]);
    }
    report.set("hashes", std::move(hashes));
    report.set("damage", static_cast<std::uint64_t>(plan_.damage.size()));
    Value::Array files;
    for (const FbatFileFacts& file : plan_.files) files.push_back(value_of_file(file));
    report.set("files", std::move(files));
    BATPAK_TRY(const Coordinate coordinate, Coordinate::create(kReportEntity, kReportScope));
    AppendOptions options;
    options.kind_name = kReportName;
    options.durability = Durability::Durable;
    BATPAK_CHECK(store_.append(coordinate, kinds_.of_report(), report, options));
    return {};
}

Result<FbatFrame> FbatWriter::frame_of(const FbatEvent& event) {
    if (loaded_ != event.file) BATPAK_CHECK(load(event.file));
    const BytesView rest = BytesView(bytes_).subspan(static_cast<std::size_t>(event.offset));
    // Neither the length nor the checksum is checked again: the plan has done that, and the hash of
    // the whole file is still the same.
    std::size_t length = 0;
    for (const std::byte byte : rest.first(4))
        length = length << 8 | std::to_integer<std::size_t>(byte);
    return decode_fbat_frame(rest.subspan(kFramePrefixBytes, length));
}

Result<void> FbatWriter::load(std::uint32_t file) {
    loaded_.reset();
    const FbatFile& known = source_.files()[file];
    BATPAK_TRY(bytes_, source_.read(known));
    if (plain_hash(bytes_) != plan_.files[file].hash) {
        return fail(Error(ErrorCode::CorruptSegment,
                          "it was changed while the store was imported: import a copy")
                        .at(known.name));
    }
    loaded_ = file;
    return {};
}

// Of the store and the event, and not of where they lie: an event of a store that was moved, or was
// imported elsewhere, has the same key.
std::string FbatWriter::key_of(const FbatEvent& event) const {
    Bytes both(plan_.source_id.begin(), plan_.source_id.end());
    both.insert(both.end(), event.id.begin(), event.id.end());
    return to_hex(plain_hash(both).view().first(sizeof(IdBytes)));
}

std::optional<EventId> FbatWriter::story_of(const FbatEvent& event) const {
    const EventId old{event.correlation};
    if (old.is_nil()) return std::nullopt;
    if (event.correlation == event.id)
        return event.keeps_story_id ? std::optional(old) : std::nullopt;
    const auto origin = plan_.kept_by_id.find(old);
    if (origin == plan_.kept_by_id.end() || plan_.events[origin->second].keeps_story_id) return old;
    // There by now: keep_stories() has left the old id to each story whose first event comes later,
    // or in the same unit.
    return new_ids_[origin->second];
}

const std::size_t* FbatWriter::cause_of(const FbatEvent& event) const {
    const auto cause = plan_.kept_by_id.find(EventId{event.causation});
    return cause == plan_.kept_by_id.end() ? nullptr : &cause->second;
}

std::optional<EventId> FbatWriter::cause_id_of(const FbatEvent& event) const {
    const EventId old{event.causation};
    if (old.is_nil()) return std::nullopt;
    const std::size_t* const cause = cause_of(event);
    const bool is_here = cause != nullptr && !new_ids_[*cause].is_nil();
    return is_here ? new_ids_[*cause] : old;
}

}  // namespace batpak::tool
