// StoreDirectory: the files of one store, by their names.
//
// The one place that knows what a store's files are called and in which order they are written,
// synced and named. What is in them is others' business.
//
// Threads: thread-safe, but for read_manifest, write_manifest, repair_manifest and create_segment:
//          one caller at a time
// Errors:  those of FileSystem; CorruptManifest, NotAStore, StoreLocked, SnapshotOnly
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "store/log/segment_place.hpp"

namespace batpak::store {

// Said of what a copy looks like that was made file by file while somebody wrote.
inline constexpr std::string_view kCopyHint =
    "; if this is a copy of a store that was in use, copy it as docs/TOOL.md says";

class StoreDirectory {
public:
    // Makes the directory if the config says so, takes the locks, and makes the folders of a new
    // store. Of one that is there it changes nothing but that LOCK is there.
    [[nodiscard]] static Result<std::unique_ptr<StoreDirectory>> open_for_writing(
        const StoreConfig& config);
    // Changes nothing, takes no lock. Errors: NotAStore.
    [[nodiscard]] static Result<std::unique_ptr<StoreDirectory>> open_for_reading(
        const StoreConfig& config);

    // Makes the directory, and locks it, for a copy of another store, which is there once its
    // MANIFEST is. Errors: BadDestination, unless it holds nothing, or no more than a copy leaves
    // that was cut short.
    [[nodiscard]] static Result<std::unique_ptr<StoreDirectory>> open_for_copy(
        const StoreConfig& config);

    // The readable manifest with the higher generation; none if there is neither file.
    // Errors: CorruptManifest if neither can be read though one is there.
    [[nodiscard]] Result<std::optional<Manifest>> read_manifest();
    // The same, by any thread, and nothing is remembered of it.
    [[nodiscard]] Result<std::optional<Manifest>> look_at_manifest();

    // Whether MANIFEST and its copy are not two readable files that say the same. Then the next
    // damage to one of them might meet no other, and the one that counts may be in the cache only:
    // the copy is written when the MANIFEST is durable by content and name, so that two that agree
    // need no sync.
    bool manifest_needs_repair() const noexcept { return manifests_ != ManifestPair::Equal; }
    // Whether one of the two could not be read or is not of this log's last change. That one is a
    // change behind the other is how a crash, or a writer at work, leaves them.
    bool manifest_is_damaged() const noexcept { return manifests_ == ManifestPair::Damaged; }

    // Replaces the manifest, in two steps. The first writes the new one beside it, durably: after
    // an error the old one is in force. The second puts it in its place: after an error either may
    // be in force, and nothing must be acknowledged that depends on either.
    [[nodiscard]] Result<void> prepare_manifest(const Manifest& manifest);
    [[nodiscard]] Result<void> adopt_manifest(const Manifest& manifest);
    // Both steps.
    [[nodiscard]] Result<void> write_manifest(const Manifest& manifest);
    // Writes the manifest that was read into both files, after it was made durable where it is.
    [[nodiscard]] Result<void> repair_manifest(const Manifest& manifest);

    struct SegmentNames {
        std::vector<std::uint64_t> ids;    // ascending
        std::vector<std::string> unknown;  // neither segments nor temporaries
        std::vector<std::string> temporary;
    };
    [[nodiscard]] Result<SegmentNames> list_segments();
    // A new segment with `reserve_bytes` allocated, durable by content and name.
    [[nodiscard]] Result<std::unique_ptr<File>> create_segment(const SegmentHeader& header,
                                                               std::uint64_t reserve_bytes);
    [[nodiscard]] Result<std::unique_ptr<File>> open_segment(std::uint64_t id, OpenMode mode);
    // One that list_segments() calls temporary.
    [[nodiscard]] Result<std::unique_ptr<File>> open_temporary(const std::string& name);
    // What has the name of that segment, here or in another directory.
    [[nodiscard]] Result<FileStat> look_at_segment(std::uint64_t id) {
        return look_at_segment(*root_, id);
    }
    [[nodiscard]] static Result<FileStat> look_at_segment(Directory& root, std::uint64_t id);
    // Locks the segment that is appended to, in place of the last one that was, so that nobody
    // writes to it by a name in another directory. Errors: StoreLocked.
    [[nodiscard]] Result<void> lock_segment(std::uint64_t id);
    // Where the segment, which was opened as `file`, has to stay. Locks it.
    [[nodiscard]] Result<SegmentPlace> hold_segment(std::uint64_t id, File& file);
    // The same in parts, for a segment that is not in force yet: the lock of the last one is held
    // until keep_segment_lock().
    [[nodiscard]] Result<std::unique_ptr<FileLock>> lock_next(std::uint64_t id);
    [[nodiscard]] Result<SegmentPlace> place_of(std::uint64_t id, File& file);
    void keep_segment_lock(std::unique_ptr<FileLock> lock) noexcept {
        segment_lock_ = std::move(lock);
    }
    // Gives the segment a file of its own where it shares one with a hard-linked copy of the store.
    // Returns whether it did.
    [[nodiscard]] Result<bool> separate_segment(std::uint64_t id, File& shared);
    [[nodiscard]] Result<void> remove_segment_file(const std::string& name);
    // Removes the files that a MANIFEST calls gone, durably. Requires: it is in force, and its copy
    // says the same, so that none is left that lists a file that is not there.
    [[nodiscard]] Result<void> remove_gone(const Manifest& manifest);

    // A file that is to become a segment of this copy: empty, under a temporary name.
    [[nodiscard]] Result<std::unique_ptr<File>> begin_segment_copy(std::uint64_t id);
    // The same, as a second name for the file of that segment of another directory. Errors:
    // Unsupported where that is not possible.
    [[nodiscard]] Result<std::unique_ptr<File>> link_segment_copy(StoreDirectory& other,
                                                                  std::uint64_t id);
    // Gives all of them their names, durably. Requires: each is durable.
    [[nodiscard]] Result<void> name_segment_copies(std::span<const std::uint64_t> ids);
    // Removes one that has no name yet.
    void drop_segment_copy(std::uint64_t id) noexcept;
    // Removes all of a copy that was not finished: the MANIFEST first, and what it may list only
    // when it is gone for good, so that at no moment there is a store that lacks something.
    void drop_copy(std::span<const std::uint64_t> ids) noexcept;

    // What a snapshot says of itself (copy/snapshot_record.hpp); nothing if this is none. Errors:
    // CorruptSnapshot if it does not begin with `prefix`.
    [[nodiscard]] Result<std::optional<Buffer>> read_snapshot_record(std::string_view prefix);
    [[nodiscard]] Result<void> write_snapshot_record(BytesView content);

    // Files of the index folder. Derived: nothing is synced. Ranges that outlive the store come
    // here too, at any time: after unlock() writing is Closed, and removing does nothing.
    [[nodiscard]] Result<std::vector<std::string>> list_index();
    [[nodiscard]] Result<std::unique_ptr<File>> open_index_file(const std::string& name);
    [[nodiscard]] Result<void> write_index_file(const std::string& name, BytesView content);
    void remove_index_file(const std::string& name);

    // Makes what may be missing of a store that was judged to be sound.
    [[nodiscard]] Result<void> make_index_folder();

    // Keeps [offset, end) of a segment under lost/, durably; returns the name, relative to the
    // store. What was kept there before stays.
    [[nodiscard]] Result<std::string> save_tail(std::uint64_t segment_id, File& segment,
                                                std::uint64_t offset, std::uint64_t end);

    // Removes the files that were to become segments, durably. Requires: none is being made.
    [[nodiscard]] Result<void> remove_temporary();
    // Removes all files under lost/, durably.
    [[nodiscard]] Result<void> remove_lost();

    // Gives the file of a segment a second name under lost/, durably, before another takes its
    // place: so it is kept even if it cannot be read. Returns that name, relative to the store;
    // empty if there is no such file. Where there are no links, keeps what is behind its header.
    [[nodiscard]] Result<std::string> keep_segment(std::uint64_t id);

    // What gives back descriptors that nobody needs, where a process has none left. Called from any
    // thread, with no lock held.
    void on_exhausted(std::function<void()> release) { release_ = std::move(release); }

    const std::string& path() const noexcept { return root_->path(); }
    bool writable() const noexcept { return writable_.load(std::memory_order_relaxed); }
    // Lets others open the store for writing, once nobody here writes an index any more.
    void unlock() {
        const std::lock_guard lock(index_mutex_);
        writable_.store(false, std::memory_order_relaxed);
        segment_lock_.reset();
        lock_.reset();
        own_lock_.reset();
    }

private:
    // Keeps: the injector, because ranges may write an index after the store is gone.
    explicit StoreDirectory(const StoreConfig& config) : injector_(config.environment().faults) {}

    // What the two files are to each other.
    enum class ManifestPair : std::uint8_t {
        Equal,      // or neither is there
        OneBehind,  // both can be read
        Damaged,
    };

    [[nodiscard]] Result<std::optional<Manifest>> find_manifest(ManifestPair& pair);
    [[nodiscard]] Result<void> drop_manifests();
    [[nodiscard]] Result<std::string> save_segment(std::uint64_t id);
    [[nodiscard]] Result<bool> find_store(const StoreConfig& config);
    [[nodiscard]] Result<void> require_no_snapshot();
    [[nodiscard]] Result<void> take_locks();
    // Calls again, after descriptors were given back, what failed for want of one.
    template <class Call>
    std::invoke_result_t<Call> retry_exhausted(Call call);
    // Whether it was written.
    bool write_copy(const Manifest& manifest) noexcept;
    [[nodiscard]] Result<void> write_temporary(Directory& directory, const std::string& name,
                                               BytesView content, bool durable);
    [[nodiscard]] Result<void> put_in_place(Directory& directory, const std::string& name,
                                            bool durable);
    [[nodiscard]] Result<void> replace_file(Directory& directory, const std::string& name,
                                            BytesView content, bool durable);
    [[nodiscard]] Result<std::unique_ptr<File>> make_segment(const std::string& name,
                                                             BytesView header,
                                                             std::uint64_t reserve_bytes);

    const std::shared_ptr<FaultInjector> injector_;
    std::function<void()> release_;
    std::unique_ptr<Directory> root_;
    std::unique_ptr<Directory> segments_;
    std::unique_ptr<Directory> index_;  // may be absent for readers
    // The directory itself is locked, because nobody can remove it and leave the log; LOCK, for
    // programs that know only that; and the active segment. The first may be null: not every file
    // system has it.
    std::unique_ptr<FileLock> own_lock_;
    std::unique_ptr<FileLock> lock_;
    std::unique_ptr<FileLock> segment_lock_;
    std::atomic<bool> writable_{false};
    ManifestPair manifests_ = ManifestPair::Equal;
    std::mutex index_mutex_;  // one temporary name, and no writing behind unlock()
};

}  // namespace batpak::store
