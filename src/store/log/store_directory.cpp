// The order in which files become durable is what a crash leaves behind:
//
//     a new file      content -> sync -> its name, by rename -> sync of the folder
//     a new store     segments/ -> sync -> its first segment -> MANIFEST: from then on it is there
//     a new MANIFEST  beside the old one -> rename -> sync -> MANIFEST.copy, in the same way
//
// So under each name there is a whole file at any moment, the old one or the new one, and what has
// no name yet ends in .tmp, which the next writer removes or makes again (INV W6). A file that
// failed to be made is made again from scratch, never taken up: a failed sync leaves it nobody
// knows how (INV W4).
#include "store/log/store_directory.hpp"

#include <algorithm>
#include <cerrno>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "store/frame/limits.hpp"
#include "store/frame/window_reader.hpp"
#include "store/log/reach.hpp"

namespace batpak::store {
namespace {

constexpr const char* kLock = "LOCK";
constexpr const char* kManifest = "MANIFEST";
constexpr const char* kManifestCopy = "MANIFEST.copy";
constexpr const char* kSegments = "segments";
constexpr const char* kIndex = "index";
constexpr const char* kLost = "lost";
constexpr const char* kSnapshot = "SNAPSHOT";
constexpr std::string_view kTemporarySuffix = ".tmp";
// A line of a MANIFEST takes at most 110 bytes, one of a SNAPSHOT 160: enough for more than a
// million segments. What is neither is seen by its first bytes, and space that holds nothing by its
// first zero.
constexpr std::uint64_t kTextBytesMax = std::uint64_t{256} << 20;
constexpr std::size_t kTextReadBytes = 64U << 10;
// So many cut tails of one place are kept.
constexpr int kTailsOfOnePlaceMax = 9999;

bool is_temporary(std::string_view name) { return name.ends_with(kTemporarySuffix); }

bool is_missing(const Error& error) { return error.code() == ErrorCode::FileNotFound; }

constexpr const char* kNoStore = "the directory holds no store";
constexpr const char* kNoDirectory = "there is no such directory";

tl::unexpected<Error> no_store(const StoreConfig& config, const char* detail) {
    return fail(Error(ErrorCode::NotAStore, detail).at(config.directory()));
}

// The names that make an otherwise empty directory a place for a new store.
bool is_ours(const DirectoryEntry& entry) {
    // The last one is what a file system keeps for itself where it is mounted.
    constexpr std::array<std::string_view, 7> names = {kLock,  kManifest, kManifestCopy, kSegments,
                                                       kIndex, kLost,     "lost+found"};
    return std::ranges::find(names, entry.name) != names.end() || is_temporary(entry.name);
}

bool is_gone(const Result<void>& removed) { return removed || is_missing(removed.error()); }

// What a copy that was cut short leaves in the directory, besides folders.
bool is_left_by_copy(const DirectoryEntry& entry) {
    return entry.name == kLock || entry.name == "lost+found" || is_temporary(entry.name);
}

// Whether there is neither a MANIFEST nor a segment, nor anything that is not a store's.
Result<bool> holds_nothing(Directory& root) {
    BATPAK_TRY(const std::vector<DirectoryEntry> entries, root.list());
    for (const DirectoryEntry& entry : entries) {
        if (is_left_by_copy(entry)) continue;
        if (entry.name != kSegments || entry.kind != FileKind::Directory) return false;
        BATPAK_TRY(const std::unique_ptr<Directory> segments,
                   root.open_directory(kSegments, false));
        BATPAK_TRY(const std::vector<DirectoryEntry> files, segments->list());
        const auto is_unnamed = [](const DirectoryEntry& file) { return is_temporary(file.name); };
        if (!std::ranges::all_of(files, is_unnamed)) return false;
    }
    return true;
}

Result<void> require_nothing(Directory& root) {
    BATPAK_TRY(const bool nothing, holds_nothing(root));
    if (nothing) return {};
    return fail(Error(ErrorCode::BadDestination,
                      "it is not empty: choose a directory that is, or that is not there yet; what "
                      "a copy left that was cut short is yours to remove")
                    .at(root.path()));
}

// A text file of a store, by what it is called, how it begins, and what is said if it is none.
struct TextFile {
    const char* name;
    std::string_view prefix;
    ErrorCode error;
};

// Reads on only as long as it may be one: a foreign file of that name costs its first window.
Result<Buffer> read_text(File& file, const TextFile& kind) {
    BATPAK_TRY(const FileStat stat, file.stat());
    if (stat.size_bytes > kTextBytesMax)
        return fail(kind.error, std::string("it is larger than any ") + kind.name);
    Buffer content;
    while (content.size() < stat.size_bytes) {
        const std::uint64_t at = content.size();
        const auto want = std::min<std::uint64_t>(stat.size_bytes - at, kTextReadBytes);
        const MutableBytesView window = content.extend(static_cast<std::size_t>(want));
        BATPAK_TRY(const std::size_t got, file.read_at(at, window));
        content.truncate(static_cast<std::size_t>(at + got));
        const bool is_text = std::ranges::find(window.first(got), std::byte{0}) ==
                             window.begin() + static_cast<std::ptrdiff_t>(got);
        if (!is_text || !as_text(content.view()).starts_with(kind.prefix))
            return fail(kind.error, std::string("it is no ") + kind.name + " of a store");
        if (got < want) break;
    }
    return content;
}

// Makes a durable file of [begin, end) of another, in place of what has its name. Leaves nothing
// behind after an error.
Result<void> copy_file(Directory& directory, const std::string& name, File& source,
                       std::uint64_t begin, std::uint64_t end) {
    BATPAK_ASSERT(begin <= end);
    const std::string temporary = name + std::string(kTemporarySuffix);
    auto removed = directory.remove(temporary);
    if (!removed && !is_missing(removed.error())) return removed;
    BATPAK_TRY(const std::unique_ptr<File> copy,
               directory.open_file(temporary, OpenMode::CreateNew));
    const auto copied = [&]() -> Result<void> {
        WindowReader reader(source, kScanWindowBytes);
        for (std::uint64_t at = begin; at < end;) {
            const std::uint64_t want = std::min<std::uint64_t>(end - at, kScanWindowBytes);
            BATPAK_TRY(BytesView bytes, reader.at(at, static_cast<std::size_t>(want)));
            if (bytes.empty()) return fail(Error(ErrorCode::Io, "it shrank").at_offset(at));
            BATPAK_CHECK(copy->write_at(at - begin, bytes));
            at += bytes.size();
        }
        BATPAK_CHECK(copy->sync(SyncMode::All));
        return directory.rename(temporary, name);
    }();
    if (!copied) {
        (void)directory.remove(temporary);
        return copied;
    }
    return directory.sync();
}

// Whether the name is still to be had, or has exactly these bytes already, as an attempt leaves it
// that was cut short afterwards.
Result<bool> is_free_for(Directory& lost, const std::string& name, File& segment,
                         std::uint64_t begin, std::uint64_t end) {
    const auto kept = lost.open_file(name, OpenMode::ReadOnly);
    if (!kept && is_missing(kept.error())) return true;
    if (!kept && kept.error().code() == ErrorCode::NotRegular) return false;
    if (!kept) return fail(kept.error());
    BATPAK_TRY(const FileStat stat, (*kept)->stat());
    if (stat.size_bytes != end - begin) return false;
    WindowReader old_bytes(**kept, kScanWindowBytes);
    WindowReader new_bytes(segment, kScanWindowBytes);
    for (std::uint64_t at = begin; at < end;) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - at, kScanWindowBytes));
        BATPAK_TRY(const BytesView ours, new_bytes.at(at, want));
        BATPAK_TRY(const BytesView theirs, old_bytes.at(at - begin, want));
        if (ours.empty() || !std::ranges::equal(ours, theirs)) return false;
        at += ours.size();
    }
    return true;
}

// What tells the second and each later file of one place under lost/ from the first.
std::string number_behind(int number) { return number > 1 ? "-" + std::to_string(number) : ""; }

Error too_many_kept() {
    return Error(ErrorCode::Io, "it holds " + std::to_string(kTailsOfOnePlaceMax) +
                                    " files of one place: move them away")
        .at(kLost);
}

// Nothing if there is no such file.
Result<std::optional<Manifest>> read_one_manifest(Directory& root, const char* name) {
    auto file = root.open_file(name, OpenMode::ReadOnly);
    if (!file && is_missing(file.error())) return std::optional<Manifest>();
    if (!file) return fail(file.error());
    auto text = read_text(**file, {kManifest, Manifest::kAnyVersion, ErrorCode::CorruptManifest});
    if (!text) return fail(std::move(text).error().at(name));
    auto manifest = Manifest::parse(as_text(text->view()));
    if (!manifest) return fail(std::move(manifest).error().at(name));
    return std::optional<Manifest>(*std::move(manifest));
}

}  // namespace

// Whether there is a store in the directory of the config. If there is none, and one may be made,
// the directory is there afterwards, and its name is durable. Where there is a store, it has been
// so ever since: the maker of the MANIFEST came this way before.
Result<bool> StoreDirectory::find_store(const StoreConfig& config) {
    FileSystem& files = *config.environment().files;
    auto found = files.open_directory(config.directory(), false);
    if (!found && !is_missing(found.error())) return fail(std::move(found).error());
    if (found) {
        root_ = *std::move(found);
        // Other programs have files of this name: what is not ours is refused before anything is
        // made.
        BATPAK_TRY(const std::optional<Manifest> manifest, read_manifest());
        if (manifest) {
            BATPAK_CHECK(require_no_snapshot());
            return true;
        }
        BATPAK_TRY(const std::vector<DirectoryEntry> entries, root_->list());
        if (!std::ranges::all_of(entries, is_ours))
            return no_store(config,
                            "the directory holds other files and no store: choose an empty one");
    }
    if (!config.create_if_missing()) return no_store(config, root_ ? kNoStore : kNoDirectory);
    if (config.expect_at_least() > Sequence(0)) {
        return fail(Error(ErrorCode::RolledBack,
                          "there is no store and there should be one of at least " +
                              to_string(config.expect_at_least()) + " events: restore it")
                        .at(config.directory()));
    }
    BATPAK_TRY(root_, files.open_directory(config.directory(), true));
    return false;
}

// The locks keep two copies out of one place. A directory that already holds something is refused
// before they are made.
Result<std::unique_ptr<StoreDirectory>> StoreDirectory::open_for_copy(const StoreConfig& config) {
    FileSystem& files = *config.environment().files;
    auto found = files.open_directory(config.directory(), false);
    if (!found && !is_missing(found.error())) return fail(std::move(found).error());
    if (found) BATPAK_CHECK(require_nothing(**found));
    std::unique_ptr<StoreDirectory> directory(new StoreDirectory(config));
    BATPAK_TRY(directory->root_, files.open_directory(config.directory(), true));
    BATPAK_CHECK(directory->take_locks());
    // Once more: another copy may have been made there meanwhile.
    BATPAK_CHECK(require_nothing(*directory->root_));
    directory->writable_.store(true, std::memory_order_relaxed);
    BATPAK_TRY(directory->segments_, directory->root_->open_directory(kSegments, true));
    BATPAK_CHECK(directory->root_->sync());
    return directory;
}

Result<std::unique_ptr<StoreDirectory>> StoreDirectory::open_for_writing(
    const StoreConfig& config) {
    std::unique_ptr<StoreDirectory> directory(new StoreDirectory(config));
    BATPAK_TRY(const bool has_store, directory->find_store(config));
    Directory& root = *directory->root_;
    BATPAK_CHECK(directory->take_locks());
    // Once more: a snapshot may have been made there meanwhile.
    BATPAK_CHECK(directory->require_no_snapshot());
    BATPAK_CHECK(reach(directory->injector_.get(), InjectionPoint::AfterLock));
    BATPAK_ASSERT(directory->lock_ != nullptr);  // nothing is written without it (INV L1)
    directory->writable_.store(true, std::memory_order_relaxed);
    auto segments = root.open_directory(kSegments, !has_store);
    if (!segments && is_missing(segments.error())) {
        return fail(Error(ErrorCode::MissingSegment, "it is not there: restore it from a backup")
                        .at(kSegments));
    }
    if (!segments) return fail(std::move(segments).error());
    directory->segments_ = *std::move(segments);
    if (auto index = root.open_directory(kIndex, !has_store)) {
        directory->index_ = *std::move(index);
    } else if (!is_missing(index.error())) {
        return fail(std::move(index).error());
    }
    // The name of the segments folder is durable before the MANIFEST has one.
    if (!has_store) BATPAK_CHECK(root.sync());
    return directory;
}

// A snapshot is what its SNAPSHOT says, and a log that goes on in two places is two logs under one
// name.
Result<void> StoreDirectory::require_no_snapshot() {
    const auto record = root_->open_file(kSnapshot, OpenMode::ReadOnly);
    if (!record && is_missing(record.error())) return {};
    if (!record) return fail(record.error());
    return fail(Error(ErrorCode::SnapshotOnly,
                      "it is a snapshot, which can only be read: make a store of it with restore")
                    .at(root_->path()));
}

// LOCK could be removed and made again by others while it is held; the directory itself could not.
// Some file systems cannot lock a directory: there LOCK has to do.
Result<void> StoreDirectory::take_locks() {
    auto own = root_->lock_itself();
    if (own) {
        own_lock_ = *std::move(own);
    } else if (own.error().code() != ErrorCode::Unsupported) {
        return fail(std::move(own).error());
    }
    BATPAK_TRY(lock_, root_->lock(kLock));
    return {};
}

Result<void> StoreDirectory::make_index_folder() {
    BATPAK_ASSERT(writable());
    if (index_) return {};
    BATPAK_TRY(index_, root_->open_directory(kIndex, true));
    return {};
}

Result<std::unique_ptr<StoreDirectory>> StoreDirectory::open_for_reading(
    const StoreConfig& config) {
    std::unique_ptr<StoreDirectory> directory(new StoreDirectory(config));
    auto root = config.environment().files->open_directory(config.directory(), false);
    if (!root && is_missing(root.error())) return no_store(config, kNoDirectory);
    if (!root) return fail(std::move(root).error());
    directory->root_ = *std::move(root);
    auto segments = directory->root_->open_directory(kSegments, false);
    if (!segments && is_missing(segments.error())) {
        // What a MANIFEST stands in was a store.
        if (directory->find_manifest(directory->manifests_).value_or(std::nullopt)) {
            return fail(Error(ErrorCode::MissingSegment,
                              "the folder of the segments is gone, and the MANIFEST is there: "
                              "restore the store from a backup")
                            .at(config.directory() + "/" + std::string(kSegments)));
        }
        return no_store(config, kNoStore);
    }
    if (!segments) return fail(segments.error());
    directory->segments_ = *std::move(segments);
    if (auto index = directory->root_->open_directory(kIndex, false))
        directory->index_ = *std::move(index);
    BATPAK_ASSERT(!directory->writable());  // a reader writes nothing and locks nothing (INV L3)
    return directory;
}

// One of the two files may be damaged, old or gone, and the store is as it was: the newer one that
// can be read counts. A crash between the two writes leaves the copy one behind.
Result<std::optional<Manifest>> StoreDirectory::read_manifest() {
    return find_manifest(manifests_);
}

Result<std::optional<Manifest>> StoreDirectory::look_at_manifest() {
    ManifestPair ignored = ManifestPair::Equal;
    return find_manifest(ignored);
}

Result<std::optional<Manifest>> StoreDirectory::find_manifest(ManifestPair& pair) {
    auto manifest = read_one_manifest(*root_, kManifest);
    auto copy = read_one_manifest(*root_, kManifestCopy);
    const auto is_fatal = [](const auto& read) {
        return !read && read.error().code() != ErrorCode::CorruptManifest;
    };
    if (is_fatal(manifest)) return manifest;
    if (is_fatal(copy)) return copy;
    const bool have_manifest = manifest && manifest->has_value();
    const bool have_copy = copy && copy->has_value();
    const bool are_there = have_manifest && have_copy;
    const bool agree = are_there ? **manifest == **copy : !have_manifest && !have_copy;
    // A crash between the two writes leaves them one generation apart, and so does a writer at
    // work. If they are further apart, something else went wrong, and that is reported.
    const bool is_a_change_behind =
        are_there && ((*manifest)->generation == (*copy)->generation + 1 ||
                      (*copy)->generation == (*manifest)->generation + 1);
    pair = agree                ? ManifestPair::Equal
           : is_a_change_behind ? ManifestPair::OneBehind
                                : ManifestPair::Damaged;
    // Moved, not copied: tl::expected ends the program if a copy finds no memory.
    const bool copy_is_newer = are_there && (*copy)->generation > (*manifest)->generation;
    if (have_manifest && !copy_is_newer) return manifest;
    if (have_copy) return copy;
    if (manifest) return copy;  // the one that is there and unreadable, or neither
    return manifest;
}

template <class Call>
std::invoke_result_t<Call> StoreDirectory::retry_exhausted(Call call) {
    auto answer = call();
    const int reason = answer ? 0 : answer.error().os_error();
    // Too many open files, of the process or the system. The store gives back those that it keeps
    // open for readers, and tries once more: a writer must not fail because readers have looked
    // around.
    if (reason != EMFILE && reason != ENFILE) return answer;
    if (release_) release_();
    return call();
}

// In a file that is made from scratch, whatever an earlier try has left.
Result<void> StoreDirectory::write_temporary(Directory& directory, const std::string& name,
                                             BytesView content, bool durable) {
    const std::string temporary = name + std::string(kTemporarySuffix);
    auto removed = directory.remove(temporary);
    if (!removed && !is_missing(removed.error())) return removed;
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_file(temporary, OpenMode::CreateNew));
    BATPAK_CHECK(file->write_at(0, content));
    if (durable) BATPAK_CHECK(file->sync(SyncMode::All));
    return {};
}

Result<void> StoreDirectory::put_in_place(Directory& directory, const std::string& name,
                                          bool durable) {
    BATPAK_CHECK(directory.rename(name + std::string(kTemporarySuffix), name));
    if (durable) BATPAK_CHECK(directory.sync());
    return {};
}

Result<void> StoreDirectory::replace_file(Directory& directory, const std::string& name,
                                          BytesView content, bool durable) {
    BATPAK_CHECK(write_temporary(directory, name, content, durable));
    return put_in_place(directory, name, durable);
}

Result<void> StoreDirectory::write_manifest(const Manifest& manifest) {
    BATPAK_CHECK(prepare_manifest(manifest));
    return adopt_manifest(manifest);
}

Result<void> StoreDirectory::prepare_manifest(const Manifest& manifest) {
    BATPAK_ASSERT(writable());
    BATPAK_CHECK(reach(injector_.get(), InjectionPoint::BeforeManifest));
    const std::string text = manifest.to_text();
    return retry_exhausted(
        [&] { return write_temporary(*root_, kManifest, as_bytes(text), true); });
}

Result<void> StoreDirectory::adopt_manifest(const Manifest& manifest) {
    // The copy comes after it, and a failure of the copy is none of the change: manifests_ says
    // that it is behind.
    BATPAK_CHECK(put_in_place(*root_, kManifest, true));
    manifests_ = write_copy(manifest) ? ManifestPair::Equal : ManifestPair::OneBehind;
    return reach(injector_.get(), InjectionPoint::AfterManifest);
}

// The folder is synced first: the name that was read may still be in the cache only, and what is
// written now must not be older than it after a power cut.
Result<void> StoreDirectory::repair_manifest(const Manifest& manifest) {
    BATPAK_CHECK(root_->sync());
    return write_manifest(manifest);
}

bool StoreDirectory::write_copy(const Manifest& manifest) noexcept {
    // The copy only matters if MANIFEST rots; without it the store is as good as before.
    return caught([&] {
               const std::string text = manifest.to_text();
               return replace_file(*root_, kManifestCopy, as_bytes(text), true);
           })
        .has_value();
}

// In order, whatever order a file system gives: so that what is reported is the same each time.
Result<StoreDirectory::SegmentNames> StoreDirectory::list_segments() {
    BATPAK_TRY(const std::vector<DirectoryEntry> entries,
               retry_exhausted([&] { return segments_->list(); }));
    SegmentNames names;
    for (const DirectoryEntry& entry : entries) {
        if (const auto id = parse_segment_file_name(entry.name)) {
            names.ids.push_back(*id);
        } else if (is_temporary(entry.name)) {
            names.temporary.push_back(entry.name);
        } else {
            names.unknown.push_back(entry.name);
        }
    }
    std::ranges::sort(names.ids);
    std::ranges::sort(names.unknown);
    return names;
}

Result<std::unique_ptr<File>> StoreDirectory::create_segment(const SegmentHeader& header,
                                                             std::uint64_t reserve_bytes) {
    BATPAK_ASSERT(writable());
    BATPAK_ASSERT(reserve_bytes >= SegmentHeader::kBytes);
    BATPAK_CHECK(reach(injector_.get(), InjectionPoint::BeforeSegment));
    const std::string name = segment_file_name(header.segment_id);
    const std::array<std::byte, SegmentHeader::kBytes> bytes = header.encode();
    BATPAK_TRY(std::unique_ptr<File> file,
               retry_exhausted([&] { return make_segment(name, bytes, reserve_bytes); }));
    BATPAK_CHECK(reach(injector_.get(), InjectionPoint::AfterSegment));
    return file;
}

Result<std::unique_ptr<File>> StoreDirectory::make_segment(const std::string& name,
                                                           BytesView header,
                                                           std::uint64_t reserve_bytes) {
    const std::string temporary = name + std::string(kTemporarySuffix);
    auto removed = segments_->remove(temporary);
    if (!removed && !is_missing(removed.error())) return fail(removed.error());
    BATPAK_TRY(std::unique_ptr<File> file, segments_->open_file(temporary, OpenMode::CreateNew));
    BATPAK_CHECK(file->allocate(reserve_bytes));
    BATPAK_CHECK(file->write_at(0, header));
    BATPAK_CHECK(file->sync(SyncMode::All));
    BATPAK_CHECK(segments_->rename(temporary, name));
    BATPAK_CHECK(segments_->sync());
    return file;
}

Result<std::unique_ptr<File>> StoreDirectory::open_segment(std::uint64_t id, OpenMode mode) {
    const std::string name = segment_file_name(id);
    auto file = retry_exhausted([&] { return segments_->open_file(name, mode); });
    if (!file && is_missing(file.error())) {
        return fail(
            Error(ErrorCode::MissingSegment,
                  "the MANIFEST lists it: restore it from a backup" + std::string(kCopyHint))
                .at(std::string(kSegments) + "/" + name));
    }
    return file;
}

Result<std::unique_ptr<File>> StoreDirectory::open_temporary(const std::string& name) {
    BATPAK_ASSERT(is_temporary(name));
    return segments_->open_file(name, OpenMode::ReadOnly);
}

Result<FileStat> StoreDirectory::look_at_segment(Directory& root, std::uint64_t id) {
    return root.look_at(kSegments, segment_file_name(id));
}

Result<void> StoreDirectory::lock_segment(std::uint64_t id) {
    BATPAK_ASSERT(writable());
    segment_lock_.reset();  // it may be the same one
    BATPAK_TRY(segment_lock_, lock_next(id));
    return {};
}

Result<std::unique_ptr<FileLock>> StoreDirectory::lock_next(std::uint64_t id) {
    return retry_exhausted([&] { return segments_->lock(segment_file_name(id)); });
}

Result<SegmentPlace> StoreDirectory::hold_segment(std::uint64_t id, File& file) {
    BATPAK_CHECK(lock_segment(id));
    return place_of(id, file);
}

Result<SegmentPlace> StoreDirectory::place_of(std::uint64_t id, File& file) {
    BATPAK_TRY(const FileStat stat, file.stat());
    return SegmentPlace(*root_, kSegments, segment_file_name(id), stat);
}

// A copy by hard links shares its files with this store. What is appended here would be in the copy
// too, and past its own MANIFEST.
Result<bool> StoreDirectory::separate_segment(std::uint64_t id, File& shared) {
    BATPAK_ASSERT(writable());
    BATPAK_TRY(const FileStat stat, shared.stat());
    if (stat.link_count < 2) return false;
    BATPAK_CHECK(copy_file(*segments_, segment_file_name(id), shared, 0, stat.size_bytes));
    return true;
}

Result<void> StoreDirectory::remove_segment_file(const std::string& name) {
    BATPAK_ASSERT(writable());
    return segments_->remove(name);
}

Result<void> StoreDirectory::remove_gone(const Manifest& manifest) {
    BATPAK_ASSERT(writable());
    // The names of both may be in the cache only, of a process that was killed.
    BATPAK_CHECK(root_->sync());
    for (const std::uint64_t id : manifest.gone) {
        if (auto removed = segments_->remove(segment_file_name(id)); !is_gone(removed))
            return removed;
    }
    return segments_->sync();
}

Result<std::unique_ptr<File>> StoreDirectory::begin_segment_copy(std::uint64_t id) {
    BATPAK_ASSERT(writable());
    const std::string temporary = segment_file_name(id) + std::string(kTemporarySuffix);
    if (auto removed = segments_->remove(temporary); !is_gone(removed))
        return fail(std::move(removed).error());
    return segments_->open_file(temporary, OpenMode::CreateNew);
}

Result<std::unique_ptr<File>> StoreDirectory::link_segment_copy(StoreDirectory& other,
                                                                std::uint64_t id) {
    BATPAK_ASSERT(writable());
    const std::string name = segment_file_name(id);
    const std::string temporary = name + std::string(kTemporarySuffix);
    if (auto removed = segments_->remove(temporary); !is_gone(removed))
        return fail(std::move(removed).error());
    BATPAK_CHECK(segments_->link(other.segments_->path(), name, temporary));
    return segments_->open_file(temporary, OpenMode::ReadOnly);
}

Result<void> StoreDirectory::name_segment_copies(std::span<const std::uint64_t> ids) {
    BATPAK_ASSERT(writable());
    for (const std::uint64_t id : ids) {
        const std::string name = segment_file_name(id);
        BATPAK_CHECK(segments_->rename(name + std::string(kTemporarySuffix), name));
    }
    return segments_->sync();
}

void StoreDirectory::drop_segment_copy(std::uint64_t id) noexcept {
    (void)caught([&]() -> Result<void> {
        return segments_->remove(segment_file_name(id) + std::string(kTemporarySuffix));
    });
}

// If the MANIFEST cannot be removed, everything that it lists stays.
void StoreDirectory::drop_copy(std::span<const std::uint64_t> ids) noexcept {
    (void)caught([&]() -> Result<void> {
        BATPAK_CHECK(drop_manifests());
        (void)root_->remove(kSnapshot);
        (void)root_->remove(kSnapshot + std::string(kTemporarySuffix));
        for (const std::uint64_t id : ids) {
            const std::string name = segment_file_name(id);
            (void)segments_->remove(name + std::string(kTemporarySuffix));
            (void)segments_->remove(name);
        }
        return {};
    });
}

Result<void> StoreDirectory::drop_manifests() {
    for (const char* const name : {kManifest, kManifestCopy}) {
        for (const std::string& file : {name + std::string(kTemporarySuffix), std::string(name)}) {
            if (auto removed = root_->remove(file); !is_gone(removed)) return removed;
        }
    }
    return root_->sync();
}

Result<std::optional<Buffer>> StoreDirectory::read_snapshot_record(std::string_view prefix) {
    const auto file = root_->open_file(kSnapshot, OpenMode::ReadOnly);
    if (!file && is_missing(file.error())) return std::optional<Buffer>();
    if (!file) return fail(file.error());
    auto content = read_text(**file, {kSnapshot, prefix, ErrorCode::CorruptSnapshot});
    if (!content) return fail(std::move(content).error().at(kSnapshot));
    return std::optional<Buffer>(*std::move(content));
}

Result<void> StoreDirectory::write_snapshot_record(BytesView content) {
    BATPAK_ASSERT(writable());
    return replace_file(*root_, kSnapshot, content, true);
}

Result<std::vector<std::string>> StoreDirectory::list_index() {
    std::vector<std::string> names;
    if (!index_) return names;
    BATPAK_TRY(const std::vector<DirectoryEntry> entries, index_->list());
    for (const DirectoryEntry& entry : entries) names.push_back(entry.name);
    return names;
}

Result<std::unique_ptr<File>> StoreDirectory::open_index_file(const std::string& name) {
    if (!index_) return fail(Error(ErrorCode::FileNotFound).at(name));
    return retry_exhausted([&] { return index_->open_file(name, OpenMode::ReadOnly); });
}

Result<void> StoreDirectory::write_index_file(const std::string& name, BytesView content) {
    const std::lock_guard lock(index_mutex_);
    if (!writable()) return fail(ErrorCode::Closed, "the directory may be another's by now");
    // An open that looks for the last event in a sealed segment makes the folder only after that.
    if (!index_)
        return fail(Error(ErrorCode::FileNotFound, "there is no folder for it").at(kIndex));
    BATPAK_CHECK(reach(injector_.get(), InjectionPoint::BeforeIndexPart));
    // Not synced: an index is derived, and what a power cut leaves of it is found by its checksums
    // and made again (INV I3).
    return replace_file(*index_, name, content, false);
}

void StoreDirectory::remove_index_file(const std::string& name) {
    const std::lock_guard lock(index_mutex_);
    if (index_ && writable()) (void)index_->remove(name);
}

// An open that was cut short after the copy and before the cut finds the same bytes under the name,
// and makes no second copy of them.
Result<std::string> StoreDirectory::save_tail(std::uint64_t segment_id, File& segment,
                                              std::uint64_t offset, std::uint64_t end) {
    BATPAK_ASSERT(writable());
    BATPAK_ASSERT(offset >= SegmentHeader::kBytes && offset < end);
    BATPAK_TRY(const std::unique_ptr<Directory> lost, root_->open_directory(kLost, true));
    BATPAK_CHECK(root_->sync());
    const std::string stem = std::to_string(segment_id) + "-" + std::to_string(offset);
    for (int number = 1; number <= kTailsOfOnePlaceMax; ++number) {
        // Two crashes may leave tails at one place, and both are kept.
        const std::string name = stem + number_behind(number) + ".tail";
        BATPAK_TRY(const bool is_free, is_free_for(*lost, name, segment, offset, end));
        if (!is_free) continue;
        BATPAK_CHECK(copy_file(*lost, name, segment, offset, end));
        return std::string(kLost) + "/" + name;
    }
    return fail(too_many_kept());
}

Result<void> StoreDirectory::remove_temporary() {
    BATPAK_ASSERT(writable());
    BATPAK_TRY(const SegmentNames names, list_segments());
    for (const std::string& name : names.temporary) BATPAK_CHECK(remove_segment_file(name));
    return segments_->sync();
}

// The folder stays: its name says nothing.
Result<void> StoreDirectory::remove_lost() {
    BATPAK_ASSERT(writable());
    const auto lost = root_->open_directory(kLost, false);
    if (!lost && is_missing(lost.error())) return {};
    if (!lost) return fail(lost.error());
    BATPAK_TRY(const std::vector<DirectoryEntry> entries, (*lost)->list());
    for (const DirectoryEntry& entry : entries) {
        const auto removed = (*lost)->remove(entry.name);
        if (!is_gone(removed)) return removed;
    }
    return (*lost)->sync();
}

// Content and name of the file are what they were all the time: only the new name is to be synced.
Result<std::string> StoreDirectory::keep_segment(std::uint64_t id) {
    BATPAK_ASSERT(writable());
    const auto own = look_at_segment(id);
    if (!own && is_missing(own.error())) return std::string();
    if (!own) return fail(own.error());
    BATPAK_TRY(const std::unique_ptr<Directory> lost, root_->open_directory(kLost, true));
    BATPAK_CHECK(root_->sync());
    for (int number = 1; number <= kTailsOfOnePlaceMax; ++number) {
        const std::string name = std::to_string(id) + number_behind(number) + ".segment";
        const auto kept = root_->look_at(kLost, name);
        if (!kept && !is_missing(kept.error())) return fail(kept.error());
        // An attempt that was cut short has left it.
        const bool is_own = kept && kept->device == own->device && kept->inode == own->inode;
        if (kept && !is_own) continue;
        if (!kept) {
            const auto linked = lost->link(segments_->path(), segment_file_name(id), name);
            if (!linked && linked.error().code() == ErrorCode::Unsupported) return save_segment(id);
            if (!linked) return fail(linked.error());
        }
        BATPAK_CHECK(lost->sync());
        return std::string(kLost) + "/" + name;
    }
    return fail(too_many_kept());
}

Result<std::string> StoreDirectory::save_segment(std::uint64_t id) {
    BATPAK_TRY(const std::unique_ptr<File> file, open_segment(id, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, file->stat());
    if (stat.size_bytes <= SegmentHeader::kBytes) return std::string();
    return save_tail(id, *file, SegmentHeader::kBytes, stat.size_bytes);
}

}  // namespace batpak::store
