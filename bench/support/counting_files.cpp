#include "support/counting_files.hpp"

#include <utility>

namespace batpak::bench {
namespace {

using Calls = std::shared_ptr<FileCalls>;

class CountingFile final : public File {
public:
    CountingFile(std::unique_ptr<File> file, Calls calls)
        : file_(std::move(file)), calls_(std::move(calls)) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override {
        ++calls_->reads;
        return file_->read_at(offset, into);
    }
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
        ++calls_->writes;
        calls_->written_bytes += bytes.size();
        return file_->write_at(offset, bytes);
    }
    Result<void> allocate(std::uint64_t size_bytes) override {
        ++calls_->others;
        return file_->allocate(size_bytes);
    }
    Result<void> resize(std::uint64_t size_bytes) override {
        ++calls_->others;
        return file_->resize(size_bytes);
    }
    Result<void> sync(SyncMode mode) override {
        ++calls_->syncs;
        return file_->sync(mode);
    }
    Result<FileStat> stat() override {
        ++calls_->others;
        return file_->stat();
    }
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override {
        ++calls_->others;
        return file_->map(size_bytes, writable);
    }

private:
    const std::unique_ptr<File> file_;
    const Calls calls_;
};

class CountingDirectory final : public Directory {
public:
    CountingDirectory(std::unique_ptr<Directory> directory, Calls calls)
        : directory_(std::move(directory)), calls_(std::move(calls)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        ++calls_->others;
        BATPAK_TRY(std::unique_ptr<File> file, directory_->open_file(name, mode));
        return std::unique_ptr<File>(std::make_unique<CountingFile>(std::move(file), calls_));
    }
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        ++calls_->others;
        BATPAK_TRY(std::unique_ptr<Directory> found, directory_->open_directory(name, create));
        return std::unique_ptr<Directory>(
            std::make_unique<CountingDirectory>(std::move(found), calls_));
    }
    Result<std::vector<DirectoryEntry>> list() override {
        ++calls_->others;
        return directory_->list();
    }
    Result<void> rename(std::string_view source, std::string_view target) override {
        ++calls_->others;
        return directory_->rename(source, target);
    }
    Result<void> remove(std::string_view name) override {
        ++calls_->others;
        return directory_->remove(name);
    }
    Result<void> sync() override {
        ++calls_->syncs;
        return directory_->sync();
    }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        ++calls_->others;
        return directory_->lock(name);
    }
    Result<std::unique_ptr<FileLock>> lock_itself() override {
        ++calls_->others;
        return directory_->lock_itself();
    }
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        ++calls_->others;
        return directory_->look_at(folder, name);
    }
    const std::string& path() const noexcept override { return directory_->path(); }

private:
    const std::unique_ptr<Directory> directory_;
    const Calls calls_;
};

class CountingFileSystem final : public FileSystem {
public:
    explicit CountingFileSystem(Calls calls) : calls_(std::move(calls)) {}

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        BATPAK_TRY(std::unique_ptr<Directory> found, files_->open_directory(path, create));
        return std::unique_ptr<Directory>(
            std::make_unique<CountingDirectory>(std::move(found), calls_));
    }

private:
    const std::shared_ptr<FileSystem> files_ = real_file_system();
    const Calls calls_;
};

}  // namespace

std::shared_ptr<FileSystem> counting_files(Calls calls) {
    return std::make_shared<CountingFileSystem>(std::move(calls));
}

}  // namespace batpak::bench
