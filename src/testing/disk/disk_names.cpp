// The names in directories. See disk_model.hpp for what becomes durable when.
//
// A change of names is one change, however many names it sets: a rename takes one away and sets
// another, and a power cut keeps both or neither. Changes of one folder become durable in order.
#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "base/system/file_name.hpp"
#include "batpak/base/assert.hpp"
#include "testing/disk/disk_model.hpp"

namespace batpak::testing {
namespace {

Error failed(ErrorCode code, int os_error, const char* detail) {
    return Error(code, detail).with_os_error(os_error);
}

Error not_found() { return failed(ErrorCode::FileNotFound, ENOENT, "no such name"); }

Error not_regular(int os_error) {
    return failed(ErrorCode::NotRegular, os_error, "a file or directory where the other belongs");
}

NodePointer find(const Node& directory, std::string_view name) {
    const auto found = directory.entries.find(name);
    return found == directory.entries.end() ? nullptr : found->second;
}

// A file with two names takes its room once. What was removed and is still open takes no room here:
// a disk would keep it, and no test needs that.
std::uint64_t bytes_below(const Node& node, std::unordered_set<const Node*>& seen) {
    if (!seen.insert(&node).second) return 0;
    std::uint64_t sum = node.content.size();
    for (const auto& [name, child] : node.entries) sum += bytes_below(*child, seen);
    return sum;
}

}  // namespace

void apply_change(Entries& entries, const NameChange& change) {
    for (const NameChange::Setting& setting : change.settings) {
        if (setting.node) {
            entries.insert_or_assign(setting.name, setting.node);
        } else {
            entries.erase(setting.name);
        }
    }
}

DiskModel::DiskModel(Tracking tracking, NameDurability names)
    : tracking_(tracking), names_(names), root_(make_node(FileKind::Directory)) {}

NodePointer DiskModel::make_node(FileKind kind) {
    auto node = std::make_shared<Node>();
    node->id = next_id_++;
    node->kind = kind;
    return node;
}

// A path that is made is durable at once, as FileSystem promises: hence the syncs on the way.
Result<NodePointer> DiskModel::open_path(std::string_view path, bool create) {
    if (path.empty() || path.find('\0') != std::string_view::npos)
        return fail(ErrorCode::InvalidArgument, "not a path");
    std::vector<NodePointer> above;
    NodePointer node = root_;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            if (above.empty()) return fail(not_found());
            node = std::move(above.back());
            above.pop_back();
            continue;
        }
        BATPAK_CHECK(check_file_name({}, name));
        BATPAK_TRY(NodePointer child, open_directory(node, name, create));
        if (create) sync_names(*node);
        above.push_back(std::move(node));
        node = std::move(child);
    }
    return node;
}

Result<NodePointer> DiskModel::open_file(Node& directory, std::string_view name, OpenMode mode) {
    NodePointer node = find(directory, name);
    if (mode == OpenMode::CreateNew) {
        if (node) return fail(failed(ErrorCode::Io, EEXIST, "the name is taken"));
        node = make_node(FileKind::Regular);
        change_names(directory, {.stamp = 0, .settings = {{std::string(name), node}}});
        return node;
    }
    if (!node) return fail(not_found());
    if (node->kind != FileKind::Regular) return fail(not_regular(EISDIR));
    // As the files of the system refuse it, for the same reason (base/system/real_file_system.cpp).
    if (mode != OpenMode::ReadOnly && node->link_count > 1)
        return fail(ErrorCode::NotRegular, "has a second name (hard link): copy it instead");
    return node;
}

Result<NodePointer> DiskModel::open_directory(const NodePointer& directory, std::string_view name,
                                              bool create) {
    NodePointer node = find(*directory, name);
    if (!node && create) {
        node = make_node(FileKind::Directory);
        change_names(*directory, {.stamp = 0, .settings = {{std::string(name), node}}});
    }
    if (!node) return fail(not_found());
    if (node->kind != FileKind::Directory) return fail(not_regular(ENOTDIR));
    return node;
}

// A lock belongs to the file and not to its name: a file that replaces it is not locked.
Result<NodePointer> DiskModel::lock(Node& directory, std::string_view name) {
    NodePointer node = find(directory, name);
    if (!node) {
        BATPAK_TRY(node, open_file(directory, name, OpenMode::CreateNew));
    }
    if (node->kind != FileKind::Regular) return fail(not_regular(EISDIR));
    BATPAK_CHECK(lock_itself(*node));
    return node;
}

Result<void> DiskModel::lock_itself(Node& node) {
    if (node.locked)
        return fail(
            ErrorCode::StoreLocked,
            "in use by another program, or by a second Store of this one: wait until it is closed");
    node.locked = true;
    return {};
}

Result<FileStat> DiskModel::look_at(const Node& directory, std::string_view folder,
                                    std::string_view name) const {
    const NodePointer inner = find(directory, folder);
    if (!inner) return fail(not_found());
    if (inner->kind != FileKind::Directory) return fail(not_regular(ENOTDIR));
    const NodePointer node = find(*inner, name);
    if (!node) return fail(not_found());
    return stat(*node);
}

// One change of two names, so that a power cut finds the file under one of them, and never under
// none.
Result<void> DiskModel::rename(Node& directory, std::string_view source, std::string_view target) {
    const NodePointer moved = find(directory, source);
    if (!moved) return fail(not_found());
    const NodePointer replaced = find(directory, target);
    // Two names of one file: POSIX keeps both.
    if (moved == replaced) return {};
    if (replaced) {
        const bool is_directory = moved->kind == FileKind::Directory;
        if (is_directory != (replaced->kind == FileKind::Directory))
            return fail(not_regular(is_directory ? ENOTDIR : EISDIR));
        if (!replaced->entries.empty())
            return fail(failed(ErrorCode::Io, ENOTEMPTY, "the target directory is not empty"));
        --replaced->link_count;
    }
    change_names(
        directory,
        {.stamp = 0, .settings = {{std::string(source), nullptr}, {std::string(target), moved}}});
    return {};
}

Result<void> DiskModel::link(std::string_view source_path, std::string_view source, Node& directory,
                             std::string_view target) {
    BATPAK_TRY(const NodePointer from, open_path(source_path, false));
    const NodePointer node = find(*from, source);
    if (!node) return fail(not_found());
    if (node->kind != FileKind::Regular) return fail(not_regular(EISDIR));
    if (find(directory, target)) return fail(failed(ErrorCode::Io, EEXIST, "the name is taken"));
    ++node->link_count;
    change_names(directory, {.stamp = 0, .settings = {{std::string(target), node}}});
    return {};
}

Result<void> DiskModel::remove(Node& directory, std::string_view name) {
    const NodePointer node = find(directory, name);
    if (!node) return fail(not_found());
    if (node->kind != FileKind::Regular) return fail(not_regular(EISDIR));
    --node->link_count;
    change_names(directory, {.stamp = 0, .settings = {{std::string(name), nullptr}}});
    return {};
}

std::vector<DirectoryEntry> DiskModel::list(const Node& directory) const {
    std::vector<DirectoryEntry> entries;
    entries.reserve(directory.entries.size());
    for (const auto& [name, node] : directory.entries) entries.push_back({name, node->kind});
    return entries;
}

void DiskModel::change_names(Node& directory, NameChange change) {
    BATPAK_ASSERT(directory.kind == FileKind::Directory);
    apply_change(directory.entries, change);
    if (tracking_ == Tracking::Off) return;
    change.stamp = next_stamp_++;
    directory.pending.push_back(std::move(change));
}

void DiskModel::sync_names(Node& directory) {
    if (names_ == NameDurability::Journaled) return commit_all_names(*root_);
    for (const NameChange& change : directory.pending)
        apply_change(directory.durable_entries, change);
    directory.pending.clear();
}

// A journal holds the changes of all directories in one order, so a commit takes all of them.
void DiskModel::commit_all_names(Node& directory) {
    for (const NameChange& change : directory.pending)
        apply_change(directory.durable_entries, change);
    directory.pending.clear();
    for (const auto& [name, child] : directory.entries) {
        if (child->kind == FileKind::Directory) commit_all_names(*child);
    }
}

std::uint64_t DiskModel::used_bytes() const {
    std::unordered_set<const Node*> seen;
    return bytes_below(*root_, seen);
}

}  // namespace batpak::testing
