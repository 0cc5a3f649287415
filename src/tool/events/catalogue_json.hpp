// CatalogueJson: a kind of the catalogue as a JSON object, with the members of docs/TOOL.md.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <string>

#include "batpak/store/catalogue.hpp"

namespace batpak::tool {

std::string kind_entry_json(const KindEntry& entry, bool ascii);

}  // namespace batpak::tool
