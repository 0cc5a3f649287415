// The value of the metadata entry "batpak.gates" is one of
//
//     {"set": bin 32, "gates": [[name, version], ...], "seen": uint}     "seen": if a view was
//     judged
//     {"bypass": name, "because": justification}
//
// A reader passes over keys that it does not know.
#include "batpak/guard/evidence.hpp"

#include <algorithm>
#include <cstring>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak {
namespace {

using msgpack::Fault;
using msgpack::Reader;

constexpr std::uint32_t kGatesMax = 1024;  // that a reader takes: more than any writer writes

Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
    if (text.empty() || text.size() > bytes_max || !is_utf8(text)) {
        return fail(ErrorCode::InvalidArgument, "the " + std::string(what) +
                                                    " of a bypass is 1 to " +
                                                    std::to_string(bytes_max) + " bytes of UTF-8");
    }
    return {};
}

void read_set(Reader& reader, GateEvidence& evidence) {
    const BytesView digest = reader.binary();
    if (digest.size() != Hash::kBytes) return reader.refuse(Fault::OutOfRange);
    std::ranges::copy(digest, evidence.gate_set.digest.bytes.begin());
}

void read_gates(Reader& reader, GateEvidence& evidence) {
    if (!evidence.passed.empty()) return reader.refuse(Fault::DuplicateKey);
    std::uint32_t left = reader.array();
    if (left > kGatesMax) return reader.refuse(Fault::TooMany);
    for (; left > 0 && reader.ok(); --left) {
        if (reader.array() != 2) return reader.refuse(Fault::OutOfRange);
        GateName gate{.name = std::string(reader.string())};
        gate.version = reader.integer<std::uint32_t>();
        evidence.passed.push_back(std::move(gate));
    }
}

}  // namespace

Result<BypassReason> BypassReason::create(std::string_view name, std::string_view justification) {
    BATPAK_CHECK(check_text("name", name, kNameBytesMax));
    BATPAK_CHECK(check_text("justification", justification, kJustificationBytesMax));
    return BypassReason(name, justification);
}

// Keys in this order always: evidence is hashed with the event, and a verification compares the
// form (frame_rules.cpp).
void GateEvidence::encode(Buffer& buffer) const {
    msgpack::Writer writer(buffer);
    if (bypass) {
        writer.map(2);
        writer.string("bypass");
        writer.string(bypass->name());
        writer.string("because");
        writer.string(bypass->justification());
        return;
    }
    writer.map(judged_end ? 3 : 2);
    writer.string("set");
    writer.binary(gate_set.digest.view());
    writer.string("gates");
    writer.array(static_cast<std::uint32_t>(passed.size()));
    for (const GateName& gate : passed) {
        writer.array(2);
        writer.string(gate.name);
        writer.integer(gate.version);
    }
    if (!judged_end) return;
    writer.string("seen");
    writer.integer(judged_end->value);
}

// Bounded by the decoder and by kGatesMax: it is asked of any event, and what an event holds may be
// forged.
Result<GateEvidence> GateEvidence::decode(BytesView bytes) {
    Reader reader(bytes, {.utf8 = true});
    GateEvidence evidence;
    std::string_view bypass_name;
    std::string_view justification;
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        const std::string_view key = reader.string();
        if (key == "set") {
            read_set(reader, evidence);
        } else if (key == "gates") {
            read_gates(reader, evidence);
        } else if (key == "seen") {
            evidence.judged_end = Sequence(reader.u64());
        } else if (key == "bypass") {
            bypass_name = reader.string();
        } else if (key == "because") {
            justification = reader.string();
        } else {
            reader.skip();
        }
    }
    if (!reader.finished()) return fail(reader.error());
    if (bypass_name.empty() && justification.empty()) return evidence;
    auto reason = BypassReason::create(bypass_name, justification);
    if (!reason) return fail(ErrorCode::DecodeFailed, reason.error().detail());
    evidence.bypass = *std::move(reason);
    return evidence;
}

Result<std::optional<GateEvidence>> GateEvidence::of(const EventView& event) {
    const BytesView value = Metadata::reserved(event.metadata_bytes, Metadata::kGates);
    if (value.empty()) return std::optional<GateEvidence>();
    BATPAK_TRY(GateEvidence evidence, decode(value));
    return std::optional(std::move(evidence));
}

}  // namespace batpak
