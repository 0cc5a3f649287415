// A claim, in this order; what fails changes nothing of what is owned:
//
//     another type has the kind and version in this store      DuplicateKind
//     the log knows it by another name or shape                KindChanged
//     the log does not know it, or knows less                  a KindNoting, for the next event
//
// The log is asked once for each kind and version. After that this object knows what it says: no
// other program writes to it, and what this one writes was claimed here.
//
// This is the slow path: of a kind that is new to this store, that another type used last, or that
// the log does not know yet. Owners are added and never changed, so the last type that was found
// right under a kind may be believed without the lock: an array for each category, read by every
// append. It is a cache of `owned_` with one entry for each kind, and two versions of a payload
// that are appended in turn take its place in turn.
#include "store/commit/kind_owners.hpp"

#include <memory>

#include "batpak/base/assert.hpp"
#include "event/kind_note.hpp"
#include "event/shape_fit.hpp"

namespace batpak::store {
namespace {

std::string described(const KindNote& note) {
    return note.shape.empty() ? note.name : note.name + " " + note.shape;
}

// What the log says of the kind, and what the program does, as far as they contradict each other.
Result<void> check_note(const KindNote& known, const KindNote& mine, EventKind kind,
                        std::uint16_t version) {
    const std::string what = "kind " + to_string(kind) + " v" + std::to_string(version);
    if (!same_kind_name(known.name, mine.name)) {
        return fail(ErrorCode::KindChanged,
                    what + " is called " + known.name + " in this log, and " + mine.name +
                        " in this program: give one of them another kind, or both one event_name");
    }
    if (known.shape.empty() || mine.shape.empty() || shape_fits(known.shape, mine.shape)) return {};
    return fail(ErrorCode::KindChanged, what + " is " + described(known) + " in this log, and " +
                                            described(mine) +
                                            " in this program: count payload_version up");
}

}  // namespace

KindOwners::~KindOwners() {
    for (const std::atomic<Latest*>& category : categories_) delete category.load();
}

// Once it is there, the array of a category stays until the end: appends read it with no lock.
KindOwners::Latest& KindOwners::latest_of(EventKind kind) {
    BATPAK_ASSERT(kind.category() < categories_.size());
    std::atomic<Latest*>& category = categories_[kind.category()];
    if (category.load() == nullptr) category.store(std::make_unique<Latest>().release());
    return *category.load();
}

Result<KindNoting*> KindOwners::claim_slowly(EventKind kind, std::uint16_t version,
                                             PayloadType type, std::string_view name) {
    const bool is_typed = type.id() != nullptr;
    BATPAK_ASSERT(is_typed != !name.empty());
    const MutexLock lock(mutex_);
    Owned& owned = owned_[{kind.number(), version}];
    const bool has_owner = owned.type.id() != nullptr;
    if (is_typed && has_owner && owned.type != type) {
        return fail(ErrorCode::DuplicateKind, owned.type.name() + " and " + type.name() +
                                                  " are both appended under kind " +
                                                  to_string(kind) + ": give one of them another");
    }
    if (is_typed && !has_owner) {
        BATPAK_CHECK(take(owned, kind, version, type.note()));
        owned.type = type;
    }
    if (!is_typed) BATPAK_CHECK(take(owned, kind, version, {std::string(name), {}}));
    if (owned.noting != nullptr && !owned.noting->is_in_log()) return owned.noting;
    if (is_typed) latest_of(kind)[kind.type()].store(type.id(), std::memory_order_relaxed);
    return nullptr;
}

// What the log is told of the kind becomes `note`, if that says more.
Result<void> KindOwners::take(Owned& owned, EventKind kind, std::uint16_t version, KindNote note) {
    BATPAK_ASSERT(!owned.note || owned.is_recalled);  // the log was asked first
    if (note == KindNote{}) return {};                // a type of which the log is told nothing
    BATPAK_CHECK(check_kind_name(note.name));
    if (!is_kind_shape(note.shape)) note.shape.clear();
    if (!owned.is_recalled && recall_) owned.note = recall_(kind, version);
    owned.is_recalled = true;
    if (owned.note) {
        BATPAK_CHECK(check_note(*owned.note, note, kind, version));
        if (note.shape.empty() || note == *owned.note) return {};
    }
    owned.noting = &notings_.emplace_back(encode_kind_note(note));
    owned.note = std::move(note);
    return {};
}

}  // namespace batpak::store
