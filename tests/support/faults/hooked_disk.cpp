#include "support/faults/hooked_disk.hpp"

#include <utility>

namespace batpak::testing {
namespace {

using SharedHook = std::shared_ptr<const DiskHook>;

Result<void> ask(const SharedHook& hook, HookedCall call, const std::string& path) {
    if (auto error = (*hook)(call, path)) return fail(*std::move(error));
    return {};
}

class HookedFile final : public File {
public:
    HookedFile(SharedHook hook, std::string path, std::unique_ptr<File> file)
        : hook_(std::move(hook)), path_(std::move(path)), file_(std::move(file)) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Read, path_));
        return file_->read_at(offset, into);
    }
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Write, path_));
        const std::size_t half = bytes.size() / 2;
        BATPAK_CHECK(file_->write_at(offset, bytes.first(half)));
        BATPAK_CHECK(ask(hook_, HookedCall::RestOfWrite, path_));
        return file_->write_at(offset + half, bytes.subspan(half));
    }
    Result<void> allocate(std::uint64_t size_bytes) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path_));
        return file_->allocate(size_bytes);
    }
    Result<void> resize(std::uint64_t size_bytes) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Resize, path_));
        return file_->resize(size_bytes);
    }
    Result<void> sync(SyncMode mode) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Sync, path_));
        return file_->sync(mode);
    }
    Result<FileStat> stat() override {
        BATPAK_CHECK(ask(hook_, HookedCall::Read, path_));
        return file_->stat();
    }
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Read, path_));
        return file_->map(size_bytes, writable);
    }

private:
    const SharedHook hook_;
    const std::string path_;
    const std::unique_ptr<File> file_;
};

class HookedDirectory final : public Directory {
public:
    HookedDirectory(SharedHook hook, std::unique_ptr<Directory> directory)
        : hook_(std::move(hook)), directory_(std::move(directory)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        std::string place = path() + '/' + std::string(name);
        BATPAK_CHECK(ask(hook_, HookedCall::Other, place));
        BATPAK_TRY(std::unique_ptr<File> file, directory_->open_file(name, mode));
        return std::unique_ptr<File>(
            std::make_unique<HookedFile>(hook_, std::move(place), std::move(file)));
    }
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        BATPAK_TRY(std::unique_ptr<Directory> directory, directory_->open_directory(name, create));
        return std::unique_ptr<Directory>(
            std::make_unique<HookedDirectory>(hook_, std::move(directory)));
    }
    Result<std::vector<DirectoryEntry>> list() override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->list();
    }
    Result<void> rename(std::string_view source, std::string_view target) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->rename(source, target);
    }
    Result<void> remove(std::string_view name) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->remove(name);
    }
    Result<void> sync() override {
        BATPAK_CHECK(ask(hook_, HookedCall::Sync, path()));
        return directory_->sync();
    }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->lock(name);
    }
    Result<std::unique_ptr<FileLock>> lock_itself() override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->lock_itself();
    }
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path()));
        return directory_->look_at(folder, name);
    }
    const std::string& path() const noexcept override { return directory_->path(); }

private:
    const SharedHook hook_;
    const std::unique_ptr<Directory> directory_;
};

class HookedFileSystem final : public FileSystem {
public:
    HookedFileSystem(std::shared_ptr<FileSystem> disk, DiskHook hook)
        : disk_(std::move(disk)), hook_(std::make_shared<const DiskHook>(std::move(hook))) {}

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        BATPAK_CHECK(ask(hook_, HookedCall::Other, path));
        BATPAK_TRY(std::unique_ptr<Directory> directory, disk_->open_directory(path, create));
        return std::unique_ptr<Directory>(
            std::make_unique<HookedDirectory>(hook_, std::move(directory)));
    }

private:
    const std::shared_ptr<FileSystem> disk_;
    const SharedHook hook_;
};

}  // namespace

std::shared_ptr<FileSystem> hooked_disk(std::shared_ptr<FileSystem> disk, DiskHook hook) {
    return std::make_shared<HookedFileSystem>(std::move(disk), std::move(hook));
}

}  // namespace batpak::testing
