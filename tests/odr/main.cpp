// Includes all of batpak in two units of one program: whatever is defined in a header and is not
// inline fails at the link.
#include "batpak/batpak.hpp"

const char* other_version();

int main() { return batpak::kVersion == other_version() ? 0 : 1; }
