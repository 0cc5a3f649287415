// ProofDeclarations: keys, checkpoints, proofs and their checks, as CLI11 is told them.
//
// Threads: thread-compatible
// Errors:  while words are read, those of CLI11
#pragma once

#include "tool/commands/proof_commands.hpp"
#include "tool/declarations/command_forms.hpp"

namespace batpak::tool {

class ProofDeclarations {
public:
    // Borrows: the forms.
    explicit ProofDeclarations(CommandForms& forms) : forms_(forms) {}

    // In the order in which help has them.
    void add_all();

private:
    void add_keygen();
    void add_checkpoint();
    void add_prove();
    void add_tlog();
    void add_check_proof();

    CommandForms& forms_;
    KeygenCommand keygen_;
    CheckpointCommand checkpoint_;
    ProveCommand prove_;
    TlogCommand tlog_;
    CheckProofCommand check_proof_;
};

}  // namespace batpak::tool
