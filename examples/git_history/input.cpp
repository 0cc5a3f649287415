#include "input.hpp"

#include <algorithm>
#include <batpak/json.hpp>
#include <fstream>
#include <iterator>

namespace git_history {
namespace {

using batpak::ErrorCode;
using batpak::fail;
using batpak::Result;
using nlohmann::json;

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(batpak::Error(ErrorCode::FileNotFound, "cannot be read").at(path));
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string text_or_empty(const json& value) {
    return value.is_null() ? std::string() : value.get<std::string>();
}

Result<Change> parse_change(const json& object) {
    const std::string& kind = object.at("kind").get_ref<const std::string&>();
    const std::string& commit = object.at("commit").get_ref<const std::string&>();
    if (kind == "commit") {
        return CommitMade{.hash = commit,
                          .parent = text_or_empty(object.at("parent")),
                          .author = object.at("author"),
                          .subject = object.at("subject"),
                          .time_s = object.at("time"),
                          .files = object.at("files")};
    }
    const std::int64_t added = object.at("added");
    const std::int64_t deleted = object.at("deleted");
    if (kind == "file_added") return FileAdded{commit, added, deleted};
    if (kind == "file_modified") return FileModified{commit, added, deleted};
    if (kind == "file_deleted") return FileDeleted{commit, deleted};
    return fail(ErrorCode::DecodeFailed, "no such kind of change: " + kind);
}

Result<Record> record_of(const json& object) {
    BATPAK_TRY(Change change, parse_change(object));
    const std::string repository = object.at("repo");
    const bool is_commit = std::holds_alternative<CommitMade>(change);
    const std::string entity = is_commit ? repository : object.at("path").get<std::string>();
    BATPAK_TRY(batpak::Coordinate coordinate, batpak::Coordinate::create(entity, repository));
    return Record{std::move(coordinate), object.at("commit"), std::move(change)};
}

Result<Expected> expected_of(const json& object) {
    return Expected{object.at("head"), object.at("lines_at_head").get<LinesByPath>()};
}

// at() and get() of nlohmann::json throw where something is missing or of another type. Here, at
// the border, that becomes an error like any other.
template <class Read>
auto read_json(std::string_view text, Read read) -> decltype(read(json())) {
    BATPAK_TRY(const json object, batpak::parse_json(text));
    try {
        return read(object);
    } catch (const json::exception& exception) {
        return fail(ErrorCode::DecodeFailed, exception.what());
    }
}

}  // namespace

EventsByKind History::count_by_kind() const {
    EventsByKind counts;
    for (const Record& record : records) {
        std::visit([&](const auto& change) { ++counts[change.kind]; }, record.change);
    }
    return counts;
}

std::size_t History::commit_end(std::size_t at) const {
    while (at > 0 && !std::holds_alternative<CommitMade>(records[at].change)) --at;
    return at + commit_size(std::span(records).subspan(at));
}

std::size_t commit_size(std::span<const Record> records) {
    std::size_t size = 1;
    while (size < records.size() && records[size].commit == records[0].commit) ++size;
    return size;
}

Result<Record> parse_record(std::string_view line) { return read_json(line, record_of); }

Result<History> read_history(const std::string& path) {
    BATPAK_TRY(const std::string text, read_file(path));
    History history;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
        end = std::min(text.find('\n', begin), text.size());
        auto record = parse_record(std::string_view(text).substr(begin, end - begin));
        if (!record) return fail(std::move(record).error().at(path).at_offset(begin));
        history.records.push_back(*std::move(record));
    }
    if (history.records.empty()) return fail(ErrorCode::DecodeFailed, "an empty history: " + path);
    history.repository = history.records.front().coordinate.scope();
    return history;
}

Result<Expected> read_expected(const std::string& path) {
    BATPAK_TRY(const std::string text, read_file(path));
    return read_json(text, expected_of);
}

}  // namespace git_history
