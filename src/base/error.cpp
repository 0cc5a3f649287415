#include "batpak/base/error.hpp"

#include <system_error>

#include "batpak/base/assert.hpp"

namespace batpak {

ErrorClass error_class(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::InvalidArgument:
        case ErrorCode::InvalidCoordinate:
        case ErrorCode::InvalidConfig:
        case ErrorCode::ReservedKind:
        case ErrorCode::PayloadTooLarge:
        case ErrorCode::MetadataTooLarge:
        case ErrorCode::EncodeFailed:
        case ErrorCode::DecodeFailed:
        case ErrorCode::DuplicateKind:
        case ErrorCode::MissingUpcaster:
        case ErrorCode::NewerPayload:
        case ErrorCode::Unsupported:
        case ErrorCode::ForeignPosition:
        case ErrorCode::HandlerFailed:
        case ErrorCode::ReactionTooDeep:
        case ErrorCode::TooManyReactions:
        case ErrorCode::SqlFailed: return ErrorClass::Invalid;
        case ErrorCode::EventNotFound:
        case ErrorCode::FileNotFound:
        case ErrorCode::NotAStore:
        case ErrorCode::OutcomeNotFound: return ErrorClass::NotFound;
        case ErrorCode::StoreLocked:
        case ErrorCode::GroupInUse:
        case ErrorCode::ModelLocked: return ErrorClass::Busy;
        case ErrorCode::VersionConflict:
        case ErrorCode::ConditionConflict:
        case ErrorCode::KeyConflict:
        case ErrorCode::ModelBehind:
        case ErrorCode::DecisionOutdated:
        case ErrorCode::WrongState:
        case ErrorCode::IllegalTransition:
        case ErrorCode::OutcomeConflict: return ErrorClass::Conflict;
        case ErrorCode::GateDenied:
        case ErrorCode::ReceiptRequired:
        case ErrorCode::ReceiptForged:
        case ErrorCode::ReceiptSpent:
        case ErrorCode::ReceiptMismatch:
        case ErrorCode::ReceiptForeign:
        case ErrorCode::TransitionDenied:
        case ErrorCode::OutcomeDenied: return ErrorClass::Denied;
        case ErrorCode::DiskFull:
        case ErrorCode::ParkedFull: return ErrorClass::Full;
        case ErrorCode::WouldBlock: return ErrorClass::WouldBlock;
        case ErrorCode::Timeout: return ErrorClass::Timeout;
        case ErrorCode::Io: return ErrorClass::Io;
        case ErrorCode::Poisoned: return ErrorClass::Poisoned;
        case ErrorCode::NotRegular:
        case ErrorCode::CorruptFrame:
        case ErrorCode::CorruptHash:
        case ErrorCode::CorruptSegment:
        case ErrorCode::CorruptManifest:
        case ErrorCode::LostDurableEvents:
        case ErrorCode::MissingSegment:
        case ErrorCode::ForeignSegment:
        case ErrorCode::UnlistedSegment:
        case ErrorCode::FutureFormat:
        case ErrorCode::IllegalEvent:
        case ErrorCode::RolledBack:
        case ErrorCode::ForeignModel:
        case ErrorCode::OtherModelVersion:
        case ErrorCode::CorruptReadModel: return ErrorClass::Refused;
        case ErrorCode::OutcomeFailed:
        case ErrorCode::OutcomeCancelled:
        case ErrorCode::OutcomeUnsettled: return ErrorClass::Domain;
        case ErrorCode::Closed: return ErrorClass::Closed;
        case ErrorCode::Forked: return ErrorClass::Forked;
    }
    BATPAK_UNREACHABLE();
}

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::InvalidArgument: return "InvalidArgument";
        case ErrorCode::InvalidCoordinate: return "InvalidCoordinate";
        case ErrorCode::InvalidConfig: return "InvalidConfig";
        case ErrorCode::ReservedKind: return "ReservedKind";
        case ErrorCode::PayloadTooLarge: return "PayloadTooLarge";
        case ErrorCode::MetadataTooLarge: return "MetadataTooLarge";
        case ErrorCode::EncodeFailed: return "EncodeFailed";
        case ErrorCode::DecodeFailed: return "DecodeFailed";
        case ErrorCode::DuplicateKind: return "DuplicateKind";
        case ErrorCode::MissingUpcaster: return "MissingUpcaster";
        case ErrorCode::NewerPayload: return "NewerPayload";
        case ErrorCode::Unsupported: return "Unsupported";
        case ErrorCode::ForeignPosition: return "ForeignPosition";
        case ErrorCode::HandlerFailed: return "HandlerFailed";
        case ErrorCode::ReactionTooDeep: return "ReactionTooDeep";
        case ErrorCode::TooManyReactions: return "TooManyReactions";
        case ErrorCode::SqlFailed: return "SqlFailed";
        case ErrorCode::EventNotFound: return "EventNotFound";
        case ErrorCode::FileNotFound: return "FileNotFound";
        case ErrorCode::NotAStore: return "NotAStore";
        case ErrorCode::OutcomeNotFound: return "OutcomeNotFound";
        case ErrorCode::StoreLocked: return "StoreLocked";
        case ErrorCode::GroupInUse: return "GroupInUse";
        case ErrorCode::ModelLocked: return "ModelLocked";
        case ErrorCode::VersionConflict: return "VersionConflict";
        case ErrorCode::ConditionConflict: return "ConditionConflict";
        case ErrorCode::KeyConflict: return "KeyConflict";
        case ErrorCode::ModelBehind: return "ModelBehind";
        case ErrorCode::DecisionOutdated: return "DecisionOutdated";
        case ErrorCode::WrongState: return "WrongState";
        case ErrorCode::IllegalTransition: return "IllegalTransition";
        case ErrorCode::OutcomeConflict: return "OutcomeConflict";
        case ErrorCode::GateDenied: return "GateDenied";
        case ErrorCode::ReceiptRequired: return "ReceiptRequired";
        case ErrorCode::ReceiptForged: return "ReceiptForged";
        case ErrorCode::ReceiptSpent: return "ReceiptSpent";
        case ErrorCode::ReceiptMismatch: return "ReceiptMismatch";
        case ErrorCode::ReceiptForeign: return "ReceiptForeign";
        case ErrorCode::TransitionDenied: return "TransitionDenied";
        case ErrorCode::OutcomeDenied: return "OutcomeDenied";
        case ErrorCode::DiskFull: return "DiskFull";
        case ErrorCode::ParkedFull: return "ParkedFull";
        case ErrorCode::WouldBlock: return "WouldBlock";
        case ErrorCode::Timeout: return "Timeout";
        case ErrorCode::Io: return "Io";
        case ErrorCode::Poisoned: return "Poisoned";
        case ErrorCode::NotRegular: return "NotRegular";
        case ErrorCode::CorruptFrame: return "CorruptFrame";
        case ErrorCode::CorruptHash: return "CorruptHash";
        case ErrorCode::CorruptSegment: return "CorruptSegment";
        case ErrorCode::CorruptManifest: return "CorruptManifest";
        case ErrorCode::LostDurableEvents: return "LostDurableEvents";
        case ErrorCode::MissingSegment: return "MissingSegment";
        case ErrorCode::ForeignSegment: return "ForeignSegment";
        case ErrorCode::UnlistedSegment: return "UnlistedSegment";
        case ErrorCode::FutureFormat: return "FutureFormat";
        case ErrorCode::IllegalEvent: return "IllegalEvent";
        case ErrorCode::RolledBack: return "RolledBack";
        case ErrorCode::ForeignModel: return "ForeignModel";
        case ErrorCode::OtherModelVersion: return "OtherModelVersion";
        case ErrorCode::CorruptReadModel: return "CorruptReadModel";
        case ErrorCode::OutcomeFailed: return "OutcomeFailed";
        case ErrorCode::OutcomeCancelled: return "OutcomeCancelled";
        case ErrorCode::OutcomeUnsettled: return "OutcomeUnsettled";
        case ErrorCode::Closed: return "Closed";
        case ErrorCode::Forked: return "Forked";
    }
    BATPAK_UNREACHABLE();
}

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

std::optional<ErrorCode> error_code_named(std::string_view name) noexcept {
    constexpr auto kLast = static_cast<std::uint16_t>(ErrorCode::Forked);
    for (std::uint16_t number = 1; number <= kLast; ++number) {
        if (to_string(ErrorCode{number}) == name) return ErrorCode{number};
    }
    return std::nullopt;
}

std::optional<BatchStage> batch_stage_named(std::string_view name) noexcept {
    constexpr auto kLast = static_cast<std::uint8_t>(BatchStage::Publishing);
    for (std::uint8_t number = 0; number <= kLast; ++number) {
        if (to_string(BatchStage{number}) == name) return BatchStage{number};
    }
    return std::nullopt;
}

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
