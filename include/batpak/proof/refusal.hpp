// Refusal: why a proof, a note or a statement proves nothing, as one named reason.
//
// A verifier that only says "invalid" leaves its user to guess between a typing mistake and fraud.
// Each check fails for one reason, and the reasons have the names that batpak-verify prints.
//
// Threads: immutable value
// Errors:  is one: as an Error it is ProofInvalid, with the name of the reason as its place
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/result.hpp"

namespace batpak::proof {

enum class Reason : std::uint8_t {
    Malformed,            // not in the one form that docs/FORMAT.md gives
    UnknownOrigin,        // a checkpoint of another log than the one that is trusted
    NoTrustedSignature,   // nobody who is trusted has signed it
    BadSignature,         // a trusted key's line, and not of this text
    QuorumMissing,        // fewer witnesses than the policy asks for
    SizesDisagree,        // the sizes are not those that the proof is between
    IndexNotBelowSize,    // the event would lie after the end of the log
    ProofTooShort,        // fewer hashes than the tree has levels there
    ProofTooLong,         // more
    WrongRoot,            // the hashes lead to another root
    ContentNotInEvent,    // the content that is shown is not what the event's hash covers
    PayloadNotInContent,  // the payload that is shown is not what the content's hash covers
    NotAHeadsRecord,      // the event that a path leads to does not record heads
    HeadNotInMap,         // the hashes lead to another map of heads than the one that is recorded
    AnotherQuestion,      // it answers another question than the one that was asked
};

// "wrong-root", and so on.
std::string_view to_string(Reason reason) noexcept;

class Refusal {
public:
    // `detail` is a clause for people.
    explicit Refusal(Reason reason, std::string detail = {})
        : detail_(std::move(detail)), reason_(reason) {}

    Reason reason() const noexcept { return reason_; }
    const std::string& detail() const noexcept { return detail_; }
    Error to_error() const;
    operator Error() const { return to_error(); }  // so that BATPAK_TRY passes it on

private:
    std::string detail_;
    Reason reason_;
};

template <class T>
using Checked = BasicResult<T, Refusal>;

inline tl::unexpected<Refusal> refuse(Reason reason, std::string detail = {}) {
    return tl::unexpected<Refusal>(Refusal(reason, std::move(detail)));
}

}  // namespace batpak::proof

namespace batpak {

// As for an Error: what a function returns that refuses.
inline tl::unexpected<proof::Refusal> fail(proof::Refusal refusal) {
    return tl::unexpected<proof::Refusal>(std::move(refusal));
}

}  // namespace batpak
