// Denial: why a gate said no. And Verdict: what a gate says.
//
//     if (transfer.amount <= limit) return pass();
//     return deny("over the limit").with_code("AMOUNT").with_context("limit", limit);
//
// A denial is an answer, not an error: it has the gate's name, a code for programs, a message for
// people, and a list of facts. The gate set fills in the name, so no gate can speak for another.
//
// Threads: immutable values
// Errors:  to_error() makes one, GateDenied
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"

namespace batpak {

// A fact behind a denial, such as ("limit", "100").
struct DenialFact {
    using required = batpak::all_fields;
    std::string key{};
    std::string value{};

    friend bool operator==(const DenialFact&, const DenialFact&) = default;
};

struct Denial {
    // Codes of batpak's own. The first is of the gate that threw; the others are of kSetItself.
    static constexpr std::string_view kGateDefect = "GATE_DEFECT";
    static constexpr std::string_view kNotEncodable = "NOT_ENCODABLE";
    static constexpr std::string_view kTooManyReceipts = "TOO_MANY_RECEIPTS";
    // The gate in whose name the gate set itself denies.
    static constexpr std::string_view kSetItself = "batpak";

    std::string gate{};
    std::string code{};  // may be empty
    std::string message{};
    std::vector<DenialFact> context{};  // in the order in which it was added

    Denial with_code(std::string_view text) &&;
    Denial with_context(std::string_view key, std::string_view value) &&;
    Denial with_context(std::string_view key, std::integral auto value) && {
        return std::move(*this).with_context(key, std::string_view(std::to_string(value)));
    }

    // For callers that answer with a Result. Its text is to_string()'s.
    Error to_error() const;

    friend bool operator==(const Denial&, const Denial&) = default;
};

// "[gate] message".
std::string to_string(const Denial& denial);

inline Denial deny(std::string_view message) {
    return Denial{.gate = {}, .code = {}, .message = std::string(message), .context = {}};
}

// Either pass() or a Denial; nothing else, and nothing by default.
class [[nodiscard]] Verdict {
public:
    Verdict(Denial denial) : denial_(std::move(denial)) {}

    bool passed() const noexcept { return !denial_; }
    // Nothing if it passed.
    const std::optional<Denial>& denial() const& noexcept { return denial_; }
    std::optional<Denial>&& denial() && noexcept { return std::move(denial_); }

    friend Verdict pass() noexcept;

private:
    Verdict() noexcept = default;

    std::optional<Denial> denial_;
};

inline Verdict pass() noexcept { return Verdict(); }

// The event that records a denial, if the caller asks for one (Store::record_denial).
struct GateDenied {
    static constexpr auto kind = system_kinds::kGateDenied;
    using required = batpak::all_fields;
    static constexpr const char* kStream = "batpak:denials";  // of system_kinds::kSystemScope

    std::string entity{};  // what the proposal was about; in hexadecimal if it is not UTF-8
    std::string scope{};
    std::string gate{};
    std::string code{};
    std::string message{};
    std::vector<DenialFact> context{};
};

}  // namespace batpak
