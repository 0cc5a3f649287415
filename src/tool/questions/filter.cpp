// From the options of a command to a Region, which the store's index answers, and a Where, which is
// asked of each event that is left. Kinds and categories add up; everything else narrows.
#include "tool/questions/filter.hpp"

#include <limits>
#include <span>

#include "tool/text/parse.hpp"

namespace batpak::tool {
namespace {

Result<KindFilter> kinds_of(const Filter& filter, const KindNames& names) {
    KindFilter kinds = KindFilter::of({});
    for (const std::string& text : filter.kinds) {
        BATPAK_TRY(const std::vector<EventKind> meant, named("--kind", names.parse(text)));
        kinds = kinds | KindFilter::of(std::span<const EventKind>(meant));
    }
    for (const std::string& text : filter.categories) {
        BATPAK_TRY(const std::uint8_t category, named("--category", parse_category(text)));
        kinds = kinds | KindFilter::category(category);
    }
    return kinds;
}

Result<Region> with_times(Region region, const Filter& filter, std::int64_t now_us) {
    std::int64_t begin = std::numeric_limits<std::int64_t>::min();
    std::int64_t end = std::numeric_limits<std::int64_t>::max();
    if (filter.since) {
        BATPAK_TRY(begin, named("--since", parse_time(*filter.since, now_us)));
    }
    if (filter.until) {
        BATPAK_TRY(end, named("--until", parse_time(*filter.until, now_us)));
    }
    return filter.since || filter.until ? region.with_time_us(begin, end) : region;
}

}  // namespace

// `now_us` is given, so that two times such as 2h and 1h are of one moment.
Result<Region> Filter::to_region(std::int64_t now_us, const KindNames& names) const {
    Region region = Region::all();
    if (entity) region = region.with_entity(*entity);
    if (entity_prefix) region = region.with_entity_prefix(*entity_prefix);
    if (scope) region = region.with_scope(*scope);
    region = region.with_tags(std::span<const std::string>(tags));
    if (!kinds.empty() || !categories.empty()) {
        BATPAK_TRY(KindFilter filter, kinds_of(*this, names));
        region = region.with_kinds(std::move(filter));
    }
    if (correlation) {
        BATPAK_TRY(const EventId id, named("--correlation", parse_event_id(*correlation)));
        region = region.with_correlation(id);
    }
    if (causation) {
        BATPAK_TRY(const EventId id, named("--causation", parse_event_id(*causation)));
        region = region.with_causation(id);
    }
    if (from) region = region.from(Sequence(*from));
    if (after) {
        region = *after == UINT64_MAX ? Region::none() : region.from(Sequence(*after).next());
    }
    if (before) region = region.before(Sequence(*before));
    return with_times(std::move(region), *this, now_us);
}

Result<std::optional<Where>> Filter::to_where() const {
    if (!where) return std::optional<Where>();
    BATPAK_TRY(Where parsed, named("--where", Where::parse(*where)));
    return std::optional(std::move(parsed));
}

}  // namespace batpak::tool
