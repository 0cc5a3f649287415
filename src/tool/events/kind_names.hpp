// KindNames: what the kinds of a store are called, and which kinds a name means.
//
// The store is asked once, when the first name is needed. One that cannot say, because it is
// damaged, has no names: kinds then are their numbers. Names are data of the program that wrote
// them, and are escaped wherever people see them.
//
// Threads: thread-compatible
// Errors:  parse(): InvalidArgument
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/store/reads.hpp"

namespace batpak::tool {

class KindNames {
public:
    // Of no store: no names but those of batpak's own kinds.
    KindNames() = default;
    // Borrows: the store.
    explicit KindNames(const StoreReads& store) : store_(&store) {}

    // Empty if the kind has none. Borrows: until forget().
    std::string_view name_of(EventKind kind) const;
    // For people: "PlayerMoved", or "0x2001" if it has no name.
    std::string shown(EventKind kind) const;
    // The same with both, as far as there are both: "PlayerMoved (0x2001)".
    std::string in_full(EventKind kind) const;

    // The kinds that a number or a name means; several if the store has several of one name. The
    // error of a name that the store does not have says which one was probably meant.
    [[nodiscard]] Result<std::vector<EventKind>> parse(std::string_view text) const;
    // The names, for advice; and the numbers of kinds that have none.
    std::vector<std::string> all() const;

    // Asks the store again: it has more events.
    void forget() { catalogue_.reset(); }

private:
    const Catalogue& catalogue() const;

    const StoreReads* store_ = nullptr;
    mutable std::optional<Catalogue> catalogue_;
};

// As KindNames::parse(), where one kind is meant. Errors: InvalidArgument, also for a name that
// several have.
[[nodiscard]] Result<EventKind> parse_one_kind(const KindNames& names, std::string_view text);

// The catalogue of all events. Errors: those of reading, if events are damaged whose kinds are not
// known: a list that leaves a kind out would be wrong.
[[nodiscard]] Result<Catalogue> whole_catalogue(const StoreReads& store);

}  // namespace batpak::tool
