// Where a query keeps nothing, each of its filters is asked alone: one that no event passes is the
// likely mistake, and for a name the nearest one that is there. If each passes some, it is said
// that none passes all. Only for people: a program that reads JSON asked for exactly this.
#include "tool/questions/query_advice.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "tool/text/nearest.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::uint64_t kNamesComparedMax = 1'000'000;

bool has_none(const StoreReads& store, const Region& region) {
    const auto count = store.count(region);
    return count && *count == 0;
}

// `list` is what `batpak lists` shows of such names.
void note_name(Console& console, std::string_view what, const std::string& name,
               std::string_view list, const Result<std::vector<std::string>>& names) {
    const auto meant = names ? nearest(name, *names) : std::nullopt;
    console.note(fmt::format(
        "no event has the {} {}: {} (batpak lists {} shows all)", what, in_quotes(name, 80),
        meant ? "did you mean " + in_quotes(*meant, 80) + "?" : "check its spelling", list));
}

// Names that begin as this one does, or all of them, if there cannot be too many.
Result<std::vector<std::string>> names_like(const StoreReads& store, Names of,
                                            const std::string& name) {
    BATPAK_TRY(auto entries, store.names(of, name.substr(0, name.size() / 2)));
    const bool are_few = store.visible_end() <= Sequence(kNamesComparedMax);
    if (entries.empty() && are_few) {
        BATPAK_TRY(entries, store.names(of));
    }
    std::vector<std::string> names;
    for (NameEntry& entry : entries) names.push_back(std::move(entry.name));
    return names;
}

bool explain_tags(const StoreReads& store, const Filter& filter, Console& console) {
    bool any = false;
    for (const std::string& tag : filter.tags) {
        if (!has_none(store, Region::tag(tag))) continue;
        note_name(console, "tag", tag, "tags", names_like(store, Names::Tags, tag));
        any = true;
    }
    return any;
}

Region region_of(const std::vector<EventKind>& kinds) {
    return Region::kinds(KindFilter::of(std::span<const EventKind>(kinds)));
}

bool explain_kinds(const StoreReads& store, const Filter& filter, const KindNames& names,
                   Console& console) {
    bool any = false;
    for (const std::string& text : filter.kinds) {
        const auto kinds = names.parse(text);
        if (!kinds || !has_none(store, region_of(*kinds))) continue;
        const std::string number = to_string(kinds->front());
        const auto meant = nearest(number, names.all());
        console.note(fmt::format("no event has the kind {}{} (batpak lists kinds shows all)",
                                 number, meant ? ": did you mean " + escape(*meant) + "?" : ""));
        any = true;
    }
    return any;
}

}  // namespace

void explain_empty(const StoreReads& store, const Filter& filter, const KindNames& names,
                   Console& console) {
    if (console.is_json()) return;
    if (store.visible_end() == Sequence(0)) return console.note("the store has no events");
    bool any = explain_kinds(store, filter, names, console);
    any = explain_tags(store, filter, console) || any;
    if (filter.entity && has_none(store, Region::entity(*filter.entity))) {
        note_name(console, "entity", *filter.entity, "entities",
                  names_like(store, Names::Entities, *filter.entity));
        any = true;
    }
    if (filter.entity_prefix &&
        has_none(store, Region::all().with_entity_prefix(*filter.entity_prefix))) {
        console.note(fmt::format("no entity begins with {} (batpak lists entities shows all)",
                                 in_quotes(*filter.entity_prefix)));
        any = true;
    }
    if (filter.scope && has_none(store, Region::scope(*filter.scope))) {
        note_name(console, "scope", *filter.scope, "scopes",
                  names_like(store, Names::Scopes, *filter.scope));
        any = true;
    }
    if (!any) {
        const std::uint64_t count = store.visible_end().value;
        console.note(count == 1 ? "the one event is not kept by all filters"
                                : fmt::format("none of the {} is kept by all filters",
                                              count_of(count, "event")));
    }
}

}  // namespace batpak::tool
