// for_each_key: the keys under which an index lists an event.
//
// Who makes an index and who proves one go by the same rule.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/event/metadata.hpp"
#include "store/index/index.hpp"

namespace batpak::store {

// Calls visit(axis, key): the entity first; each axis once, but for that of tags, which come in
// ascending order. `idempotency_key`: empty if none. `notes_kind`, `tags`: what its metadata have;
// a tag is visited as it is in `tags`.
template <class Tags, class Visit>
void for_each_key(const EventFields& fields, std::string_view idempotency_key, bool notes_kind,
                  const Tags& tags, Visit&& visit) {
    visit(Axis::Entity, fields.entity);
    visit(Axis::Scope, fields.scope);
    visit(Axis::Kind, KindKey(fields.kind).view());
    if (!fields.correlation_id.is_nil())
        visit(Axis::Correlation, as_text(fields.correlation_id.view()));
    if (!fields.causation_id.is_nil()) visit(Axis::Causation, as_text(fields.causation_id.view()));
    if (!idempotency_key.empty()) visit(Axis::Key, idempotency_key);
    if (notes_kind) visit(Axis::KindNote, KindKey(fields.kind).view());
    for (const auto& tag : tags) visit(Axis::Tag, tag);
}

// The same of an event of which it is not known what its metadata have.
template <class Visit>
void for_each_key(const EventFields& fields, std::string_view idempotency_key, Visit&& visit) {
    Metadata::FoundBy found;
    if (!fields.metadata.empty()) found = Metadata::found_by(fields.metadata);
    for_each_key(fields, idempotency_key, !found.kind.empty(), TagsView(found.tags), visit);
}

}  // namespace batpak::store
