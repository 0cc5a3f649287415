// What a FileCache promises besides what every cache does (cache_conformance_test.cpp): its files
// may be damaged, cut, exchanged or left behind, and no answer is ever another state.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "batpak/projection/projection_cache.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

namespace fs = std::filesystem;

class FileCacheTest : public ::testing::Test {
protected:
    // The one file that put() of this key made.
    fs::path put(const std::string& key, const std::string& value) {
        const std::set<fs::path> before = files();
        EXPECT_TRUE(cache().put(as_bytes(key), as_bytes(value)));
        for (const fs::path& path : files()) {
            if (!before.contains(path)) return path;
        }
        ADD_FAILURE() << "put() has made no file";
        return {};
    }
    Result<std::string> get(const std::string& key) {
        Buffer value;
        BATPAK_TRY(const bool found, cache().get(as_bytes(key), value));
        return found ? std::string(as_text(value.view())) : std::string("nothing");
    }
    std::set<fs::path> files() const {
        std::set<fs::path> found;
        for (const auto& entry : fs::directory_iterator(directory_.path())) found.insert(entry);
        return found;
    }
    FileCache& cache() {
        if (!cache_) cache_ = FileCache::open(directory_.path()).value();
        return *cache_;
    }
    static std::string content_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void write(const fs::path& path, const std::string& content) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }

    testing::TemporaryDirectory directory_;
    std::shared_ptr<FileCache> cache_;
};

TEST_F(FileCacheTest, NoDamageOfAByteGoesUnnoticed) {
    const fs::path path = put("key", "a state");
    const std::string whole = content_of(path);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        write(path, damaged);
        const auto found = get("key");
        ASSERT_FALSE(found) << "byte " << at << " gives " << *found;
        const bool is_version = at == 8 || at == 9;
        EXPECT_EQ(found.error().code(),
                  is_version ? ErrorCode::FutureFormat : ErrorCode::CorruptCache)
            << "byte " << at;
    }
    write(path, whole);
    EXPECT_EQ(get("key").value(), "a state");
}

TEST_F(FileCacheTest, ACutFileIsCorrupt) {
    const fs::path path = put("key", "a state");
    const std::string whole = content_of(path);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        write(path, whole.substr(0, bytes));
        const auto found = get("key");
        ASSERT_FALSE(found) << bytes << " bytes";
        EXPECT_EQ(found.error().code(), ErrorCode::CorruptCache) << bytes << " bytes";
    }
}

// The name is a digest, and two keys may have one: the key inside decides.
TEST_F(FileCacheTest, AFileUnderTheNameOfAnotherKeyIsNotItsState) {
    const fs::path first = put("first", "a state");
    const fs::path second = put("second", "another state");
    fs::copy_file(first, second, fs::copy_options::overwrite_existing);
    EXPECT_EQ(get("second").value(), "nothing");
    EXPECT_EQ(get("first").value(), "a state");
}

TEST_F(FileCacheTest, OpeningRemovesWhatACrashLeftAsideAndNothingElse) {
    const fs::path state = put("key", "a state");
    const fs::path left = fs::path(directory_.path()) / "0123456789abcdef.tmp";
    const fs::path stranger = fs::path(directory_.path()) / "notes.txt";
    const fs::path folder = fs::path(directory_.path()) / "folder.tmp";
    write(left, "half of a sta");
    write(stranger, "of a person");
    fs::create_directory(folder);
    cache_ = nullptr;
    EXPECT_EQ(get("key").value(), "a state");
    EXPECT_EQ(files(), (std::set<fs::path>{state, stranger, folder}));
}

}  // namespace
}  // namespace batpak
