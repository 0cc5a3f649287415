// Files of proofs, keys and policies are read as a whole, and written as a whole or not at all.
#include "tool/commands/proof_files.hpp"

#include <filesystem>
#include <fstream>

#include "base/replace_file.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak::tool {
namespace {

// A payload of 64 MiB takes 86 MiB in base64: what is longer than this is no proof of batpak's.
constexpr std::uint64_t kProofBytesMax = 512ULL * 1024 * 1024;

// What is no regular file, such as /dev/stdout or a pipe, is written as it is.
Result<void> write_stream(const std::string& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::app);
    stream << text;
    stream.close();
    if (stream.good()) return {};
    return fail(Error(ErrorCode::Io, "cannot write it").at(path));
}

}  // namespace

FilePlace place_of_file(const std::string& path) {
    const std::filesystem::path whole(path);
    const std::string directory = whole.parent_path().string();
    return {directory.empty() ? "." : directory, whole.filename().string()};
}

Result<std::string> read_file_text(const std::string& path) {
    const FilePlace place = place_of_file(path);
    BATPAK_TRY(const auto directory, real_file_system()->open_directory(place.directory, false));
    BATPAK_TRY(const auto file, directory->open_file(place.name, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, file->stat());
    if (stat.size_bytes > kProofBytesMax)
        return fail(Error(ErrorCode::InvalidArgument, "the file is too long").at(path));
    // A file that shrinks between the two calls gives fewer bytes, which then prove nothing.
    std::string text(static_cast<std::size_t>(stat.size_bytes), '\0');
    BATPAK_TRY(const std::size_t got, file->read_at(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    return text;
}

Result<void> write_file_text(const std::string& path, const std::string& text) {
    namespace fs = std::filesystem;
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    const bool is_there = fs::exists(status);
    if (is_there && !fs::is_regular_file(status)) return write_stream(path, text);
    // A link stays a link.
    const fs::path target = is_there ? fs::canonical(path, failed) : fs::path(path);
    const FilePlace place = place_of_file(failed ? path : target.string());
    BATPAK_TRY(const auto directory, real_file_system()->open_directory(place.directory, false));
    // A checkpoint that was given out must not be half a file after a power cut, nor be gone.
    BATPAK_CHECK(replace_file(*directory, place.name, as_bytes(text)));
    return directory->sync();
}

Result<proof::TrustPolicy> read_policy(const std::string& path) {
    BATPAK_TRY(const std::string text, read_file_text(path));
    auto policy = proof::TrustPolicy::parse(text);
    if (policy) return *std::move(policy);
    return fail(Error(ErrorCode::InvalidArgument, policy.error().detail()).at(path));
}

Result<proof::SignedCheckpoint> read_checkpoint(const std::string& note,
                                                const std::string& policy) {
    BATPAK_TRY(const proof::TrustPolicy believed, read_policy(policy));
    BATPAK_TRY(const std::string text, read_file_text(note));
    auto checkpoint = proof::SignedCheckpoint::open(text, believed);
    if (checkpoint) return *std::move(checkpoint);
    // Another file was named, most likely: no store is damaged, and nobody has lied.
    const proof::Refusal& refusal = checkpoint.error();
    if (refusal.reason() == proof::Reason::Malformed) {
        return fail(
            Error(ErrorCode::InvalidArgument, "it is no checkpoint: " + refusal.detail()).at(note));
    }
    return fail(refusal.to_error());
}

Result<void> load_tree(proof::LogTree& tree, const std::string& path) {
    const FilePlace place = place_of_file(path);
    BATPAK_TRY(const auto directory, real_file_system()->open_directory(place.directory, false));
    BATPAK_CHECK(tree.load(*directory, place.name));
    return {};
}

}  // namespace batpak::tool
