// What gates looked at before they decided: a log, an end, a region. It is shared and never
// changed, so receipts, approvals and their copies cost a pointer.
#include "batpak/guard/judged_view.hpp"

#include <array>

#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"
#include "guard/seal.hpp"

namespace batpak {

struct JudgedView::Content {
    LogId log_id;
    Sequence end;
    Region region;
    Hash digest;
};

namespace {

Hash digest_of_view(const LogId& log_id, Sequence end, const Region& region) {
    std::array<std::byte, 8> number;
    store_little_endian(number, end.value);
    return guard::digest_of({as_bytes("view"), log_id.view(), number, region.canonical_bytes()});
}

}  // namespace

// The digest once, here: a receipt binds it with each evaluation, and the region may be long.
JudgedView JudgedView::create(const LogId& log_id, Sequence end, Region region) {
    const Hash digest = digest_of_view(log_id, end, region);
    JudgedView view;
    view.content_ =
        std::make_shared<const Content>(Content{log_id, end, std::move(region), digest});
    return view;
}

const LogId& JudgedView::log_id() const noexcept {
    BATPAK_ASSERT(!is_nothing());
    return content_->log_id;
}

Sequence JudgedView::end() const noexcept {
    BATPAK_ASSERT(!is_nothing());
    return content_->end;
}

const Region& JudgedView::region() const noexcept {
    BATPAK_ASSERT(!is_nothing());
    return content_->region;
}

const Hash& JudgedView::digest() const noexcept {
    static const Hash of_nothing{};
    return is_nothing() ? of_nothing : content_->digest;
}

}  // namespace batpak
