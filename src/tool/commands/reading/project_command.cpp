// project: values folded from events, over all of them or for each value of some fields.
//
// One pass in sequence order. Groups are kept by the JSON of their fields, and shown in the order
// of the values: numbers before texts, an event without the field before all. --top orders them by
// the first fold instead, the greatest first, which is the question that is asked most.
#include <algorithm>
#include <map>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/fold.hpp"
#include "tool/questions/moment.hpp"
#include "tool/questions/query_advice.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

// A field that differs in each event makes a group of each: better an end with a reason than all of
// the memory.
constexpr std::size_t kGroupsMax = 1'000'000;

struct Group {
    std::vector<std::optional<json>> by;
    std::vector<Fold> folds;
};

// What the words of the command mean.
struct Plan {
    std::vector<EventField> by;
    std::vector<FoldSpec> folds;
    std::optional<Where> where;
};

Result<Plan> plan_of(const ProjectCommand& command) {
    Plan plan;
    if (command.by) {
        BATPAK_TRY(plan.by, named("--by", parse_event_fields(*command.by)));
    }
    BATPAK_TRY(plan.folds, named("--fold", parse_folds(command.fold)));
    BATPAK_TRY(plan.where, command.filter.to_where());
    return plan;
}

class Projection {
public:
    Projection(const Plan& plan, const KindNames& names) : plan_(plan), names_(names) {
        // Without groups there is one row, also of no events.
        if (plan.by.empty()) groups_[""].folds.resize(plan.folds.size());
    }

    Result<void> add(const EventView& event) {
        EventValues values(event, names_);
        BATPAK_TRY(Group* const group, group_of(values));
        for (std::size_t i = 0; i < plan_.folds.size(); ++i) {
            BATPAK_CHECK(group->folds[i].add(plan_.folds[i], values));
        }
        return {};
    }

    std::vector<const Group*> groups() const {
        std::vector<const Group*> groups;
        for (const auto& [key, group] : groups_) groups.push_back(&group);
        return groups;
    }

private:
    Result<Group*> group_of(EventValues& values) {
        std::string key;
        for (const EventField& field : plan_.by) {
            // No JSON of one line holds a line end.
            key += values.text(field, false).value_or("") + "\n";
        }
        const auto found = groups_.find(key);
        if (found != groups_.end()) return &found->second;
        if (groups_.size() == kGroupsMax) {
            return fail(ErrorCode::InvalidArgument,
                        "--by makes more than " + format_count(kGroupsMax) + " groups");
        }
        Group& group = groups_[key];
        for (const EventField& field : plan_.by) group.by.push_back(values.value(field));
        group.folds.resize(plan_.folds.size());
        return &group;
    }

    const Plan& plan_;
    const KindNames& names_;
    std::map<std::string, Group> groups_;
};

// Types have an order of their own, so that every two values can be sorted.
int rank_of(const std::optional<json>& value) {
    if (!value) return 0;
    if (value->is_number()) return 1;
    return value->is_string() ? 2 : 3;
}

bool is_less(const std::optional<json>& a, const std::optional<json>& b) {
    if (rank_of(a) != rank_of(b) || !a) return rank_of(a) < rank_of(b);
    const auto ordered = order(*a, *b);
    return ordered ? *ordered < 0 : a->dump() < b->dump();
}

// Values that are equal as numbers, such as 1 and 1.0, in the order of their texts.
bool is_less_as_text(const std::optional<json>& a, const std::optional<json>& b) {
    return (a ? a->dump() : "") < (b ? b->dump() : "");
}

bool comes_before(const Group* a, const Group* b) {
    using std::ranges::lexicographical_compare;
    if (lexicographical_compare(a->by, b->by, is_less)) return true;
    if (lexicographical_compare(b->by, a->by, is_less)) return false;
    return lexicographical_compare(a->by, b->by, is_less_as_text);
}

void sort_groups(std::vector<const Group*>& groups, const Plan& plan,
                 const ProjectCommand& command) {
    if (!command.top) {
        std::ranges::sort(groups, comes_before);
        return;
    }
    const FoldSpec& spec = plan.folds.front();
    std::ranges::sort(groups, [&](const Group* a, const Group* b) {
        const auto value = a->folds[0].value(spec);
        const auto other = b->folds[0].value(spec);
        if (is_less(other, value)) return true;
        return !is_less(value, other) && comes_before(a, b);
    });
    if (groups.size() > *command.top) groups.resize(*command.top);
}

Rows::Cell cell_of(const std::optional<json>& value, bool ascii) {
    return {.json = value ? std::optional(value_json(*value, ascii)) : std::nullopt, .shown = {}};
}

void print_groups(const std::vector<const Group*>& groups, const Plan& plan, Rows& rows) {
    for (const Group* const group : groups) {
        std::vector<Rows::Cell> cells;
        for (const auto& value : group->by) cells.push_back(cell_of(value, rows.wants_ascii()));
        for (std::size_t i = 0; i < plan.folds.size(); ++i) {
            cells.push_back(cell_of(group->folds[i].value(plan.folds[i]), rows.wants_ascii()));
        }
        rows.add(cells);
    }
    rows.finish();
}

std::vector<Rows::Column> result_columns(const Plan& plan) {
    std::vector<Rows::Column> columns;
    for (const EventField& field : plan.by) {
        columns.push_back({.name = field.path.text, .colour = Colour::Bold, .is_elastic = true});
    }
    for (const FoldSpec& fold : plan.folds) {
        columns.push_back({.name = fold.text, .is_elastic = true});
    }
    return columns;
}

}  // namespace

Result<ExitCode> run(const ProjectCommand& command, Console& console) {
    BATPAK_TRY(const Plan plan, plan_of(command));
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    const KindNames names(*store);
    BATPAK_TRY(const Region region, command.filter.to_region(now_us(), names));
    catch_interrupts();
    Projection projection(plan, names);
    Progress progress(console);
    ExitCode code = ExitCode::Ok;
    std::uint64_t events = 0;
    FilteredRange range(store->query(region), plan.where, names, UINT64_MAX);
    while (const Result<EventView>* const event = range.next()) {
        // A part of a fold would look like the whole.
        if (interrupted()) return ExitCode::Interrupted;
        if (!*event) {
            progress.clear();
            code = console.report(event->error());
            continue;
        }
        BATPAK_CHECK(projection.add(**event));
        progress.show({++events, (*event)->sequence().value, store->visible_end().value});
    }
    progress.clear();
    std::vector<const Group*> groups = projection.groups();
    sort_groups(groups, plan, command);
    Rows rows(console, format_of(console, command.output), result_columns(plan));
    print_groups(groups, plan, rows);
    if (events == 0 && code == ExitCode::Ok) explain_empty(*store, command.filter, names, console);
    return code;
}

}  // namespace batpak::tool
