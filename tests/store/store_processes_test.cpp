// Goal:   one process at a time writes a store, by whatever path it comes; a child after fork() can
//         do nothing with its parent's store and nothing to it; directories that are somebody
//         else's are left as they are (INV L1, L2).
// Method: real processes and the real file system. What a directory holds is compared, by name and
//         content, before and after.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "batpak/store/store.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::store_processes_test {
namespace {

namespace fs = std::filesystem;

constexpr auto kKind = EventKind::custom(0xF, 1);
constexpr unsigned kHangSeconds = 60;
constexpr uid_t kNobody = 65534;

// Every name below `path`, with its content if it is a file.
std::map<std::string, std::string> everything_in(const std::string& path) {
    std::map<std::string, std::string> found;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
        std::string& content = found[entry.path().string()];
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        content.assign(std::istreambuf_iterator<char>(file), {});
    }
    return found;
}

class StoreProcesses : public ::testing::Test {
protected:
    StoreProcesses() { ::alarm(kHangSeconds); }
    ~StoreProcesses() override { ::alarm(0); }

    Store open() const { return Store::open(StoreConfig(path_)).value(); }

    static ErrorCode open_code(const std::string& path) {
        const auto begin = std::chrono::steady_clock::now();
        const ErrorCode code = code_of(Store::open(StoreConfig(path)));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
        return code;
    }

    static void append(Store& store) {
        const auto coordinate = Coordinate::create("entity", "scope").value();
        const auto receipt = store.append_raw(coordinate, kKind, as_bytes("payload"));
        EXPECT_TRUE(receipt) << receipt.error().to_string();
    }

    // What a child process gets for an answer.
    static ErrorCode in_child(const std::function<ErrorCode()>& ask) {
        return static_cast<ErrorCode>(run_in_child([&] { return static_cast<int>(ask()); }));
    }

    const TemporaryDirectory temporary_;
    const std::string path_ = temporary_ / "store";
};

TEST_F(StoreProcesses, ASecondOpenIsLockedByWhateverPath) {
    Store store = open();
    append(store);
    fs::create_directory_symlink(path_, temporary_ / "link");
    const auto before = everything_in(path_);
    for (const std::string& path :
         {path_, path_ + "/.", path_ + "/../store", temporary_ / "link", temporary_ / "link/."}) {
        EXPECT_EQ(open_code(path), ErrorCode::StoreLocked) << path;
        EXPECT_EQ(in_child([&] { return open_code(path); }), ErrorCode::StoreLocked) << path;
    }
    EXPECT_EQ(everything_in(path_), before);
    append(store);
    EXPECT_FALSE(store.verify().value().damage);
    std::move(store).close().value();
    EXPECT_EQ(open().visible_end(), Sequence(2));
}

TEST_F(StoreProcesses, TheLockEndsWithItsProcess) {
    const Signpost opened;
    ChildProcess holder([&] {
        const Store store = open();
        opened.raise();
        ::pause();
        return 0;
    });
    opened.wait();
    EXPECT_EQ(open_code(path_), ErrorCode::StoreLocked);
    holder.kill();
    EXPECT_EQ(open_code(path_), ErrorCode{});
}

TEST_F(StoreProcesses, DescriptorsAreClosedByExec) {
    Store store = open();
    append(store);
    const EventRange range = store.query(Region::all());
    std::size_t ours = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const std::string target = fs::read_symlink(entry.path(), gone).string();
        if (!target.starts_with(path_)) continue;
        ++ours;
        const int descriptor = std::stoi(entry.path().filename());
        EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << target;
    }
    EXPECT_GE(ours, 4U);
}

// ---- fork() --------------------------------------------------------------------------------

// Counts the calls that do not answer Forked.
class ForkedCalls {
public:
    explicit ForkedCalls(Store& store) : store_(store) {}

    int run(const EventId& id) {
        const auto coordinate = Coordinate::create("entity", "scope").value();
        const BytesView payload = as_bytes("child");
        judge(store_.append_raw(coordinate, kKind, payload));
        judge(store_.try_append_raw(coordinate, kKind, payload, {}));
        judge(store_.submit_raw(coordinate, kKind, payload, {}));
        BatchBuilder batch;
        batch.add(coordinate, kKind, Bytes(3));
        judge(store_.append_batch(std::move(batch)));
        judge(store_.sync());
        judge(store_.wait_durable(Sequence(0), std::chrono::steady_clock::now()));
        judge(store_.find(id));
        judge(store_.find(Sequence(0)));
        judge(store_.find({"entity", Version(0)}));
        judge(store_.find_latest("entity"));
        judge(*store_.query(Region::all()).next());
        judge(*store_.stream("entity").next());
        judge(store_.count(Region::all()));
        judge(store_.walk_ancestors(id, Ancestry::Stream, 9));
        judge(store_.names(Names::Entities));
        judge(store_.names(Names::Scopes));
        judge(store_.catalogue());
        judge(store_.version("entity"));
        judge(store_.root(Sequence(1)));
        judge(store_.verify());
        judge(std::move(store_).close());
        return calls_ == kCalls ? wrong_ : 99;
    }

private:
    static constexpr int kCalls = 21;

    template <class T>
    void judge(const Result<T>& result) {
        ++calls_;
        if (code_of(result) != ErrorCode::Forked) ++wrong_;
    }

    Store& store_;
    int calls_ = 0;
    int wrong_ = 0;
};

TEST_F(StoreProcesses, EveryCallInAChildAnswersForked) {
    Store store = open();
    append(store);
    const EventId id = store.find(Sequence(0)).value()->event_id();
    EXPECT_EQ(run_in_child([&] { return ForkedCalls(store).run(id); }), 0);
    append(store);
    EXPECT_EQ(store.visible_end(), Sequence(2));
}

TEST_F(StoreProcesses, DestroyingAStoreInAChildChangesNothing) {
    std::optional<Store> store(open());
    append(*store);
    const auto before = everything_in(path_);
    EXPECT_EQ(run_in_child([&] {
                  store.reset();
                  return 0;
              }),
              0);
    EXPECT_EQ(everything_in(path_), before);
    EXPECT_EQ(in_child([&] { return open_code(path_); }), ErrorCode::StoreLocked);
    append(*store);
    store.reset();
    EXPECT_EQ(open().visible_end(), Sequence(2));
}

// ---- Directories of others -----------------------------------------------------------------

TEST_F(StoreProcesses, ForeignDirectoriesAreLeftAsTheyAre) {
    const std::map<std::string, std::string> files = {
        {"README", "not a store"}, {"data.db", ""}, {"segments.txt", "x"}};
    for (const auto& [name, content] : files) {
        const std::string path = temporary_ / ("foreign-" + name);
        fs::create_directory(path);
        std::ofstream(path + '/' + name) << content;
        const auto before = everything_in(path);
        EXPECT_EQ(open_code(path), ErrorCode::NotAStore);
        EXPECT_EQ(everything_in(path), before);
    }
}

TEST_F(StoreProcesses, AForeignManifestIsLeftAsItIs) {
    fs::create_directory(path_);
    std::ofstream(path_ + "/MANIFEST") << "include README\n";
    std::ofstream(path_ + "/setup.py") << "setup()\n";
    const auto before = everything_in(path_);
    EXPECT_EQ(open_code(path_), ErrorCode::CorruptManifest);
    EXPECT_EQ(everything_in(path_), before);
}

TEST_F(StoreProcesses, AFileIsNoDirectoryOfAStore) {
    std::ofstream(path_) << "a file";
    const auto store = Store::open(StoreConfig(path_));
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().code(), ErrorCode::StoreLocked);
    EXPECT_EQ(everything_in(temporary_.path()).at(path_), "a file");
}

// Runs as somebody who may not do everything.
ErrorCode as_nobody(const std::function<ErrorCode()>& ask) {
    return static_cast<ErrorCode>(run_in_child([&] {
        if (::geteuid() == 0 && (::setegid(kNobody) != 0 || ::seteuid(kNobody) != 0)) return 255;
        return static_cast<int>(ask());
    }));
}

TEST_F(StoreProcesses, WithoutPermissionNothingIsWritten) {
    {
        Store store = open();
        append(store);
    }
    fs::permissions(temporary_.path(), fs::perms::all);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
        fs::permissions(entry.path(), entry.is_directory() ? fs::perms(0555) : fs::perms(0444));
    }
    const auto before = everything_in(path_);
    fs::permissions(path_, fs::perms(0555));
    EXPECT_EQ(as_nobody([&] { return open_code(path_); }), ErrorCode::Io) << "read-only";
    fs::permissions(path_, fs::perms(0));
    EXPECT_EQ(as_nobody([&] { return open_code(path_); }), ErrorCode::Io) << "no permission";
    fs::permissions(path_, fs::perms::owner_all);
    EXPECT_EQ(everything_in(path_), before);
}

}  // namespace
}  // namespace batpak::testing::store_processes_test
