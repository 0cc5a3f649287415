// Goal:   what a store answers about damaged events does not hang on its index files: the same with
//         them and without, and where only the index knew whose an event was, an error in its
//         place, never a gap (INV I3, I4).
// Method: a store of several segments with streams, batches and keys. Every frame of its sealed
//         segments is damaged in turn, and stretches of frames; the answers of a store with its
//         index are compared with those of one whose index was removed.
#include "store/index/damaged_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "batpak/store/read_only_store.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/segment_scan.hpp"
#include "support/file_helpers.hpp"
#include "support/store/small_store.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSeed = 11;
constexpr std::uint64_t kEvents = 90;
constexpr std::uint64_t kStreams = 7;
// Early in the log, and the only event of its stream.
constexpr std::uint64_t kLonely = 20;

struct FramePlace {
    std::string path;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> sequence;  // none: it is no event
    bool is_sealed = false;
};

std::string entity_of(std::uint64_t sequence) {
    return sequence == kLonely ? "lonely" : "stream:" + std::to_string(sequence % kStreams);
}

// Elements of a range, an error as its code, place and sequence.
std::vector<std::string> elements_of(EventRange range) {
    std::vector<std::string> elements;
    while (const Result<EventView>* element = range.next()) {
        elements.push_back(*element ? EventCopy(**element).to_json()
                                    : std::string(to_string(element->error().code())) + " " +
                                          std::to_string(element->error().sequence()->value));
    }
    return elements;
}

std::string outcome_of(const Result<HeldEvent>& event) {
    return event ? EventCopy(**event).to_json() : std::string(to_string(event.error().code()));
}

class DamagedIndexTest : public ::testing::Test {
protected:
    DamagedIndexTest() {
        Store store = Store::open(config_on(disk_, kSeed)).value();
        const auto kind = [](std::uint64_t i) {
            return EventKind::custom(1, static_cast<std::uint16_t>(i % 4));
        };
        const auto address = [](std::uint64_t i) {
            return Coordinate::create(entity_of(i), "scope:" + std::to_string(i % 3)).value();
        };
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            if (i % 10 == 5) {
                BatchBuilder batch;
                for (std::uint64_t k = i; k < i + 3; ++k)
                    batch.add(address(k), kind(k), Value("in a batch"));
                store.append_batch(std::move(batch)).value();
                i += 2;
                continue;
            }
            AppendOptions options;
            if (i == kEvents - 2) options.idempotency_key = "key";
            store.append_raw(address(i), kind(i), Bytes(100 + i), options).value();
        }
        events_ = copies_of(store);
        std::move(store).close().value();
        for (std::uint64_t id = 1;; ++id) {
            if (!disk_->contents(segment_path(id))) break;
            find_frames(segment_path(id));
            last_segment_ = segment_path(id);
        }
        for (FramePlace& frame : frames_) frame.is_sealed = frame.path != last_segment_;
    }

    void find_frames(const std::string& path) {
        const Bytes bytes = disk_->contents(path).value();
        const BytesView all(bytes);
        const auto header = store::SegmentHeader::decode(all.first(96)).value();
        for (std::uint64_t at = 96;;) {
            const auto checked = store::check_frame(all.subspan(at), header.salt, at);
            if (checked.status != store::FrameStatus::Valid) return;
            const auto frame = store::decode_body(checked.body).value();
            FramePlace place{path, at, checked.frame_bytes, std::nullopt, true};
            if (frame.type == store::FrameType::Event) place.sequence = frame.sequence.value;
            frames_.push_back(place);
            at += checked.frame_bytes;
        }
    }

    Disk copy(bool with_index) const {
        Disk disk = disk_->after_process_kill();
        for (const std::string& path : disk->file_paths())
            if (!with_index && path.starts_with(store_path("index/"))) must(disk->erase(path));
        return disk;
    }

    static void spoil(const Disk& disk, const FramePlace& frame) {
        must(disk->flip_bit(frame.path, frame.offset + frame.bytes / 2, 3));
    }

    static void wipe(const Disk& disk, const FramePlace& frame) {
        Bytes bytes = disk->contents(frame.path).value();
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(frame.offset), frame.bytes,
                    std::byte{0});
        must(disk->put(frame.path, bytes));
    }

    // What a store of this disk says, by question. Errors of `damaged` are left out where
    // only an index knows that they do not belong there.
    using Answers = std::map<std::string, std::vector<std::string>>;
    Answers ask(const StoreReads& store) const {
        Answers answers;
        answers["all"] = elements_of(store.query(Region::all()));
        answers["backward"] =
            elements_of(store.query(Region::all(), {.direction = Direction::Backward}));
        for (std::uint64_t i = 0; i < kStreams; ++i) {
            const std::string entity = entity_of(i);
            answers[entity] = elements_of(store.stream(entity));
            answers[entity + " from 3"] = elements_of(
                store.query(Region::entity(entity).with_versions(Version(3), Version(99))));
            answers[entity + " backward"] =
                elements_of(store.stream(entity, {.direction = Direction::Backward}));
            answers[entity + " latest"] = {latest(store, entity)};
        }
        for (const EventCopy& event : events_) {
            answers["ids"].push_back(outcome_of(store.find(event.header.event_id)));
            answers["places"].push_back(outcome_of(store.find(event.position.sequence)));
            answers["versions"].push_back(
                outcome_of(store.find({event.entity, event.position.version})));
        }
        answers["beyond"] = {outcome_of(store.find({entity_of(1), Version(1000)}))};
        return answers;
    }

    static std::string latest(const StoreReads& store, const std::string& entity) {
        const auto version = store.version(entity);
        if (!version) return std::string(to_string(version.error().code()));
        return *version ? "version " + to_string(**version) : "none";
    }

    static std::string append(Store& store, const std::string& entity) {
        const auto coordinate = Coordinate::create(entity, "scope").value();
        const auto receipt = store.append_raw(coordinate, EventKind::custom(1, 1), as_bytes("x"));
        if (!receipt) return std::string(to_string(receipt.error().code()));
        return "version " + to_string(receipt->version);
    }

    // Whether versions behind it tell whose the event was.
    bool is_inside_its_stream(std::uint64_t sequence) const {
        return std::ranges::any_of(events_, [&](const EventCopy& event) {
            return event.position.sequence.value > sequence &&
                   event.entity == events_[sequence].entity;
        });
    }

    void expect_same(const std::function<void(const Disk& disk)>& damage,
                     const std::set<std::uint64_t>& damaged) {
        const Disk with = copy(true);
        const Disk without = copy(false);
        damage(with);
        damage(without);
        Store indexed = Store::open(config_on(with, kSeed)).value();
        Store scanned = Store::open(config_on(without, kSeed)).value();
        expect_answers(scanned, indexed, damaged);
        const auto reader = ReadOnlyStore::open(config_on(without, kSeed)).value();
        expect_answers(reader, indexed, damaged);
        expect_superset(elements_of(scanned.by_scope("scope:1")),
                        elements_of(indexed.by_scope("scope:1")), damaged);
        expect_superset(elements_of(scanned.by_fact(EventKind::custom(1, 2))),
                        elements_of(indexed.by_fact(EventKind::custom(1, 2))), damaged);
        EXPECT_EQ(scanned.names(Names::Entities).value(), indexed.names(Names::Entities).value());
        for (std::uint64_t i = 0; i < kStreams; ++i)
            EXPECT_EQ(append(scanned, entity_of(i)), append(indexed, entity_of(i))) << entity_of(i);
        EXPECT_EQ(append(scanned, "new"), "version 0");
        EXPECT_EQ(append(indexed, "new"), "version 0");
        EXPECT_EQ(scanned.verify()->damage.has_value(), indexed.verify()->damage.has_value());
        // What was appended stays, and what was found missing is found missing again.
        std::move(scanned).close().value();
        const Store again = Store::open(config_on(without, kSeed)).value();
        EXPECT_EQ(append_to(again), "version 1");
    }

    // Of several events that are damaged side by side nobody knows which was whose.
    void expect_answers(const StoreReads& store, const StoreReads& indexed,
                        const std::set<std::uint64_t>& damaged) const {
        const Answers right = ask(indexed);
        for (const auto& [question, answer] : ask(store)) {
            SCOPED_TRACE(question);
            if (damaged.size() > 1 && question.starts_with("stream:")) {
                expect_superset(answer, right.at(question), damaged);
            } else {
                EXPECT_TRUE(answer == right.at(question))
                    << answer.size() << " and " << right.at(question).size();
            }
        }
    }

    static std::string append_to(const Store& store) {
        return "version " + std::to_string(store.version("new").value()->value + 1);
    }

    // All that is right is there, and besides only errors of what is damaged.
    static void expect_superset(const std::vector<std::string>& found,
                                const std::vector<std::string>& right,
                                const std::set<std::uint64_t>& damaged) {
        std::vector<std::string> rest;
        std::set<std::string> errors;
        for (const std::uint64_t sequence : damaged)
            errors.insert("CorruptFrame " + std::to_string(sequence));
        const auto is_event = [&](const std::string& element) { return !errors.contains(element); };
        std::vector<std::string> found_events;
        std::vector<std::string> right_events;
        std::ranges::copy_if(found, std::back_inserter(found_events), is_event);
        std::ranges::copy_if(right, std::back_inserter(right_events), is_event);
        EXPECT_EQ(found_events, right_events);
        EXPECT_GE(found.size() - found_events.size(), right.size() - right_events.size());
    }

    Disk disk_ = std::make_shared<SimulatedFileSystem>(kSeed, SimulatedDisk{});
    std::vector<EventCopy> events_;
    std::vector<FramePlace> frames_;
    std::string last_segment_;
};

TEST_F(DamagedIndexTest, AnswersTheSameWhateverFrameIsDamaged) {
    std::size_t tried = 0;
    for (const FramePlace& frame : frames_) {
        const bool is_told = !frame.sequence || is_inside_its_stream(*frame.sequence);
        if (!frame.is_sealed || !is_told || frame.sequence == kLonely) continue;
        SCOPED_TRACE(frame.path + " at " + std::to_string(frame.offset));
        std::set<std::uint64_t> damaged;
        if (frame.sequence) damaged.insert(*frame.sequence);
        expect_same([&](const Disk& disk) { spoil(disk, frame); }, damaged);
        if (HasFailure()) return;
        ++tried;
    }
    EXPECT_GT(tried, 60U);
}

TEST_F(DamagedIndexTest, AnswersTheSameWhateverStretchIsWiped) {
    for (std::size_t first = 0; first + 3 < frames_.size(); first += 2) {
        std::set<std::uint64_t> damaged;
        bool fits = true;
        for (std::size_t i = first; i < first + 3; ++i) {
            const FramePlace& frame = frames_[i];
            if (frame.sequence) damaged.insert(*frame.sequence);
            const bool is_told = !frame.sequence || is_inside_its_stream(*frame.sequence);
            fits = fits && frame.is_sealed && is_told && frame.sequence != kLonely &&
                   frame.path == frames_[first].path;
        }
        if (!fits) continue;
        SCOPED_TRACE("from frame " + std::to_string(first));
        const auto wipe_all = [&](const Disk& disk) {
            for (std::size_t i = first; i < first + 3; ++i) wipe(disk, frames_[i]);
        };
        expect_same(wipe_all, damaged);
        if (HasFailure()) return;
    }
}

// Whose event was damaged only the index knew: any stream that has none behind it.
TEST_F(DamagedIndexTest, WhatMayBeAnyStreamsLatestIsAnErrorOfEachThatItMayBelongTo) {
    const auto lonely = std::ranges::find(frames_, std::optional(kLonely), &FramePlace::sequence);
    ASSERT_TRUE(lonely->is_sealed);
    const Disk disk = copy(false);
    spoil(disk, *lonely);
    Store store = Store::open(config_on(disk, kSeed)).value();
    const std::vector<std::string> lost = {"CorruptFrame " + std::to_string(kLonely)};
    EXPECT_EQ(elements_of(store.stream("lonely")), lost);
    EXPECT_EQ(elements_of(store.stream("never seen")), lost);
    EXPECT_EQ(code_of(store.names(Names::Entities)), ErrorCode::CorruptFrame);
    EXPECT_EQ(code_of(store.count(Region::entity("lonely"))), ErrorCode::CorruptFrame);
    // A stream that goes on behind it lost nothing there, if its versions say so.
    EXPECT_EQ(
        store.count(Region::entity(entity_of(1))).value(),
        static_cast<std::uint64_t>(std::ranges::count(events_, entity_of(1), &EventCopy::entity)));
    // Its next version would be anybody's guess; a stream that goes on behind it has its own.
    EXPECT_EQ(append(store, "lonely"), "CorruptFrame");
    EXPECT_EQ(append(store, "new"), "CorruptFrame");
    EXPECT_TRUE(append(store, entity_of(1)).starts_with("version "));
    const auto coordinate = Coordinate::create(entity_of(1), "scope").value();
    const auto try_key = [&](const char* key) {
        return store.append_raw(coordinate, EventKind::custom(1, 1), as_bytes("x"),
                                {.idempotency_key = key});
    };
    // It may have had the key; one that was used behind it is known.
    EXPECT_EQ(code_of(try_key("other")), ErrorCode::CorruptFrame);
    EXPECT_EQ(code_of(try_key("key")), ErrorCode::KeyConflict);
}

TEST_F(DamagedIndexTest, TimesAreFoundAroundDamage) {
    for (const FramePlace& frame : frames_) {
        if (!frame.is_sealed || !frame.sequence) continue;
        const Disk disk = copy(true);
        spoil(disk, frame);
        const Store store = Store::open(config_on(disk, kSeed)).value();
        for (const std::uint64_t sequence : {std::uint64_t{0}, *frame.sequence, kEvents - 1}) {
            const std::int64_t us = events_[sequence].position.hlc.us;
            const auto found = elements_of(store.query(Region::all().with_time_us(us, us + 1)));
            ASSERT_FALSE(found.empty()) << sequence;
            ASSERT_TRUE(store.as_of_time(us)) << sequence;
        }
    }
}

// A MANIFEST that promises more events than there is room for is no reason to make them up.
TEST_F(DamagedIndexTest, MoreThanTheFileHasRoomForIsRefused) {
    const auto directory = disk_->open_directory(kStorePath + std::string("/segments"), false);
    const auto file =
        (*directory)->open_file(store::segment_file_name(1), OpenMode::ReadOnly).value();
    const Bytes bytes = disk_->contents(segment_path(1)).value();
    const auto header = store::SegmentHeader::decode(BytesView(bytes).first(96)).value();
    const auto visit = [](const store::Frame&, std::uint64_t) -> Result<void> { return {}; };
    std::uint64_t missing = 0;
    const auto miss = [&](std::uint64_t, std::uint64_t count) { missing += count; };
    const store::ScanStart start{96, Sequence(0)};
    for (const std::uint64_t end : {std::uint64_t{1000}, std::uint64_t{1} << 40, UINT64_MAX}) {
        const auto scanned = store::scan_past_damage(*file, header, start,
                                                     {bytes.size(), Sequence(end)}, visit, miss);
        EXPECT_EQ(code_of(scanned), ErrorCode::CorruptSegment);
    }
    EXPECT_EQ(missing, 0U);
}

}  // namespace
}  // namespace batpak::testing
