// A payload without a kind is met with what to write.
#include <string>

#include "batpak/event/detail/needs_kind.hpp"
#include "batpak/store/store.hpp"

using namespace batpak;

struct Moved {
    std::string who;
};
struct Numbered {
    static constexpr int kind = 0x1001;
    std::string who;
};
struct Changing {
    inline static EventKind kind = EventKind::custom(0x1, 0x001);
    std::string who;
};
struct Good {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string who;
};

// As a store appends.
struct Appender {
    template <TypedEvent P>
    Result<int> append(const Coordinate&, const P&);
    template <PayloadWithoutKind P>
    NeedsKind<P, Result<int>> append(const Coordinate&, const P&);
    template <class P>
    Result<int> append(const Coordinate&, EventKind, const P&);
};

#ifdef GOOD
void good(Appender& store, BatchBuilder& batch, const Coordinate& where) {
    (void)store.append(where, Good{"alice"});
    (void)store.append(where, Good::kind, Moved{"alice"});
    batch.add(where, Good{"alice"}, {.flags = 256});
    batch.add(where, Good::kind, Moved{"alice"}, {.flags = 256});
    batch.add(where, Good::kind, Bytes());
}
#endif

#ifdef BAD_without  // expect: has no kind: write into it `static constexpr auto kind = batpak::
void append(Appender& store, const Coordinate& where) {
    const auto appended = store.append(where, Moved{"alice"});  // ERROR HERE
}
#endif

#ifdef BAD_number  // expect: is no event kind: write `static constexpr auto kind = batpak::
void append(Appender& store, const Coordinate& where) {
    const auto appended = store.append(where, Numbered{"alice"});  // ERROR HERE
}
#endif

#ifdef BAD_changing  // expect: is no event kind: write `static constexpr auto kind = batpak::
void append(Appender& store, const Coordinate& where) {
    const auto appended = store.append(where, Changing{"alice"});  // ERROR HERE
}
#endif

#ifdef BAD_item  // expect: has no kind: write into it `static constexpr auto kind = batpak::
void add(BatchBuilder& batch, const Coordinate& where) {
    batch.add(where, Moved{"alice"});  // ERROR HERE
}
#endif

#ifdef BAD_item_with_options  // expect: has no kind: write into it `static constexpr auto kind
void add(BatchBuilder& batch, const Coordinate& where) {
    batch.add(where, Moved{"alice"}, {.flags = 256});  // ERROR HERE
}
#endif

#ifdef BAD_store  // expect: has no kind: write into it `static constexpr auto kind = batpak::
void bad_store(Store& store, const Coordinate& where) {
    (void)store.append(where, Moved{"alice"}, {.flags = 256});  // ERROR HERE
}
#endif

#ifdef BAD_submitted  // expect: has no kind: write into it `static constexpr auto kind = batpak::
void bad_submitted(Store& store, const Coordinate& where) {
    (void)store.submit(where, Moved{"alice"});  // ERROR HERE
}
#endif
