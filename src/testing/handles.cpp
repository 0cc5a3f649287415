// The handles of file systems in memory. Each asks its machine; none holds state of its own.
//
// Every call is one request: the machine counts it, asks the plan of faults for its verdict, and
// only then lets it touch the disk, all under one lock. So a call is the unit in which things fail,
// and the same calls meet the same faults. Names are judged before: a call with a wrong name is no
// call.
#include <cerrno>

#include "base/system/file_name.hpp"
#include "testing/machine.hpp"

namespace batpak::testing {
namespace {

using MachinePointer = std::shared_ptr<Machine>;

class ModelMapping final : public Mapping {
public:
    ModelMapping(MachinePointer machine, NodePointer node, MutableBytesView bytes, bool writable)
        : machine_(std::move(machine)),
          node_(std::move(node)),
          bytes_(bytes),
          writable_(writable) {}
    // Past the plan: a kernel does not refuse to take a mapping back. So it is with a lock, below.
    ~ModelMapping() override {
        machine_->with_disk(
            [this](DiskModel& disk) { disk.unmap(*node_, bytes_.size(), writable_); });
    }

    MutableBytesView bytes() noexcept override { return bytes_; }

private:
    const MachinePointer machine_;
    const NodePointer node_;
    const MutableBytesView bytes_;
    const bool writable_;
};

// Given back when the handle goes, as a lock of a process that ends.
class ModelLock final : public FileLock {
public:
    ModelLock(MachinePointer machine, NodePointer node)
        : machine_(std::move(machine)), node_(std::move(node)) {}
    ~ModelLock() override {
        machine_->with_disk([this](DiskModel&) { node_->locked = false; });
    }

private:
    const MachinePointer machine_;
    const NodePointer node_;
};

class ModelFile final : public File {
public:
    ModelFile(MachinePointer machine, NodePointer node, std::string path, bool writable)
        : machine_(std::move(machine)),
          node_(std::move(node)),
          path_(std::move(path)),
          writable_(writable) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override;
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override;
    Result<void> allocate(std::uint64_t size_bytes) override;
    Result<void> resize(std::uint64_t size_bytes) override;
    Result<void> sync(SyncMode mode) override;
    Result<FileStat> stat() override;
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override;

private:
    Request request(CallKind kind, std::uint64_t length) const {
        return {.kind = kind, .path = path_, .length = length};
    }
    Result<void> check_writable() const;
    Result<void> write(DiskModel& disk, const Verdict& verdict, std::uint64_t offset,
                       BytesView bytes) const;
    Result<void> sync(DiskModel& disk, const Verdict& verdict) const;

    const MachinePointer machine_;
    const NodePointer node_;
    const std::string path_;
    const bool writable_;
};

// Asked inside of a call: as with a kernel, a write to a file that is open for reading is a call
// that fails, and is in the trace.
Result<void> ModelFile::check_writable() const {
    if (writable_) return {};
    return fail(Error(ErrorCode::Io, "opened for reading only").with_os_error(EBADF));
}

Result<std::size_t> ModelFile::read_at(std::uint64_t offset, MutableBytesView into) {
    const Request asked{
        .kind = CallKind::Read, .path = path_, .offset = offset, .length = into.size()};
    return machine_->perform(asked, [&](DiskModel& disk, const Verdict&) {
        return Result<std::size_t>(disk.read(*node_, offset, into));
    });
}

Result<void> ModelFile::write_at(std::uint64_t offset, BytesView bytes) {
    const Request asked{.kind = CallKind::Write,
                        .path = path_,
                        .offset = offset,
                        .length = bytes.size(),
                        .written = bytes};
    return machine_->perform(asked, [&](DiskModel& disk, const Verdict& verdict) {
        return write(disk, verdict, offset, bytes);
    });
}

// A misdirected write succeeds, somewhere else: only a checksum that knows its place finds it.
Result<void> ModelFile::write(DiskModel& disk, const Verdict& verdict, std::uint64_t offset,
                              BytesView bytes) const {
    BATPAK_CHECK(check_writable());
    if (verdict.has(Fault::Effect::Misdirect))
        return disk.write(*node_, offset + verdict.fault->bytes, bytes);
    // At least one byte is left out, or the write would not be a short one.
    if (verdict.has(Fault::Effect::ShortWrite) && !bytes.empty())
        bytes = bytes.first(std::min<std::uint64_t>(verdict.fault->bytes, bytes.size() - 1));
    return disk.write(*node_, offset, bytes);
}

// The length of a request is the size that the file is to have, here and in resize().
Result<void> ModelFile::allocate(std::uint64_t size_bytes) {
    return machine_->perform(request(CallKind::Allocate, size_bytes),
                             [&](DiskModel& disk, const Verdict&) -> Result<void> {
                                 BATPAK_CHECK(check_writable());
                                 return disk.allocate(*node_, size_bytes);
                             });
}

Result<void> ModelFile::resize(std::uint64_t size_bytes) {
    return machine_->perform(request(CallKind::Resize, size_bytes),
                             [&](DiskModel& disk, const Verdict&) -> Result<void> {
                                 BATPAK_CHECK(check_writable());
                                 return disk.resize(*node_, size_bytes);
                             });
}

// In either mode the size is synced with the data, as systems must where the size has changed.
Result<void> ModelFile::sync(SyncMode) {
    return machine_->perform(
        request(CallKind::Sync, 0),
        [&](DiskModel& disk, const Verdict& verdict) { return sync(disk, verdict); });
}

// A sync that lies is one that says yes and does nothing. One that fails has lost pages, as kernels
// do.
Result<void> ModelFile::sync(DiskModel& disk, const Verdict& verdict) const {
    if (verdict.has(Fault::Effect::LoseSync)) return {};
    if (verdict.has(Fault::Effect::Fail)) {
        disk.drop_unsynced(*node_);
    } else {
        disk.sync(*node_);
    }
    return {};
}

Result<FileStat> ModelFile::stat() {
    return machine_->perform(request(CallKind::Stat, 0), [&](DiskModel& disk, const Verdict&) {
        return Result<FileStat>(disk.stat(*node_));
    });
}

Result<std::unique_ptr<Mapping>> ModelFile::map(std::uint64_t size_bytes, bool writable) {
    BATPAK_TRY(const MutableBytesView bytes,
               machine_->perform(request(CallKind::Map, size_bytes),
                                 [&](DiskModel& disk, const Verdict&) -> Result<MutableBytesView> {
                                     if (writable) BATPAK_CHECK(check_writable());
                                     return disk.map(*node_, size_bytes, writable);
                                 }));
    return std::make_unique<ModelMapping>(machine_, node_, bytes, writable);
}

class ModelDirectory final : public Directory {
public:
    ModelDirectory(MachinePointer machine, NodePointer node, std::string path)
        : machine_(std::move(machine)), node_(std::move(node)), path_(std::move(path)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override;
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override;
    Result<std::vector<DirectoryEntry>> list() override;
    Result<void> rename(std::string_view source, std::string_view target) override;
    Result<void> link(const std::string& directory, std::string_view source,
                      std::string_view target) override;
    Result<void> remove(std::string_view name) override;
    Result<void> sync() override;
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override;
    Result<std::unique_ptr<FileLock>> lock_itself() override;
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override;
    const std::string& path() const noexcept override { return path_; }

private:
    const MachinePointer machine_;
    const NodePointer node_;
    const std::string path_;
};

Result<std::unique_ptr<File>> ModelDirectory::open_file(std::string_view name, OpenMode mode) {
    BATPAK_CHECK(check_file_name(path_, name));
    std::string path = join_path(path_, name);
    BATPAK_TRY(NodePointer node, machine_->perform({.kind = CallKind::OpenFile, .path = path},
                                                   [&](DiskModel& disk, const Verdict&) {
                                                       return disk.open_file(*node_, name, mode);
                                                   }));
    // The handle has the node, not the name: like a descriptor it goes on when the file is renamed
    // or removed.
    return std::make_unique<ModelFile>(machine_, std::move(node), std::move(path),
                                       mode != OpenMode::ReadOnly);
}

Result<std::unique_ptr<Directory>> ModelDirectory::open_directory(std::string_view name,
                                                                  bool create) {
    BATPAK_CHECK(check_file_name(path_, name));
    std::string path = join_path(path_, name);
    BATPAK_TRY(NodePointer node, machine_->perform({.kind = CallKind::OpenDirectory, .path = path},
                                                   [&](DiskModel& disk, const Verdict&) {
                                                       return disk.open_directory(node_, name,
                                                                                  create);
                                                   }));
    return std::make_unique<ModelDirectory>(machine_, std::move(node), std::move(path));
}

Result<std::vector<DirectoryEntry>> ModelDirectory::list() {
    return machine_->perform({.kind = CallKind::List, .path = path_},
                             [&](DiskModel& disk, const Verdict&) {
                                 return Result<std::vector<DirectoryEntry>>(disk.list(*node_));
                             });
}

// The new name is in the request as what is written, so that two runs that rename differently
// differ in their digests.
Result<void> ModelDirectory::rename(std::string_view source, std::string_view target) {
    BATPAK_CHECK(check_file_name(path_, source));
    BATPAK_CHECK(check_file_name(path_, target));
    const std::string path = join_path(path_, source);
    const Request asked{.kind = CallKind::Rename, .path = path, .written = as_bytes(target)};
    return machine_->perform(asked, [&](DiskModel& disk, const Verdict&) {
        return disk.rename(*node_, source, target);
    });
}

Result<void> ModelDirectory::link(const std::string& directory, std::string_view source,
                                  std::string_view target) {
    BATPAK_CHECK(check_file_name(directory, source));
    BATPAK_CHECK(check_file_name(path_, target));
    const std::string path = join_path(path_, target);
    const Request asked{.kind = CallKind::Link, .path = path, .written = as_bytes(source)};
    return machine_->perform(asked, [&](DiskModel& disk, const Verdict&) {
        return disk.link(directory, source, *node_, target);
    });
}

Result<void> ModelDirectory::remove(std::string_view name) {
    BATPAK_CHECK(check_file_name(path_, name));
    const std::string path = join_path(path_, name);
    return machine_->perform(
        {.kind = CallKind::Remove, .path = path},
        [&](DiskModel& disk, const Verdict&) { return disk.remove(*node_, name); });
}

Result<void> ModelDirectory::sync() {
    return machine_->perform({.kind = CallKind::SyncDirectory, .path = path_},
                             [&](DiskModel& disk, const Verdict& verdict) -> Result<void> {
                                 if (!verdict.has(Fault::Effect::LoseSync)) disk.sync_names(*node_);
                                 return {};
                             });
}

Result<std::unique_ptr<FileLock>> ModelDirectory::lock(std::string_view name) {
    BATPAK_CHECK(check_file_name(path_, name));
    const std::string path = join_path(path_, name);
    BATPAK_TRY(NodePointer node, machine_->perform({.kind = CallKind::Lock, .path = path},
                                                   [&](DiskModel& disk, const Verdict&) {
                                                       return disk.lock(*node_, name);
                                                   }));
    return std::make_unique<ModelLock>(machine_, std::move(node));
}

Result<std::unique_ptr<FileLock>> ModelDirectory::lock_itself() {
    BATPAK_CHECK(machine_->perform(
        {.kind = CallKind::Lock, .path = path_},
        [&](DiskModel& disk, const Verdict&) { return disk.lock_itself(*node_); }));
    return std::make_unique<ModelLock>(machine_, node_);
}

Result<FileStat> ModelDirectory::look_at(std::string_view folder, std::string_view name) {
    BATPAK_CHECK(check_file_name(path_, folder));
    BATPAK_CHECK(check_file_name(path_, name));
    const std::string path = join_path(join_path(path_, folder), name);
    return machine_->perform(
        {.kind = CallKind::Stat, .path = path},
        [&](DiskModel& disk, const Verdict&) { return disk.look_at(*node_, folder, name); });
}

}  // namespace

Result<std::unique_ptr<Directory>> open_on(const MachinePointer& machine, const std::string& path,
                                           bool create) {
    BATPAK_TRY(NodePointer node, machine->perform({.kind = CallKind::OpenPath, .path = path},
                                                  [&](DiskModel& disk, const Verdict&) {
                                                      return disk.open_path(path, create);
                                                  }));
    return std::make_unique<ModelDirectory>(machine, std::move(node), path);
}

}  // namespace batpak::testing
