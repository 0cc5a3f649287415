// In this order, because each step needs the one before:
//
//     read      every frame of every file, once; its hash is checked while its payload is at hand
//     batches   which events no marker committed, and what the rest of the log says of them
//     twins     an event that stands twice is one event
//     numbers   the place of each in the source: hidden ranges are said in places
//     links     what each event says it follows
//     units     what is appended at once, and which ids of causes and stories are new ones by then
//
// One file is in memory at a time, and of each event what FbatEvent has, which is no payload: the
// writer reads the files again. No step writes anything, so --dry-run ends here.
#include "tool/fbat/fbat_plan.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "batpak/base/detail/text_hash.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/store/config.hpp"
#include "tool/fbat/fbat_batches.hpp"
#include "tool/fbat/fbat_limits.hpp"
#include "tool/fbat/fbat_origin.hpp"
#include "tool/fbat/fbat_segment.hpp"
#include "tool/fbat/plain_hash.hpp"

namespace batpak::tool {
namespace {

FbatHashCheck check_hash(const FbatFrame& frame) {
    if (frame.content_hash.is_zero() && frame.event_hash.is_zero()) return FbatHashCheck::Absent;
    // Both hashes are of the payload, and the second may be left out. Of an inline payload the
    // bytes that were hashed are gone.
    const Hash hash = plain_hash(frame.payload());
    const bool is_chained = frame.event_hash.is_zero() || frame.event_hash == hash;
    if (hash == frame.content_hash && is_chained) return FbatHashCheck::Checked;
    return frame.is_inline ? FbatHashCheck::NotComparable : FbatHashCheck::Differs;
}

std::uint64_t number_of_marker(const IdBytes& id) {
    // The id of a marker is the place of the first event of its batch, big-endian, behind zeros.
    std::uint64_t number = 0;
    for (std::size_t i = id.size() - sizeof(number); i < id.size(); ++i)
        number = number << 8 | std::to_integer<std::uint64_t>(id[i]);
    return number;
}

// The places of the events of a footer without a checksum follow one another, or it is not
// believed.
bool are_consecutive(const std::vector<FbatRow>& rows) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].sequence != rows[i - 1].sequence + 1) return false;
    }
    return true;
}

class FbatPlanner {
public:
    FbatPlanner(const FbatSource& source, const FbatPlanOptions& options)
        : source_(source), options_(options) {
        plan_.ignored = source.ignored();
    }

    Result<std::optional<FbatPlan>> run() {
        for (std::size_t i = 0; i < source_.files().size(); ++i) {
            BATPAK_CHECK(read(i));
            const std::uint64_t bytes = source_.files()[i].bytes;
            if (options_.progress && !options_.progress(bytes)) return std::optional<FbatPlan>();
        }
        batches_.log_end(plan_.events.size());
        batches_.judge(plan_.events, rows_);
        BATPAK_CHECK(find_twins());
        number();
        hide();
        check_links();
        make_units();
        keep_stories();
        count();
        return std::optional(std::move(plan_));
    }

private:
    // ---- reading

    Result<void> read(std::size_t index) {
        const FbatFile& file = source_.files()[index];
        BATPAK_TRY(const Bytes bytes, source_.read(file));
        // The writer compares the hash: what it reads later must be what is judged here.
        FbatFileFacts facts{.name = file.name, .bytes = file.bytes, .hash = plain_hash(bytes)};
        auto layout = read_fbat_layout(bytes, file.id);
        if (!layout) {
            if (!options_.salvage) return fail(std::move(layout).error().at(file.name));
            note_damage({file.name, 0, file.bytes});
            plan_.files.push_back(std::move(facts));
            return {};
        }
        if (layout->is_cut_header) facts.torn_bytes = file.bytes;
        BATPAK_CHECK(read_frames(bytes, *layout, index, facts));
        facts.footer = layout->footer;
        facts.is_footer_refused = layout->footer != "SDX3" && !are_consecutive(layout->rows);
        for (const FbatRow& row : layout->rows) {
            if (!facts.is_footer_refused) rows_.emplace(EventId{row.event_id}, row.sequence);
        }
        plan_.files.push_back(std::move(facts));
        return {};
    }

    Result<void> read_frames(BytesView bytes, const FbatLayout& layout, std::size_t index,
                             FbatFileFacts& facts) {
        FbatFrames frames(bytes, layout);
        // The releases with such a footer, or with extensions, let no batch go on in the next file.
        bool ends_batches = layout.footer == "SDX2" || layout.footer == "SDX3";
        std::size_t first_end = layout.frames_begin;
        for (;;) {
            const FbatFrames::Found found = frames.next();
            if (found == FbatFrames::Found::End) break;
            if (found == FbatFrames::Found::Torn) {
                facts.torn_bytes = frames.bytes();
                batches_.torn(plan_.events.size());
                break;
            }
            if (found == FbatFrames::Found::Damage) {
                BATPAK_CHECK(refuse_damage({facts.name, frames.offset(), frames.bytes()}));
                continue;
            }
            if (facts.frames == 0) first_end = frames.offset() + frames.bytes();
            ++facts.frames;
            ends_batches = ends_batches || frames.frame().has_extensions;
            BATPAK_CHECK(take(frames, index));
        }
        batches_.file_end(plan_.events.size(), ends_batches);
        if (index == 0) name_source(bytes.first(first_end));
        return {};
    }

    // By its front, which no later append changes, and not by where it lies.
    void name_source(BytesView front) {
        if (source_.lineage()) {
            plan_.source_id = *source_.lineage();
            return;
        }
        const Hash hash = plain_hash(front);
        std::copy_n(hash.bytes.begin(), plan_.source_id.size(), plan_.source_id.begin());
    }

    void note_damage(FbatDamage damage) {
        batches_.damage(plan_.events.size());
        plan_.damage.push_back(std::move(damage));
    }

    Result<void> refuse_damage(FbatDamage damage) {
        if (!options_.salvage) {
            return fail(Error(ErrorCode::CorruptFrame,
                              "so many bytes are no frame: " + std::to_string(damage.bytes) +
                                  "; --salvage imports what is whole, and says what is lost")
                            .at(damage.place)
                            .at_offset(damage.offset));
        }
        note_damage(std::move(damage));
        return {};
    }

    Result<void> take(FbatFrames& frames, std::size_t file) {
        const FbatFrame& frame = frames.frame();
        const std::size_t at = plan_.events.size();
        const std::uint64_t marked = number_of_marker(frame.event_id);
        if (frame.kind == kFbatBatchBegin) {
            batches_.begin(at, marked, frame.payload_size, frame.has_extensions);
            return {};
        }
        if (frame.kind == kFbatBatchCommit) {
            batches_.commit(at, marked);
            return {};
        }
        batches_.event(at);
        FbatEvent event{.id = frame.event_id,
                        .correlation = frame.correlation_id,
                        .causation = frame.causation_id.value_or(IdBytes{}),
                        .previous = frame.previous_hash,
                        .hash = frame.event_hash,
                        .offset = frames.offset(),
                        .file = static_cast<std::uint32_t>(file),
                        .stream = stream_of(frame),
                        .version = frame.position.sequence,
                        .payload_bytes = static_cast<std::uint32_t>(frame.payload().size()),
                        .kind = frame.kind,
                        .hash_check = check_hash(frame),
                        .is_encrypted = frame.encryption.has_value()};
        if (frame.is_lifecycle()) event.fate = FbatFate::Lifecycle;
        BATPAK_CHECK(check_fit(frame, event));
        plan_.events.push_back(event);
        return {};
    }

    std::uint32_t stream_of(const FbatFrame& frame) {
        std::string key(frame.entity);
        // In the original each lane of an entity counts its versions by itself.
        key += '\0';
        key += std::to_string(frame.position.lane);
        const auto next = static_cast<std::uint32_t>(streams_.size());
        return streams_.emplace(std::move(key), next).first->second;
    }

    // Whether batpak can hold it: found before anything is written.
    Result<void> check_fit(const FbatFrame& frame, FbatEvent& event) {
        if (event.fate != FbatFate::Kept) return {};
        const auto coordinate = Coordinate::create(frame.entity, frame.scope);
        const bool is_long = frame.payload().size() > StoreConfig::kPayloadBytesMaxMax;
        if (!coordinate || is_long) {
            Error error =
                coordinate
                    ? Error(ErrorCode::PayloadTooLarge,
                            "a payload may have 64 MiB; --salvage leaves it out")
                    : Error(coordinate.error().code(),
                            coordinate.error().detail() + "; --salvage leaves the event out");
            if (!options_.salvage) {
                const FbatFile& file = source_.files()[event.file];
                return fail(std::move(error).at(file.name).at_offset(event.offset));
            }
            event.fate = FbatFate::Unfit;
        }
        if (!extensions_fit(frame)) ++plan_.extensions_left_out;
        return {};
    }

    // ---- judging

    Result<void> find_twins() {
        for (std::size_t i = 0; i < plan_.events.size(); ++i) {
            FbatEvent& event = plan_.events[i];
            if (event.fate != FbatFate::Kept) continue;
            const auto [place, is_new] = plan_.kept_by_id.emplace(EventId{event.id}, i);
            if (is_new) continue;
            const FbatEvent& first = plan_.events[place->second];
            // Without a hash two events with one id are not known to be one.
            const bool is_same = first.stream == event.stream && first.version == event.version &&
                                 first.kind == event.kind && first.hash == event.hash &&
                                 first.payload_bytes == event.payload_bytes &&
                                 !event.hash.is_zero();
            event.fate = is_same ? FbatFate::Twin : FbatFate::Conflict;
            if (is_same || options_.salvage) continue;
            return fail(Error(ErrorCode::CorruptSegment, "two events have the id " +
                                                             to_string(EventId{event.id}) +
                                                             "; --salvage takes the first")
                            .at(source_.files()[event.file].name)
                            .at_offset(event.offset));
        }
        return {};
    }

    static bool has_place(FbatFate fate) {
        return fate == FbatFate::Kept || fate == FbatFate::Lifecycle || fate == FbatFate::Unfit;
    }

    // What a footer or a marker says, else one more than the event before.
    void number() {
        std::unordered_map<std::size_t, std::uint64_t> marked;
        for (const FbatBatch& batch : batches_.all()) {
            if (batch.is_committed) marked.emplace(batch.first, batch.first_sequence);
        }
        std::uint64_t next = 0;
        bool is_said = false;  // whether the place before this one was said
        for (std::size_t i = 0; i < plan_.events.size(); ++i) {
            FbatEvent& event = plan_.events[i];
            if (!has_place(event.fate)) continue;
            const auto row = rows_.find(EventId{event.id});
            const auto marker = marked.find(i);
            const bool begins_batch = marker != marked.end() && marker->second >= next;
            // Places never go back: a row or a marker that says so is not believed. A marker speaks
            // for its whole batch, a row for one event; all else is counted, and says in its
            // metadata that it was.
            if (row != rows_.end() && row->second >= next) {
                next = row->second;
                is_said = false;
            } else if (begins_batch) {
                next = marker->second;
                is_said = true;
            } else {
                const bool goes_on = is_said && is_inside_batch(i);
                event.is_counted = !goes_on;
                is_said = goes_on;
            }
            event.sequence = next++;
        }
    }

    // Whether the event is one of a committed batch, and not its first.
    bool is_inside_batch(std::size_t at) const {
        const auto& all = batches_.all();
        const auto after = std::ranges::upper_bound(all, at, {}, &FbatBatch::first);
        if (after == all.begin()) return false;
        const FbatBatch& batch = *std::prev(after);
        return batch.is_committed && batch.first < at && at < batch.end;
    }

    void hide() {
        for (FbatEvent& event : plan_.events) {
            if (event.fate != FbatFate::Kept) continue;
            const bool is_hidden =
                std::ranges::any_of(source_.hidden(), [&](const FbatHiddenRange& range) {
                    return range.begin <= event.sequence && event.sequence < range.end &&
                           (!range.lane || lane_of(event.stream) == *range.lane);
                });
            if (!is_hidden) continue;
            // A cause or story that names it keeps the old id, since there is no new one.
            event.fate = FbatFate::Hidden;
            plan_.kept_by_id.erase(EventId{event.id});
        }
    }

    std::uint32_t lane_of(std::uint32_t stream) {
        if (lanes_.empty()) {
            // The digits have no NUL: the last one ends the entity, whatever that holds.
            lanes_.resize(streams_.size());
            for (const auto& [key, number] : streams_)
                lanes_[number] =
                    static_cast<std::uint32_t>(std::stoul(key.substr(key.rfind('\0') + 1)));
        }
        return lanes_[stream];
    }

    void check_links() {
        // Only what had a place in the source is followed: an event of a batch that was never
        // committed is no link.
        std::vector<Hash> heads(streams_.size());
        for (const FbatEvent& event : plan_.events) {
            const bool is_linked = has_place(event.fate) || event.fate == FbatFate::Hidden;
            if (!is_linked || event.hash.is_zero()) continue;
            ++(event.previous == heads[event.stream] ? plan_.links_checked : plan_.links_open);
            heads[event.stream] = event.hash;
        }
    }

    // ---- what is appended

    void make_units() {
        std::size_t next = 0;
        std::vector<FbatBatch> sorted = batches_.all();
        std::ranges::sort(sorted, {}, &FbatBatch::first);
        for (const FbatBatch& batch : sorted) {
            if (!batch.is_committed) continue;
            for (; next < batch.first; ++next) add_unit(next, next + 1);
            add_batch(batch);
            next = batch.end;
        }
        for (; next < plan_.events.size(); ++next) add_unit(next, next + 1);
    }

    void add_batch(const FbatBatch& batch) {
        std::size_t first = batch.first;
        std::uint64_t items = 0;
        std::uint64_t bytes = 0;
        std::uint64_t parts = 0;
        for (std::size_t i = batch.first; i < batch.end; ++i) {
            const FbatEvent& event = plan_.events[i];
            if (event.fate != FbatFate::Kept) continue;
            const bool is_full =
                items == kFbatBatchItemsMax || bytes + event.payload_bytes > kFbatBatchBytesMax;
            if (items > 0 && is_full) {
                add_unit(first, i);
                ++parts;
                first = i;
                items = 0;
                bytes = 0;
            }
            ++items;
            bytes += event.payload_bytes;
        }
        if (items == 0 && parts == 0) return;
        add_unit(first, batch.end);
        ++plan_.batches;
        if (parts > 0) ++plan_.batches_split;
    }

    void add_unit(std::size_t first, std::size_t end) {
        FbatUnit unit{.first = first, .end = end};
        for (std::size_t i = first; i < end; ++i) {
            if (plan_.events[i].fate != FbatFate::Kept) continue;
            ++unit.kept;
            plan_.events[i].unit = static_cast<std::uint32_t>(plan_.units.size());
        }
        if (unit.kept > 0) plan_.units.push_back(unit);
    }

    // An event gets its new id when it is appended: a story whose first event is not there by then
    // keeps the old id, also in that event.
    void keep_stories() {
        for (const FbatEvent& event : plan_.events) {
            if (event.fate != FbatFate::Kept || event.correlation == event.id) continue;
            const auto origin = plan_.kept_by_id.find(EventId{event.correlation});
            if (origin == plan_.kept_by_id.end()) continue;
            FbatEvent& first = plan_.events[origin->second];
            if (first.unit >= event.unit) first.keeps_story_id = true;
        }
    }

    void count() {
        plan_.stray_markers = batches_.stray_markers();
        for (const FbatEvent& event : plan_.events) {
            ++plan_.fates[static_cast<std::size_t>(event.fate)];
            if (event.fate != FbatFate::Kept) continue;
            ++plan_.hashes[static_cast<std::size_t>(event.hash_check)];
            if (event.is_encrypted) ++plan_.encrypted;
            if (event.is_counted) ++plan_.counted;
        }
    }

    const FbatSource& source_;
    const FbatPlanOptions& options_;
    FbatPlan plan_;
    FbatBatches batches_;
    FbatKnownPlaces rows_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> streams_;
    std::vector<std::uint32_t> lanes_;
};

}  // namespace

bool FbatPlan::has_losses() const noexcept {
    for (std::size_t i = 0; i < fates.size(); ++i) {
        if (fates[i] > 0 && is_loss(static_cast<FbatFate>(i))) return true;
    }
    return !damage.empty();
}

Result<std::optional<FbatPlan>> make_fbat_plan(const FbatSource& source,
                                               const FbatPlanOptions& options) {
    return FbatPlanner(source, options).run();
}

}  // namespace batpak::tool
