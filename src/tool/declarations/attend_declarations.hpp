// AttendDeclarations: what attends to a store that others write, as CLI11 is told it.
//
// Threads: thread-compatible
// Errors:  while words are read, those of CLI11
#pragma once

#include "tool/commands/commands.hpp"
#include "tool/declarations/command_forms.hpp"

namespace batpak::tool {

class AttendDeclarations {
public:
    // Borrows: the forms.
    explicit AttendDeclarations(CommandForms& forms) : forms_(forms) {}

    // In the order in which help has them.
    void add_all();

private:
    void add_top();
    void add_watch();
    void add_doctor();

    CommandForms& forms_;
    TopCommand top_;
    WatchCommand watch_;
    DoctorCommand doctor_;
};

}  // namespace batpak::tool
