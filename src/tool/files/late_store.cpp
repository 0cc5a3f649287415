// The store is written by the library as any other, through files of which one name is another: so
// its order of writes and syncs is kept, and only the last step, the name of the MANIFEST, is made
// here. MANIFEST.copy would do for an opening as well, and comes after it.
#include "tool/files/late_store.hpp"

#include <utility>
#include <vector>

#include "store/log/store_directory.hpp"

namespace batpak::tool {
namespace {

constexpr std::string_view kRealName = "MANIFEST";
constexpr std::string_view kLateName = "IMPORTING";

// "MANIFEST.copy" as "IMPORTING.copy"; any other name as it is.
std::string with_front(std::string_view name, std::string_view front, std::string_view other) {
    const bool is_it = name == front || (name.starts_with(front) && name[front.size()] == '.');
    if (!is_it) return std::string(name);
    return std::string(other) + std::string(name.substr(front.size()));
}

std::string late(std::string_view name) { return with_front(name, kRealName, kLateName); }

class LateDirectory final : public Directory {
public:
    explicit LateDirectory(std::unique_ptr<Directory> real) : real_(std::move(real)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        return real_->open_file(late(name), mode);
    }
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        return real_->open_directory(name, create);
    }
    Result<std::vector<DirectoryEntry>> list() override {
        BATPAK_TRY(std::vector<DirectoryEntry> entries, real_->list());
        for (DirectoryEntry& entry : entries)
            entry.name = with_front(entry.name, kLateName, kRealName);
        return entries;
    }
    Result<void> rename(std::string_view source, std::string_view target) override {
        return real_->rename(late(source), late(target));
    }
    Result<void> link(const std::string& directory, std::string_view source,
                      std::string_view target) override {
        return real_->link(directory, source, late(target));
    }
    Result<void> remove(std::string_view name) override { return real_->remove(late(name)); }
    Result<void> sync() override { return real_->sync(); }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        return real_->lock(late(name));
    }
    Result<std::unique_ptr<FileLock>> lock_itself() override { return real_->lock_itself(); }
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        return real_->look_at(folder, late(name));
    }
    const std::string& path() const noexcept override { return real_->path(); }

private:
    std::unique_ptr<Directory> real_;
};

class LateFiles final : public FileSystem {
public:
    explicit LateFiles(std::string root) : root_(std::move(root)) {}

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        BATPAK_TRY(std::unique_ptr<Directory> real, real_->open_directory(path, create));
        // Only the folder of the store has the other names: segments and indexes have their own.
        if (path != root_) return real;
        return std::unique_ptr<Directory>(std::make_unique<LateDirectory>(std::move(real)));
    }

private:
    std::string root_;
    std::shared_ptr<FileSystem> real_ = real_file_system();
};

void remove_files(Directory& directory, bool (*is_ours)(std::string_view)) {
    const auto entries = directory.list();
    if (!entries) return;
    for (const DirectoryEntry& entry : *entries) {
        const bool is_file = entry.kind == FileKind::Regular;
        if (is_file && is_ours(entry.name)) static_cast<void>(directory.remove(entry.name));
    }
    static_cast<void>(directory.sync());
}

}  // namespace

Result<LateStore> LateStore::create(const StoreConfig& config) {
    // The same question that a copy asks of its destination; the folder is made by that.
    BATPAK_CHECK(store::StoreDirectory::open_for_copy(config));
    LateStore made(config.directory());
    Environment environment = Environment::real();
    environment.files = std::make_shared<LateFiles>(config.directory());
    BATPAK_TRY(Store opened, Store::open(config.with_environment(std::move(environment))));
    made.store_ = std::make_unique<Store>(std::move(opened));
    return made;
}

LateStore::~LateStore() {
    // Nothing is there to drop once it was moved from, or is finished.
    if (!directory_.empty()) drop();
}

Result<Closed> LateStore::finish() {
    Result<Closed> closed = std::move(*store_).close();
    store_.reset();
    if (!closed) return closed;
    BATPAK_TRY(const std::unique_ptr<Directory> root,
               real_file_system()->open_directory(directory_, false));
    BATPAK_CHECK(root->sync());
    // The store has been closed, so its content is durable, and the folder was synced with all
    // other names. This one name makes it a store: a crash before it leaves none, a crash after it
    // a whole one.
    BATPAK_CHECK(root->rename(kLateName, kRealName));
    // From here on it is a store, whatever fails.
    directory_.clear();
    BATPAK_CHECK(root->sync());
    const std::string copy = std::string(kRealName) + ".copy";
    if (root->rename(late(copy), copy)) BATPAK_CHECK(root->sync());
    return closed;
}

// The MANIFEST first: at no moment is there one that lists what is not there.
void LateStore::drop() noexcept {
    store_.reset();
    const auto root = real_file_system()->open_directory(directory_, false);
    if (!root) return;
    remove_files(**root, [](std::string_view name) {
        return name.starts_with(kLateName) || name == "LOCK";
    });
    for (const char* folder : {"segments", "index", "lost"}) {
        const auto inner = (*root)->open_directory(folder, false);
        if (inner) remove_files(**inner, [](std::string_view) { return true; });
    }
}

}  // namespace batpak::tool
