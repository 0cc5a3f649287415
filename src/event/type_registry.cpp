// Of each type: its kind, its name, and one step for each version that is older than its own. Steps
// are looked for when they are needed and found missing in validate(), which a program calls at its
// start: an event of an old version that no step leads on from is a fault of the program, not of
// the log.
#include "batpak/event/type_registry.hpp"

#include <algorithm>

namespace batpak {
namespace detail {

Result<void> check_payload_version(std::uint16_t stored, std::uint16_t current) {
    if (stored == 0) {
        return fail(ErrorCode::DecodeFailed, "payload version 0: versions count from 1");
    }
    if (stored > current) {
        return fail(ErrorCode::NewerPayload, "the payload has version " + std::to_string(stored) +
                                                 ", this program knows up to " +
                                                 std::to_string(current) + ": upgrade it");
    }
    return {};
}

tl::unexpected<Error> missing_upcaster(std::uint16_t from_version) {
    return fail(ErrorCode::MissingUpcaster,
                "no upcaster from version " + std::to_string(from_version) + ": register one");
}

}  // namespace detail

// The same type again is no error: two modules of a program may both add what they use.
Result<void> TypeRegistry::add(Registered added) {
    if (find(added.type) != nullptr) return {};
    for (const Registered& present : types_) {
        const bool same_kind = present.entry.kind == added.entry.kind;
        if (same_kind || present.entry.name == added.entry.name) {
            return fail(ErrorCode::DuplicateKind,
                        present.entry.layout + " and " + added.entry.layout + " share one " +
                            (same_kind ? "kind" : "name") + ": give one of them another");
        }
    }
    // Place i is the step from version i + 1 to the next one.
    added.upcasters.resize(added.entry.payload_version - 1U);
    types_.push_back(std::move(added));
    return {};
}

Result<void> TypeRegistry::upcast(detail::TypeTag type, std::uint16_t from_version,
                                  Upcaster upcaster) {
    const auto found = std::ranges::find(types_, type, &Registered::type);
    if (found == types_.end()) {
        return fail(ErrorCode::InvalidArgument, "upcast before add: add the type first");
    }
    const std::string& name = found->entry.name;
    if (found->upcasts_itself) {
        return fail(ErrorCode::InvalidArgument, name + " has an upcast() of its own: use that");
    }
    if (from_version == 0 || from_version > found->upcasters.size()) {
        return fail(ErrorCode::InvalidArgument,
                    name + " has no older version " + std::to_string(from_version));
    }
    Upcaster& place = found->upcasters[from_version - 1U];
    if (place || !upcaster) {
        return fail(ErrorCode::InvalidArgument,
                    name + " takes one upcaster from version " + std::to_string(from_version));
    }
    place = std::move(upcaster);
    return {};
}

Result<void> TypeRegistry::validate() const {
    for (const Registered& type : types_) {
        if (type.upcasts_itself) continue;
        const auto gap = std::ranges::find_if(type.upcasters, std::logical_not<>());
        if (gap == type.upcasters.end()) continue;
        const auto version = gap - type.upcasters.begin() + 1;
        return fail(ErrorCode::MissingUpcaster, type.entry.name + " has no upcaster from version " +
                                                    std::to_string(version) + ": register one");
    }
    return {};
}

// Requires: from_version is an older version of the type, which check_payload_version() made sure.
Result<Value> TypeRegistry::step(detail::TypeTag type, std::uint16_t from_version,
                                 Value value) const {
    const Registered* const found = find(type);
    const bool has_step = found != nullptr && found->upcasters[from_version - 1U];
    if (!has_step) return detail::missing_upcaster(from_version);
    return found->upcasters[from_version - 1U](std::move(value));
}

const TypeRegistry::Registered* TypeRegistry::find(detail::TypeTag type) const noexcept {
    const auto found = std::ranges::find(types_, type, &Registered::type);
    return found == types_.end() ? nullptr : &*found;
}

const TypeRegistry::Entry* TypeRegistry::find(EventKind kind) const noexcept {
    const auto found = std::ranges::find_if(
        types_, [&](const Registered& type) { return type.entry.kind == kind; });
    return found == types_.end() ? nullptr : &found->entry;
}

std::string TypeRegistry::layouts() const {
    std::vector<const Entry*> entries;
    for (const Registered& type : types_) entries.push_back(&type.entry);
    std::ranges::sort(entries, {}, &Entry::kind);
    std::string lines;
    for (const Entry* const entry : entries) lines += entry->layout + "\n";
    return lines;
}

}  // namespace batpak
