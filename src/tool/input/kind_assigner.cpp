// Kinds for events of which an import knows the type's name alone. A name that the store knows
// keeps its kind; a new one gets the first kind of category 0xE that is free, in the order of the
// input, so that the same input gives the same kinds in every new store.
#include "tool/input/kind_assigner.hpp"

#include "tool/text/text.hpp"

namespace batpak::tool {

Result<EventKind> KindAssigner::of(const ImportEvent& event) {
    if (event.kind) {
        used_.insert(*event.kind);
        return *event.kind;
    }
    BATPAK_CHECK(load());
    return named(event.options.kind_name);
}

// Once, and only for an input that needs it.
Result<void> KindAssigner::load() {
    if (is_loaded_) return {};
    BATPAK_TRY(const Catalogue catalogue, store_.catalogue());
    for (const KindEntry& entry : catalogue) {
        used_.insert(entry.kind);
        for (const KindVersion& version : entry.versions) {
            const auto [place, is_new] = kinds_.emplace(version.name, entry.kind);
            // Two kinds were called so. Either would be a guess, and a wrong one cannot be taken
            // back.
            if (!is_new && place->second != entry.kind) several_.insert(version.name);
        }
    }
    is_loaded_ = true;
    return {};
}

Result<EventKind> KindAssigner::named(const std::string& name) {
    if (several_.contains(name)) {
        return fail(ErrorCode::InvalidArgument, "the store has several kinds that are called " +
                                                    in_quotes(name, 60) +
                                                    ": say which, as in --kind-name NAME=0x1001");
    }
    const auto known = kinds_.find(name);
    if (known != kinds_.end()) return known->second;
    for (std::uint16_t type = 1; type <= EventKind::kTypeMax; ++type) {
        const EventKind kind = EventKind::custom(kCategory, type);
        // A walk from the first for each new name: names are few, and free kinds stay dense.
        if (!used_.insert(kind).second) continue;
        kinds_.emplace(name, kind);
        return kind;
    }
    return fail(ErrorCode::InvalidArgument,
                "the input and the store have used all kinds of "
                "category 0xE: give " +
                    in_quotes(name, 60) + " one, as in --kind-name NAME=0x1001");
}

}  // namespace batpak::tool
