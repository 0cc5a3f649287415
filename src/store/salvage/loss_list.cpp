// A loss that spans segments is one line for each, because each is a file that somebody may have
// elsewhere.
#include "store/salvage/loss_list.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

// Between the whole events around them, as far as these are in the same file.
void place_in(LostEvents& lost, const Survey& survey, const SegmentExtent& extent,
              const LossBorders& borders) {
    lost.file = segment_place(extent.id);
    const std::optional<std::uint32_t> index = file_of(survey, extent);
    if (!index) return;
    const SurveyedFile& file = survey.files[*index];
    lost.file = segment_place(file.id);
    const bool follows = borders.behind && borders.behind->file == *index;
    lost.offset = follows ? borders.behind->offset : SegmentHeader::kBytes;
    const bool is_found = borders.found && borders.found->file == *index;
    const std::uint64_t end = is_found ? borders.found->offset : file.bytes;
    lost.bytes = end > lost.offset ? end - lost.offset : 0;
}

}  // namespace

void list_lost(std::vector<LostEvents>& list, const Survey& survey, const SequenceRange& lost,
               const LossBorders& borders) {
    BATPAK_ASSERT(lost.begin <= lost.end);
    for (Sequence at = lost.begin; at < lost.end;) {
        // The extent that begins last, at or before it, is the one that should have the event.
        const auto behind = std::ranges::upper_bound(survey.extents, at, {}, &SegmentExtent::first);
        const bool is_last = behind == survey.extents.end();
        const Sequence to = is_last ? lost.end : std::min(lost.end, behind->first);
        BATPAK_ASSERT(to > at);
        LostEvents part{.first = at, .count = to.value - at.value};
        if (behind != survey.extents.begin()) place_in(part, survey, *std::prev(behind), borders);
        list.push_back(std::move(part));
        at = to;
    }
}

void list_doubtful_end(std::vector<LostEvents>& list, const Survey& survey, Sequence next) {
    if (survey.extents.empty()) return;
    const std::optional<std::uint32_t> index = file_of(survey, survey.extents.back());
    if (!index || survey.lacking) {
        const std::uint64_t id = survey.lacking.value_or(survey.extents.back().id);
        list.push_back({.first = next, .file = segment_place(id)});
        return;
    }
    const SurveyedFile& file = survey.files[*index];
    if (file.damaged_from == 0) return;
    BATPAK_ASSERT(file.content_end >= file.damaged_from);
    list.push_back({.first = next,
                    .file = segment_place(file.id),
                    .offset = file.damaged_from,
                    .bytes = file.content_end - file.damaged_from});
}

}  // namespace batpak::store
