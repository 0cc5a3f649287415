// Who takes events out of the log, and how far each has come: read from what they write into it.
//
// A position names its region by a hash alone. So a region is found again by hashing what regions
// mostly are, the whole log, a scope, a kind or a category; of one that is none of these the events
// behind are counted in the whole log, and are as many at most.
#include <map>

#include "batpak/base/hash.hpp"
#include "batpak/event/hash_chain.hpp"
#include "delivery/cursor/cursor_moved.hpp"
#include "delivery/cursor/digest.hpp"
#include "delivery/group/group_ledger.hpp"
#include "delivery/reactor/reactor_state.hpp"
#include "inspector/answers/answers.hpp"
#include "readmodel/switched.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

using delivery::CursorMoved;
using delivery::GroupCheckpoint;
using delivery::GroupLedger;
using delivery::GroupMoved;
using tool::JsonLine;

constexpr std::string_view kReactorMark = "reactor:";
constexpr std::string_view kReactorStream = "batpak:reactor:";
constexpr std::string_view kModelStream = "batpak:projection:";
constexpr std::size_t kParkedShown = 20;

KindFilter kinds_of_programs() {
    KindFilter kinds = KindFilter::of({});
    for (std::uint8_t category = 1; category <= 0xF; ++category) {
        kinds = kinds | KindFilter::category(category);
    }
    return kinds;
}

struct KnownRegion {
    Region region = Region::all();
    std::string json;  // the parameters that select it
};

// The regions that can be found again, by the hashes that positions have of them.
class KnownRegions {
public:
    // Borrows: the store.
    explicit KnownRegions(const StoreReads& store) : store_(store) {}

    // Errors: those of the lists of names.
    Result<const KnownRegion*> find(const Hash& hash) {
        if (regions_.empty()) BATPAK_CHECK(fill());
        const auto found = regions_.find(hash);
        return found == regions_.end() ? nullptr : &found->second;
    }

private:
    Result<void> fill() {
        const Region taken = Region::kinds(kinds_of_programs());
        add(Region::all(), taken, "{}");
        BATPAK_TRY(const std::vector<NameEntry> scopes,
                   store_.names(Names::Scopes, {}, {.limit = kListMax}));
        for (const NameEntry& scope : scopes) {
            JsonLine line(false);
            line.text("scope", scope.name);
            add(Region::scope(scope.name), taken, line.finish());
        }
        BATPAK_TRY(const Catalogue kinds, store_.catalogue());
        for (const KindEntry& entry : kinds | std::views::take(kListMax)) {
            JsonLine line(false);
            line.text("kind", batpak::to_string(entry.kind));
            add(Region::kinds({entry.kind}), taken, line.finish());
        }
        for (std::uint8_t category = 1; category <= 0xF; ++category) {
            JsonLine line(false);
            line.text("category", std::to_string(category));
            add(Region::kinds(KindFilter::category(category)), taken, line.finish());
        }
        return {};
    }
    // A store has positions with hashes, or with checksums in their place; both are of one region.
    void add(const Region& region, const Region& taken, const std::string& json) {
        for (const OwnEvents own : {OwnEvents::LeaveOut, OwnEvents::Include}) {
            const Region of_it = own == OwnEvents::Include ? region : region & taken;
            for (const bool has_hashes : {false, true}) {
                if (has_hashes && !hashing_built_in()) continue;
                const Hash hash = delivery::Digest(has_hashes).of_region(region, own);
                regions_.emplace(hash, KnownRegion{of_it, json});
            }
        }
    }

    const StoreReads& store_;
    std::map<Hash, KnownRegion> regions_;
};

// What one who takes a region has not taken, from a place on.
struct Behind {
    std::uint64_t events = 0;
    bool is_all = true;  // no more than these were counted
};

class Deliveries {
public:
    explicit Deliveries(const StoreReads& store)
        : store_(store), end_(store.visible_end()), regions_(store) {}

    Result<std::string> cursor_json(const std::string& entity, std::string_view id) {
        BATPAK_TRY(const std::optional<HeldEvent> latest, store_.find_latest(entity));
        if (!latest) return fail(ErrorCode::EventNotFound, "the position is not there any more");
        BATPAK_TRY(const CursorMoved moved, (*latest)->as<CursorMoved>());
        const bool is_reactor = id.starts_with(kReactorMark);
        if (is_reactor) id.remove_prefix(kReactorMark.size());
        JsonLine line(false);
        line.text("id", id);
        line.boolean("is_reactor", is_reactor);
        add_moment(line, **latest);
        line.number("begin", moved.begin.value);
        line.number("delivered", moved.matched);
        line.number("skipped", moved.skipped);
        BATPAK_CHECK(add_place(line, moved.region, moved.next, {}));
        if (is_reactor) BATPAK_CHECK(add_failed_reactions(line, id));
        return line.finish();
    }

    Result<std::string> group_json(const std::string& entity, std::string_view id) {
        const Region stream = Region::entity(entity);
        EventRange newest = store_.query(stream.with_kind<GroupCheckpoint>(),
                                         {.direction = Direction::Backward, .limit = 1});
        const Result<EventView>* const last = newest.next();
        if (last == nullptr) return fail(ErrorCode::EventNotFound, "the group has no checkpoint");
        if (!*last) return fail(last->error());
        BATPAK_TRY(const GroupCheckpoint checkpoint, (*last)->as<GroupCheckpoint>());
        GroupLedger ledger(checkpoint);
        bool is_whole = true;
        EventRange moves =
            store_.query(stream.with_kind<GroupMoved>().from(checkpoint.folded).before(end_));
        while (const Result<EventView>* const event = moves.next()) {
            if (!*event) return fail(event->error());
            if (++moves_read_ > kScannedMax) {
                is_whole = false;
                break;
            }
            BATPAK_TRY(const GroupMoved moved, (*event)->as<GroupMoved>());
            ledger.apply(moved);
        }
        JsonLine line(false);
        line.text("id", id);
        BATPAK_TRY(const std::optional<HeldEvent> latest, store_.find_latest(entity));
        if (latest) add_moment(line, **latest);
        line.boolean("is_whole", is_whole);
        line.number("retried", ledger.open().size());
        line.number("parked", ledger.parked().size());
        line.raw("parked_first", parked_json(ledger));
        BATPAK_CHECK(add_place(line, checkpoint.region, ledger.low(), ledger));
        return line.finish();
    }

    Result<std::string> model_json(const std::string& entity, std::string_view id) {
        BATPAK_TRY(const std::optional<HeldEvent> latest, store_.find_latest(entity));
        if (!latest) return fail(ErrorCode::EventNotFound, "the switch is not there any more");
        BATPAK_TRY(const auto switched, (*latest)->as<readmodel::ProjectionSwitched>());
        JsonLine line(false);
        line.text("id", id);
        add_moment(line, **latest);
        line.number("version", switched.version);
        line.number("replaced", switched.replaced);
        line.number("position_then", switched.model_next.value);
        return line.finish();
    }

private:
    // When it last wrote where it is, and how often it did.
    static void add_moment(JsonLine& line, const EventView& event) {
        line.number("written_by", event.sequence().value);
        line.text("written_time", tool::format_time(event.position.hlc.us));
        line.signed_number("written_us", event.position.hlc.us);
        line.number("writes", event.version().value + 1);
    }

    Result<void> add_place(JsonLine& line, const Hash& hash, Sequence next,
                           const GroupLedger& ledger) {
        BATPAK_TRY(const KnownRegion* const known, regions_.find(hash));
        const Region region =
            (known != nullptr ? known->region : Region::kinds(kinds_of_programs())).before(end_);
        BATPAK_TRY(const CountedPart counted, store_.count_newest(region.from(next), kCountedMax));
        const bool is_all = counted.is_all() || counted.begin <= next;
        const std::uint64_t after = end_ > next ? end_.value - next.value : 0;
        const std::uint64_t counted_events = known == nullptr && !is_all ? after : counted.events;
        const std::uint64_t settled = ledger.settled().size();
        std::uint64_t behind = counted_events - std::min(counted_events, settled);
        for (const auto& [event, attempts] : ledger.open()) behind += event < next ? 1U : 0U;
        line.number("position", next.value);
        if (known != nullptr) line.raw("region", known->json);
        line.number("behind", behind);
        line.text("behind_is", known == nullptr ? "at_most" : is_all ? "exact" : "more_than");
        if (behind == 0) return {};
        std::optional<Sequence> oldest;
        for (const auto& [event, attempts] : ledger.open()) {
            if (event < next && !oldest) oldest = event;
        }
        EventRange waiting = store_.query(region.from(next), {.limit = settled + 1});
        while (const Result<EventView>* const event = oldest ? nullptr : waiting.next()) {
            if (!*event) return {};  // the event's own page says what is wrong with it
            if (!ledger.settled().contains((*event)->sequence())) oldest = (*event)->sequence();
        }
        const auto event = oldest ? store_.find(*oldest) : fail(ErrorCode::EventNotFound, "");
        if (!event) return {};
        line.number("waiting", oldest->value);
        line.text("waiting_time", tool::format_time((*event)->position.hlc.us));
        line.signed_number("waiting_us", (*event)->position.hlc.us);
        return {};
    }

    Result<void> add_failed_reactions(JsonLine& line, std::string_view id) {
        BATPAK_TRY(const std::optional<HeldEvent> failed,
                   store_.find_latest(std::string(kReactorStream) + std::string(id)));
        line.number("failed", failed ? (*failed)->version().value + 1 : 0);
        if (!failed) return {};
        BATPAK_TRY(const auto skipped, (*failed)->as<delivery::ReactionSkipped>());
        line.number("failed_last", skipped.source.value);
        line.text("failed_reason", skipped.reason);
        return {};
    }

    static std::string parked_json(const GroupLedger& ledger) {
        std::string list;
        std::size_t count = 0;
        for (const auto& [event, parked] : ledger.parked()) {
            if (count++ == kParkedShown) break;
            JsonLine line(false);
            line.number("sequence", event.value);
            line.number("attempts", parked.attempts);
            line.text("reason", parked.reason);
            list += (list.empty() ? "" : ",") + line.finish();
        }
        return "[" + list + "]";
    }

    const StoreReads& store_;
    Sequence end_;
    KnownRegions regions_;
    std::uint64_t moves_read_ = 0;
};

using OneJson = Result<std::string> (Deliveries::*)(const std::string&, std::string_view);

// Those whose id begins with `prefix`. One that cannot be read is an error in its place.
Result<std::string> list_json(const StoreReads& store, Deliveries& deliveries, OneJson one,
                              std::string_view stream, const std::string& prefix, bool& is_cut) {
    BATPAK_TRY(
        const std::vector<NameEntry> entities,
        store.names(Names::Entities, std::string(stream) + prefix, {.limit = kDeliveriesMax + 1}));
    std::string list;
    for (std::size_t i = 0; i < entities.size(); ++i) {
        if (i == kDeliveriesMax || list.size() >= kAnswerBytesMax / 4) {
            is_cut = true;
            break;
        }
        const std::string& entity = entities[i].name;
        const std::string_view id = std::string_view(entity).substr(stream.size());
        const Result<std::string> json = (deliveries.*one)(entity, id);
        JsonLine failed(false);
        failed.text("id", id);
        if (!json) failed.raw("error", tool::error_json(json.error(), false));
        list += (list.empty() ? "" : ",") + (json ? *json : failed.finish());
    }
    return "[" + list + "]";
}

}  // namespace

Result<std::string> answer_delivery(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"prefix"}, false));
    const std::string prefix = parameters.text("prefix").value_or("");
    Deliveries deliveries(store);
    bool is_cut = false;
    JsonLine line(false);
    line.number("events", store.visible_end().value);
    BATPAK_TRY(const std::string cursors, list_json(store, deliveries, &Deliveries::cursor_json,
                                                    delivery::kCursorEntityPrefix, prefix, is_cut));
    line.raw("cursors", cursors);
    BATPAK_TRY(const std::string groups, list_json(store, deliveries, &Deliveries::group_json,
                                                   delivery::kGroupEntityPrefix, prefix, is_cut));
    line.raw("groups", groups);
    BATPAK_TRY(const std::string models,
               list_json(store, deliveries, &Deliveries::model_json, kModelStream, prefix, is_cut));
    line.raw("read_models", models);
    line.boolean("is_cut", is_cut);
    return line.finish();
}

}  // namespace batpak::inspector
