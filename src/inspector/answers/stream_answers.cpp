// What is computed of many events: how they lie in time, and the state that a stream makes.
//
// A tool has no code of the program whose events these are, so it folds them as all programs can:
// the payloads are maps, and the newest value of each member wins.
#include <map>

#include "batpak/base/assert.hpp"
#include "batpak/event/msgpack.hpp"
#include "batpak/event/value.hpp"
#include "batpak/json.hpp"
#include "inspector/answers/answers.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;
using tool::JsonLine;

// More events of one stream than a slider can tell apart; a fold of them takes about a second.
constexpr std::uint64_t kFoldedMax = 200'000;

struct SetField {
    json value;
    Sequence by;            // the event that set it
    std::size_t bytes = 0;  // about what it and its name take
};

// Goes no deeper than the decoder let the value be nested.
std::size_t bytes_of(const json& value) {
    constexpr std::size_t kOfAny = 16;
    if (value.is_string()) return kOfAny + value.get_ref<const std::string&>().size();
    if (value.is_binary()) return kOfAny + value.get_binary().size();
    std::size_t bytes = kOfAny;
    if (value.is_structured()) {
        for (const auto& [name, inner] : value.items()) bytes += name.size() + bytes_of(inner);
    }
    return bytes;
}

// What is kept is never more than kStateBytesMax. A value for which there is no room is left out,
// with its member: an older value in its place would not be the state.
class Merge {
public:
    void add(const EventView& event) {
        ++events_;
        if (event.payload.size() > kPayloadBytesInPage) return leave_out_members(event.payload);
        const Result<json> payload = event.as<json>();
        if (!payload || !payload->is_object()) {
            ++passed_over_;
            return;
        }
        for (const auto& [name, value] : payload->items()) set(name, value, event.sequence());
    }

    void add_to(JsonLine& line) const {
        JsonLine state(false);
        JsonLine set_by(false);
        for (const auto& [name, field] : fields_) {
            state.raw(name, tool::value_json(field.value, false));
            set_by.number(name, field.by.value);
        }
        line.number("events", events_);
        line.number("passed_over", passed_over_);
        line.raw("state", state.finish());
        line.raw("set_by", set_by.finish());
        line.boolean("is_cut", is_cut_);
    }

private:
    void take_out(const std::string& name) {
        const auto found = fields_.find(name);
        if (found == fields_.end()) return;
        bytes_ -= found->second.bytes;
        fields_.erase(found);
    }
    void set(const std::string& name, const json& value, Sequence by) {
        take_out(name);
        const std::size_t bytes = name.size() + bytes_of(value);
        if (bytes > kStateBytesMax - bytes_) {
            is_cut_ = true;
            return;
        }
        bytes_ += bytes;
        fields_.emplace(name, SetField{value, by, bytes});
    }
    // Of a payload that is too large to be decoded, the names are read.
    void leave_out_members(BytesView payload) {
        msgpack::Reader reader(payload, {.depth = Value::kDepthMax, .utf8 = true});
        if (reader.peek() != msgpack::Type::Map) {
            ++passed_over_;
            return;
        }
        is_cut_ = true;
        std::uint32_t left = reader.map();
        if (!reader.descend()) return;
        for (; left > 0 && reader.ok(); --left) {
            if (reader.peek() == msgpack::Type::String) {
                take_out(std::string(reader.string()));
            } else {
                reader.skip();
            }
            reader.skip();
        }
    }

    std::map<std::string, SetField> fields_;
    std::uint64_t events_ = 0;
    std::uint64_t passed_over_ = 0;  // whose payload is no map
    std::size_t bytes_ = 0;          // of all fields
    bool is_cut_ = false;
};

struct Span {
    std::int64_t begin_us = 0;
    std::int64_t end_us = 0;  // one past the last
};

Result<std::optional<Span>> span_of(const StoreReads& store, const Region& region) {
    const auto time_of = [&](Direction direction) -> Result<std::optional<std::int64_t>> {
        EventRange range = store.query(region, {.direction = direction, .limit = 1});
        const Result<EventView>* const event = range.next();
        if (event == nullptr) return std::optional<std::int64_t>();
        if (!*event) return fail(event->error());
        return std::optional((*event)->position.hlc.us);
    };
    BATPAK_TRY(const std::optional<std::int64_t> first, time_of(Direction::Forward));
    BATPAK_TRY(const std::optional<std::int64_t> last, time_of(Direction::Backward));
    if (!first || !last) return std::optional<Span>();
    return std::optional(Span{*first, std::max(*last, *first) + 1});
}

Result<std::string> state_of(const StoreReads& store, const Parameters& parameters) {
    const std::optional<std::string> entity = parameters.text("entity");
    if (!entity) return fail(ErrorCode::InvalidArgument, "\"entity\" is missing");
    BATPAK_TRY(const std::optional<Version> last, store.version(*entity));
    if (!last) return fail(ErrorCode::EventNotFound, "the entity has no events");
    BATPAK_TRY(const std::uint64_t version,
               parameters.number_up_to("version", last->value, last->value));
    const Region region = Region::entity(*entity).with_versions(Version(0), Version(version + 1));
    Merge merge;
    std::uint64_t read = 0;
    std::size_t read_bytes = 0;
    EventRange range = store.query(region);
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) return fail(event->error());
        read_bytes += (*event)->payload.size();
        if (++read > kFoldedMax || read_bytes > kReadBytesMax) {
            return fail(ErrorCode::InvalidArgument,
                        "the stream is longer than what is folded here: " +
                            tool::count_of(kFoldedMax, "event") + ", or " +
                            std::to_string(kReadBytesMax >> 20) + " MiB of payloads");
        }
        merge.add(**event);
    }
    JsonLine line(false);
    line.text("entity", *entity);
    line.number("version", version);
    line.number("last_version", last->value);
    merge.add_to(line);
    return line.finish();
}

}  // namespace

Result<std::string> answer_state(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"entity", "version", "at"}, false));
    const std::optional<std::string> at = parameters.text("at");
    if (at && parameters.text("version")) {
        return fail(ErrorCode::InvalidArgument,
                    "\"at\" and \"version\" are two answers to one question");
    }
    if (at) {
        BATPAK_TRY(const StoreView then, tool::view_at(store, "at", *at));
        return state_of(then, parameters);
    }
    return state_of(store, parameters);
}

Result<std::string> answer_series(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"buckets"}, true));
    BATPAK_TRY(const std::uint64_t buckets, parameters.number_up_to("buckets", kBucketsMax, 100));
    if (buckets == 0) return fail(ErrorCode::InvalidArgument, "\"buckets\" is at least 1");
    BATPAK_TRY(const tool::Filter filter, parameters.filter());
    const tool::KindNames names(store);
    BATPAK_TRY(Region region, filter.to_region(tool::now_us(), names));
    // Of events that come meanwhile, the last part would have those that were not counted.
    region = region.before(store.visible_end());
    BATPAK_TRY(const CountedPart counted, store.count_newest(region, kCountedMax));
    if (!counted.is_all()) region = region.from(counted.begin);
    BATPAK_TRY(const std::optional<Span> span, span_of(store, region));
    JsonLine line(false);
    if (!counted.is_all()) line.number("counted_from", counted.begin.value);
    if (!span) {
        line.raw("counts", "[]");
        return line.finish();
    }
    // A bucket ends where the store did at that time: two sequences, between which events are
    // counted without reading them.
    const auto total = static_cast<std::uint64_t>(span->end_us - span->begin_us);
    std::string counts;
    BATPAK_TRY(const StoreView before_all, store.as_of_time(span->begin_us - 1));
    Sequence from = before_all.visible_end();
    for (std::uint64_t i = 1; i <= buckets; ++i) {
        const double part =
            static_cast<double>(total) * (static_cast<double>(i) / static_cast<double>(buckets));
        const std::int64_t until =
            i == buckets ? span->end_us : span->begin_us + static_cast<std::int64_t>(part);
        BATPAK_TRY(const StoreView then, store.as_of_time(until - 1));
        const Sequence end = std::max(then.visible_end(), from);
        BATPAK_TRY(const std::uint64_t count, store.count(region.with_sequences(from, end)));
        counts += (counts.empty() ? "" : ",") + std::to_string(count);
        from = end;
    }
    line.signed_number("begin_us", span->begin_us);
    line.signed_number("end_us", span->end_us);
    line.raw("counts", "[" + counts + "]");
    return line.finish();
}

}  // namespace batpak::inspector
