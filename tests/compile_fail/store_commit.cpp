// A store commits receipts: whole, by value, at an address, under their own kind.
#include <cstdint>

#include "batpak/pipeline/pipeline.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"

using namespace batpak;

struct Transfer {
    static constexpr auto kind = EventKind::custom(0x4, 1);
    std::int64_t amount = 0;
};
struct Reserved {
    static constexpr auto kind = EventKind::from_number(0x0010);
    std::int64_t amount = 0;
};

#ifdef GOOD
bool good(Store& store, const Coordinate& where, Receipt<Transfer>&& receipt,
          BypassReceipt<Transfer>&& bypass) {
    return store.commit(std::move(receipt), where) && store.commit(std::move(bypass), where, {});
}
#endif

#ifdef BAD_by_name  // expect: (no matching|no known conversion|cannot bind)
bool commit(Store& store, const Coordinate& where, Receipt<Transfer>& receipt) {
    return store.commit(receipt, where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_const  // expect: (no matching|discards|const|cannot bind)
bool commit(Store& store, const Coordinate& where, const Receipt<Transfer>& receipt) {
    return store.commit(std::move(receipt), where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_without_a_receipt  // expect: (no matching|no known conversion)
bool commit(Store& store, const Coordinate& where) {
    return store.commit(Transfer{1}, where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_own_receipt  // expect: (no matching|no known conversion)
struct Forged {
    using Payload = Transfer;
    Result<Redeemed<Transfer>> redeem(Buffer& encoded) &&;
};
bool commit(Store& store, const Coordinate& where, Forged&& receipt) {
    return store.commit(std::move(receipt), where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_undecided  // expect: (no matching|no known conversion)
bool commit(Store& store, const Coordinate& where, Decision<Transfer>&& decision) {
    return store.commit(std::move(decision), where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_nowhere  // expect: (no matching|too few)
bool commit(Store& store, Receipt<Transfer>&& receipt) {
    return store.commit(std::move(receipt)).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_reserved_kind  // expect: the kind of this type belongs to batpak
bool commit(Store& store, const Coordinate& where, Receipt<Reserved>&& receipt) {
    return store.commit(std::move(receipt), where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_under_another_kind  // expect: the payload has a kind of its own
bool commit(Store& store, const Coordinate& where, Receipt<Transfer>&& receipt) {
    const EventKind other = EventKind::custom(0x4, 2);
    return store.commit(std::move(receipt), where, other, {}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_appended  // expect: the payload.s struct has no kind
bool append(Store& store, const Coordinate& where, const Receipt<Transfer>& receipt) {
    return store.append(where, receipt).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_into_a_read_only_store  // expect: (no member|has no member)
bool commit(ReadOnlyStore& store, const Coordinate& where, Receipt<Transfer>&& receipt) {
    return store.commit(std::move(receipt), where).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_ignored_result  // expect: (ignoring return|nodiscard)
void commit(Store& store, const Coordinate& where, Receipt<Transfer>&& receipt) {
    store.commit(std::move(receipt), where);  // ERROR HERE
}
#endif

#ifdef BAD_bypass_into_a_batch  // expect: (no matching|no known conversion|cannot convert)
void add(ApprovedBatch& batch, const Coordinate& where, BypassReceipt<Transfer>&& bypass) {
    batch.add(std::move(bypass), where, {});  // ERROR HERE
}
#endif
