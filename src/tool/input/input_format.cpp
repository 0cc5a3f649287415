// What a file is that is no JSON, by its first bytes, with the command that makes lines of JSON of
// it: the commonest mistake with import is to give it something else.
#include "tool/input/input_format.hpp"

#include <algorithm>
#include <array>

namespace batpak::tool {
namespace {

using namespace std::string_view_literals;

struct Format {
    std::string_view start;
    std::string_view words;
};

// UTF-32 comes before UTF-16, whose mark it begins with.
constexpr std::array kFormats = std::to_array<Format>({
    {"\x1F\x8B"sv, "it is compressed by gzip: give import what `zcat` makes of it"sv},
    {"\x28\xB5\x2F\xFD"sv, "it is compressed by zstd: give import what `zstdcat` makes of it"sv},
    {"BZh"sv, "it is compressed by bzip2: give import what `bzcat` makes of it"sv},
    {"\xFD\x37zXZ\0"sv, "it is compressed by xz: give import what `xzcat` makes of it"sv},
    {"\x04\x22\x4D\x18"sv, "it is compressed by lz4: give import what `lz4cat` makes of it"sv},
    {"PK\x03\x04"sv, "it is a zip archive: give import what `unzip -p` makes of it"sv},
    {"SQLite format 3\0"sv, "it is a database of SQLite: give import lines of `json_object()`"sv},
    {"PAR1"sv, "it is a Parquet file: convert it to lines of JSON first"sv},
    {"\xFF\xFE\0\0"sv, "it is UTF-32: give import what `iconv -f UTF-32 -t UTF-8` makes of it"sv},
    {"\0\0\xFE\xFF"sv, "it is UTF-32: give import what `iconv -f UTF-32 -t UTF-8` makes of it"sv},
    {"\xFF\xFE"sv, "it is UTF-16: give import what `iconv -f UTF-16 -t UTF-8` makes of it"sv},
    {"\xFE\xFF"sv, "it is UTF-16: give import what `iconv -f UTF-16 -t UTF-8` makes of it"sv},
    {"{\0"sv, "it is UTF-16: give import what `iconv -f UTF-16LE -t UTF-8` makes of it"sv},
    {"\0{\0"sv, "it is UTF-16: give import what `iconv -f UTF-16BE -t UTF-8` makes of it"sv},
});

bool looks_like_a_table(std::string_view line) {
    if (line.empty() || line.starts_with('{') || line.find('\0') != std::string_view::npos)
        return false;
    return line.find_first_of(",;\t") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> describe_input(std::string_view first_line) {
    for (const Format& format : kFormats) {
        if (first_line.starts_with(format.start)) return std::string(format.words);
    }
    const std::string_view text =
        first_line.substr(std::min(first_line.find_first_not_of(" \t"), first_line.size()));
    if (text.starts_with('[')) {
        return "it is an array, and import reads one object a line: give it what `jq -c '.[]'` "
               "makes of it";
    }
    // Not certain: a line of JSON may end in blanks. So it is said with "if".
    if (text.starts_with('{') && !text.ends_with('}')) {
        return "if an object takes several lines, give import what `jq -c .` makes of it";
    }
    if (text.starts_with('<'))
        return "it looks like XML or HTML: convert it to lines of JSON first";
    if (looks_like_a_table(text)) {
        return "it looks like a table (CSV): give import what `mlr --icsv --ojsonl cat` or another "
               "converter makes of it";
    }
    return std::nullopt;
}

}  // namespace batpak::tool
