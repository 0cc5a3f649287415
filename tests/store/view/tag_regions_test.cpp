// Goal:   regions that ask for tags keep what a filter over all events keeps: forward, backward, in
//         pages, in views of the past, counted; while the store is written, reopened, without some
//         of its index files, and with index files of an older form among the new ones.
// Method: 40 stores on disk, 5 with sanitizers, 500 random regions each. The plain list
//         (support/store/naive_log.hpp) reads regions word by word. Prints the seed of a store that
//         fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/reads.hpp"
#include "support/sanitizers.hpp"
#include "support/store/naive_log.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::tag_regions_test {
namespace {

using testing::NaiveEvent;
using testing::NaiveLog;
using Sequences = std::vector<std::uint64_t>;

constexpr std::uint64_t kStores = testing::kAddressSanitized ? 5 : 40;
constexpr int kRegionsEach = 500;
constexpr std::size_t kEvents = 250;

const std::vector<std::string> kTags = {"a", "ab", "b", "\xFF", "course:1", "course:2", "rare"};
const std::vector<std::string> kEntities = {"e:1", "e:2", "f"};
const std::vector<std::string> kScopes = {"s", "t"};

// An index file as an older batpak wrote it: another magic, everything else sound. One that is read
// as if nothing had changed would answer with what it has in the place of the tags.
void make_old(const std::filesystem::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    std::array<std::byte, 128> header{};
    file.read(reinterpret_cast<char*>(header.data()), header.size());
    ASSERT_EQ(as_text(header).substr(0, 6), "BPKIDX");
    header[6] = std::byte{'2'};
    store_little_endian(MutableBytesView(header).subspan(124), crc32(BytesView(header).first(124)));
    file.seekp(0);
    file.write(reinterpret_cast<const char*>(header.data()), header.size());
}

class World {
public:
    explicit World(std::uint64_t seed) : random_(seed), config_(directory_.path() + "/store") {
        config_ = config_.with_segment_bytes(4096).with_sync_every_n_events(1000);
        store = Store::open(config_).value();
        for (std::size_t i = 0; i < kEvents; ++i) {
            if (below(60) == 0) reopen();
            append();
        }
    }

    void reopen() {
        close();
        store = Store::open(config_).value();
    }
    void close() {
        if (store) std::move(*store).close().value();
        store.reset();
    }
    // Each index file stays, goes, or becomes one of an older form.
    void damage_index() {
        const std::filesystem::path folder = directory_.path() + "/store/index";
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const std::uint64_t what = below(3);
            if (what == 1) std::filesystem::remove(entry.path());
            if (what == 2) make_old(entry.path());
        }
    }
    ReadOnlyStore reader() const { return ReadOnlyStore::open(config_).value(); }

    Region some_region() {
        Region region = some_clause();
        for (std::uint64_t more = below(4); more > 0; --more) region = region | some_clause();
        return region;
    }
    std::uint64_t below(std::uint64_t end) { return random_() % end; }

    std::optional<Store> store;
    NaiveLog log;

private:
    const std::string& pick(const std::vector<std::string>& values) {
        return values[below(values.size())];
    }
    Sequence some_sequence() { return Sequence(below(log.events.size() + 2)); }

    void append() {
        NaiveEvent event{.entity = pick(kEntities), .scope = pick(kScopes)};
        event.kind = EventKind::custom(1, static_cast<std::uint16_t>(below(3)));
        event.payload = std::string(below(60), 'p');
        for (const std::string& tag : kTags)
            if (below(tag == "rare" ? 40 : 3) == 0) event.tags.insert(tag);
        AppendOptions options;
        options.tags.assign(event.tags.begin(), event.tags.end());
        std::ranges::shuffle(options.tags, random_);
        const auto where = Coordinate::create(event.entity, event.scope).value();
        event.receipt =
            store->append_raw(where, event.kind, as_bytes(event.payload), options).value();
        log.events.push_back(std::move(event));
    }

    Region some_part() {
        switch (below(9)) {
            case 0: return Region::entity(pick(kEntities));
            case 1: return Region::entity_prefix("e:");
            case 2: return Region::scope(pick(kScopes));
            case 3:
                return Region::kinds({EventKind::custom(1, static_cast<std::uint16_t>(below(4)))});
            case 4: return Region::all().with_sequences(some_sequence(), some_sequence());
            case 5: return Region::all().with_versions(Version(below(40)), Version(below(90)));
            case 6: return Region::tags({pick(kTags), pick(kTags)});
            default: return Region::tag(below(20) == 0 ? "nothing" : pick(kTags));
        }
    }
    Region some_clause() {
        Region clause = Region::tag(pick(kTags));
        if (below(6) == 0) clause = Region::all();
        for (std::uint64_t parts = below(3); parts > 0; --parts) clause = clause & some_part();
        return clause;
    }

    std::mt19937_64 random_;
    testing::TemporaryDirectory directory_;
    StoreConfig config_;
};

Sequences drain(EventRange range, const NaiveLog& log) {
    Sequences sequences;
    for (const auto& event : range) {
        if (!event) {
            ADD_FAILURE() << event.error().to_string();
            break;
        }
        sequences.push_back(event->sequence().value);
        // Both in the order of their bytes. A million times: so no set is made of what was read.
        EXPECT_TRUE(std::ranges::equal(event->tags(), log.events.at(sequences.back()).tags));
    }
    return sequences;
}

Sequences in_pages(const StoreReads& store, const NaiveLog& log, const Region& region,
                   std::uint64_t page_events) {
    Sequences all;
    QueryOptions options{.limit = page_events};
    for (;;) {
        const Sequences page = drain(store.query(region, options), log);
        if (page.empty()) return all;
        all.insert(all.end(), page.begin(), page.end());
        options.from = Sequence(page.back()).next();
    }
}

void expect_answers(World& world, const StoreReads& store, int regions) {
    for (int i = 0; i < regions; ++i) {
        const Region region = world.some_region();
        SCOPED_TRACE(to_string(region));
        const Sequences kept = world.log.query(region);
        ASSERT_EQ(drain(store.query(region), world.log), kept);
        Sequences backward =
            drain(store.query(region, {.direction = Direction::Backward}), world.log);
        std::ranges::reverse(backward);
        ASSERT_EQ(backward, kept);
        ASSERT_EQ(in_pages(store, world.log, region, 1 + world.below(9)), kept);
        ASSERT_EQ(store.count(region).value(), kept.size());
        const std::uint64_t end = world.below(world.log.events.size() + 1);
        const StoreView view = store.before(Sequence(end));
        ASSERT_EQ(drain(view.query(region), world.log), world.log.query(region, end));
    }
    ASSERT_EQ(store.names(Names::Tags).value(), world.log.tags(""));
    ASSERT_EQ(store.names(Names::Tags, "course").value(), world.log.tags("course"));
}

TEST(TagRegions, KeepWhatAFilterKeeps) {
    for (std::uint64_t seed = 1; seed <= kStores; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed);
        expect_answers(world, *world.store, kRegionsEach / 4);  // as they were written
        ASSERT_FALSE(::testing::Test::HasFailure());
        world.reopen();
        expect_answers(world, *world.store, kRegionsEach / 4);
        ASSERT_FALSE(::testing::Test::HasFailure());
        world.close();
        world.damage_index();
        expect_answers(world, world.reader(), kRegionsEach / 4);
        world.damage_index();
        world.reopen();
        expect_answers(world, *world.store, kRegionsEach / 4);
        ASSERT_FALSE(::testing::Test::HasFailure());
        ASSERT_FALSE(world.store->verify().value().damage);
    }
}

}  // namespace
}  // namespace batpak::tag_regions_test
