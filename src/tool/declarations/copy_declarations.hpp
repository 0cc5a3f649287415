// CopyDeclarations: copies of a store, and what mends, shrinks or cleans one, as CLI11 is told
// them.
//
// Threads: thread-compatible
// Errors:  while words are read, those of CLI11
#pragma once

#include "tool/commands/commands.hpp"
#include "tool/declarations/command_forms.hpp"

namespace batpak::tool {

class CopyDeclarations {
public:
    // Borrows: the forms.
    explicit CopyDeclarations(CommandForms& forms) : forms_(forms) {}

    // In the order in which help has them.
    void add_all();

private:
    void add_snapshot();
    void add_restore();
    void add_fork();
    void add_repair();
    void add_scrub();
    void add_salvage();
    void add_compact();

    CommandForms& forms_;
    SnapshotCommand snapshot_;
    RestoreCommand restore_;
    RestoreCommand fork_;
    RepairCommand repair_;
    ScrubCommand scrub_;
    SalvageCommand salvage_;
    CompactCommand compact_;
};

}  // namespace batpak::tool
