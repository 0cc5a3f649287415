// clang-format off
// The rows, from the first that matters. A dash matches both.
//
//   role    behind         open batch  testimony  verdict        why
//   sealed  nothing        no          -          Clean          what rotation left
//   sealed  anything else  -           -          RefuseCorrupt  sealing synced it whole
//   active  contradiction  -           -          RefuseCorrupt  no crash writes a good frame wrong
//   active  any other      -           yes        RefuseLost     what was promised is gone
//   active  nothing|zeros  no          no         Clean
//   active  nothing|zeros  yes         no         CutTail        the crash came before the commit
//   active  damage         -           no         CutTail        the crash came inside a write
// clang-format on
#include "store/log/recovery_table.hpp"

#include <optional>

#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

template <class T>
using OrAny = std::optional<T>;

struct Row {
    OrAny<SegmentRole> role;
    OrAny<Behind> behind;
    OrAny<OpenBatch> open_batch;
    OrAny<Testimony> testimony;
    Verdict verdict;

    constexpr bool matches(const TailCase& found) const {
        return (!role || *role == found.role) && (!behind || *behind == found.behind) &&
               (!open_batch || *open_batch == found.open_batch) &&
               (!testimony || *testimony == found.testimony);
    }
};

constexpr auto kAny = std::nullopt;

constexpr std::array kTable = {
    Row{SegmentRole::Sealed, Behind::Nothing, OpenBatch::No, kAny, Verdict::Clean},
    Row{SegmentRole::Sealed, Behind::Nothing, OpenBatch::Yes, kAny, Verdict::RefuseCorrupt},
    Row{SegmentRole::Sealed, Behind::Zeros, kAny, kAny, Verdict::RefuseCorrupt},
    Row{SegmentRole::Sealed, Behind::Damage, kAny, kAny, Verdict::RefuseCorrupt},
    Row{SegmentRole::Sealed, Behind::Contradiction, kAny, kAny, Verdict::RefuseCorrupt},
    Row{SegmentRole::Active, Behind::Contradiction, kAny, kAny, Verdict::RefuseCorrupt},
    Row{SegmentRole::Active, Behind::Nothing, kAny, Testimony::Yes, Verdict::RefuseLost},
    Row{SegmentRole::Active, Behind::Zeros, kAny, Testimony::Yes, Verdict::RefuseLost},
    Row{SegmentRole::Active, Behind::Damage, kAny, Testimony::Yes, Verdict::RefuseLost},
    Row{SegmentRole::Active, Behind::Nothing, OpenBatch::No, Testimony::No, Verdict::Clean},
    Row{SegmentRole::Active, Behind::Zeros, OpenBatch::No, Testimony::No, Verdict::Clean},
    Row{SegmentRole::Active, Behind::Nothing, OpenBatch::Yes, Testimony::No, Verdict::CutTail},
    Row{SegmentRole::Active, Behind::Zeros, OpenBatch::Yes, Testimony::No, Verdict::CutTail},
    Row{SegmentRole::Active, Behind::Damage, kAny, Testimony::No, Verdict::CutTail},
};

constexpr std::size_t rows_matching(const TailCase& found) {
    std::size_t count = 0;
    for (const Row& row : kTable) count += row.matches(found) ? 1U : 0U;
    return count;
}

constexpr bool decides_every_case_once() {
    for (auto role : {SegmentRole::Sealed, SegmentRole::Active}) {
        for (auto behind :
             {Behind::Nothing, Behind::Zeros, Behind::Damage, Behind::Contradiction}) {
            for (auto open_batch : {OpenBatch::No, OpenBatch::Yes}) {
                for (auto testimony : {Testimony::No, Testimony::Yes}) {
                    if (rows_matching({role, behind, open_batch, testimony}) != 1) return false;
                }
            }
        }
    }
    return true;
}
static_assert(decides_every_case_once(), "each case of a tail needs exactly one row (INV R2)");

constexpr bool cuts_only_what_was_never_promised() {
    for (const Row& row : kTable) {
        const bool is_active = row.role == SegmentRole::Active;
        if (row.verdict == Verdict::CutTail && !(is_active && row.testimony == Testimony::No))
            return false;
    }
    return true;
}
static_assert(cuts_only_what_was_never_promised(),
              "a tail is cut only if nothing testifies for it, and of no sealed segment (INV R4)");

constexpr bool refuses_every_contradiction() {
    for (const Row& row : kTable) {
        if (row.behind == Behind::Contradiction && row.verdict != Verdict::RefuseCorrupt)
            return false;
    }
    return true;
}
static_assert(refuses_every_contradiction(), "no crash writes a good frame wrong");

// A power cut in the middle of a write, whatever of it reached the disk, with and without its
// batch.
constexpr bool takes_every_honest_crash() {
    for (const Row& row : kTable) {
        const bool is_crash = row.role == SegmentRole::Active && row.testimony == Testimony::No &&
                              row.behind != Behind::Contradiction;
        if (is_crash && row.verdict != Verdict::Clean && row.verdict != Verdict::CutTail)
            return false;
    }
    return true;
}
static_assert(takes_every_honest_crash(), "an honest crash is never refused (INV R3)");

}  // namespace

Verdict decide(const TailCase& found) noexcept {
    for (const Row& row : kTable) {
        if (row.matches(found)) return row.verdict;
    }
    BATPAK_UNREACHABLE();
}

}  // namespace batpak::store
