// Goal:   index files that are cut, written over, cleared or removed while they are open, or can no
//         longer be read, change no answer and end no process (INV I3).
// Method: every question that an index answers, asked of a Store and of a ReadOnlyStore, before and
//         after every such damage at every block, and in the middle of every range. The answers are
//         those of a store that nobody has touched. The cache holds one chunk of blocks, so that
//         what was read is read again. Where events are damaged as well, the answers are those of a
//         store that is opened without its index.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <system_error>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "store/frame/limits.hpp"
#include "support/child_process.hpp"
#include "support/faults/hooked_disk.hpp"
#include "support/store/store_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::index_damage_test {
namespace {

using Disk = std::shared_ptr<testing::SimulatedFileSystem>;

constexpr std::uint64_t kEvents = 900;
constexpr std::uint64_t kPartHeaderBytes = 128;

EventId id_of(std::uint64_t number) {
    EventId id;
    id.bytes.fill(std::byte{7});
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}

std::string entity_of(std::uint64_t number) { return "entity:" + std::to_string(number % 37); }

// Segments whose parts have several blocks, closed once in the middle of the last.
void fill(const StoreConfig& config) {
    std::optional<Store> store = Store::open(config).value();
    for (std::uint64_t i = 0; i < kEvents; ++i) {
        if (i == kEvents - 20) {
            store.reset();
            store = Store::open(config).value();
        }
        AppendOptions options;
        if (i % 4 == 0) options.idempotency_key = "key " + std::to_string(i);
        if (i % 5 == 0) options.correlation_id = id_of(i % 3);
        if (i % 3 == 0) options.tags = {"tag:" + std::to_string(i % 7), "third"};
        const auto where = Coordinate::create(entity_of(i), "scope:" + std::to_string(i % 2));
        const auto kind = EventKind::custom(1, static_cast<std::uint16_t>(i % 3));
        EXPECT_TRUE(store->append_raw(*where, kind, as_bytes(std::to_string(i)), options));
    }
}

// ---- what is asked

std::string text_of(const Result<EventView>& event) {
    if (!event) return std::string(to_string(event.error().code()));
    return to_string(event->sequence()) + "/" + std::string(as_text(event->payload));
}

struct Query {
    Region region;
    QueryOptions options;
};

std::vector<Query> queries() {
    const QueryOptions back{.direction = Direction::Backward};
    const Region some =
        Region::entity("entity:3") | Region::entity("entity:30") |
        Region::scope("scope:1").with_kinds(KindFilter::of({EventKind::custom(1, 2)}));
    return {{Region::all(), {}},
            {Region::entity("entity:5"), {}},
            {Region::entity("entity:5"), back},
            {Region::scope("scope:0"), {}},
            {Region::kinds({EventKind::custom(1, 1)}), back},
            {Region::entity_prefix("entity:1"), {}},
            {Region::all().with_correlation(id_of(1)), {}},
            {Region::tag("tag:5"), {}},
            {Region::tags({"third", "tag:2"}).with_scope("scope:1"), back},
            {some, {}},
            {some, back}};
}

using Question = std::function<std::string(const StoreReads&)>;

std::string of_result(const auto& result, const auto& words) {
    return result ? words(*result) : std::string(to_string(result.error().code()));
}

std::vector<Question> questions(const std::vector<EventId>& ids) {
    std::vector<Question> all;
    for (const Query& query : queries()) {
        all.emplace_back([query](const StoreReads& store) {
            std::string text;
            for (const auto& event : store.query(query.region, query.options))
                text += text_of(event) + " ";
            return text;
        });
        all.emplace_back([query](const StoreReads& store) {
            return of_result(store.count(query.region),
                             [](std::uint64_t count) { return std::to_string(count); });
        });
    }
    const auto held = [](const HeldEvent& event) { return to_string(event->sequence()); };
    const auto maybe = [](const std::optional<HeldEvent>& event) {
        return event ? to_string((*event)->sequence()) : std::string("none");
    };
    all.emplace_back([=](const StoreReads& store) {
        std::string text;
        for (std::uint64_t i = 0; i < kEvents; i += 41)
            text += of_result(store.find(Sequence(kEvents - 1 - i)), held) + " ";
        return text;
    });
    all.emplace_back([=](const StoreReads& store) {
        std::string text;
        for (std::uint64_t i = 0; i < kEvents; i += 43)
            text += of_result(store.find(ids[i]), held) + " ";
        return text + of_result(store.find(id_of(200)), held);
    });
    all.emplace_back([=](const StoreReads& store) {
        std::string text;
        for (std::uint64_t i = 0; i < 24; i += 5)
            text += of_result(store.find({"entity:7", Version(i)}), held) + " ";
        return text + of_result(store.find_latest("entity:11"), maybe);
    });
    all.emplace_back([=](const StoreReads& store) {
        std::string text;
        for (std::uint64_t i = 0; i < kEvents; i += 50)
            text += of_result(store.find_key("key " + std::to_string(i)), maybe) + " ";
        return text;
    });
    for (const Names of : {Names::Entities, Names::Scopes}) {
        all.emplace_back([of](const StoreReads& store) {
            return of_result(store.names(of), [](const std::vector<NameEntry>& entries) {
                std::string text;
                for (const auto& [name, events] : entries)
                    text += name + "*" + std::to_string(events) + " ";
                return text;
            });
        });
    }
    all.emplace_back([](const StoreReads& store) {
        return of_result(store.catalogue(), [](const Catalogue& catalogue) {
            std::string text = catalogue.is_complete() ? "all: " : "some: ";
            for (const KindEntry& entry : catalogue)
                text += to_string(entry.kind) + "*" + std::to_string(entry.events) + " ";
            return text;
        });
    });
    all.emplace_back([](const StoreReads& store) {
        return of_result(store.verify(), [](const VerifyReport& report) {
            return std::to_string(report.events) + (report.damage ? " damaged" : " whole");
        });
    });
    return all;
}

// ---- what is done to the files

struct World {
    World() : World(std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{})) {
        Environment environment = testing::simulated_environment(1);
        environment.files = testing::hooked_disk(
            disk,
            [unreadable = unreadable, reads_left = reads_left](
                testing::HookedCall call, const std::string& path) -> std::optional<Error> {
                const bool hit =
                    call == testing::HookedCall::Read && path.find("/index/") != std::string::npos;
                if (!hit) return std::nullopt;
                if (*reads_left > 0 && --*reads_left == 0) *unreadable = true;
                if (!*unreadable) return std::nullopt;
                return Error(ErrorCode::Io, "on purpose");
            });
        config = StoreConfig("data")
                     .with_environment(environment)
                     .with_segment_bytes(48 << 10)
                     .with_sync_every_n_events(1000)
                     .with_index_cache_bytes(std::uint64_t{24} << 10)
                     .with_open_files_max(2);
    }
    explicit World(Disk shared) : disk(std::move(shared)) {}

    // The same with a disk of its own, on which nobody has done anything yet.
    static World copy_of(const World& other) {
        World copy;
        for (const std::string& path : other.disk->file_paths())
            EXPECT_TRUE(copy.disk->put(path, other.disk->contents(path).value()));
        return copy;
    }

    std::vector<std::string> parts() const {
        std::vector<std::string> paths;
        for (const std::string& path : disk->file_paths())
            if (path.ends_with(".bpx")) paths.push_back(path);
        return paths;
    }

    // Changes each part where it lies.
    void change_parts(const std::function<void(Bytes&)>& change) const {
        for (const std::string& path : parts()) {
            Bytes bytes = disk->contents(path).value();
            change(bytes);
            ASSERT_TRUE(disk->put(path, bytes));
        }
    }

    Disk disk;
    std::shared_ptr<bool> unreadable = std::make_shared<bool>(false);
    // When so many reads of index files have been made, the last of them and all later ones fail;
    // 0: never.
    std::shared_ptr<std::uint64_t> reads_left = std::make_shared<std::uint64_t>(0);
    StoreConfig config{"data"};
};

struct Damage {
    std::string name;
    std::function<void(const World&)> apply;
    bool is_total = true;  // nothing of a part can be read any more
};

Damage change(const std::string& name, bool is_total, const std::function<void(Bytes&)>& change) {
    return {name, [change](const World& world) { world.change_parts(change); }, is_total};
}

std::vector<Damage> damages(std::uint64_t part_bytes) {
    std::vector<Damage> all;
    all.push_back(change("cut to nothing", true, [](Bytes& bytes) { bytes.clear(); }));
    all.push_back(
        change("cleared", true, [](Bytes& bytes) { std::ranges::fill(bytes, std::byte{0}); }));
    all.push_back({"unreadable", [](const World& world) { *world.unreadable = true; }, true});
    all.push_back({"removed",
                   [](const World& world) {
                       for (const std::string& path : world.parts())
                           ASSERT_TRUE(world.disk->erase(path));
                   },
                   false});
    all.push_back(
        {"the next one copied over each",
         [](const World& world) {
             const std::vector<std::string> paths = world.parts();
             Bytes first = world.disk->contents(paths[0]).value();
             for (std::size_t i = 0; i + 1 < paths.size(); ++i) {
                 ASSERT_TRUE(world.disk->put(paths[i], world.disk->contents(paths[i + 1]).value()));
             }
             ASSERT_TRUE(world.disk->put(paths.back(), first));
         },
         false});
    all.push_back(
        change("made longer", false, [](Bytes& bytes) { bytes.resize(bytes.size() + 99); }));
    all.push_back(change("without its last byte", false, [](Bytes& bytes) { bytes.pop_back(); }));
    for (std::uint64_t at = kPartHeaderBytes; at < part_bytes; at += store::kIndexBlockBytes) {
        const std::string block = " at " + std::to_string(at);
        all.push_back(change("cut" + block, false, [at](Bytes& bytes) {
            bytes.resize(std::min<std::size_t>(bytes.size(), at));
        }));
        all.push_back(change("a bit flipped" + block, false, [at](Bytes& bytes) {
            if (at + 13 < bytes.size()) bytes[at + 13] ^= std::byte{4};
        }));
        all.push_back(change("a block cleared" + block, false, [at](Bytes& bytes) {
            for (std::uint64_t i = at;
                 i < std::min<std::size_t>(at + store::kIndexBlockBytes, bytes.size()); ++i)
                bytes[i] = std::byte{0};
        }));
    }
    return all;
}

// ---- tests

enum class Kind : std::uint8_t { Writer, Reader };

std::string name_of(const ::testing::TestParamInfo<Kind>& info) {
    return info.param == Kind::Writer ? "Store" : "ReadOnlyStore";
}

struct IndexDamageTest : ::testing::TestWithParam<Kind> {
    IndexDamageTest() {
        fill(world.config);
        with_store(world, [&](const StoreReads& store) {
            for (std::uint64_t i = 0; i < kEvents; ++i)
                ids.push_back(store.find(Sequence(i)).value()->event_id());
            asked = questions(ids);
            for (const Question& question : asked) expected.push_back(question(store));
        });
        for (const std::string& path : world.parts())
            part_bytes = std::max<std::uint64_t>(part_bytes, world.disk->contents(path)->size());
        EXPECT_GE(world.parts().size(), 4U);
        EXPECT_GE(part_bytes, 4 * store::kIndexBlockBytes);
        all_damages = damages(part_bytes);
    }

    // A store in which every part is open, and none of its blocks were read.
    static void with_store(const World& world, const std::function<void(const StoreReads&)>& body) {
        if (GetParam() == Kind::Writer) {
            const Store store = Store::open(world.config).value();
            EXPECT_EQ(store.count(Region::all()).value(), kEvents);
            body(store);
        } else {
            const ReadOnlyStore store = ReadOnlyStore::open(world.config).value();
            EXPECT_EQ(store.count(Region::all()).value(), kEvents);
            body(store);
        }
    }

    World world;
    std::vector<EventId> ids;
    std::vector<Question> asked;
    std::vector<std::string> expected;
    std::uint64_t part_bytes = 0;
    std::vector<Damage> all_damages;
};

TEST_P(IndexDamageTest, ChangesNoAnswerBeforeTheFirstUse) {
    for (const Damage& damage : all_damages) {
        SCOPED_TRACE(damage.name);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            const World other = World::copy_of(world);
            with_store(other, [&](const StoreReads& store) {
                damage.apply(other);
                ASSERT_EQ(asked[i](store), expected[i]) << "question " << i;
            });
        }
    }
}

TEST_P(IndexDamageTest, ChangesNoAnswerBetweenTwoUses) {
    for (const Damage& damage : all_damages) {
        SCOPED_TRACE(damage.name);
        const World other = World::copy_of(world);
        with_store(other, [&](const StoreReads& store) {
            for (std::size_t i = 0; i < asked.size(); ++i) ASSERT_EQ(asked[i](store), expected[i]);
            damage.apply(other);
            for (std::size_t i = 0; i < asked.size(); ++i)
                ASSERT_EQ(asked[i](store), expected[i]) << "question " << i;
        });
        *other.unreadable = false;
        with_store(other, [&](const StoreReads& store) {
            for (std::size_t i = 0; i < asked.size(); ++i) ASSERT_EQ(asked[i](store), expected[i]);
        });
    }
}

TEST_P(IndexDamageTest, ChangesNothingInTheMiddleOfARange) {
    for (const Query& query : queries()) {
        std::vector<std::string> events;
        with_store(world, [&](const StoreReads& store) {
            for (const auto& event : store.query(query.region, query.options))
                events.push_back(text_of(event));
        });
        ASSERT_GT(events.size(), 10U);
        for (const Damage& damage : all_damages) {
            SCOPED_TRACE(damage.name);
            for (const std::size_t before :
                 {std::size_t{1}, events.size() / 3, events.size() - 2}) {
                const World other = World::copy_of(world);
                with_store(other, [&](const StoreReads& store) {
                    EventRange range = store.query(query.region, query.options);
                    for (std::size_t i = 0; i < events.size(); ++i) {
                        if (i == before) damage.apply(other);
                        const Result<EventView>* const event = range.next();
                        ASSERT_NE(event, nullptr) << i;
                        ASSERT_EQ(text_of(*event), events[i]) << i;
                    }
                    ASSERT_EQ(range.next(), nullptr);
                });
            }
        }
    }
}

// Goal:   a part that is lost in the middle of a question changes no answer to it.
// Method: every read of an index file, of every question, fails once, and all reads after it.
TEST_P(IndexDamageTest, ChangesNoAnswerWhereverInAQuestionItComes) {
    std::uint64_t cases = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        bool reached = true;
        for (std::uint64_t read = 1; reached; ++read) {
            const World other = World::copy_of(world);
            with_store(other, [&](const StoreReads& store) {
                *other.reads_left = read;
                ASSERT_EQ(asked[i](store), expected[i]) << "question " << i << ", read " << read;
                reached = *other.unreadable;
                *other.reads_left = 0;
                ++cases;
            });
        }
    }
    EXPECT_GT(cases, 3 * asked.size());
}

// Goal:   what is damaged in the segment as well is an error in its place, and all else is told.
// Method: the first and a later event of a sealed segment are damaged; of a part nothing can be
//         read any more. The answers are those of a store that is opened without that part.
TEST_P(IndexDamageTest, WithDamagedEventsAnswersAsWithoutTheIndex) {
    for (const std::uint64_t at : {150U, 20'000U}) {
        World without = World::copy_of(world);
        ASSERT_TRUE(without.disk->flip_bit("data/segments/000000000002.bpk", at, 0));
        const World whole = World::copy_of(without);
        for (const std::string& path : without.parts()) {
            if (path.find("/2-") == std::string::npos) continue;
            ASSERT_TRUE(without.disk->erase(path));
        }
        std::vector<std::string> answers;
        with_store(without, [&](const StoreReads& store) {
            for (const Question& question : asked) answers.push_back(question(store));
        });
        ASSERT_NE(answers, expected);
        for (const Damage& damage : all_damages) {
            if (!damage.is_total) continue;
            SCOPED_TRACE(damage.name);
            for (std::size_t i = 0; i < asked.size(); ++i) {
                const World other = World::copy_of(whole);
                with_store(other, [&](const StoreReads& store) {
                    damage.apply(other);
                    // Reads each part, so that it is lost before the question comes.
                    for (std::uint64_t ordinal = 1; ordinal < kEvents; ordinal += 70)
                        (void)store.find(Sequence(ordinal));
                    ASSERT_EQ(asked[i](store), answers[i]) << "question " << i;
                });
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Of, IndexDamageTest, ::testing::Values(Kind::Writer, Kind::Reader),
                         name_of);

// What a writer decides by sealed segments: keys, versions, conditions.
TEST(IndexDamage, ChangesNoDecisionOfAnAppend) {
    World world;
    fill(world.config);
    const auto where = Coordinate::create("entity:5", "scope:1").value();
    const auto kind = EventKind::custom(1, 5 % 3);
    for (const Damage& damage : damages(4 * store::kIndexBlockBytes)) {
        SCOPED_TRACE(damage.name);
        const World other = World::copy_of(world);
        Store store = Store::open(other.config).value();
        ASSERT_EQ(store.count(Region::all()).value(), kEvents);
        damage.apply(other);
        const auto first = Coordinate::create("entity:4", "scope:0").value();
        const auto replay = store.append_raw(first, EventKind::custom(1, 4 % 3), as_bytes("4"),
                                             {.idempotency_key = "key 4"});
        ASSERT_TRUE(replay) << replay.error().to_string();
        EXPECT_EQ(replay->sequence, Sequence(4));
        EXPECT_FALSE(store.append_raw(where, kind, as_bytes("x"),
                                      {.expect = ExpectedVersion::exactly(Version(3))}));
        const Version last = store.version("entity:5").value().value();
        EXPECT_TRUE(store.append_raw(where, kind, as_bytes("x"),
                                     {.expect = ExpectedVersion::exactly(last)}));
    }
}

// A lost part is built again once, and its file with it, so that it is not kept in memory.
TEST(IndexDamage, IsMendedInTheFileOnce) {
    World world;
    fill(world.config);
    const std::vector<std::string> paths = world.parts();
    std::vector<Bytes> whole;
    for (const std::string& path : paths) whole.push_back(world.disk->contents(path).value());
    const Store store = Store::open(world.config).value();
    ASSERT_EQ(store.count(Region::all()).value(), kEvents);
    world.change_parts([](Bytes& bytes) { bytes.clear(); });
    for (int round = 0; round < 3; ++round) {
        for (std::uint64_t i = 0; i < kEvents; i += 10) ASSERT_TRUE(store.find(Sequence(i)));
    }
    EXPECT_EQ(store.stats().indexes_rebuilt, paths.size());
    // All but the second part of the segment that is appended to.
    for (std::size_t i = 0; i + 1 < paths.size(); ++i)
        EXPECT_EQ(world.disk->contents(paths[i]).value(), whole[i]) << paths[i];
    // The second time they stay in memory, and no file can do anything more.
    world.change_parts([](Bytes& bytes) { bytes.clear(); });
    for (std::uint64_t i = 0; i < kEvents; i += 10) ASSERT_TRUE(store.find(Sequence(i)));
    world.change_parts([](Bytes& bytes) { bytes.clear(); });
    *world.unreadable = true;
    for (std::uint64_t i = 0; i < kEvents; i += 10) ASSERT_TRUE(store.find(Sequence(i)));
    EXPECT_LE(store.stats().indexes_rebuilt, 2 * paths.size());
}

// Goal:   a file of index/ that claims more than a part can have is refused before it is read.
// Method: a header whose checksum holds, and a file with a hole of 1 TiB, which takes hours to read
//         and gigabytes to keep checksums of.
TEST(IndexDamage, AFileOfAnySizeIsNoObstacle) {
    constexpr std::uint64_t kBodyBytes = std::uint64_t{1} << 40;
    constexpr std::size_t kBodyBytesAt = 80;
    constexpr std::size_t kHeaderChecksumAt = 124;
    const testing::TemporaryDirectory directory;
    const StoreConfig config =
        StoreConfig(directory.path() + "/store").with_segment_bytes(48 << 10);
    fill(config.with_sync_every_n_events(1000));
    for (const auto& file :
         std::filesystem::directory_iterator(directory.path() + "/store/index")) {
        std::array<std::byte, kPartHeaderBytes> header{};
        std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        stream.read(reinterpret_cast<char*>(header.data()), header.size());
        const MutableBytesView fields(header);
        store_little_endian(fields.subspan(kBodyBytesAt), kBodyBytes);
        store_little_endian(fields.subspan(kHeaderChecksumAt),
                            crc32(BytesView(header).first(kHeaderChecksumAt)));
        stream.seekp(0).write(reinterpret_cast<const char*>(header.data()), header.size());
        stream.close();
        std::error_code refused;
        std::filesystem::resize_file(file.path(), kPartHeaderBytes + kBodyBytes, refused);
        if (refused) {
            std::cout << "not run: this file system has no files of 1 TiB\n";
            return;
        }
    }
    const Store store = Store::open(config).value();
    EXPECT_EQ(store.count(Region::scope("scope:0")).value(), kEvents / 2);
    EXPECT_GT(store.stats().indexes_rebuilt, 0U);
}

// A file that is cut under a mapping would be a SIGBUS.
TEST(IndexDamage, EndsNoProcess) {
    const testing::TemporaryDirectory directory;
    const StoreConfig config =
        StoreConfig(directory.path() + "/store").with_segment_bytes(48 << 10);
    fill(config.with_sync_every_n_events(1000));
    const auto read_while_cut = [&](const auto& store) {
        for (const auto& file :
             std::filesystem::directory_iterator(directory.path() + "/store/index"))
            std::ofstream(file.path(), std::ios::trunc);
        std::uint64_t events = 0;
        for (const auto& event : store.by_scope("scope:0")) events += event ? 1U : 0U;
        return events == kEvents / 2 && store.find(Sequence(77)) ? 0 : 1;
    };
    EXPECT_EQ(testing::run_in_child([&] {
                  const ReadOnlyStore store = ReadOnlyStore::open(config).value();
                  return read_while_cut(store);
              }),
              0);
    EXPECT_EQ(testing::run_in_child([&] { return read_while_cut(Store::open(config).value()); }),
              0);
}

}  // namespace
}  // namespace batpak::index_damage_test
