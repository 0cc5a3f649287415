// Proposal: something that a caller wants to happen, and that no gate has seen yet.
//
// Only a Pipeline takes the value out again, so a proposal cannot be committed by mistake.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <type_traits>
#include <utility>

#include "batpak/base/detail/language.hpp"

namespace batpak {

template <class T, class Ctx>
class Pipeline;

template <class T>
class Proposal {
public:
    explicit Proposal(T payload) : payload_(std::move(payload)) {}

    const T& payload() const& noexcept { return payload_; }
    const T& payload() const&& = delete;

    // The proposal of what `change` makes of this one.
    template <class Change>
    [[nodiscard]] auto map(Change&& change) && {
        using U = std::decay_t<std::invoke_result_t<Change, T&&>>;
        return Proposal<U>(std::forward<Change>(change)(std::move(payload_)));
    }

private:
    template <class U, class Ctx>
    friend class Pipeline;

    T payload_;
};

}  // namespace batpak
