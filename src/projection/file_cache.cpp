// One file:
//
//     offset  bytes
//     0       4      "BPKC"
//     4       4      CRC-32 of everything after it
//     8       2      format version, 1
//     10      2      length of the key
//     12      rest   the key, then the value
#include "batpak/projection/projection_cache.hpp"

#include <array>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "projection/identity.hpp"

namespace batpak {
namespace {

constexpr std::string_view kCacheMagic = "BPKC";
constexpr std::uint16_t kFormatVersion = 1;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kCheckedFrom = 8;
constexpr std::string_view kSuffix = ".state";
constexpr std::string_view kTemporarySuffix = ".tmp";

std::string name_of(BytesView key) {
    return to_hex(projection::digest_of(key)) + std::string(kSuffix);
}

bool is_missing(const Error& error) { return error.code() == ErrorCode::FileNotFound; }

Result<void> check_key(BytesView key) {
    if (!key.empty() && key.size() <= ProjectionCache::kKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "a key has 1 to 128 bytes");
}

struct Content {
    BytesView key;
    BytesView value;
};

// The version before the checksum: of a later one it is not known what the checksum covers.
Result<Content> parse(BytesView bytes) {
    if (bytes.size() < kHeaderBytes || as_text(bytes.first(kCacheMagic.size())) != kCacheMagic)
        return fail(ErrorCode::CorruptCache, "it is no file of a cache");
    if (load_little_endian<std::uint16_t>(bytes.subspan(8)) != kFormatVersion)
        return fail(ErrorCode::FutureFormat, "written by another version of batpak");
    if (load_little_endian<std::uint32_t>(bytes.subspan(4)) != crc32(bytes.subspan(kCheckedFrom)))
        return fail(ErrorCode::CorruptCache, "its checksum is wrong");
    const std::size_t key_bytes = load_little_endian<std::uint16_t>(bytes.subspan(10));
    if (key_bytes > bytes.size() - kHeaderBytes)
        return fail(ErrorCode::CorruptCache, "it is shorter than it says");
    return Content{bytes.subspan(kHeaderBytes, key_bytes), bytes.subspan(kHeaderBytes + key_bytes)};
}

// Nothing if there is no such file.
Result<std::optional<Buffer>> read_file(Directory& directory, const std::string& name) {
    auto file = directory.open_file(name, OpenMode::ReadOnly);
    if (!file && is_missing(file.error())) return std::optional<Buffer>();
    if (!file) return fail(file.error());
    BATPAK_TRY(const FileStat stat, (*file)->stat());
    constexpr std::size_t kFileBytesMax =
        kHeaderBytes + ProjectionCache::kKeyBytesMax + ProjectionCache::kValueBytesMax;
    if (stat.size_bytes > kFileBytesMax)
        return fail(Error(ErrorCode::CorruptCache, "absurdly large").at(name));
    Buffer content;
    BATPAK_TRY(const std::size_t got,
               (*file)->read_at(0, content.extend(static_cast<std::size_t>(stat.size_bytes))));
    content.truncate(got);
    return std::optional<Buffer>(std::move(content));
}

}  // namespace

Result<bool> NoCache::get(BytesView, Buffer&) { return false; }
Result<void> NoCache::put(BytesView, BytesView) { return {}; }
Result<void> NoCache::remove(BytesView) { return {}; }
Result<std::uint64_t> NoCache::remove_prefix(BytesView) { return std::uint64_t{0}; }

FileCache::FileCache(std::unique_ptr<Directory> directory, std::shared_ptr<Entropy> entropy)
    : directory_(std::move(directory)), entropy_(std::move(entropy)) {}

Result<std::shared_ptr<FileCache>> FileCache::open(const std::string& directory) {
    return open(directory, Environment::real());
}

// The second one makes the directory if need be. Several processes may share it: each file is whole
// under its name, and is proved when it is read.
Result<std::shared_ptr<FileCache>> FileCache::open(const std::string& directory,
                                                   const Environment& environment) {
    BATPAK_TRY(std::unique_ptr<Directory> opened,
               environment.files->open_directory(directory, true));
    // What a crash left aside. If another process is just writing it, that one's put() fails.
    BATPAK_TRY(const std::vector<DirectoryEntry> entries, opened->list());
    for (const DirectoryEntry& entry : entries) {
        if (entry.kind != FileKind::Regular || !entry.name.ends_with(kTemporarySuffix)) continue;
        auto removed = opened->remove(entry.name);
        if (!removed && !is_missing(removed.error())) return fail(removed.error());
    }
    return std::shared_ptr<FileCache>(new FileCache(std::move(opened), environment.entropy));
}

Result<bool> FileCache::get(BytesView key, Buffer& value) {
    BATPAK_CHECK(check_key(key));
    const std::string name = name_of(key);
    BATPAK_TRY(const std::optional<Buffer> file, read_file(*directory_, name));
    if (!file) return false;
    auto content = parse(file->view());
    if (!content) return fail(std::move(content).error().at(name));
    if (!equal_bytes(content->key, key)) return false;  // two keys with one digest
    value.append(content->value);
    return true;
}

// Nothing is synced. What a power cut takes, or leaves in part, is found out by its checksum and
// folded again (INV P3).
Result<void> FileCache::put(BytesView key, BytesView value) {
    BATPAK_CHECK(check_key(key));
    if (value.size() > kValueBytesMax)
        return fail(ErrorCode::InvalidArgument, "a value has 64 MiB at most");
    Buffer content;
    const MutableBytesView header = content.extend(kHeaderBytes);
    std::memcpy(header.data(), kCacheMagic.data(), kCacheMagic.size());
    store_little_endian<std::uint16_t>(header.subspan(8), kFormatVersion);
    store_little_endian<std::uint16_t>(header.subspan(10), static_cast<std::uint16_t>(key.size()));
    content.append(key);
    content.append(value);
    store_little_endian<std::uint32_t>({content.data() + 4, 4},
                                       crc32(content.view().subspan(kCheckedFrom)));
    // A name of its own, because others may be writing the same key.
    std::array<std::byte, 8> unique;
    entropy_->fill(unique);
    const std::string temporary = to_hex(unique) + std::string(kTemporarySuffix);
    Result<void> written = write(temporary, content.view());
    if (written) written = directory_->rename(temporary, name_of(key));
    // Of a failed put only its first error counts.
    if (!written) (void)directory_->remove(temporary);
    return written;
}

Result<void> FileCache::write(const std::string& temporary, BytesView content) {
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory_->open_file(temporary, OpenMode::CreateNew));
    return file->write_at(0, content);
}

Result<void> FileCache::remove(BytesView key) {
    BATPAK_CHECK(check_key(key));
    auto removed = directory_->remove(name_of(key));
    if (!removed && is_missing(removed.error())) return {};
    return removed;
}

// Names are digests, so each file must be read to know whose it is.
Result<std::uint64_t> FileCache::remove_prefix(BytesView prefix) {
    BATPAK_TRY(const std::vector<DirectoryEntry> entries, directory_->list());
    std::uint64_t removed = 0;
    for (const DirectoryEntry& entry : entries) {
        if (!entry.name.ends_with(kSuffix)) continue;
        BATPAK_TRY(const std::optional<Buffer> file, read_file(*directory_, entry.name));
        if (!file) continue;
        const auto content = parse(file->view());
        // Nobody knows whose a damaged file was: it is worth nothing to anybody.
        const bool matches = !content || as_text(content->key).starts_with(as_text(prefix));
        if (!matches) continue;
        auto done = directory_->remove(entry.name);
        if (done && content) ++removed;
        if (!done && !is_missing(done.error())) return fail(done.error());
    }
    return removed;
}

}  // namespace batpak
