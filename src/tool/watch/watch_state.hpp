// WatchState: how far somebody came in a log, kept in a file that is not the log's.
//
//     {"batpak_watch":1,"log":"<id>","next":42,"event":"<id of event 41>","hash":"<its hash>"}
//
// With the id and the hash of the last event a place says which history it is a place in: in
// another log, or in one that was rolled back and went on otherwise, the next event would be a
// wrong one, and nobody would notice.
//
// Threads: thread-compatible. One process at a time: a lock on FILE.lock, which stays there empty
// Errors:  open(): InvalidArgument: the file is inside of the store, or holds something else;
//          StoreLocked: another process has it; Io. find_place(): ForeignPosition: of another log;
//          RolledBack: of more events than the store has; SplitHistory: of other events
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::tool {

struct WatchState {
    LogId log_id{};
    Sequence next{};    // everything before it is done
    EventId last_id{};  // of the event before it; zeros if there is none
    Hash last_hash{};   // zeros in a store without hashes

    std::string to_text() const;
    // Errors: InvalidArgument.
    [[nodiscard]] static Result<WatchState> parse(std::string_view text);
    // The place `next` in this store. Errors: EventNotFound and those of reading.
    [[nodiscard]] static Result<WatchState> of(const StoreReads& store, Sequence next);

    friend bool operator==(const WatchState&, const WatchState&) = default;
};

// Where to go on in the store.
[[nodiscard]] Result<Sequence> find_place(const StoreReads& store, const WatchState& state);

class WatchStateFile {
public:
    // Makes no file but the lock.
    [[nodiscard]] static Result<WatchStateFile> open(const std::string& path);

    // What is kept; nothing if the file is not there.
    const std::optional<WatchState>& kept() const noexcept { return kept_; }
    // Durable when it returns, and the old state or the new one at any moment.
    [[nodiscard]] Result<void> save(const WatchState& state);

private:
    WatchStateFile(std::unique_ptr<Directory> folder, std::unique_ptr<FileLock> lock,
                   std::string name)
        : folder_(std::move(folder)), lock_(std::move(lock)), name_(std::move(name)) {}

    [[nodiscard]] Result<void> read();

    std::unique_ptr<Directory> folder_;
    std::unique_ptr<FileLock> lock_;
    std::string name_;
    std::optional<WatchState> kept_{};
};

}  // namespace batpak::tool
