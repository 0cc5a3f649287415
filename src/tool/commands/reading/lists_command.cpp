// lists: the names that a store has, with the number of their events.
//
// All answers come from the index: no event is read but for those that name kinds. The moment is
// fixed when the store is opened, so that the counts of one list are of one log.
#include "tool/commands/commands.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

struct ListItem {
    std::string name;
    std::uint64_t events = 0;
    std::string kind_name{};  // of a kind that has one
};
using ListItems = std::vector<ListItem>;

Result<ListItems> list_names(const StoreReads& store, Names of, const std::string& prefix) {
    BATPAK_TRY(std::vector<NameEntry> entries, store.names(of, prefix));
    ListItems items;
    for (NameEntry& entry : entries) items.push_back({std::move(entry.name), entry.events});
    return items;
}

Result<ListItems> list_kinds(const StoreReads& store, const std::string& prefix) {
    BATPAK_TRY(const Catalogue catalogue, whole_catalogue(store));
    const KindNames names(store);
    ListItems items;
    for (const KindEntry& entry : catalogue) {
        std::string number = to_string(entry.kind);
        const std::string_view name = names.name_of(entry.kind);
        if (!number.starts_with(prefix) && !name.starts_with(prefix)) continue;
        items.push_back({std::move(number), entry.events, std::string(name)});
    }
    return items;
}

Result<ListItems> list(const StoreReads& store, const ListsCommand& command) {
    if (command.what == "entities") return list_names(store, Names::Entities, command.prefix);
    if (command.what == "tags") return list_names(store, Names::Tags, command.prefix);
    if (command.what == "scopes") return list_names(store, Names::Scopes, command.prefix);
    return list_kinds(store, command.prefix);
}

std::string_view singular(std::string_view what) {
    if (what == "entities") return "entity";
    if (what == "tags") return "tag";
    return what == "scopes" ? "scope" : "kind";
}

}  // namespace

Result<ExitCode> run(const ListsCommand& command, Console& console) {
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    BATPAK_TRY(const ListItems items, list(*store, command));
    const OutputFormat format = format_of(console, command.output);
    const bool is_table = format == OutputFormat::Table;
    const std::string name(is_table ? command.what : singular(command.what));
    const bool of_kinds = command.what == "kinds";
    std::vector<Rows::Column> columns{{.name = name, .is_elastic = true}, {.name = "events"}};
    if (of_kinds) {
        const std::string_view header = is_table ? "name" : "kind_name";
        columns.push_back(Rows::Column{.name = std::string(header), .is_elastic = true});
    }
    Rows rows(console, format, std::move(columns));
    for (const ListItem& item : items) {
        const bool ascii = rows.wants_ascii();
        std::vector<Rows::Cell> cells{
            {.json = text_json(item.name, ascii), .shown = escape(item.name)},
            {.json = std::to_string(item.events), .shown = format_count(item.events)}};
        if (of_kinds && item.kind_name.empty()) cells.push_back({.json = {}, .shown = {}});
        if (of_kinds && !item.kind_name.empty())
            cells.push_back(
                {.json = text_json(item.kind_name, ascii), .shown = escape(item.kind_name)});
        rows.add(cells);
        if (console.gone()) break;
    }
    rows.finish();
    if (items.empty() && !command.prefix.empty()) {
        console.note(fmt::format("no {} begins with {}", singular(command.what),
                                 in_quotes(command.prefix, 80)));
    }
    return ExitCode::Ok;
}

}  // namespace batpak::tool
