// Checks of words that are one of a few, as the command line asks for them: an empty text means
// that it is right.
#include "tool/input/choices.hpp"

#include <algorithm>

#include "tool/text/nearest.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {

std::string check_words(const std::string& text, const std::vector<std::string>& known) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (std::ranges::find(known, word) == known.end()) {
            std::string list;
            for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
            return "\"" + word + "\" is none of " + list;
        }
        begin = end + 1;
    }
    return "";
}

std::string check_choice(const std::string& text, const std::vector<std::string>& known) {
    if (std::ranges::find(known, text) != known.end()) return "";
    std::string list;
    for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
    const auto meant = nearest(text, known);
    return in_quotes(text, 60) + " is none of " + list +
           (meant ? ": did you mean " + *meant + "?" : "");
}

std::string check_rivals(const std::string& text) {
    return check_words(text, {"sqlite", "lmdb", "rocksdb", "leveldb", "all"});
}

}  // namespace batpak::tool
