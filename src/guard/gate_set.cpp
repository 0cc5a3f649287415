// A set of gates never changes: adding one makes a longer roll, and receipts share the roll that
// they were judged by. Its id is the hash of names and versions in order, so that a store can say
// which sets it takes, in another process and years later.
#include "batpak/guard/gate_set.hpp"

#include <algorithm>
#include <exception>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/msgpack.hpp"
#include "guard/seal.hpp"

namespace batpak::detail {
namespace {

// Of names and versions, not of code: a gate that comes to say something else needs a new version.
GateSetId id_of(const std::vector<GateName>& names) {
    Buffer bytes;
    msgpack::Writer writer(bytes);
    writer.array(static_cast<std::uint32_t>(names.size()));
    for (const GateName& gate : names) {
        writer.string(gate.name);
        writer.integer(gate.version);
    }
    return {guard::digest_of({as_bytes("set "), bytes.view()})};
}

Denial defect(std::string_view what) {
    return deny("the gate failed: " + std::string(what)).with_code(Denial::kGateDefect);
}

// The one place where code of the user's is kept from throwing through batpak: whatever a gate
// throws, it has not said yes (INV G5).
std::optional<Denial> ask_gate(const GateRoll& roll, std::size_t index, const void* proposal,
                               const void* context) {
    const ErasedGate& gate = roll.gates[index];
    std::optional<Denial> denial;
    try {
        denial = gate.judge(gate.object.get(), proposal, context).denial();
    } catch (const std::exception& thrown) {
        denial = defect(thrown.what());
    } catch (...) {
        denial = defect("it threw what is no std::exception");
    }
    if (denial) denial->gate = roll.names[index].name;
    return denial;
}

}  // namespace

std::shared_ptr<const GateRoll> empty_roll() {
    return std::make_shared<const GateRoll>(GateRoll{.names = {}, .gates = {}, .id = id_of({})});
}

std::span<const GateName> names_of(const GateRoll& roll) noexcept { return roll.names; }

std::shared_ptr<const GateRoll> with_gate(const GateRoll& roll, GateName name, ErasedGate gate) {
    BATPAK_ASSERT(roll.names.size() < GateSet<int>::kGatesMax);
    BATPAK_ASSERT(!name.name.empty());
    BATPAK_ASSERT(name.name.size() <= GateName::kBytesMax);
    BATPAK_ASSERT(is_utf8(name.name));
    const auto same_name = [&](const GateName& other) { return other.name == name.name; };
    BATPAK_ASSERT(std::ranges::none_of(roll.names, same_name));
    // A copy: a receipt that holds the shorter roll keeps it as it was (INV G2).
    GateRoll longer = roll;
    longer.names.push_back(std::move(name));
    longer.gates.push_back(std::move(gate));
    longer.id = id_of(longer.names);
    return std::make_shared<const GateRoll>(std::move(longer));
}

// In the order in which the gates were added; those after the first that says no are not asked.
std::optional<Denial> first_denial(const GateRoll& roll, const void* proposal,
                                   const void* context) {
    for (std::size_t i = 0; i < roll.gates.size(); ++i) {
        if (auto denial = ask_gate(roll, i, proposal, context)) return denial;
    }
    return std::nullopt;
}

std::vector<Denial> all_denials(const GateRoll& roll, const void* proposal, const void* context) {
    std::vector<Denial> denials;
    for (std::size_t i = 0; i < roll.gates.size(); ++i) {
        if (auto denial = ask_gate(roll, i, proposal, context)) {
            denials.push_back(*std::move(denial));
        }
    }
    return denials;
}

Denial not_encodable(const Error& error) {
    Denial denial = deny(error.to_string()).with_code(Denial::kNotEncodable);
    denial.gate = Denial::kSetItself;
    return denial;
}

Denial too_many_receipts() {
    Denial denial = deny("too many receipts wait for their commit: commit or drop some")
                        .with_code(Denial::kTooManyReceipts);
    denial.gate = Denial::kSetItself;
    return denial;
}

}  // namespace batpak::detail
