#include "store/view/index_check.hpp"

namespace batpak::store {
namespace {

bool same_list(Postings& a, Postings& b) {
    if (a.count() != b.count()) return false;
    for (std::uint32_t i = 0; i < a.count(); ++i) {
        if (a.at(i) != b.at(i)) return false;
    }
    return true;
}

std::size_t key_count(const Index& index, Axis axis) {
    std::size_t count = 0;
    index.keys(axis, {}, [&](std::string_view) { return ++count > 0; });
    return count;
}

}  // namespace

bool IndexCheck::agrees_with(const Index& other) const {
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        if (!agree_on(static_cast<Axis>(axis), other)) return false;
    }
    return true;
}

// As many keys, and each of these among the others: then they are the same keys.
bool IndexCheck::agree_on(Axis axis, const Index& other) const {
    if (key_count(made_, axis) != key_count(other, axis)) return false;
    bool agree = true;
    made_.keys(axis, {}, [&](std::string_view key) {
        std::optional<KeyEntry> mine = made_.find(axis, key);
        std::optional<KeyEntry> others = other.find(axis, key);
        BATPAK_ASSERT(mine.has_value());
        agree = others && same_list(mine->postings, others->postings) &&
                (axis != Axis::Entity || mine->first_version == others->first_version);
        return agree;
    });
    return agree;
}

}  // namespace batpak::store
