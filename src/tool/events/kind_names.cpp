// The catalogue of the store is read once, and only if a name is asked for. Where it cannot be
// read, kinds are shown as numbers: a list of events does not fail because of what its events are
// called.
#include "tool/events/kind_names.hpp"

#include <algorithm>

#include "batpak/event/system_kinds.hpp"
#include "tool/text/nearest.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {

const Catalogue& KindNames::catalogue() const {
    if (!catalogue_ && store_ != nullptr) {
        auto found = store_->catalogue();
        if (found) catalogue_ = *std::move(found);
    }
    if (!catalogue_) catalogue_.emplace();
    return *catalogue_;
}

std::string_view KindNames::name_of(EventKind kind) const {
    const std::string_view own = system_kinds::name_of(kind);
    return own.empty() ? catalogue().name_of(kind) : own;
}

std::string KindNames::shown(EventKind kind) const {
    const std::string_view name = name_of(kind);
    return name.empty() ? to_string(kind) : escape(name);
}

std::string KindNames::in_full(EventKind kind) const {
    const std::string_view name = name_of(kind);
    return name.empty() ? to_string(kind) : escape(name) + " (" + to_string(kind) + ")";
}

std::vector<std::string> KindNames::all() const {
    std::vector<std::string> names;
    for (const KindEntry& entry : catalogue()) {
        names.push_back(entry.name.empty() ? to_string(entry.kind) : entry.name);
    }
    return names;
}

Result<std::vector<EventKind>> KindNames::parse(std::string_view text) const {
    const Result<EventKind> number = parse_kind(text);
    if (number) return std::vector{*number};
    std::vector<EventKind> kinds = catalogue().named(text);
    if (!kinds.empty()) return kinds;
    if (looks_like_kind_number(text)) return fail(number.error());
    std::string detail = "no kind is called " + in_quotes(text, 60);
    if (const auto meant = nearest(text, all())) {
        detail += ": did you mean " + escape(*meant) + "?";
    } else {
        detail += ": give a name or number that batpak lists kinds shows";
    }
    return fail(ErrorCode::InvalidArgument, std::move(detail));
}

Result<EventKind> parse_one_kind(const KindNames& names, std::string_view text) {
    BATPAK_TRY(const std::vector<EventKind> kinds, names.parse(text));
    if (kinds.size() == 1) return kinds.front();
    std::string detail = "several kinds are called " + in_quotes(text, 60) + ": give a number of";
    for (const EventKind kind : kinds) detail += " " + to_string(kind);
    return fail(ErrorCode::InvalidArgument, std::move(detail));
}

// Counting the events of a kind, whichever, reads each event whose kind is not known.
Result<Catalogue> whole_catalogue(const StoreReads& store) {
    BATPAK_TRY(Catalogue catalogue, store.catalogue());
    if (!catalogue.is_complete()) {
        BATPAK_CHECK(store.count(Region::kinds({system_kinds::kGateDenied})));
    }
    return catalogue;
}

}  // namespace batpak::tool
