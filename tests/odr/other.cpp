#include "batpak/batpak.hpp"

const char* other_version();
const char* other_version() { return batpak::kVersion.data(); }
