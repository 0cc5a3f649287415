// Goal:   at most one writer acknowledges, whatever a cleanup script, a restore or a hand does to
// the
//         files of a store that is open for writing; and what was acknowledged is in the store
//         (INV L1).
// Method: every file of a store, under everything that can be done to it while a writer lives; a
//         table says who may acknowledge afterwards. The second writer is this process, a child of
//         it, and a process that was there before. The real file system, for its locks.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::one_writer_test {
namespace {

namespace fs = std::filesystem;

constexpr auto kKind = EventKind::custom(0xF, 1);
constexpr unsigned kHangSeconds = 120;
// A segment of 4 KiB takes two.
constexpr std::size_t kEventBytes = 1500;

void copy_tree(const std::string& from, const std::string& to) {
    fs::copy(from, to, fs::copy_options::recursive);
}

// Puts an older copy over a directory, as `cp -a` does: into the files that are there.
void copy_over(const std::string& from, const std::string& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

void hard_link_tree(const std::string& from, const std::string& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::create_hard_links);
}

enum class Second : std::uint8_t { Locked, Refused, Opens };
enum class First : std::uint8_t { Acknowledges, Poisoned };

// What is done to a store, and who may write then.
struct Deed {
    const char* name;
    std::function<void(const std::string& store, const std::string& aside)> apply;
    Second second;
    First first;
    bool moves_the_store = false;  // to `aside`
};

using Path = std::string;

std::string newest_segment(const Path& store) {
    std::string newest;
    for (const auto& entry : fs::directory_iterator(store + "/segments")) {
        newest = std::max(newest, entry.path().string());
    }
    return newest;
}

std::string oldest_segment(const Path& store) { return store + "/segments/000000000001.bpk"; }

void replace_by_copy(const Path& file, const Path& aside) {
    fs::rename(file, aside);
    copy_tree(aside, file);
}

void replace_by_link(const Path& file, const Path& aside) {
    fs::rename(file, aside);
    fs::create_symlink(aside, file);
}

void move_away_and_back(const Path& file, const Path& aside) {
    fs::rename(file, aside);
    fs::rename(aside, file);
}

// The deeds that each file of a store can suffer, with one outcome for those after which it is not
// where it was.
std::vector<Deed> deeds_on(const char* what, const std::function<Path(const Path&)>& file,
                           First when_gone) {
    const auto named = [what](const char* deed) {
        static std::vector<std::unique_ptr<std::string>> names;
        names.push_back(std::make_unique<std::string>(std::string(what) + " " + deed));
        return names.back()->c_str();
    };
    return {
        {named("removed"), [=](const Path& s, const Path&) { fs::remove_all(file(s)); },
         Second::Locked, when_gone},
        {named("replaced by a copy"),
         [=](const Path& s, const Path& aside) { replace_by_copy(file(s), aside); }, Second::Locked,
         when_gone},
        {named("moved away"), [=](const Path& s, const Path& aside) { fs::rename(file(s), aside); },
         Second::Locked, when_gone},
        {named("moved away and back"),
         [=](const Path& s, const Path& aside) { move_away_and_back(file(s), aside); },
         Second::Locked, First::Acknowledges},
    };
}

std::vector<Deed> all_deeds() {
    std::vector<Deed> deeds;
    const auto add = [&](const char* what, std::function<Path(const Path&)> file, First when_gone) {
        for (Deed& deed : deeds_on(what, file, when_gone)) deeds.push_back(std::move(deed));
    };
    for (const char* name : {"LOCK", "MANIFEST", "MANIFEST.copy", "index"}) {
        const auto file = [name](const Path& s) { return s + '/' + name; };
        add(name, file, First::Acknowledges);
        const bool refused = std::string_view(name).starts_with("MANIFEST");
        deeds.push_back({name,
                         [=](const Path& s, const Path& aside) { replace_by_link(file(s), aside); },
                         refused ? Second::Refused : Second::Locked, First::Acknowledges});
    }
    add("sealed segment", oldest_segment, First::Acknowledges);
    add("active segment", newest_segment, First::Poisoned);
    add("segments/", [](const Path& s) { return s + "/segments"; }, First::Poisoned);
    deeds.push_back({"active segment replaced by a link",
                     [](const Path& s, const Path& a) { replace_by_link(newest_segment(s), a); },
                     Second::Locked, First::Poisoned});
    deeds.push_back(
        {"active segment linked",
         [](const Path& s, const Path& a) { fs::create_hard_link(newest_segment(s), a); },
         Second::Locked, First::Acknowledges});
    deeds.push_back({"store removed", [](const Path& s, const Path&) { fs::remove_all(s); },
                     Second::Opens, First::Poisoned});
    deeds.push_back({"everything in it removed",
                     [](const Path& s, const Path&) {
                         for (const auto& entry : fs::directory_iterator(s)) fs::remove_all(entry);
                     },
                     Second::Locked, First::Poisoned});
    // A store is its directory, not the path that once led there: the writer goes where it goes.
    deeds.push_back({"store moved", [](const Path& s, const Path& a) { fs::rename(s, a); },
                     Second::Opens, First::Acknowledges, true});
    deeds.push_back({"store moved, a copy in its place", replace_by_copy, Second::Opens,
                     First::Acknowledges, true});
    deeds.push_back({"store moved, a link in its place", replace_by_link, Second::Locked,
                     First::Acknowledges, true});
    deeds.push_back(
        {"store moved away and back", move_away_and_back, Second::Locked, First::Acknowledges});
    return deeds;
}

class OneWriter : public ::testing::Test {
protected:
    OneWriter() { ::alarm(kHangSeconds); }
    ~OneWriter() override { ::alarm(0); }

    static StoreConfig config_of(const std::string& path) {
        return StoreConfig(path).with_segment_bytes(4096);
    }

    static Store open(const std::string& path) { return Store::open(config_of(path)).value(); }

    static Result<AppendReceipt> append(Store& store) {
        const auto coordinate = Coordinate::create("entity", "scope").value();
        return store.append_raw(coordinate, kKind, Bytes(kEventBytes, std::byte{'x'}));
    }

    // A writer with sealed segments, and an active one in which there is room for one event more.
    static Store make_store(const std::string& path, int events = 3) {
        Store store = open(path);
        for (int i = 0; i < events; ++i) EXPECT_TRUE(append(store));
        return store;
    }

    // What a second writer is told.
    static ErrorCode second_writer(const std::string& path) {
        auto store = Store::open(config_of(path));
        if (!store) return store.error().code();
        return append(*store) ? ErrorCode{} : ErrorCode::Io;
    }
    static ErrorCode second_writer_in_child(const std::string& path) {
        return static_cast<ErrorCode>(
            run_in_child([&] { return static_cast<int>(second_writer(path)); }));
    }

    // Whether a manifest is a link, which nothing follows.
    static bool links_in(const std::string& path) {
        return fs::is_symlink(path + "/MANIFEST") || fs::is_symlink(path + "/MANIFEST.copy");
    }

    static std::uint64_t events_in(const std::string& path) {
        const auto store = ReadOnlyStore::open(config_of(path));
        return store ? store->visible_end().value : 0;
    }

    static ErrorCode code_of_second(Second second) {
        switch (second) {
            case Second::Locked: return ErrorCode::StoreLocked;
            case Second::Refused: return ErrorCode::NotRegular;
            case Second::Opens: break;
        }
        return ErrorCode{};
    }

    void judge(const Deed& deed, bool in_child) {
        SCOPED_TRACE(std::string(deed.name) + (in_child ? ", a child" : ""));
        const std::string path = temporary_ / std::to_string(++stores_);
        const std::string aside = path + "-aside";
        Store first = make_store(path);
        deed.apply(path, aside);
        const ErrorCode second = in_child ? second_writer_in_child(path) : second_writer(path);
        EXPECT_EQ(second, code_of_second(deed.second));
        const auto stored = append(first);
        EXPECT_EQ(stored.has_value(), deed.first == First::Acknowledges);
        EXPECT_TRUE(stored || stored.error().code() == ErrorCode::Poisoned);
        EXPECT_EQ(std::move(first).close().has_value(), stored.has_value());
        const std::string home = deed.moves_the_store ? aside : path;
        if (stored && fs::exists(oldest_segment(home)) && !links_in(home)) {
            EXPECT_EQ(events_in(home), 4U);
        }
    }

    const TemporaryDirectory temporary_;
    int stores_ = 0;
};

TEST_F(OneWriter, AcknowledgesWhateverIsDoneToTheFiles) {
    for (const Deed& deed : all_deeds()) {
        for (const bool in_child : {false, true}) judge(deed, in_child);
    }
}

TEST_F(OneWriter, AProcessThatWasThereBeforeIsLockedOutWithoutLOCK) {
    const std::string path = temporary_ / "store";
    const Signpost ready;
    ChildProcess other([&] {
        ready.wait();
        return static_cast<int>(second_writer(path));
    });
    Store first = make_store(path);
    fs::remove(path + "/LOCK");
    ready.raise();
    EXPECT_EQ(static_cast<ErrorCode>(other.wait()), ErrorCode::StoreLocked);
    EXPECT_FALSE(fs::exists(path + "/LOCK")) << "a refusal changes nothing";
    EXPECT_TRUE(append(first));
}

// An older copy of a file that is open takes the same place, and the writer's file with it.
TEST_F(OneWriter, AnOlderCopyPutOverTheFilesIsNoticedAndLeftWhole) {
    for (const bool closed : {true, false}) {
        SCOPED_TRACE(closed ? "a copy of a closed store" : "of one in use");
        const std::string path = temporary_ / ("store" + std::to_string(closed));
        const std::string copy = path + "-copy";
        std::optional<Store> first(make_store(path, 1));
        if (closed) first.reset();
        copy_tree(path, copy);
        if (closed) first.emplace(open(path));
        const std::uint64_t kept = events_in(copy);
        for (int i = 0; i < 4; ++i) ASSERT_TRUE(append(*first));
        ASSERT_TRUE(std::move(*first).close());
        first.emplace(open(path));
        fs::remove_all(path + "/index");  // it would testify for what the copy has not
        copy_over(copy, path);
        while (newest_segment(path) != oldest_segment(path)) fs::remove(newest_segment(path));
        const auto stored = append(*first);
        EXPECT_FALSE(stored);
        EXPECT_FALSE(std::move(*first).close());
        EXPECT_EQ(second_writer(path), ErrorCode{});
        EXPECT_EQ(events_in(path), kept + 1);
    }
}

TEST_F(OneWriter, AnOlderCopyOfTheActiveSegmentIsNoticedBeforeItIsWrittenTo) {
    const std::string path = temporary_ / "store";
    Store first = make_store(path, 0);
    fs::copy(newest_segment(path), temporary_ / "older");
    ASSERT_TRUE(append(first));
    fs::copy(temporary_ / "older", newest_segment(path), fs::copy_options::overwrite_existing);
    const auto stored = append(first);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::Poisoned);
    EXPECT_FALSE(std::move(first).close());
    EXPECT_EQ(second_writer(path), ErrorCode{}) << "the copy is as it was put there";
}

TEST_F(OneWriter, BufferedAppendsIntoAStoreThatIsGoneEndAtTheSync) {
    const std::string path = temporary_ / "store";
    const StoreConfig config = config_of(path).with_sync_every_n_events(1000);
    for (const bool rotates : {false, true}) {
        Store store = Store::open(config).value();
        ASSERT_TRUE(append(store));
        fs::remove_all(path);
        if (rotates) {
            for (int i = 0; i < 3 && append(store); ++i) {
            }
            EXPECT_FALSE(append(store));
        } else {
            EXPECT_TRUE(append(store)) << "buffered";
            EXPECT_FALSE(store.sync());
        }
        EXPECT_FALSE(std::move(store).close());
    }
}

TEST_F(OneWriter, ACloseSaysThatTheStoreIsGone) {
    const std::string path = temporary_ / "store";
    Store store = make_store(path);
    fs::remove_all(path);
    const auto closed = std::move(store).close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code(), ErrorCode::Poisoned);
}

// ---- Hard links, mounts --------------------------------------------------------------------

TEST_F(OneWriter, AHardLinkedCopyIsLockedWithItsOriginalAndItsOwnAfterwards) {
    const std::string path = temporary_ / "store";
    const std::string copy = temporary_ / "copy";
    {
        Store first = make_store(path);
        hard_link_tree(path, copy);
        EXPECT_EQ(second_writer(copy), ErrorCode::StoreLocked);
        fs::remove(copy + "/LOCK");
        EXPECT_EQ(second_writer(copy), ErrorCode::StoreLocked) << "its active segment is";
        EXPECT_TRUE(append(first));
    }
    // Both go on from here, each for itself.
    EXPECT_EQ(second_writer(copy), ErrorCode{});
    EXPECT_EQ(second_writer(copy), ErrorCode{});
    EXPECT_EQ(second_writer(path), ErrorCode{});
    EXPECT_EQ(events_in(path), 5U);
    EXPECT_EQ(events_in(copy), 6U);
    EXPECT_TRUE(open(path).verify());
    EXPECT_TRUE(open(copy).verify());
}

TEST_F(OneWriter, AStoreIsLockedAcrossMounts) {
    const std::string path = temporary_ / "store";
    const std::string mounted = temporary_ / "mounted";
    Store first = make_store(path);
    fs::create_directory(mounted);
    if (::mount(path.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0) return;
    fs::remove(path + "/LOCK");
    const ErrorCode second = second_writer(mounted);
    EXPECT_EQ(::umount2(mounted.c_str(), MNT_DETACH), 0);
    EXPECT_EQ(second, ErrorCode::StoreLocked);
    EXPECT_TRUE(append(first));
}

// ---- Descriptors ---------------------------------------------------------------------------

bool prints_into(const std::string& path) {
    for (int number = 0; number < 3; ++number) {
        std::error_code none;
        const auto link = "/proc/self/fd/" + std::to_string(number);
        if (fs::read_symlink(link, none).string().starts_with(path)) return true;
    }
    return false;
}

TEST_F(OneWriter, NoFileOfAStoreIsAStandardStream) {
    for (const bool before : {true, false}) {
        const std::string path = temporary_ / ("store" + std::to_string(before));
        const int answer = run_in_child([&] {
            if (before) {
                for (const int number : {0, 1, 2}) ::close(number);
            }
            Store store = make_store(path, 1);
            for (const int number : {0, 1, 2}) ::close(number);
            for (int i = 0; i < 8; ++i) {
                if (!append(store) || prints_into(path)) return 1;
                if (!store.find(Sequence(0)) || !store.count(Region::all())) return 2;
                (void)!::write(2, "warning", 7);
            }
            return store.verify() && std::move(store).close() ? 0 : 3;
        });
        EXPECT_EQ(answer, 0);
        EXPECT_EQ(events_in(path), 9U);
        EXPECT_EQ(second_writer(path), ErrorCode{});
    }
}

TEST_F(OneWriter, FewDescriptorsAreEnoughForManySegments) {
    const std::string path = temporary_ / "store";
    make_store(path, 100);
    const int answer = run_in_child([&] {
        const rlimit few{24, 24};
        ::setrlimit(RLIMIT_NOFILE, &few);
        Store store = open(path);
        EventRange all = store.query(Region::all());
        int seen = 0;
        while (const Result<EventView>* const event = all.next()) {
            if (!*event) return 1;
            ++seen;
        }
        return seen == 100 && append(store) ? 0 : 2;
    });
    EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace batpak::testing::one_writer_test
