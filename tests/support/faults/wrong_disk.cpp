#include "support/faults/wrong_disk.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kTornBytes = 512;
constexpr std::uint64_t kReadEnd = 4096;

bool is_segment(std::string_view path) { return path.find("/segments/") != path.npos; }
bool is_temporary(std::string_view path) { return path.ends_with(".tmp"); }

class WrongFile final : public File {
public:
    WrongFile(DiskMistake mistake, std::string path, std::unique_ptr<File> file)
        : mistake_(mistake), path_(std::move(path)), file_(std::move(file)) {}
    ~WrongFile() override { (void)write_held(); }

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override {
        if (is(DiskMistake::ReadStopsEarly) && offset + into.size() > kReadEnd) {
            into = into.first(kReadEnd - std::min(offset, kReadEnd));
        }
        Result<std::size_t> read = file_->read_at(offset, into);
        if (!read && is(DiskMistake::ReadErrorIsEnd)) return std::size_t{0};
        return read;
    }

    Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
        if (is(DiskMistake::WriteAfterSync) && is_segment(path_)) {
            BATPAK_CHECK(write_held());
            held_.assign(bytes.begin(), bytes.end());
            held_offset_ = offset;
            return {};
        }
        if (is(DiskMistake::WriteLosesLastByte) && !bytes.empty()) {
            bytes = bytes.first(bytes.size() - 1);
        }
        if (is(DiskMistake::MisdirectedWrite) && is_segment(path_) && offset > 0) ++offset;
        return hidden(file_->write_at(offset, bytes), DiskMistake::WriteErrorHidden);
    }

    Result<void> allocate(std::uint64_t size_bytes) override {
        if (!is(DiskMistake::AllocateReturnsGarbage)) return file_->allocate(size_bytes);
        BATPAK_TRY(const FileStat before, file_->stat());
        BATPAK_CHECK(file_->allocate(size_bytes));
        if (before.size_bytes >= size_bytes) return {};
        const Bytes garbage(size_bytes - before.size_bytes, std::byte{0xA5});
        return file_->write_at(before.size_bytes, garbage);
    }

    Result<void> resize(std::uint64_t size_bytes) override {
        if (is(DiskMistake::ResizeIgnored)) return {};
        return hidden(file_->resize(size_bytes), DiskMistake::CutErrorHidden);
    }

    Result<void> sync(SyncMode mode) override {
        if (drops_sync(mode)) return {};
        Result<void> synced = file_->sync(mode);
        if (!synced && is(DiskMistake::SyncRetried)) return file_->sync(mode);
        return hidden(std::move(synced), DiskMistake::SyncErrorHidden);
    }

    Result<FileStat> stat() override { return file_->stat(); }

    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override {
        return file_->map(size_bytes, writable);
    }

private:
    bool is(DiskMistake mistake) const noexcept { return mistake_ == mistake; }

    Result<void> hidden(Result<void> result, DiskMistake mistake) const {
        if (!result && is(mistake)) return {};
        return result;
    }

    bool drops_sync(SyncMode mode) {
        switch (mistake_) {
            case DiskMistake::SegmentSyncDropped: return is_segment(path_);
            case DiskMistake::DataSyncDropped: return mode == SyncMode::Data;
            case DiskMistake::SyncWorksOnce: return syncs_++ > 0;
            case DiskMistake::NewSegmentSyncDropped:
                return is_segment(path_) && is_temporary(path_) && syncs_++ == 0;
            case DiskMistake::ManifestSyncDropped: return !is_segment(path_) && is_temporary(path_);
            default: return false;
        }
    }

    Result<void> write_held() {
        if (held_.empty()) return {};
        const Bytes bytes = std::exchange(held_, {});
        return file_->write_at(held_offset_, bytes);
    }

    const DiskMistake mistake_;
    const std::string path_;
    const std::unique_ptr<File> file_;
    int syncs_ = 0;
    Bytes held_;
    std::uint64_t held_offset_ = 0;
};

class WrongDirectory final : public Directory {
public:
    WrongDirectory(DiskMistake mistake, std::unique_ptr<Directory> directory)
        : mistake_(mistake), directory_(std::move(directory)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        BATPAK_TRY(std::unique_ptr<File> file, directory_->open_file(name, mode));
        if (mistake_ == DiskMistake::OpenCuts && mode == OpenMode::ReadWrite) {
            BATPAK_TRY(const FileStat stat, file->stat());
            BATPAK_CHECK(file->resize(stat.size_bytes - std::min(kTornBytes, stat.size_bytes)));
        }
        return std::make_unique<WrongFile>(mistake_, path() + '/' + std::string(name),
                                           std::move(file));
    }

    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        BATPAK_TRY(std::unique_ptr<Directory> inner, directory_->open_directory(name, create));
        return std::make_unique<WrongDirectory>(mistake_, std::move(inner));
    }

    Result<std::vector<DirectoryEntry>> list() override { return directory_->list(); }

    Result<void> rename(std::string_view source, std::string_view target) override {
        return directory_->rename(source, target);
    }

    Result<void> remove(std::string_view name) override {
        if (mistake_ == DiskMistake::RemoveIgnored) return {};
        return directory_->remove(name);
    }

    Result<void> sync() override {
        if (mistake_ == DiskMistake::DirectorySyncDropped) return {};
        if (mistake_ == DiskMistake::SegmentNamesNotSynced && path().ends_with("/segments")) {
            return {};
        }
        return directory_->sync();
    }

    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        return directory_->lock(name);
    }

    Result<std::unique_ptr<FileLock>> lock_itself() override { return directory_->lock_itself(); }

    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        return directory_->look_at(folder, name);
    }

    const std::string& path() const noexcept override { return directory_->path(); }

private:
    const DiskMistake mistake_;
    const std::unique_ptr<Directory> directory_;
};

class WrongFileSystem final : public FileSystem {
public:
    WrongFileSystem(DiskMistake mistake, std::shared_ptr<FileSystem> disk)
        : mistake_(mistake), disk_(std::move(disk)) {}

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        BATPAK_TRY(std::unique_ptr<Directory> directory, disk_->open_directory(path, create));
        return std::make_unique<WrongDirectory>(mistake_, std::move(directory));
    }

private:
    const DiskMistake mistake_;
    const std::shared_ptr<FileSystem> disk_;
};

}  // namespace

std::string_view to_string(DiskMistake mistake) noexcept {
    switch (mistake) {
        case DiskMistake::SegmentSyncDropped: return "SegmentSyncDropped";
        case DiskMistake::DataSyncDropped: return "DataSyncDropped";
        case DiskMistake::SyncWorksOnce: return "SyncWorksOnce";
        case DiskMistake::NewSegmentSyncDropped: return "NewSegmentSyncDropped";
        case DiskMistake::ManifestSyncDropped: return "ManifestSyncDropped";
        case DiskMistake::DirectorySyncDropped: return "DirectorySyncDropped";
        case DiskMistake::SegmentNamesNotSynced: return "SegmentNamesNotSynced";
        case DiskMistake::WriteAfterSync: return "WriteAfterSync";
        case DiskMistake::WriteLosesLastByte: return "WriteLosesLastByte";
        case DiskMistake::MisdirectedWrite: return "MisdirectedWrite";
        case DiskMistake::ResizeIgnored: return "ResizeIgnored";
        case DiskMistake::AllocateReturnsGarbage: return "AllocateReturnsGarbage";
        case DiskMistake::RemoveIgnored: return "RemoveIgnored";
        case DiskMistake::OpenCuts: return "OpenCuts";
        case DiskMistake::ReadStopsEarly: return "ReadStopsEarly";
        case DiskMistake::SyncRetried: return "SyncRetried";
        case DiskMistake::SyncErrorHidden: return "SyncErrorHidden";
        case DiskMistake::WriteErrorHidden: return "WriteErrorHidden";
        case DiskMistake::ReadErrorIsEnd: return "ReadErrorIsEnd";
        case DiskMistake::CutErrorHidden: return "CutErrorHidden";
    }
    BATPAK_UNREACHABLE();
}

std::shared_ptr<FileSystem> wrong_disk(DiskMistake mistake, std::shared_ptr<FileSystem> disk) {
    return std::make_shared<WrongFileSystem>(mistake, std::move(disk));
}

}  // namespace batpak::testing
