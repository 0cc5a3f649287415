#include "support/faults/faulty_files.hpp"

#include <map>
#include <new>
#include <optional>

#include "support/faults/failing_memory.hpp"

namespace batpak::testing {

class FaultyFiles::State {
public:
    void arm(const FileTrouble& trouble) {
        const std::lock_guard lock(mutex_);
        trouble_ = trouble;
        armed_ = true;
        calls_ = 0;
        failed_.clear();
    }
    void disarm() {
        const std::lock_guard lock(mutex_);
        armed_ = false;
    }
    std::uint64_t calls() {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    std::vector<Call> failed() {
        const std::lock_guard lock(mutex_);
        return failed_;
    }

    // The name that a file has, which a rename changes.
    using Name = std::shared_ptr<std::string>;
    Name name_of(const std::string& path) {
        const std::lock_guard lock(mutex_);
        Name& name = names_[path];
        if (!name) name = std::make_shared<std::string>(path);
        return name;
    }
    std::string text_of(const Name& name) {
        const std::lock_guard lock(mutex_);
        return *name;
    }
    void rename(const std::string& source, const std::string& target) {
        const std::lock_guard lock(mutex_);
        const auto found = names_.find(source);
        if (found == names_.end()) return;
        *found->second = target;
        names_[target] = found->second;
        names_.erase(found);
    }

    // The trouble of this call, if it is to have any.
    std::optional<FileTrouble> next(CallKind kind, const std::string& path) {
        const std::lock_guard lock(mutex_);
        if (!armed_) return std::nullopt;
        const std::uint64_t number = calls_++;
        if (number < trouble_.first || number - trouble_.first >= trouble_.count)
            return std::nullopt;
        failed_.push_back({.number = number, .kind = kind, .path = path});
        return trouble_;
    }

    template <class Do>
    auto pass(CallKind kind, const std::string& path, Do action) -> decltype(action()) {
        const Spared spared;
        const std::optional<FileTrouble> trouble = next(kind, path);
        if (!trouble) return action();
        const bool late =
            trouble->how == Failing::ErrorsLate || trouble->how == Failing::ThrowsLate;
        if (late) (void)action();
        if (trouble->how == Failing::Throws || trouble->how == Failing::ThrowsLate)
            throw std::bad_alloc();
        return fail(Error(trouble->code, "on purpose").at(path).with_os_error(trouble->os_error));
    }

private:
    std::mutex mutex_;
    FileTrouble trouble_;
    bool armed_ = false;
    std::uint64_t calls_ = 0;
    std::vector<Call> failed_;
    std::map<std::string, Name> names_;
};

namespace {

using Files = std::shared_ptr<FaultyFiles::State>;

// Gives back what it owns without being noticed.
template <class T>
class Kept {
public:
    explicit Kept(std::unique_ptr<T> value) : value_(std::move(value)) {}
    ~Kept() {
        const Spared spared;
        value_.reset();
    }
    T* operator->() const { return value_.get(); }

private:
    std::unique_ptr<T> value_;
};

class FaultyFile final : public File {
public:
    FaultyFile(Files files, const std::string& path, std::unique_ptr<File> file)
        : files_(std::move(files)), name_(files_->name_of(path)), file_(std::move(file)) {}

    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override {
        return pass(CallKind::Read, [&] { return file_->read_at(offset, into); });
    }
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
        return pass(CallKind::Write, [&] { return file_->write_at(offset, bytes); });
    }
    Result<void> allocate(std::uint64_t size_bytes) override {
        return pass(CallKind::Allocate, [&] { return file_->allocate(size_bytes); });
    }
    Result<void> resize(std::uint64_t size_bytes) override {
        return pass(CallKind::Resize, [&] { return file_->resize(size_bytes); });
    }
    Result<void> sync(SyncMode mode) override {
        return pass(CallKind::Sync, [&] { return file_->sync(mode); });
    }
    Result<FileStat> stat() override {
        return pass(CallKind::Stat, [&] { return file_->stat(); });
    }
    Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes, bool writable) override {
        return pass(CallKind::Map, [&] { return file_->map(size_bytes, writable); });
    }

private:
    template <class Do>
    auto pass(CallKind kind, Do action) -> decltype(action()) {
        const Spared spared;
        return files_->pass(kind, files_->text_of(name_), std::move(action));
    }

    const Files files_;
    const FaultyFiles::State::Name name_;
    const Kept<File> file_;
};

class FaultyDirectory final : public Directory {
public:
    FaultyDirectory(Files files, std::unique_ptr<Directory> directory)
        : files_(std::move(files)), directory_(std::move(directory)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        const Spared spared;
        const std::string path = path_of(name);
        return files_->pass(CallKind::OpenFile, path, [&]() -> Result<std::unique_ptr<File>> {
            BATPAK_TRY(std::unique_ptr<File> file, directory_->open_file(name, mode));
            return std::make_unique<FaultyFile>(files_, path, std::move(file));
        });
    }
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        const Spared spared;
        return files_->pass(
            CallKind::OpenDirectory, path_of(name), [&]() -> Result<std::unique_ptr<Directory>> {
                BATPAK_TRY(std::unique_ptr<Directory> directory,
                           directory_->open_directory(name, create));
                return std::make_unique<FaultyDirectory>(files_, std::move(directory));
            });
    }
    Result<std::vector<DirectoryEntry>> list() override {
        return files_->pass(CallKind::List, path(), [&] { return directory_->list(); });
    }
    Result<void> rename(std::string_view source, std::string_view target) override {
        const Spared spared;
        return files_->pass(CallKind::Rename, path_of(target), [&]() -> Result<void> {
            BATPAK_CHECK(directory_->rename(source, target));
            files_->rename(path_of(source), path_of(target));
            return {};
        });
    }
    Result<void> remove(std::string_view name) override {
        const Spared spared;
        return files_->pass(CallKind::Remove, path_of(name),
                            [&] { return directory_->remove(name); });
    }
    Result<void> sync() override {
        return files_->pass(CallKind::SyncDirectory, path(), [&] { return directory_->sync(); });
    }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        const Spared spared;
        return files_->pass(CallKind::Lock, path_of(name), [&] { return directory_->lock(name); });
    }
    Result<std::unique_ptr<FileLock>> lock_itself() override {
        return files_->pass(CallKind::Lock, path(), [&] { return directory_->lock_itself(); });
    }
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        const Spared spared;
        return files_->pass(CallKind::Stat, path_of(name),
                            [&] { return directory_->look_at(folder, name); });
    }
    const std::string& path() const noexcept override { return directory_->path(); }

private:
    std::string path_of(std::string_view name) const { return path() + "/" + std::string(name); }

    const Files files_;
    const Kept<Directory> directory_;
};

}  // namespace

FaultyFiles::FaultyFiles(std::shared_ptr<FileSystem> files)
    : state_(std::make_shared<State>()), files_(std::move(files)) {}
FaultyFiles::~FaultyFiles() = default;

Result<std::unique_ptr<Directory>> FaultyFiles::open_directory(const std::string& path,
                                                               bool create) {
    return state_->pass(CallKind::OpenPath, path, [&]() -> Result<std::unique_ptr<Directory>> {
        BATPAK_TRY(std::unique_ptr<Directory> directory, files_->open_directory(path, create));
        return std::make_unique<FaultyDirectory>(state_, std::move(directory));
    });
}

void FaultyFiles::arm(const FileTrouble& trouble) { state_->arm(trouble); }
void FaultyFiles::disarm() { state_->disarm(); }
std::uint64_t FaultyFiles::calls() const { return state_->calls(); }
std::vector<Call> FaultyFiles::failed() const { return state_->failed(); }

}  // namespace batpak::testing
