// The order of sign() is what keeps a crash from making two histories:
//
//     compare the log with the memory -> root of what is durable -> sign -> check the signature
//         -> write the memory, sync, rename, sync the directory -> give the note away
//
// Until the rename the old memory is in force, and nobody has the new note; after it the memory has
// the note, and the next call gives the same one if nothing was added, or one that continues it
// (INV T1, T2).
#include "batpak/proof/checkpoint_signer.hpp"

#include <algorithm>

#include "base/replace_file.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/proof/expect.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kMemorySuffix = ".last";
constexpr std::string_view kLockSuffix = ".lock";

struct KeyPlace {
    std::string directory;
    std::string name;
};

KeyPlace place_of(const std::string& key_file) {
    const std::size_t slash = key_file.rfind('/');
    if (slash == std::string::npos) return {".", key_file};
    return {slash == 0 ? "/" : key_file.substr(0, slash), key_file.substr(slash + 1)};
}

// Opened again as a stranger would: what is given away is what others will accept.
Result<SignedCheckpoint> signed_by(const SigningKey& key, const Checkpoint& checkpoint) {
    Note note{.text = checkpoint.text()};
    BATPAK_TRY(note.signatures.emplace_back(), key.sign(note.text));
    BATPAK_TRY(SignedCheckpoint opened,
               SignedCheckpoint::open(note.to_string(), TrustPolicy::of_logs({key.verifier()})));
    BATPAK_ASSERT(opened.checkpoint() == checkpoint);
    return opened;
}

// Replaces the memory: whole, and durable before this returns.
Result<void> remember(Directory& directory, const std::string& name, const std::string& note) {
    BATPAK_CHECK(replace_file(directory, name, as_bytes(note)));
    return directory.sync();
}

Result<std::string> read_memory(Directory& directory, const std::string& name) {
    const auto file = directory.open_file(name, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::FileNotFound) {
        return fail(Error(ErrorCode::FileNotFound,
                          "the key has no memory of what it signed: restore it from where the key "
                          "came from, or make another key")
                        .at(name));
    }
    if (!file) return fail(file.error());
    std::string note(Note::kBytesMax + 1, '\0');
    BATPAK_TRY(const std::size_t size,
               (*file)->read_at(0, std::as_writable_bytes(std::span(note))));
    note.resize(size);
    return note;
}

}  // namespace

CheckpointSigner::CheckpointSigner(std::unique_ptr<Directory> directory, std::string name,
                                   std::unique_ptr<FileLock> lock, SigningKey key,
                                   SignedCheckpoint last)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      lock_(std::move(lock)),
      key_(std::move(key)),
      last_(std::move(last)) {}
CheckpointSigner::CheckpointSigner(CheckpointSigner&&) noexcept = default;
CheckpointSigner& CheckpointSigner::operator=(CheckpointSigner&&) noexcept = default;
CheckpointSigner::~CheckpointSigner() = default;

Result<VerifierKey> CheckpointSigner::create(FileSystem& files, const std::string& key_file,
                                             std::string_view name, const LogId& log_id,
                                             Entropy& entropy) {
    const std::string origin = origin_of(name, log_id);
    if (!is_key_name(origin)) {
        return fail(ErrorCode::InvalidArgument,
                    "a log's name is 1 to 218 bytes of UTF-8 without white space and '+'");
    }
    const KeyPlace place = place_of(key_file);
    BATPAK_TRY(const std::unique_ptr<Directory> directory,
               files.open_directory(place.directory, false));
    BATPAK_TRY(const std::unique_ptr<FileLock> lock,
               directory->lock(place.name + std::string(kLockSuffix)));
    const SigningKey key = SigningKey::generate(origin, entropy);
    // The key first: it never replaces another, whose memory must stay. Without its memory it signs
    // nothing, so a crash in between leaves a key that has to be made again.
    BATPAK_CHECK(write_key_file(*directory, place.name, key));
    BATPAK_TRY(const SignedCheckpoint empty,
               signed_by(key, {.origin = origin, .head = {0, empty_root()}}));
    const auto kept = remember(*directory, place.name + std::string(kMemorySuffix), empty.note());
    // A key without its memory signs nothing, and nobody was told of it yet.
    if (!kept) (void)directory->remove(place.name);
    if (!kept) return fail(kept.error());
    return key.verifier();
}

Result<CheckpointSigner> CheckpointSigner::open(FileSystem& files, const std::string& key_file) {
    const KeyPlace place = place_of(key_file);
    BATPAK_TRY(std::unique_ptr<Directory> directory, files.open_directory(place.directory, false));
    BATPAK_TRY(SigningKey key, read_key_file(*directory, place.name));
    BATPAK_TRY(std::unique_ptr<FileLock> lock,
               directory->lock(place.name + std::string(kLockSuffix)));
    // A memory that was renamed, and not yet synced when its signer died, may be seen here and gone
    // after a power cut: what this signer builds on must stay.
    BATPAK_CHECK(directory->sync());
    const std::string memory = place.name + std::string(kMemorySuffix);
    BATPAK_TRY(const std::string note, read_memory(*directory, memory));
    auto last = SignedCheckpoint::open(note, TrustPolicy::of_logs({key.verifier()}));
    if (!last) return fail(Error(ErrorCode::DecodeFailed, last.error().detail()).at(memory));
    return CheckpointSigner(std::move(directory), place.name, std::move(lock), std::move(key),
                            *std::move(last));
}

Result<SignedCheckpoint> CheckpointSigner::sign(const StoreReads& log, LogTree& tree) {
    if (is_broken_) {
        return fail(ErrorCode::Poisoned, "the last note may be written or not: open it again");
    }
    // What was signed has the origin of the key, which names the log.
    BATPAK_CHECK(expect_checkpoint(log, tree, last_.checkpoint()));
    Checkpoint next{.origin = key_.verifier().name(), .head = {}};
    // A reader beside a writer learns a little late that the last events are durable; those that
    // were signed once are.
    const Sequence end = std::max(log.durable_end(), Sequence(last_.head().size));
    BATPAK_TRY(next.head, tree.head(end));
    if (next == last_.checkpoint()) return last_;
    BATPAK_TRY(SignedCheckpoint made, signed_by(key_, next));
    // Until the memory is durable, nobody knows which of the two notes a restart will find. A
    // failure leaves it so, and sign() refuses until the signer is opened again.
    is_broken_ = true;
    BATPAK_CHECK(remember(*directory_, name_ + std::string(kMemorySuffix), made.note()));
    is_broken_ = false;
    last_ = made;
    return made;
}

}  // namespace batpak::proof
