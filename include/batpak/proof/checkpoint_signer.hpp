// CheckpointSigner: signs the state of a log, and never two histories.
//
// It remembers the last checkpoint that it signed, in a file beside its key, durably before it
// hands it out. What it is asked to sign must continue that one: the same log, not shorter, with
// the same beginning. So an old copy of a store, or one whose past was rewritten, is refused, and
// two checkpoints of one size are one. The memory is not in the store, because a restored copy of
// the store would bring an old memory along.
//
//     ledger.key        the key, mode 0600
//     ledger.key.last   the last note
//     ledger.key.lock   held by the one signer
//
// A key without its memory signs nothing: it may have signed a history that is not known here.
//
// Threads: thread-compatible
// Errors:  create(): Io with EEXIST; open(): KeyExposed, DecodeFailed, FileNotFound, StoreLocked if
//          another signer has it open; sign(): RolledBack, SplitHistory, InvalidArgument
#pragma once

#include <memory>
#include <string>

#include "batpak/base/environment.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/log_tree.hpp"

namespace batpak::proof {

class CheckpointSigner {
public:
    // Makes a key for a log, and its memory: that of a log without events. Returns what others
    // check signatures with.
    [[nodiscard]] static Result<VerifierKey> create(FileSystem& files, const std::string& key_file,
                                                    std::string_view name, const LogId& log_id,
                                                    Entropy& entropy);
    [[nodiscard]] static Result<CheckpointSigner> open(FileSystem& files,
                                                       const std::string& key_file);
    CheckpointSigner(CheckpointSigner&&) noexcept;
    CheckpointSigner& operator=(CheckpointSigner&&) noexcept;
    ~CheckpointSigner();

    const VerifierKey& verifier() const noexcept { return key_.verifier(); }
    // The last checkpoint that was signed.
    const SignedCheckpoint& last() const noexcept { return last_; }

    // Signs all that is durable now, or gives the last note again if nothing was added. Once this
    // has failed with a class other than Refused or Invalid, it is unknown which of the two notes
    // the disk holds: open the signer again. `tree`: of `log`.
    [[nodiscard]] Result<SignedCheckpoint> sign(const StoreReads& log, LogTree& tree);

private:
    CheckpointSigner(std::unique_ptr<Directory> directory, std::string name,
                     std::unique_ptr<FileLock> lock, SigningKey key, SignedCheckpoint last);

    std::unique_ptr<Directory> directory_;
    std::string name_;  // of the key's file
    std::unique_ptr<FileLock> lock_;
    SigningKey key_;
    SignedCheckpoint last_;
    bool is_broken_ = false;  // a write failed: what the disk holds is unknown
};

}  // namespace batpak::proof
