// One table says of each code its name and its class. The names are stored in the log, in the
// causes of outcomes, and callers decide by the class what to do next: both are part of the format,
// and a test counts them.
#include "batpak/base/error.hpp"

#include <cstddef>
#include <iterator>
#include <system_error>

#include "batpak/base/assert.hpp"

namespace batpak {
namespace {

// Codes have one class each. A caller that decides by the class need not be changed for a new code.
struct CodeEntry {
    ErrorCode code;
    ErrorClass error_class;
    std::string_view name;
};

// In the order of the enumeration, whose first code is 1.
constexpr CodeEntry kCodes[] = {
    {ErrorCode::InvalidArgument, ErrorClass::Invalid, "InvalidArgument"},
    {ErrorCode::InvalidCoordinate, ErrorClass::Invalid, "InvalidCoordinate"},
    {ErrorCode::InvalidTags, ErrorClass::Invalid, "InvalidTags"},
    {ErrorCode::InvalidConfig, ErrorClass::Invalid, "InvalidConfig"},
    {ErrorCode::ReservedKind, ErrorClass::Invalid, "ReservedKind"},
    {ErrorCode::PayloadTooLarge, ErrorClass::Invalid, "PayloadTooLarge"},
    {ErrorCode::MetadataTooLarge, ErrorClass::Invalid, "MetadataTooLarge"},
    {ErrorCode::EncodeFailed, ErrorClass::Invalid, "EncodeFailed"},
    {ErrorCode::DecodeFailed, ErrorClass::Invalid, "DecodeFailed"},
    {ErrorCode::DuplicateKind, ErrorClass::Invalid, "DuplicateKind"},
    {ErrorCode::KindChanged, ErrorClass::Invalid, "KindChanged"},
    {ErrorCode::MissingUpcaster, ErrorClass::Invalid, "MissingUpcaster"},
    {ErrorCode::NewerPayload, ErrorClass::Invalid, "NewerPayload"},
    {ErrorCode::Unsupported, ErrorClass::Invalid, "Unsupported"},
    {ErrorCode::ForeignPosition, ErrorClass::Invalid, "ForeignPosition"},
    {ErrorCode::HandlerFailed, ErrorClass::Invalid, "HandlerFailed"},
    {ErrorCode::ReactionTooDeep, ErrorClass::Invalid, "ReactionTooDeep"},
    {ErrorCode::TooManyReactions, ErrorClass::Invalid, "TooManyReactions"},
    {ErrorCode::SqlFailed, ErrorClass::Invalid, "SqlFailed"},
    {ErrorCode::BadDestination, ErrorClass::Invalid, "BadDestination"},
    {ErrorCode::SnapshotOnly, ErrorClass::Invalid, "SnapshotOnly"},
    {ErrorCode::EventNotFound, ErrorClass::NotFound, "EventNotFound"},
    {ErrorCode::FileNotFound, ErrorClass::NotFound, "FileNotFound"},
    {ErrorCode::NotAStore, ErrorClass::NotFound, "NotAStore"},
    {ErrorCode::OutcomeNotFound, ErrorClass::NotFound, "OutcomeNotFound"},
    {ErrorCode::PayloadErased, ErrorClass::NotFound, "PayloadErased"},
    {ErrorCode::StoreLocked, ErrorClass::Busy, "StoreLocked"},
    {ErrorCode::GroupInUse, ErrorClass::Busy, "GroupInUse"},
    {ErrorCode::ModelLocked, ErrorClass::Busy, "ModelLocked"},
    {ErrorCode::CompactionRunning, ErrorClass::Busy, "CompactionRunning"},
    {ErrorCode::VersionConflict, ErrorClass::Conflict, "VersionConflict"},
    {ErrorCode::ConditionConflict, ErrorClass::Conflict, "ConditionConflict"},
    {ErrorCode::KeyConflict, ErrorClass::Conflict, "KeyConflict"},
    {ErrorCode::ModelBehind, ErrorClass::Conflict, "ModelBehind"},
    {ErrorCode::DecisionOutdated, ErrorClass::Conflict, "DecisionOutdated"},
    {ErrorCode::WrongState, ErrorClass::Conflict, "WrongState"},
    {ErrorCode::IllegalTransition, ErrorClass::Conflict, "IllegalTransition"},
    {ErrorCode::OutcomeConflict, ErrorClass::Conflict, "OutcomeConflict"},
    {ErrorCode::GateDenied, ErrorClass::Denied, "GateDenied"},
    {ErrorCode::ReceiptRequired, ErrorClass::Denied, "ReceiptRequired"},
    {ErrorCode::ReceiptForged, ErrorClass::Denied, "ReceiptForged"},
    {ErrorCode::ReceiptSpent, ErrorClass::Denied, "ReceiptSpent"},
    {ErrorCode::ReceiptMismatch, ErrorClass::Denied, "ReceiptMismatch"},
    {ErrorCode::ReceiptForeign, ErrorClass::Denied, "ReceiptForeign"},
    {ErrorCode::TransitionDenied, ErrorClass::Denied, "TransitionDenied"},
    {ErrorCode::OutcomeDenied, ErrorClass::Denied, "OutcomeDenied"},
    {ErrorCode::DiskFull, ErrorClass::Full, "DiskFull"},
    {ErrorCode::OutOfMemory, ErrorClass::Full, "OutOfMemory"},
    {ErrorCode::ParkedFull, ErrorClass::Full, "ParkedFull"},
    {ErrorCode::WouldBlock, ErrorClass::WouldBlock, "WouldBlock"},
    {ErrorCode::Timeout, ErrorClass::Timeout, "Timeout"},
    {ErrorCode::Io, ErrorClass::Io, "Io"},
    {ErrorCode::Poisoned, ErrorClass::Poisoned, "Poisoned"},
    {ErrorCode::NotRegular, ErrorClass::Refused, "NotRegular"},
    {ErrorCode::CorruptFrame, ErrorClass::Refused, "CorruptFrame"},
    {ErrorCode::CorruptHash, ErrorClass::Refused, "CorruptHash"},
    {ErrorCode::CorruptSegment, ErrorClass::Refused, "CorruptSegment"},
    {ErrorCode::CorruptManifest, ErrorClass::Refused, "CorruptManifest"},
    {ErrorCode::LostDurableEvents, ErrorClass::Refused, "LostDurableEvents"},
    {ErrorCode::MissingSegment, ErrorClass::Refused, "MissingSegment"},
    {ErrorCode::ForeignSegment, ErrorClass::Refused, "ForeignSegment"},
    {ErrorCode::UnlistedSegment, ErrorClass::Refused, "UnlistedSegment"},
    {ErrorCode::FutureFormat, ErrorClass::Refused, "FutureFormat"},
    {ErrorCode::CorruptCache, ErrorClass::Refused, "CorruptCache"},
    {ErrorCode::IllegalEvent, ErrorClass::Refused, "IllegalEvent"},
    {ErrorCode::RolledBack, ErrorClass::Refused, "RolledBack"},
    {ErrorCode::ForeignModel, ErrorClass::Refused, "ForeignModel"},
    {ErrorCode::OtherModelVersion, ErrorClass::Refused, "OtherModelVersion"},
    {ErrorCode::CorruptReadModel, ErrorClass::Refused, "CorruptReadModel"},
    {ErrorCode::ModelOfErased, ErrorClass::Refused, "ModelOfErased"},
    {ErrorCode::ProofInvalid, ErrorClass::Refused, "ProofInvalid"},
    {ErrorCode::SplitHistory, ErrorClass::Refused, "SplitHistory"},
    {ErrorCode::KeyExposed, ErrorClass::Refused, "KeyExposed"},
    {ErrorCode::CorruptSnapshot, ErrorClass::Refused, "CorruptSnapshot"},
    {ErrorCode::OutcomeFailed, ErrorClass::Domain, "OutcomeFailed"},
    {ErrorCode::OutcomeCancelled, ErrorClass::Domain, "OutcomeCancelled"},
    {ErrorCode::OutcomeUnsettled, ErrorClass::Domain, "OutcomeUnsettled"},
    {ErrorCode::Closed, ErrorClass::Closed, "Closed"},
    {ErrorCode::Forked, ErrorClass::Forked, "Forked"},
};

constexpr bool is_complete() noexcept {
    for (std::size_t i = 0; i < std::size(kCodes); ++i)
        if (kCodes[i].code != ErrorCode(i + 1)) return false;
    return std::size(kCodes) == static_cast<std::size_t>(ErrorCode::Forked);
}
// A code without its row, or in another place, does not compile.
static_assert(is_complete());

// The numbers have no gap, so a code is its place in the table.
const CodeEntry& entry_of(ErrorCode code) noexcept {
    const std::size_t index = static_cast<std::size_t>(code) - 1;
    if (index >= std::size(kCodes)) BATPAK_UNREACHABLE();
    return kCodes[index];
}

}  // namespace

ErrorClass error_class(ErrorCode code) noexcept { return entry_of(code).error_class; }

std::string_view to_string(ErrorCode code) noexcept { return entry_of(code).name; }

std::string_view to_string(ErrorClass error_class) noexcept {
    switch (error_class) {
        case ErrorClass::Invalid: return "Invalid";
        case ErrorClass::NotFound: return "NotFound";
        case ErrorClass::Busy: return "Busy";
        case ErrorClass::Conflict: return "Conflict";
        case ErrorClass::Denied: return "Denied";
        case ErrorClass::Full: return "Full";
        case ErrorClass::WouldBlock: return "WouldBlock";
        case ErrorClass::Timeout: return "Timeout";
        case ErrorClass::Io: return "Io";
        case ErrorClass::Poisoned: return "Poisoned";
        case ErrorClass::Refused: return "Refused";
        case ErrorClass::Domain: return "Domain";
        case ErrorClass::Closed: return "Closed";
        case ErrorClass::Forked: return "Forked";
    }
    BATPAK_UNREACHABLE();
}

std::string_view to_string(BatchStage stage) noexcept {
    switch (stage) {
        case BatchStage::Validation: return "Validation";
        case BatchStage::Encoding: return "Encoding";
        case BatchStage::Writing: return "Writing";
        case BatchStage::Syncing: return "Syncing";
        case BatchStage::Publishing: return "Publishing";
    }
    BATPAK_UNREACHABLE();
}

// From the log of another version: a name that this one does not know is an answer.
std::optional<ErrorCode> error_code_named(std::string_view name) noexcept {
    for (const CodeEntry& entry : kCodes)
        if (entry.name == name) return entry.code;
    return std::nullopt;
}

std::optional<BatchStage> batch_stage_named(std::string_view name) noexcept {
    constexpr auto kLast = static_cast<std::uint8_t>(BatchStage::Publishing);
    for (std::uint8_t number = 0; number <= kLast; ++number) {
        if (to_string(BatchStage{number}) == name) return BatchStage{number};
    }
    return std::nullopt;
}

// From where it happened to what to do about it: the detail ends with the advice.
std::string Error::to_string() const {
    std::string text(batpak::to_string(code_));
    if (stage_) text += " of a batch, at " + std::string(batpak::to_string(*stage_));
    if (item_) text += ", item " + std::to_string(*item_);
    if (!place_.empty()) text += " in " + place_;
    if (offset_) text += " at offset " + std::to_string(*offset_);
    if (sequence_) text += " at sequence " + batpak::to_string(*sequence_);
    if (os_error_ != 0) text += ": " + std::generic_category().message(os_error_);
    if (!detail_.empty()) text += ": " + detail_;
    return text;
}

}  // namespace batpak
