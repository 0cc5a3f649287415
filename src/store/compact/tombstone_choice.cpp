// All events that are named are read, with their hashes where there are any, before anything is
// changed: what is to be erased must be known to be what was appended. So a choice costs a read of
// each event, and eight bytes for each until it is made into ranges.
//
// Store::compact() and plan_compaction() both choose with it, so that a plan names the same events.
#include "store/compact/tombstone_choice.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/range_state.hpp"

namespace batpak::store {
namespace {

bool is_own_record(const EventView& event) noexcept {
    return event.kind().category() == EventKind::kSystemCategory;
}

class Choice {
public:
    Choice(const std::shared_ptr<ReadSide>& side, const Tombstone& tombstone)
        : side_(side), tombstone_(tombstone), pin_(side->pin()), reader_(pin_, side) {
        if (side->can_check(ReadCheck::Hash)) check_ = ReadCheck::Hash;
    }

    Result<std::vector<Sequence>> run() {
        BATPAK_CHECK(take_region());
        for (const EventId& id : tombstone_.ids) BATPAK_CHECK(take_id(id));
        // The region and an id may name the same event.
        std::ranges::sort(found_);
        const auto twice = std::ranges::unique(found_);
        found_.erase(twice.begin(), twice.end());
        BATPAK_ASSERT(found_.empty() || found_.back() < pin_.end);
        return std::move(found_);
    }

private:
    Result<void> take_region() {
        QueryOptions options;
        options.check = check_;
        RangeState range(pin_, side_, tombstone_.region, options);
        while (const Result<EventView>* event = range.next()) {
            if (!*event) return fail(Error(event->error()));
            // A region may go over records of batpak's own and over what was erased before: neither
            // is meant, and neither is a mistake. An id that names such a record is one.
            if (!(*event)->erased && !is_own_record(**event))
                found_.push_back((*event)->sequence());
        }
        return {};
    }

    // A name that is wrong is an error: it was to mean one event.
    Result<void> take_id(const EventId& id) {
        BATPAK_TRY(const std::optional<RunOrdinal> place, reader_.find_id(id));
        if (!place) return not_found(id);
        BATPAK_TRY(const EventView event, reader_.read(*place, check_));
        // The index knows the front half of ids only.
        if (event.event_id() != id) return not_found(id);
        if (is_own_record(event)) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "it is a record of batpak's own, whose payload is not erased")
                            .at(to_string(id))
                            .at_sequence(event.sequence()));
        }
        if (!event.erased) found_.push_back(event.sequence());
        return {};
    }

    static tl::unexpected<Error> not_found(const EventId& id) {
        return fail(Error(ErrorCode::EventNotFound, "no event has this id: nothing was erased")
                        .at(to_string(id)));
    }

    const std::shared_ptr<ReadSide>& side_;
    const Tombstone& tombstone_;
    const Pin pin_;
    EventReader reader_;
    ReadCheck check_ = ReadCheck::Frame;
    std::vector<Sequence> found_;
};

// What stands in the place of a payload may be longer than a short one was.
Result<void> check_room(const SealedSegment& segment) {
    // 34 bytes of P for 18 of the blind, and 1 byte of a length for 2 of an empty payload
    // (docs/FORMAT.md, type 5).
    constexpr std::uint64_t kGrowthBytesMax = 15;  // P for a blind, of a payload of no byte
    BATPAK_ASSERT(segment.first <= segment.end && segment.bytes <= kSegmentBytesMax);
    const std::uint64_t events = segment.end.value - segment.first.value;
    if (events * kGrowthBytesMax <= kSegmentBytesMax - segment.bytes) return {};
    return fail(Error(ErrorCode::Unsupported,
                      "it is as large as a segment can be: it could grow when payloads of it are "
                      "erased, and must not")
                    .at(segment_place(segment.id)));
}

}  // namespace

Result<void> check_tombstone(const Tombstone& tombstone) {
    const std::string& reason = tombstone.reason;
    const bool is_reason =
        !reason.empty() && reason.size() <= Tombstone::kReasonBytesMax && is_utf8(reason);
    if (is_reason) return {};
    return fail(ErrorCode::InvalidArgument, "the reason of an erasure is kept in the log: 1 to " +
                                                std::to_string(Tombstone::kReasonBytesMax) +
                                                " bytes of UTF-8");
}

Result<std::vector<SequenceSet>> choose_payloads(const std::shared_ptr<ReadSide>& side,
                                                 const Tombstone& tombstone,
                                                 std::size_t ranges_max) {
    BATPAK_TRY(const std::vector<Sequence> found, Choice(side, tombstone).run());
    std::vector<SequenceSet> sets;
    for (const Sequence sequence : found) add_in_parts(sets, sequence, ranges_max);
    return sets;
}

Result<void> prove_segments_of(StoreDirectory& directory, const Manifest& manifest,
                               const SequenceSet& erased) {
    for (const SealedSegment& segment : manifest.sealed) {
        if (!erased.intersects(segment.first, segment.end)) continue;
        BATPAK_TRY(const std::unique_ptr<File> file,
                   directory.open_segment(segment.id, OpenMode::ReadOnly));
        BATPAK_TRY(const SegmentHeader header, header_of(*file, segment));
        BATPAK_CHECK(prove_frames(*file, header, segment));
        BATPAK_CHECK(check_room(segment));
    }
    return {};
}

}  // namespace batpak::store
