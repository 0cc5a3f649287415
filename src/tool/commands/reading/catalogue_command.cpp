// catalogue: the kinds of a store, with what they are called, what their payloads look like, and
// how many events they have; as a table, or as a class diagram for other programs to draw.
//
// A table, and a file of CSV, has a row for each version of a kind; JSON an object for each kind.
#include "tool/commands/commands.hpp"
#include "tool/events/catalogue_json.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/mermaid.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// ---- rows

Rows::Cell text_cell(const std::string& text, bool ascii) {
    if (text.empty()) return {.json = {}, .shown = {}};
    return {.json = text_json(text, ascii), .shown = escape(text)};
}

Rows::Cell number_cell(std::uint64_t number) {
    return {.json = std::to_string(number), .shown = format_count(number)};
}

// What a struct looks like without its brackets, with room between the fields; else the shape.
std::string shape_text(const KindVersion& version) {
    const std::vector<KindField> fields = version.fields();
    if (fields.empty()) return version.shape;
    std::string text;
    for (const KindField& field : fields)
        text += (text.empty() ? "" : ", ") + field.name + ": " + field.type;
    return text;
}

void add_rows(Rows& rows, const KindEntry& entry) {
    const bool ascii = rows.wants_ascii();
    const bool is_table = rows.format() == OutputFormat::Table;
    const auto add = [&](const std::string& name, const Rows::Cell& version,
                         const std::string& shape) {
        rows.add({text_cell(to_string(entry.kind), ascii), text_cell(name, ascii), version,
                  text_cell(shape, ascii), number_cell(entry.first.value),
                  number_cell(entry.events)});
    };
    if (entry.versions.empty()) add(entry.name, {.json = {}, .shown = {}}, "");
    for (const KindVersion& version : entry.versions) {
        add(version.name, number_cell(version.payload_version),
            is_table ? shape_text(version) : version.shape);
    }
}

// ---- a class diagram

// The end of what the bracket at the front opens.
std::size_t end_of_bracket(std::string_view text) {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '{' || c == '(') ++depth;
        if ((c == '}' || c == ')') && --depth == 0) return at + 1;
    }
    return text.size();
}

// A type in the words of the diagram, to which braces and parentheses mean something else.
std::string diagram_type(std::string_view type) {
    std::string out;
    while (!type.empty()) {
        const char c = type.front();
        std::size_t taken = 1;
        if (c == '{' || c == '(') {
            out += c == '{' ? "struct" : "variant";
            taken = end_of_bracket(type);
        } else if (c == '<' || c == '>') {
            out += '~';
        } else if (c == '[' || c == ']' || c == '?' || c == ',') {
            out += c;
        } else {
            out += mermaid_word(type.substr(0, 1));
        }
        type.remove_prefix(taken);
    }
    return out;
}

void begin_class(Console& console, const KindEntry& entry, const std::string& id,
                 const std::string& label) {
    console.print("    class {}[\"{}\"] {{\n        <<{}>>\n", id, mermaid_label(escape(label)),
                  to_string(entry.kind));
}

void print_version(Console& console, const KindEntry& entry, const KindVersion& version) {
    const std::string number = std::to_string(version.payload_version);
    begin_class(console, entry, "k" + to_string(entry.kind).substr(2) + "v" + number,
                version.name + " v" + number);
    const std::vector<KindField> fields = version.fields();
    for (const KindField& field : fields)
        console.print("        {} {}\n", diagram_type(field.type), mermaid_word(field.name));
    if (fields.empty() && !version.shape.empty())
        console.print("        {} payload\n", diagram_type(version.shape));
    console.write("    }\n");
}

void print_diagram(Console& console, const Catalogue& catalogue) {
    console.write("classDiagram\n");
    for (const KindEntry& entry : catalogue) {
        if (entry.versions.empty()) {
            const std::string number = to_string(entry.kind);
            begin_class(console, entry, "k" + number.substr(2),
                        entry.name.empty() ? number : entry.name);
            console.write("    }\n");
        }
        for (const KindVersion& version : entry.versions) print_version(console, entry, version);
    }
}

}  // namespace

Result<ExitCode> run(const CatalogueCommand& command, Console& console) {
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    BATPAK_TRY(const Catalogue catalogue, store->catalogue());
    if (command.output.format == kMermaidFormat) {
        print_diagram(console, catalogue);
    } else {
        Rows rows(console, format_of(console, command.output),
                  {{.name = "kind", .colour = Colour::Cyan},
                   {.name = "kind_name", .colour = Colour::Bold},
                   {.name = "payload_version"},
                   {.name = "shape", .is_elastic = true},
                   {.name = "first"},
                   {.name = "events"}});
        for (const KindEntry& entry : catalogue) {
            if (rows.is_json()) {
                rows.add_object(kind_entry_json(entry, console.ascii_json()));
            } else {
                add_rows(rows, entry);
            }
            if (console.gone()) break;
        }
        rows.finish();
    }
    if (!catalogue.is_complete()) {
        console.note(
            "some events are damaged, and their kinds are not known: they are not counted");
    }
    return ExitCode::Ok;
}

}  // namespace batpak::tool
