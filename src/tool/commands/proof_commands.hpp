// ProofCommands: keys, checkpoints, proofs, and their checks.
//
// A batpak that was built without libsodium has the commands, and each answers that.
//
// Threads: thread-compatible
// Errors:  each: those of batpak/proof; Unsupported without libsodium
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/store/read_only_store.hpp"
#include "tool/console/console.hpp"
#include "tool/console/exit_code.hpp"

namespace batpak::tool {

struct KeygenCommand {
    std::string directory;
    std::string key_file;
    std::string name = "batpak";
};
struct CheckpointCommand {
    std::string directory;
    std::string key_file;
    bool heads = false;  // are recorded before it is made
    std::optional<std::string> output;
};
struct ProveCommand {
    std::string directory;
    std::string event;  // an id or a sequence; empty: one of the next three
    std::optional<std::uint64_t> since;
    std::optional<std::string> head;
    std::optional<std::string> absent;
    std::string checkpoint;
    std::string policy;
    std::string disclose = "everything";
    std::optional<std::string> tree;
    std::optional<std::string> output;
};
struct TlogCommand {
    std::string directory;
    std::string output;  // a directory
    std::string checkpoint;
    std::string policy;
    std::optional<std::string> tree;
};
struct CheckProofCommand {
    std::string directory = ".";  // it needs no store
    std::vector<std::string> files;
    std::string policy;
    std::optional<std::string> since;
    std::optional<std::string> hash;
    std::optional<std::string> head;
    std::optional<std::string> absent;
};

// Up to where a store is known to be the log of a checkpoint.
struct Anchor {
    std::string origin;
    Sequence end;
    std::uint32_t witnesses = 0;
    std::optional<std::uint64_t> witnessed_at;
};

// Whether the policy believes the checkpoint in the file `note`; needs no store.
[[nodiscard]] Result<void> check_anchor(const std::string& note, const std::string& policy);
// Compares all of the store's event hashes with the checkpoint in the file `note`. Errors:
// RolledBack, SplitHistory; ProofInvalid if the policy does not believe the checkpoint.
[[nodiscard]] Result<Anchor> anchor_of(const ReadOnlyStore& store, const std::string& note,
                                       const std::string& policy);

// How many records of heads the store has, each of which is of the events before it; nothing if
// this batpak was built without libsodium. Errors: CorruptHash if one is not.
[[nodiscard]] Result<std::optional<std::uint64_t>> true_heads_of(const ReadOnlyStore& store);

[[nodiscard]] Result<ExitCode> run(const KeygenCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const CheckpointCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ProveCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const TlogCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const CheckProofCommand& command, Console& console);

}  // namespace batpak::tool
