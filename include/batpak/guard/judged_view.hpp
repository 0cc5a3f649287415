// JudgedView: which part of a store the gates take into account, and up to where.
//
//     const JudgedView view = store.judge(Region::entity("account:alice"));
//     ... read what the gates need to know, evaluate ...
//
// Take it before anything is read; a reader of store.before(view.end()) sees exactly what it
// covers. A receipt that is judged on it can be committed only if no event was appended to the
// region since (INV G3), so what the gates knew is still true when it counts. What gates read
// outside of the region is not watched.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <memory>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/region.hpp"

namespace batpak {

class JudgedView {
public:
    // The gates read nothing of a store; a commit depends on nothing that was appended.
    static JudgedView nothing() noexcept { return {}; }
    // The events below `end` that are in `region`, in the store of this id. Store::judge() makes
    // it.
    static JudgedView create(const LogId& log_id, Sequence end, Region region);

    bool is_nothing() const noexcept { return content_ == nullptr; }
    // Requires: !is_nothing(). Borrows: from this view and its copies.
    const LogId& log_id() const noexcept;
    // One past the last event that was taken into account; 0 if there was none.
    Sequence end() const noexcept;
    const Region& region() const noexcept;

    // Of everything in it.
    const Hash& digest() const noexcept;

private:
    struct Content;

    // Shared, so that a receipt that carries a view allocates nothing.
    std::shared_ptr<const Content> content_;
};

}  // namespace batpak
