// Which files are the log, and what the files beside it say that the log does not. A compaction
// that was cut short leaves two sets of segments for the same events: an import that took some of
// each would make up a history, so it takes none.
#include "tool/fbat/fbat_source.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash/crc32.hpp"
#include "batpak/event/value.hpp"

namespace batpak::tool {
namespace {

constexpr std::string_view kFbatSuffix = ".fbat";
constexpr std::size_t kFbatDigitsMin = 6;
constexpr std::uint64_t kSidecarBytesMax = std::uint64_t{256} << 20;
constexpr std::size_t kSidecarHeadBytes = 12;

// "000001.fbat" is 1: at least six digits, and no zero before more of them.
std::optional<std::uint64_t> fbat_id(std::string_view name) {
    if (!name.ends_with(kFbatSuffix)) return std::nullopt;
    name.remove_suffix(kFbatSuffix.size());
    const bool is_padded = name.size() > kFbatDigitsMin && name.front() == '0';
    if (name.size() < kFbatDigitsMin || is_padded) return std::nullopt;
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return id;
}

bool is_of_compaction(std::string_view name) {
    return name.starts_with("compaction.pending") || name.ends_with(".compact-src") ||
           name.ends_with(".compact-new");
}

Error not_finished(const std::string& name) {
    return Error(ErrorCode::CorruptSegment,
                 "a compaction of this store was not finished, and which of its segments count is "
                 "not known: open and close the store with the program that wrote it, then import")
        .at(name);
}

Result<Bytes> read_whole(File& file, std::uint64_t bytes, const std::string& name) {
    Bytes content(static_cast<std::size_t>(bytes));
    BATPAK_TRY(const std::size_t got, file.read_at(0, content));
    if (got == content.size()) return content;
    return fail(Error(ErrorCode::CorruptSegment, "it became shorter while it was read").at(name));
}

Error damaged_sidecar(const char* name) {
    return Error(ErrorCode::CorruptSegment,
                 "it is damaged: if it is not needed, import a copy of the store without it")
        .at(name);
}

// The ranges of an array of {start, end}; false if it is none.
bool take_ranges(const Value* ranges, std::optional<std::uint32_t> lane,
                 std::vector<FbatHiddenRange>& into) {
    if (ranges == nullptr) return true;
    const Value::Array* const array = ranges->as_array();
    if (array == nullptr) return false;
    for (const Value& range : *array) {
        const Value* const start = range.find("start");
        const Value* const end = range.find("end");
        if (start == nullptr || end == nullptr || !start->as_u64() || !end->as_u64()) return false;
        into.push_back({*start->as_u64(), *end->as_u64(), lane});
    }
    return true;
}

bool take_lane_ranges(const Value* lanes, std::vector<FbatHiddenRange>& into) {
    if (lanes == nullptr) return true;
    const Value::Array* const array = lanes->as_array();
    if (array == nullptr) return false;
    return std::ranges::all_of(*array, [&](const Value& entry) {
        const Value* const lane = entry.find("lane");
        if (lane == nullptr || !lane->as_u64() || *lane->as_u64() > UINT32_MAX) return false;
        return take_ranges(entry.find("ranges"), static_cast<std::uint32_t>(*lane->as_u64()), into);
    });
}

}  // namespace

Result<FbatSource> FbatSource::open(const std::string& directory) {
    FbatSource source;
    auto opened = real_file_system()->open_directory(directory, false);
    if (!opened && opened.error().code() == ErrorCode::FileNotFound)
        return fail(Error(ErrorCode::NotAStore, "there is no such directory").at(directory));
    if (!opened) return fail(std::move(opened).error());
    source.directory_ = *std::move(opened);
    BATPAK_CHECK(source.look());
    if (source.files_.empty()) {
        return fail(Error(ErrorCode::NotAStore,
                          "it has no segments such as 000001.fbat: give the directory of a store "
                          "of the Rust original")
                        .at(directory));
    }
    BATPAK_CHECK(source.read_hidden());
    BATPAK_CHECK(source.read_lineage());
    return source;
}

Result<void> FbatSource::look() {
    BATPAK_TRY(std::vector<DirectoryEntry> entries, directory_->list());
    // A folder lists in any order. Sorted, the error names the same file each time.
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    for (const DirectoryEntry& entry : entries) {
        if (is_of_compaction(entry.name)) return fail(not_finished(entry.name));
        if (const auto id = fbat_id(entry.name)) {
            BATPAK_TRY(const std::unique_ptr<File> file,
                       directory_->open_file(entry.name, OpenMode::ReadOnly));
            BATPAK_TRY(const FileStat stat, file->stat());
            files_.push_back({entry.name, *id, stat.size_bytes});
        } else if (entry.name.ends_with(kFbatSuffix)) {
            ignored_.push_back(entry.name);
        }
    }
    std::ranges::sort(files_, {}, &FbatFile::id);
    return {};
}

Result<Bytes> FbatSource::read(const FbatFile& file) const {
    BATPAK_TRY(const std::unique_ptr<File> opened,
               directory_->open_file(file.name, OpenMode::ReadOnly));
    return read_whole(*opened, file.bytes, file.name);
}

// A magic of six letters, a version, the checksum of the rest, and the rest, which is given back;
// nothing if there is no such file.
Result<std::optional<Bytes>> FbatSource::read_sidecar(const char* name,
                                                      std::string_view magic) const {
    auto file = directory_->open_file(name, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::FileNotFound) return std::optional<Bytes>();
    if (!file) return fail(std::move(file).error());
    BATPAK_TRY(const FileStat stat, (*file)->stat());
    if (stat.size_bytes < kSidecarHeadBytes || stat.size_bytes > kSidecarBytesMax)
        return fail(damaged_sidecar(name));
    BATPAK_TRY(Bytes bytes, read_whole(**file, stat.size_bytes, name));
    // Behind the magic and two bytes of a version, little-endian.
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 4; ++i)
        sum |= std::to_integer<std::uint32_t>(bytes[8 + i]) << (8 * i);
    const BytesView body = BytesView(bytes).subspan(kSidecarHeadBytes);
    if (!as_text(bytes).starts_with(magic) || crc32(body) != sum)
        return fail(damaged_sidecar(name));
    return std::optional(Bytes(body.begin(), body.end()));
}

// A file that says what must stay hidden is believed or refused, never passed over.
Result<void> FbatSource::read_hidden() {
    constexpr const char* kName = "visibility_ranges.fbv";
    BATPAK_TRY(const std::optional<Bytes> body, read_sidecar(kName, "FBATVR"));
    if (!body) return {};
    const Result<Value> value = Value::decode(*body);
    const bool is_taken = value && value->as_map() != nullptr &&
                          take_ranges(value->find("ranges"), std::nullopt, hidden_) &&
                          take_lane_ranges(value->find("lane_ranges"), hidden_);
    if (!is_taken) return fail(damaged_sidecar(kName));
    return {};
}

Result<void> FbatSource::read_lineage() {
    constexpr const char* kName = "store.meta";
    BATPAK_TRY(const std::optional<Bytes> body, read_sidecar(kName, "FBATSM"));
    if (!body) return {};
    const Result<Value> value = Value::decode(*body);
    const Value* const lineage = value ? value->find("lineage") : nullptr;
    const Bytes* const bytes = lineage == nullptr ? nullptr : lineage->as_bytes();
    if (bytes == nullptr || bytes->size() != sizeof(IdBytes)) return fail(damaged_sidecar(kName));
    std::ranges::copy(*bytes, lineage_.emplace().begin());
    return {};
}

}  // namespace batpak::tool
