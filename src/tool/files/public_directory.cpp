// A file has its permissions before it has its name: it is made under a temporary one.
#include "tool/files/public_directory.hpp"

#include <filesystem>
#include <utility>

namespace batpak::tool {
namespace {

constexpr auto kFileForAll = static_cast<std::filesystem::perms>(0644);
constexpr auto kFolderForAll = static_cast<std::filesystem::perms>(0755);

bool is_there(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

Result<void> permit(const std::string& path, std::filesystem::perms permissions) {
    std::error_code failed;
    std::filesystem::permissions(path, permissions, failed);
    if (!failed) return {};
    return fail(Error(ErrorCode::Io, "others cannot be allowed to read it")
                    .at(path)
                    .with_os_error(failed.value()));
}

class PublicDirectory final : public Directory {
public:
    explicit PublicDirectory(std::unique_ptr<Directory> own) : own_(std::move(own)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override {
        BATPAK_TRY(auto file, own_->open_file(name, mode));
        if (mode == OpenMode::CreateNew) BATPAK_CHECK(permit(path_of(name), kFileForAll));
        return file;
    }
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override {
        const bool is_new = create && !is_there(path_of(name));
        BATPAK_TRY(auto opened, own_->open_directory(name, create));
        if (is_new) BATPAK_CHECK(permit(path_of(name), kFolderForAll));
        return std::make_unique<PublicDirectory>(std::move(opened));
    }
    Result<std::vector<DirectoryEntry>> list() override { return own_->list(); }
    Result<void> rename(std::string_view source, std::string_view target) override {
        return own_->rename(source, target);
    }
    Result<void> remove(std::string_view name) override { return own_->remove(name); }
    Result<void> sync() override { return own_->sync(); }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override {
        return own_->lock(name);
    }
    Result<std::unique_ptr<FileLock>> lock_itself() override { return own_->lock_itself(); }
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override {
        return own_->look_at(folder, name);
    }
    const std::string& path() const noexcept override { return own_->path(); }

private:
    std::string path_of(std::string_view name) const { return path() + "/" + std::string(name); }

    const std::unique_ptr<Directory> own_;
};

}  // namespace

Result<std::unique_ptr<Directory>> open_public_directory(const std::string& path) {
    const bool is_new = !is_there(path);
    BATPAK_TRY(auto own, real_file_system()->open_directory(path, true));
    if (is_new) BATPAK_CHECK(permit(path, kFolderForAll));
    return std::make_unique<PublicDirectory>(std::move(own));
}

}  // namespace batpak::tool
