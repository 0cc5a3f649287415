// FindEvent: an event that a person names by its id or its sequence.
//
// Threads: the function is thread-safe
// Errors:  find_event(): InvalidArgument, which begins with `name`; EventNotFound; those of reads
#pragma once

#include <string>
#include <string_view>

#include "batpak/store/reads.hpp"

namespace batpak::tool {

[[nodiscard]] Result<HeldEvent> find_event(const StoreReads& store, std::string_view name,
                                           const std::string& text, ReadCheck check);

}  // namespace batpak::tool
