// KindAssigner: which kind an event gets of which an input only says what it is called.
//
// One that the store has by that name; else a new one, from 0xE001 on, that neither the store nor
// the input has used. It is the same for the rest of the input, and the store keeps the name.
//
// Threads: thread-compatible
// Errors:  of(): InvalidArgument, those of StoreReads::catalogue()
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "batpak/store/reads.hpp"
#include "tool/input/import_mapping.hpp"

namespace batpak::tool {

class KindAssigner {
public:
    static constexpr std::uint8_t kCategory = 0xE;

    // Borrows: the store.
    explicit KindAssigner(const StoreReads& store) : store_(store) {}

    [[nodiscard]] Result<EventKind> of(const ImportEvent& event);

private:
    Result<void> load();
    Result<EventKind> named(const std::string& name);

    const StoreReads& store_;
    bool is_loaded_ = false;
    std::map<std::string, EventKind, std::less<>> kinds_;
    std::set<std::string, std::less<>> several_;  // names that more than one kind has
    std::set<EventKind> used_;
};

}  // namespace batpak::tool
