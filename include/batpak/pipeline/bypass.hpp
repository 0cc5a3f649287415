// BypassReceipt: a payload that bypasses the gates, with a reason that goes into the log.
//
// It is not a Receipt, so no function that asks for a judged payload accepts it. A store that
// commits it writes the reason into the event's own evidence, and beside it, in the same atomic
// batch, a GateBypassed event: a search for bypasses finds all of them under one kind.
//
// Threads: thread-compatible
// Errors:  redeem(): ReceiptSpent, EncodeFailed
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/guard/evidence.hpp"
#include "batpak/guard/receipt.hpp"

namespace batpak {

template <class T, class Ctx>
class Pipeline;

// The audit's event, in the stream kStream of system_kinds::kSystemScope. Its cause is the event
// that was bypassed for.
struct GateBypassed {
    static constexpr auto kind = system_kinds::kGateBypassed;
    static constexpr const char* kStream = "batpak:bypasses";
    using required = batpak::all_fields;

    std::string entity{};  // of that event; in hexadecimal if it is not UTF-8
    std::string scope{};
    std::uint16_t event_kind = 0;
    std::string reason{};
    std::string justification{};
};

template <class T>
class [[nodiscard]] BypassReceipt final {
public:
    using Payload = T;

    BypassReceipt(BypassReceipt&& other) noexcept
        : payload_(std::exchange(other.payload_, std::nullopt)), reason_(other.reason_) {}
    BypassReceipt& operator=(BypassReceipt&& other) noexcept {
        if (this != &other) {
            payload_ = std::exchange(other.payload_, std::nullopt);
            reason_ = other.reason_;
        }
        return *this;
    }

    // Requires: is_live().
    const T& payload() const& noexcept {
        BATPAK_ASSERT(is_live());
        return *payload_;
    }
    const T& payload() const&& = delete;
    const BypassReason& reason() const& noexcept { return reason_; }
    // False once it was moved from.
    bool is_live() const noexcept { return payload_.has_value(); }

    // For committers: spends it, and adds the payload's MessagePack form to the buffer.
    [[nodiscard]] Result<Redeemed<T>> redeem(Buffer& encoded) && {
        std::optional<T> payload = std::exchange(payload_, std::nullopt);
        if (!payload) {
            return fail(ErrorCode::ReceiptSpent, "the bypass was committed, or moved from");
        }
        BATPAK_CHECK(PayloadCodec<T>::encode(*payload, encoded));
        return Redeemed<T>{*std::move(payload),
                           {.evidence = {.gate_set = {},
                                         .passed = {},
                                         .judged_end = std::nullopt,
                                         .bypass = reason_},
                            .view = JudgedView::nothing()}};
    }

private:
    template <class U, class Ctx>
    friend class Pipeline;

    BypassReceipt(T payload, BypassReason reason)
        : payload_(std::move(payload)), reason_(std::move(reason)) {}

    std::optional<T> payload_;
    BypassReason reason_;
};

// What a store commits: a Receipt or a BypassReceipt, and nothing that only looks like one.
template <class R>
concept AnyReceipt = std::same_as<R, Receipt<typename R::Payload>> ||
                     std::same_as<R, BypassReceipt<typename R::Payload>>;

}  // namespace batpak
