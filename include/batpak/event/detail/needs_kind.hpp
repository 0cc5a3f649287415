// NeedsKind: what a function that appends events returns for a payload that has no kind.
//
// An overload for such payloads stands next to the one for events, and is only declared:
//
//     template <TypedEvent P>
//     Result<AppendReceipt> append(const Coordinate& coordinate, const P& payload);
//     template <PayloadWithoutKind P>
//     NeedsKind<P, Result<AppendReceipt>> append(const Coordinate&, const P&);
//
// A call with a struct that lacks its kind then fails with one sentence that says what to write,
// instead of a list of all overloads and why each was not taken.
//
// Threads: immutable value
// Errors:  none; to call what returns it does not compile
#pragma once

#include <concepts>
#include <type_traits>

#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/payload_codec.hpp"

namespace batpak {

// Any payload that is not an event. A kind is not a payload.
template <class P>
concept PayloadWithoutKind = !TypedEvent<P> && !std::same_as<P, EventKind>;

namespace detail {

template <class P>
inline constexpr bool is_named_kind = requires { P::kind; };

}  // namespace detail

// An `R`, as the overload for events returns, so that the caller's next line is no error as well.
template <PayloadWithoutKind P, class R>
struct NeedsKind : R {
    static_assert(detail::is_named_kind<P>,
                  "batpak: the payload's struct has no kind: write into it `static constexpr auto "
                  "kind = batpak::EventKind::custom(0x1, 0x001);`, or give a kind before the "
                  "payload");
    static_assert(!detail::is_named_kind<P>,
                  "batpak: `kind` of the payload's struct is no event kind: write `static "
                  "constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);`");
};

}  // namespace batpak
