// ProofFiles: what the commands about proofs read and write beside stores.
//
// Threads: thread-compatible
// Errors:  those of files; InvalidArgument if a policy is none, or a file is too long; ProofInvalid
//          if the policy does not believe a checkpoint
#pragma once

#include <string>

#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/log_tree.hpp"

namespace batpak::tool {

struct FilePlace {
    std::string directory;
    std::string name;
};

FilePlace place_of_file(const std::string& path);
[[nodiscard]] Result<std::string> read_file_text(const std::string& path);
// Replaces the file as a whole: a reader sees the old one or the new one. What is no regular file,
// such as a pipe, is written as it is.
[[nodiscard]] Result<void> write_file_text(const std::string& path, const std::string& text);

[[nodiscard]] Result<proof::TrustPolicy> read_policy(const std::string& path);
// The checkpoint in the file `note`, if the policy in the other file believes it.
[[nodiscard]] Result<proof::SignedCheckpoint> read_checkpoint(const std::string& note,
                                                              const std::string& policy);

// What `checkpoint` keeps of the tree beside a key.
[[nodiscard]] Result<void> load_tree(proof::LogTree& tree, const std::string& path);

}  // namespace batpak::tool
