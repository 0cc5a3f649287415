// The names are an interface: programs, the tool's JSON and the tests of other implementations
// compare them. So none may be renamed.
#include "batpak/proof/refusal.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::proof {

std::string_view to_string(Reason reason) noexcept {
    switch (reason) {
        case Reason::Malformed: return "malformed";
        case Reason::UnknownOrigin: return "unknown-origin";
        case Reason::NoTrustedSignature: return "no-trusted-signature";
        case Reason::BadSignature: return "bad-signature";
        case Reason::QuorumMissing: return "quorum-missing";
        case Reason::SizesDisagree: return "sizes-disagree";
        case Reason::IndexNotBelowSize: return "index-not-below-size";
        case Reason::ProofTooShort: return "proof-too-short";
        case Reason::ProofTooLong: return "proof-too-long";
        case Reason::WrongRoot: return "wrong-root";
        case Reason::ContentNotInEvent: return "content-not-in-event";
        case Reason::PayloadNotInContent: return "payload-not-in-content";
        case Reason::NotAHeadsRecord: return "not-a-heads-record";
        case Reason::HeadNotInMap: return "head-not-in-map";
        case Reason::AnotherQuestion: return "another-question";
    }
    BATPAK_UNREACHABLE();
}

Error Refusal::to_error() const {
    return Error(ErrorCode::ProofInvalid, detail_).at(std::string(to_string(reason_)));
}

}  // namespace batpak::proof
