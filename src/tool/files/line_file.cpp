// The end of a line is looked for backwards: files of this kind are large, and only their end
// counts.
#include "tool/files/line_file.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace batpak::tool {
namespace {

constexpr std::size_t kLineWindowBytes = 64U << 10;
constexpr std::size_t kLineBufferBytes = 1U << 20;
// As much as LineReader reads of one.
constexpr std::uint64_t kLastLineBytesMax = std::uint64_t{256} << 20;

Result<std::unique_ptr<Directory>> folder_of(const std::filesystem::path& path) {
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    return real_file_system()->open_directory(folder, false);
}

}  // namespace

Result<LineFile> LineFile::create(const std::string& path) {
    const std::filesystem::path whole(path);
    BATPAK_TRY(std::unique_ptr<Directory> folder, folder_of(whole));
    const std::string name = whole.filename().string();
    std::error_code ignored;
    // For the words alone: CreateNew below refuses a name that somebody takes meanwhile.
    if (std::filesystem::exists(std::filesystem::symlink_status(whole, ignored))) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the file is there: give another name, or --resume to go on at its end")
                        .at(path));
    }
    BATPAK_TRY(std::unique_ptr<File> file, folder->open_file(name, OpenMode::CreateNew));
    return LineFile(std::move(folder), std::move(file), path);
}

Result<LineFile> LineFile::open(const std::string& path) {
    const std::filesystem::path whole(path);
    BATPAK_TRY(std::unique_ptr<Directory> folder, folder_of(whole));
    auto file = folder->open_file(whole.filename().string(), OpenMode::ReadWrite);
    if (!file && file.error().code() == ErrorCode::FileNotFound) return create(path);
    if (!file) return fail(std::move(file).error());
    LineFile lines(std::move(folder), *std::move(file), path);
    BATPAK_TRY(const FileStat stat, lines.file_->stat());
    lines.size_ = stat.size_bytes;
    return lines;
}

Result<std::uint64_t> LineFile::after_line_end(std::uint64_t end) {
    std::string window(kLineWindowBytes, '\0');
    while (end > 0) {
        const std::uint64_t begin = end - std::min<std::uint64_t>(end, window.size());
        const auto bytes = static_cast<std::size_t>(end - begin);
        const MutableBytesView into = std::as_writable_bytes(std::span(window.data(), bytes));
        BATPAK_TRY(const std::size_t got, file_->read_at(begin, into));
        const std::size_t found = std::string_view(window.data(), got).rfind('\n');
        if (found != std::string_view::npos) return begin + found + 1;
        end = begin;
    }
    return std::uint64_t{0};
}

Result<std::optional<std::string>> LineFile::last_line() {
    BATPAK_TRY(end_, after_line_end(size_));
    if (end_ == 0) return std::optional<std::string>();
    BATPAK_TRY(const std::uint64_t begin, after_line_end(end_ - 1));
    if (end_ - begin > kLastLineBytesMax)
        return fail(Error(ErrorCode::InvalidArgument, "its last line is too long").at(path_));
    std::string line(static_cast<std::size_t>(end_ - 1 - begin), '\0');
    BATPAK_CHECK(file_->read_at(begin, std::as_writable_bytes(std::span(line))));
    return std::optional(std::move(line));
}

Result<std::string> LineFile::torn_front(std::size_t bytes_max) {
    std::string front(static_cast<std::size_t>(std::min<std::uint64_t>(size_ - end_, bytes_max)),
                      '\0');
    if (!front.empty())
        BATPAK_CHECK(file_->read_at(end_, std::as_writable_bytes(std::span(front))));
    return front;
}

Result<void> LineFile::cut_torn() {
    if (size_ == end_) return {};
    size_ = end_;
    return file_->resize(end_);
}

Result<void> LineFile::add(const std::string& line) {
    buffer_ += line;
    buffer_ += '\n';
    return buffer_.size() < kLineBufferBytes ? Result<void>() : write_buffer();
}

Result<void> LineFile::write_buffer() {
    BATPAK_CHECK(file_->write_at(end_, as_bytes(buffer_)));
    end_ += buffer_.size();
    buffer_.clear();
    return {};
}

Result<void> LineFile::finish() {
    BATPAK_CHECK(write_buffer());
    BATPAK_CHECK(file_->sync(SyncMode::All));
    // The name as well: a new file whose name is lost in a power cut was never exported.
    return folder_->sync();
}

}  // namespace batpak::tool
