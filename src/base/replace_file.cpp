// The temporary name is one that nobody else gives a file, as the folder may be a user's.
#include "base/replace_file.hpp"

namespace batpak {

Result<void> replace_file(Directory& directory, const std::string& name, BytesView content) {
    const std::string temporary = name + ".batpak-tmp";
    // One that a crash left: CreateNew opens none that is there.
    auto removed = directory.remove(temporary);
    if (!removed && removed.error().code() != ErrorCode::FileNotFound) return removed;
    const auto write = [&]() -> Result<void> {
        BATPAK_TRY(const auto file, directory.open_file(temporary, OpenMode::CreateNew));
        BATPAK_CHECK(file->write_at(0, content));
        BATPAK_CHECK(file->sync(SyncMode::All));
        return {};
    };
    auto written = write();
    if (written) written = directory.rename(temporary, name);
    // Only the first error counts.
    if (!written) (void)directory.remove(temporary);
    return written;
}

}  // namespace batpak
