// GateEvidence: what the log says about why an event was allowed.
//
//     BATPAK_TRY(const auto event, store.find(committed.event_id));
//     BATPAK_TRY(const auto evidence, GateEvidence::of(*event));
//     for (const GateName& gate : evidence->passed) { ... }
//
// Each event that is committed under a receipt carries it in one of batpak's own metadata entries,
// covered by the event's hash (INV G4). A bypassed event carries the reason instead.
//
// Threads: immutable values
// Errors:  of() DecodeFailed; BypassReason::create() InvalidArgument
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/event.hpp"
#include "batpak/guard/gate_name.hpp"

namespace batpak {

// Why the gates were passed by: a short name for programs, and a sentence for an auditor.
class BypassReason {
public:
    static constexpr std::size_t kNameBytesMax = 64;
    static constexpr std::size_t kJustificationBytesMax = 1024;

    // Errors: InvalidArgument, if one of them is empty, too long, or not UTF-8.
    [[nodiscard]] static Result<BypassReason> create(std::string_view name,
                                                     std::string_view justification);

    const std::string& name() const noexcept { return name_; }
    const std::string& justification() const noexcept { return justification_; }
    friend bool operator==(const BypassReason&, const BypassReason&) = default;

private:
    BypassReason(std::string_view name, std::string_view justification)
        : name_(name), justification_(justification) {}

    std::string name_;
    std::string justification_;
};

struct GateEvidence {
    GateSetId gate_set{};  // zero for a bypass
    std::vector<GateName> passed{};
    // The gates knew the judged region up to here; nothing if they read nothing of a store.
    std::optional<Sequence> judged_end{};
    std::optional<BypassReason> bypass{};

    // Nothing if the event was appended without gates.
    [[nodiscard]] static Result<std::optional<GateEvidence>> of(const EventView& event);

    // The form in the log: docs/FORMAT.md, element 17.
    void encode(Buffer& buffer) const;
    [[nodiscard]] static Result<GateEvidence> decode(BytesView bytes);

    friend bool operator==(const GateEvidence&, const GateEvidence&) = default;
};

}  // namespace batpak
