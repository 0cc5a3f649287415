// Goal:   the table decides every case as the format says it must (docs/FORMAT.md, "What opening
//         decides").
// Method: all 32 cases against a decision that is written as sentences, not as rows.
#include "store/log/recovery_table.hpp"

#include <gtest/gtest.h>

namespace batpak::store {
namespace {

Verdict decide_naively(const TailCase& found) {
    // Sealing synced the segment and cut it to its frames.
    if (found.role == SegmentRole::Sealed) {
        const bool whole = found.behind == Behind::Nothing && found.open_batch == OpenBatch::No;
        return whole ? Verdict::Clean : Verdict::RefuseCorrupt;
    }
    // No crash writes a frame whose checksum holds and that does not fit.
    if (found.behind == Behind::Contradiction) return Verdict::RefuseCorrupt;
    // Somebody was told that more was durable than is there.
    if (found.testimony == Testimony::Yes) return Verdict::RefuseLost;
    // A crash came inside a write, or between the items of a batch and its commit.
    const bool torn = found.behind == Behind::Damage || found.open_batch == OpenBatch::Yes;
    return torn ? Verdict::CutTail : Verdict::Clean;
}

TEST(RecoveryTable, DecidesEveryCaseAsTheFormatSays) {
    std::size_t cases = 0;
    for (const auto role : {SegmentRole::Sealed, SegmentRole::Active}) {
        for (const auto behind :
             {Behind::Nothing, Behind::Zeros, Behind::Damage, Behind::Contradiction}) {
            for (const auto open_batch : {OpenBatch::No, OpenBatch::Yes}) {
                for (const auto testimony : {Testimony::No, Testimony::Yes}) {
                    const TailCase found{role, behind, open_batch, testimony};
                    EXPECT_EQ(decide(found), decide_naively(found)) << "case " << cases;
                    ++cases;
                }
            }
        }
    }
    EXPECT_EQ(cases, 32U);
}

}  // namespace
}  // namespace batpak::store
