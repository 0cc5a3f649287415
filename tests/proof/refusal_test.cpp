#include "batpak/proof/refusal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace batpak::proof {
namespace {

// The names are compared by other programs: this list is a copy on purpose.
constexpr std::array<std::pair<Reason, std::string_view>, 15> kNames{{
    {Reason::Malformed, "malformed"},
    {Reason::UnknownOrigin, "unknown-origin"},
    {Reason::NoTrustedSignature, "no-trusted-signature"},
    {Reason::BadSignature, "bad-signature"},
    {Reason::QuorumMissing, "quorum-missing"},
    {Reason::SizesDisagree, "sizes-disagree"},
    {Reason::IndexNotBelowSize, "index-not-below-size"},
    {Reason::ProofTooShort, "proof-too-short"},
    {Reason::ProofTooLong, "proof-too-long"},
    {Reason::WrongRoot, "wrong-root"},
    {Reason::ContentNotInEvent, "content-not-in-event"},
    {Reason::PayloadNotInContent, "payload-not-in-content"},
    {Reason::NotAHeadsRecord, "not-a-heads-record"},
    {Reason::HeadNotInMap, "head-not-in-map"},
    {Reason::AnotherQuestion, "another-question"},
}};

TEST(Refusal, EachReasonHasTheNameThatOthersCompare) {
    std::set<std::string_view> names;
    for (const auto& [reason, name] : kNames) {
        EXPECT_EQ(to_string(reason), name);
        names.insert(to_string(reason));
    }
    EXPECT_EQ(names.size(), kNames.size());
}

TEST(Refusal, AsAnErrorItHasTheReasonAsItsPlace) {
    for (const auto& [reason, name] : kNames) {
        const Error error = Refusal(reason, "the root is another").to_error();
        EXPECT_EQ(error.code(), ErrorCode::ProofInvalid);
        EXPECT_EQ(error.place(), name);
        EXPECT_EQ(error.detail(), "the root is another");
    }
    EXPECT_EQ(Refusal(Reason::WrongRoot).to_error().detail(), "");
}

TEST(Refusal, AsAnErrorItIsProofInvalidAndNamesTheReason) {
    const Error error = Refusal(Reason::WrongRoot, "why");
    EXPECT_EQ(error.code(), ErrorCode::ProofInvalid);
    EXPECT_EQ(error.place(), "wrong-root");
    EXPECT_EQ(error.detail(), "why");
}

Checked<int> refused() { return refuse(Reason::ProofTooLong, "three hashes are left"); }

Checked<int> passed_on() {
    auto inner = refused();
    if (!inner) return fail(std::move(inner).error());
    return *inner + 1;
}

Result<int> passed_on_as_error() {
    BATPAK_TRY(const int value, refused());
    return value + 1;
}

TEST(Refusal, IsPassedOnAsItIsAndAsAnError) {
    const Checked<int> as_it_is = passed_on();
    ASSERT_FALSE(as_it_is);
    EXPECT_EQ(as_it_is.error().reason(), Reason::ProofTooLong);
    EXPECT_EQ(as_it_is.error().detail(), "three hashes are left");
    const Result<int> as_error = passed_on_as_error();
    ASSERT_FALSE(as_error);
    EXPECT_EQ(as_error.error().code(), ErrorCode::ProofInvalid);
    EXPECT_EQ(as_error.error().place(), "proof-too-long");
}

}  // namespace
}  // namespace batpak::proof
