// Owner and rights are those of the file that was opened. Asked by name they could be those of
// another file a moment later. All are asked before a byte is read, so that a key which is refused
// was never in the memory of the process.
#include "base/secret_file.hpp"

namespace batpak {

Result<std::size_t> read_secret_file(Directory& directory, std::string_view name,
                                     MutableBytesView into) {
    BATPAK_TRY(const std::unique_ptr<File> file, directory.open_file(name, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, file->stat());
    const auto refused = [&](ErrorCode code, const char* why) {
        return fail(Error(code, why).at(std::string(name)));
    };
    if (!stat.is_own) {
        return refused(ErrorCode::KeyExposed, "another user owns the file: make one of your own");
    }
    // Writing counts as much as reading: who can write a key can put one there that is theirs.
    if ((stat.permissions & 077U) != 0) {
        return refused(ErrorCode::KeyExposed,
                       "others may read or write the file: chmod 600 it, and if they may have "
                       "read it, make another");
    }
    if (stat.size_bytes > into.size()) {
        return refused(ErrorCode::DecodeFailed, "the file is too long for what it should hold");
    }
    return file->read_at(0, into);
}

}  // namespace batpak
