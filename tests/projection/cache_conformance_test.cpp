// Goal:   every ProjectionCache keeps what <batpak/projection/projection_cache.hpp> promises.
// Method: one suite, run with each implementation, on real files in a folder of its own.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "batpak/projection/projection_cache.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"
#ifdef BATPAK_HAVE_LMDB
#include "batpak/lmdb/lmdb_cache.hpp"
#endif
#ifdef BATPAK_HAVE_SQLITE
#include "batpak/sqlite/sqlite_cache.hpp"
#endif

namespace batpak {
namespace {

using CachePtr = std::shared_ptr<ProjectionCache>;

struct Kind {
    const char* name;
    bool keeps;              // or forgets everything at once
    bool is_of_one_process;  // a child after fork() is refused
    CachePtr (*open)(const std::string& directory);
};

const Kind kKinds[] = {
    {"None", false, false,
     [](const std::string&) -> CachePtr { return std::make_shared<NoCache>(); }},
    {"Files", true, false,
     [](const std::string& directory) -> CachePtr { return FileCache::open(directory).value(); }},
#ifdef BATPAK_HAVE_LMDB
    {"Lmdb", true, true,
     [](const std::string& directory) -> CachePtr { return LmdbCache::open(directory).value(); }},
#endif
#ifdef BATPAK_HAVE_SQLITE
    {"Sqlite", true, true,
     [](const std::string& directory) -> CachePtr {
         return SqliteCache::open(directory + "/states.sqlite").value();
     }},
#endif
};

class CacheConformance : public ::testing::TestWithParam<Kind> {
protected:
    CacheConformance() { reopen(); }

    void reopen() {
        cache.reset();
        cache = GetParam().open(directory.path());
    }
    std::optional<std::string> get(std::string_view key) const {
        Buffer value;
        if (!cache->get(as_bytes(key), value).value()) return std::nullopt;
        return std::string(as_text(value.view()));
    }
    void put(std::string_view key, std::string_view value) const {
        ASSERT_TRUE(cache->put(as_bytes(key), as_bytes(value)).has_value());
    }
    std::uint64_t remove_prefix(std::string_view prefix) const {
        return cache->remove_prefix(as_bytes(prefix)).value();
    }
    // What a cache that keeps things gives for `value`.
    std::optional<std::string> kept(std::string_view value) const {
        if (!GetParam().keeps) return std::nullopt;
        return std::string(value);
    }

    testing::TemporaryDirectory directory;
    CachePtr cache;
};

// An erasure of payloads removes all states, because of what may be in them. LMDB keeps its pages.
TEST_P(CacheConformance, KeepsNoByteOfWhatWasRemovedWithAllElse) {
    const bool keeps_pages = std::string_view(GetParam().name) == "Lmdb";
    std::vector<std::string> secrets;
    for (int i = 0; i < 40; ++i) {
        secrets.push_back("secret number " + std::to_string(i) + " of many");
        put("key " + std::to_string(i % 30), secrets.back() + std::string(3000, 'x'));
    }
    remove_prefix("");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), {}};
        for (const std::string& secret : secrets)
            ASSERT_TRUE(keeps_pages || content.find(secret) == std::string::npos)
                << entry.path() << ' ' << secret;
    }
    put("a", "one");
    EXPECT_EQ(get("a"), kept("one"));
}

TEST_P(CacheConformance, GivesWhatWasPutLast) {
    EXPECT_EQ(get("a"), std::nullopt);
    put("a", "one");
    put("b", "two");
    EXPECT_EQ(get("a"), kept("one"));
    put("a", "three");
    EXPECT_EQ(get("a"), kept("three"));
    EXPECT_EQ(get("b"), kept("two"));
    EXPECT_EQ(get("c"), std::nullopt);
}

TEST_P(CacheConformance, AddsToTheBuffer) {
    put("a", "one");
    Buffer value;
    value.append(as_bytes("x"));
    EXPECT_EQ(cache->get(as_bytes("a"), value).value(), GetParam().keeps);
    EXPECT_EQ(cache->get(as_bytes("b"), value).value(), false);
    EXPECT_EQ(as_text(value.view()), GetParam().keeps ? "xone" : "x");
}

// Keys are bytes: names of files, wildcards, quotes and NULs mean nothing in them.
TEST_P(CacheConformance, TellsHostileKeysApart) {
    const std::string keys[] = {"../../etc/passwd",
                                "..",
                                ".",
                                "/",
                                std::string("\0", 1),
                                std::string("a\0b", 3),
                                "a",
                                "a%",
                                "%",
                                "_",
                                "a'; DROP TABLE x; --",
                                "\xFF\xFF",
                                "\xFF",
                                std::string(ProjectionCache::kKeyBytesMax, 'k'),
                                std::string(ProjectionCache::kKeyBytesMax - 1, 'k'),
                                "A",
                                "*"};
    for (const std::string& key : keys) put(key, "of " + key);
    for (const std::string& key : keys) EXPECT_EQ(get(key), kept("of " + key));
    for (const std::string& key : keys) {
        ASSERT_TRUE(cache->remove(as_bytes(key)).has_value());
        EXPECT_EQ(get(key), std::nullopt);
    }
}

TEST_P(CacheConformance, TakesValuesOfAnyLength) {
    for (const std::size_t size : {0UL, 1UL, 4095UL, 4096UL, 100'000UL, 3'000'000UL}) {
        std::string value(size, 'v');
        for (std::size_t i = 0; i < size; i += 97) value[i] = static_cast<char>(i);
        put("k", value);
        EXPECT_TRUE(get("k") == kept(value)) << size;
    }
}

TEST_P(CacheConformance, RefusesKeysThatNoProjectorMakes) {
    if (!GetParam().keeps) return;
    Buffer value;
    for (const std::string& key :
         {std::string(), std::string(ProjectionCache::kKeyBytesMax + 1, 'k')}) {
        EXPECT_EQ(cache->put(as_bytes(key), {}).error().code(), ErrorCode::InvalidArgument);
        EXPECT_EQ(cache->get(as_bytes(key), value).error().code(), ErrorCode::InvalidArgument);
        EXPECT_EQ(cache->remove(as_bytes(key)).error().code(), ErrorCode::InvalidArgument);
    }
}

TEST_P(CacheConformance, RemovesWhatIsThereAndNothingElse) {
    put("a", "1");
    put("b", "2");
    ASSERT_TRUE(cache->remove(as_bytes("a")).has_value());
    ASSERT_TRUE(cache->remove(as_bytes("never")).has_value());
    EXPECT_EQ(get("a"), std::nullopt);
    EXPECT_EQ(get("b"), kept("2"));
}

TEST_P(CacheConformance, RemovesEveryKeyThatBeginsSo) {
    const std::string high("\xFF\xFF\x01", 3);
    for (const std::string& key :
         {std::string("p"), std::string("pa"), std::string("pb"), std::string("q"),
          std::string("o\xFF"), high, std::string("\xFF")}) {
        put(key, "v");
    }
    const auto removes = [&](std::string_view prefix, std::uint64_t count) {
        EXPECT_EQ(remove_prefix(prefix), GetParam().keeps ? count : 0) << prefix;
    };
    removes("none", 0);
    removes("pa", 1);
    removes("p", 2);
    removes("p", 0);
    EXPECT_EQ(get("q"), kept("v"));
    EXPECT_EQ(get("o\xFF"), kept("v"));
    removes("\xFF\xFF", 1);
    EXPECT_EQ(get("\xFF"), kept("v"));
    removes("", 3);
    EXPECT_EQ(get("q"), std::nullopt);
}

TEST_P(CacheConformance, KeepsOverAReopen) {
    put("a", "one");
    put("gone", "two");
    ASSERT_TRUE(cache->remove(as_bytes("gone")).has_value());
    reopen();
    EXPECT_EQ(get("a"), kept("one"));
    EXPECT_EQ(get("gone"), std::nullopt);
    put("a", "three");
    reopen();
    EXPECT_EQ(get("a"), kept("three"));
}

// Four threads put, get and remove the same keys: what comes back is one of the values put under
// that key, whole.
TEST_P(CacheConformance, IsThreadSafe) {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([this, thread] {
            for (int i = 0; i < 60; ++i) {
                const std::string key = "key" + std::to_string(i % 3);
                const std::string value = key + std::string(static_cast<std::size_t>(i) * 7, 'v');
                if (thread % 2 == 0) put(key, value);
                if (thread == 3 && i % 10 == 0) testing::must(cache->remove(as_bytes(key)));
                const auto found = get(key);
                EXPECT_TRUE(!found ||
                            (found->starts_with(key) &&
                             found->find_first_not_of('v', key.size()) == std::string::npos));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

// A library may not be used on both sides of a fork(): its child is told so by every call.
TEST_P(CacheConformance, IsOfTheProcessThatOpenedItWhereItMustBe) {
    put("key", "value");
    const auto is_refused = [](const auto& result) {
        return !result && result.error().code() == ErrorCode::Forked;
    };
    const int child = testing::run_in_child([&] {
        Buffer value;
        const int refused = int{is_refused(cache->get(as_bytes("key"), value))} +
                            int{is_refused(cache->put(as_bytes("other"), {}))} +
                            int{is_refused(cache->remove(as_bytes("other")))} +
                            int{is_refused(cache->remove_prefix(as_bytes("oth")))};
        return refused;
    });
    EXPECT_EQ(child, GetParam().is_of_one_process ? 4 : 0);
    EXPECT_EQ(get("key"), kept("value"));
}

INSTANTIATE_TEST_SUITE_P(Caches, CacheConformance, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace batpak
