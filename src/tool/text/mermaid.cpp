// Texts of a store inside a Mermaid diagram. What would end a label, or be read as markup, stands
// there as the code of its character; a word, which names a box, keeps letters and digits alone.
#include "tool/text/mermaid.hpp"

namespace batpak::tool {

std::string mermaid_label(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '#': out += "#35;"; break;
            case '"': out += "#quot;"; break;
            case '<': out += "#lt;"; break;
            case '>': out += "#gt;"; break;
            case '`': out += "#96;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string mermaid_word(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        out += plain ? c : '_';
    }
    return out;
}

}  // namespace batpak::tool
