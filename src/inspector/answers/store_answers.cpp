// The store as a whole, and the lists of what is in it.
#include "inspector/answers/answers.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/version.hpp"
#include "tool/events/catalogue_json.hpp"
#include "tool/events/report_json.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

using tool::JsonLine;

std::string_view to_string(OpenReport::Outcome outcome) {
    switch (outcome) {
        case OpenReport::Outcome::Created: return "created";
        case OpenReport::Outcome::Clean: return "clean";
        case OpenReport::Outcome::Recovered: return "recovered";
    }
    return "";
}

std::string open_json(const OpenReport& report) {
    JsonLine line(false);
    line.text("outcome", to_string(report.outcome));
    line.boolean("was_closed", report.was_closed);
    line.number("events", report.end.value);
    line.number("segments", report.segments);
    line.number("frames_scanned", report.frames_scanned);
    line.number("took_us", static_cast<std::uint64_t>(report.took.count() / 1000));
    if (report.cut) line.raw("torn_tail", tool::tail_json(*report.cut, false));
    if (report.last_event) line.raw("last_event", tool::error_json(*report.last_event, false));
    return line.finish();
}

std::string stats_json(const StoreStats& stats) {
    JsonLine line(false);
    line.number("segments", stats.segments);
    line.number("writes", stats.writes);
    line.number("syncs", stats.syncs);
    line.number("indexes_rebuilt", stats.indexes_rebuilt);
    line.number("index_memory_bytes", stats.index_memory_bytes);
    line.number("subscriptions", stats.subscriptions);
    line.boolean("poisoned", stats.poisoned);
    return line.finish();
}

// The first and the last event have the times between which all others lie; one that is damaged
// says none.
void add_time(JsonLine& line, const StoreReads& store, std::string_view name, Sequence sequence) {
    const Result<HeldEvent> event = store.find(sequence);
    if (!event) return;
    line.text(std::string(name) + "_time", tool::format_time((*event)->position.hlc.us));
    line.signed_number(std::string(name) + "_us", (*event)->position.hlc.us);
}

}  // namespace

Result<std::string> answer_store(const Shown& shown, const Parameters& parameters) {
    BATPAK_ASSERT(shown.store != nullptr);
    BATPAK_CHECK(parameters.allow({}, false));
    const StoreReads& store = *shown.store;
    const Sequence end = store.visible_end();
    JsonLine line(false);
    line.text("version", kVersion);
    line.text("title", shown.title);
    line.text("log", batpak::to_string(store.log_id()));
    line.number("events", end.value);
    line.number("durable_events", store.durable_end().value);
    line.boolean("writes_here", static_cast<bool>(shown.stats));
    if (end > Sequence(0)) {
        add_time(line, store, "first", Sequence(0));
        add_time(line, store, "last", Sequence(end.value - 1));
    }
    line.raw("open", open_json(store.open_report()));
    if (shown.stats) line.raw("stats", stats_json(shown.stats()));
    return line.finish();
}

Result<std::string> answer_counts(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({}, false));
    const PageOptions page{.limit = kCountedMax + 1};
    JsonLine line(false);
    std::string more;
    const auto add = [&](std::string_view name, std::size_t count) {
        line.number(name, std::min<std::uint64_t>(count, kCountedMax));
        if (count > kCountedMax) more += (more.empty() ? "\"" : ",\"") + std::string(name) + "\"";
    };
    BATPAK_TRY(const std::vector<NameEntry> entities, store.names(Names::Entities, {}, page));
    add("entities", entities.size());
    BATPAK_TRY(const std::vector<NameEntry> scopes, store.names(Names::Scopes, {}, page));
    add("scopes", scopes.size());
    BATPAK_TRY(const std::vector<NameEntry> tags, store.names(Names::Tags, {}, page));
    add("tags", tags.size());
    line.raw("more_than", "[" + more + "]");
    return line.finish();
}

Result<std::string> answer_streams(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"prefix", "after", "limit"}, false));
    BATPAK_TRY(const std::uint64_t limit, parameters.number_up_to("limit", kListMax, 100));
    const std::string prefix = parameters.text("prefix").value_or("");
    const std::string after = parameters.text("after").value_or("");
    BATPAK_TRY(const std::vector<NameEntry> entities,
               store.names(Names::Entities, prefix, {.after = after, .limit = limit}));
    const tool::KindNames names(store);
    std::string list;
    for (const NameEntry& entity : entities) {
        JsonLine line(false);
        line.text("entity", entity.name);
        line.number("events", entity.events);
        const Result<std::optional<HeldEvent>> last = store.find_latest(entity.name);
        if (!last) line.raw("error", tool::error_json(last.error(), false));
        if (last && *last) {
            const EventView& event = ***last;
            line.number("last_sequence", event.sequence().value);
            line.text("last_kind", names.shown(event.kind()));
            line.text("last_time", tool::format_time(event.position.hlc.us));
            line.text("scope", event.scope);
        }
        list += (list.empty() ? "" : ",") + line.finish();
    }
    JsonLine line(false);
    line.raw("streams", "[" + list + "]");
    line.boolean("more", limit > 0 && entities.size() == limit);
    return line.finish();
}

Result<std::string> answer_scopes(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({}, false));
    BATPAK_TRY(const std::vector<NameEntry> scopes,
               store.names(Names::Scopes, {}, {.limit = kListMax + 1}));
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(scopes.size(), kListMax); ++i) {
        list += (list.empty() ? "" : ",") + tool::text_json(scopes[i].name, false);
    }
    JsonLine line(false);
    line.raw("scopes", "[" + list + "]");
    line.boolean("is_cut", scopes.size() > kListMax);
    return line.finish();
}

Result<std::string> answer_catalogue(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({}, false));
    BATPAK_TRY(const Catalogue catalogue, store.catalogue());
    std::string list;
    bool is_cut = false;
    for (const KindEntry& entry : catalogue) {
        is_cut = list.size() >= kAnswerBytesMax;
        if (is_cut) break;
        list += (list.empty() ? "" : ",") + tool::kind_entry_json(entry, false);
    }
    JsonLine line(false);
    line.raw("kinds", "[" + list + "]");
    line.boolean("is_cut", is_cut);
    line.boolean("is_complete", catalogue.is_complete());
    return line.finish();
}

}  // namespace batpak::inspector
