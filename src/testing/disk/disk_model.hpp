// DiskModel: a tree of files in memory that knows what of it would survive a power cut.
//
// A file is its current bytes plus, for every 512-byte sector that changed since the last sync, the
// bytes that are on the disk instead. Its size and the names in a directory wait for a sync in the
// same way:
//
//     what            changed by                  durable after      kept until then as
//     sectors         write, resize, mapping      sync of the file   DirtySector::durable
//     size            write, allocate, resize     sync of the file   Node::durable_size
//     names           create, rename, remove      sync of the        Node::durable_entries and
//                                                 directory          Node::pending, in order
//
// so that a sync and a power cut cost what has changed, and never the size of the store.
//
// Threads: thread-compatible
// Errors:  as FileSystem, but without the place: the handles know the path and add it
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "testing/disk/content.hpp"

namespace batpak::testing {

inline constexpr std::uint64_t kSectorBytes = 512;
// No test needs more, and a sparse write far away must not exhaust the memory.
inline constexpr std::uint64_t kModelFileBytesMax = std::uint64_t{1} << 30;

struct Node;
using NodePointer = std::shared_ptr<Node>;

struct DirtySector {
    std::uint64_t stamp = 0;  // orders the writes of all files
    bool dropped = false;     // a failed sync called it clean: it will never reach the disk
    std::array<std::byte, kSectorBytes> durable{};
};

// One operation on the names of a directory, which happens as a whole or not at all.
struct NameChange {
    struct Setting {
        std::string name;
        NodePointer node;  // null: the name goes
    };

    std::uint64_t stamp = 0;
    std::vector<Setting> settings;
};

using Entries = std::map<std::string, NodePointer, std::less<>>;

void apply_change(Entries& entries, const NameChange& change);

struct Node {
    std::uint64_t id = 0;
    FileKind kind = FileKind::Regular;
    std::uint64_t link_count = 1;
    bool locked = false;

    // A regular file.
    Content content;
    std::uint64_t durable_size = 0;
    std::map<std::uint64_t, DirtySector> dirty;    // by sector number
    std::vector<std::uint64_t> writable_mappings;  // the length of each

    // A directory.
    Entries entries;
    Entries durable_entries;
    std::vector<NameChange> pending;
};

class DiskModel {
public:
    enum class Tracking : std::uint8_t { Off, On };  // whether unsynced changes are remembered

    DiskModel(Tracking tracking, NameDurability names);

    // Names.
    [[nodiscard]] Result<NodePointer> open_path(std::string_view path, bool create);
    [[nodiscard]] Result<NodePointer> open_file(Node& directory, std::string_view name,
                                                OpenMode mode);
    [[nodiscard]] Result<NodePointer> open_directory(const NodePointer& directory,
                                                     std::string_view name, bool create);
    [[nodiscard]] Result<NodePointer> lock(Node& directory, std::string_view name);
    [[nodiscard]] Result<void> lock_itself(Node& node);
    [[nodiscard]] Result<FileStat> look_at(const Node& directory, std::string_view folder,
                                           std::string_view name) const;
    [[nodiscard]] Result<void> rename(Node& directory, std::string_view source,
                                      std::string_view target);
    [[nodiscard]] Result<void> link(std::string_view source_path, std::string_view source,
                                    Node& directory, std::string_view target);
    [[nodiscard]] Result<void> remove(Node& directory, std::string_view name);
    void sync_names(Node& directory);
    std::vector<DirectoryEntry> list(const Node& directory) const;

    // Files.
    std::size_t read(const Node& file, std::uint64_t offset, MutableBytesView into) const;
    // Writes what there is room for; DiskFull if that is not all.
    [[nodiscard]] Result<void> write(Node& file, std::uint64_t offset, BytesView bytes);
    [[nodiscard]] Result<void> allocate(Node& file, std::uint64_t size_bytes);
    [[nodiscard]] Result<void> resize(Node& file, std::uint64_t size_bytes);
    void sync(Node& file);
    // What a failed sync does: everything unsynced is called clean, and will never be written.
    void drop_unsynced(Node& file);
    [[nodiscard]] Result<MutableBytesView> map(Node& file, std::uint64_t size_bytes, bool writable);
    void unmap(Node& file, std::uint64_t size_bytes, bool writable);
    FileStat stat(const Node& file) const;
    void flip_bit(Node& file, std::uint64_t offset, unsigned bit);

    void set_capacity(std::uint64_t bytes) noexcept { capacity_bytes_ = bytes; }
    std::uint64_t used_bytes() const;
    const NodePointer& root() const noexcept { return root_; }

    // The same state without locks and mappings.
    DiskModel after_process_kill() const;
    // One state that the power cut may leave; everything in it is durable.
    DiskModel after_power_cut(PowerCut cut, std::uint64_t seed) const;
    // How many sectors differ between memory and disk.
    std::uint64_t unsynced_sectors() const;

private:
    NodePointer make_node(FileKind kind);
    void change_names(Node& directory, NameChange change);
    void commit_all_names(Node& directory);
    void mark_dirty(Node& file, std::uint64_t begin, std::uint64_t end);
    void mark_mappings_dirty(Node& file);
    [[nodiscard]] Result<void> extend(Node& file, std::uint64_t size_bytes);
    std::uint64_t room() const;

    const Tracking tracking_;
    const NameDurability names_;
    std::uint64_t capacity_bytes_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t next_stamp_ = 1;
    std::uint64_t next_id_ = 1;
    NodePointer root_;
};

}  // namespace batpak::testing
