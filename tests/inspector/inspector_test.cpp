// The life of an inspector. What it answers through a socket: tests/tool/serve_test.py.
#include "batpak/inspector/inspector.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "batpak/store/read_only_store.hpp"
#include "inspector/page.hpp"
#include "inspector/raw_client.hpp"
#include "inspector/small_shop.hpp"
#include "support/watchdog.hpp"

namespace batpak::inspector {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::string token_of(const Inspector& inspector) {
    const std::string url = inspector.url();
    return url.substr(url.find("#t=") + 3);
}

// Of a request that its server answers, but for the empty line at its end.
std::string head_of(const Inspector& inspector, const std::string& method,
                    const std::string& path) {
    const std::string own = "127.0.0.1:" + std::to_string(inspector.port());
    return method + " " + path + " HTTP/1.1\r\nHost: " + own + "\r\nOrigin: http://" + own +
           "\r\nAuthorization: Bearer " + token_of(inspector) + "\r\n";
}

// Those of this process.
std::size_t threads() {
    const std::filesystem::directory_iterator list("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(list), end(list)));
}

TEST(Inspector, HasATokenOfItsOwnEachTime) {
    SmallShop shop;
    const Inspector one = Inspector::start(shop.store()).value();
    const Inspector other = Inspector::start(shop.store()).value();
    EXPECT_NE(one.port(), other.port());
    const std::string token = token_of(one);
    EXPECT_EQ(token.size(), 32U);
    EXPECT_EQ(other.url().find(token), std::string::npos);
}

TEST(Inspector, RefusesAPortThatIsTaken) {
    SmallShop shop;
    const Inspector one = Inspector::start(shop.store()).value();
    const auto other = Inspector::start(shop.store(), InspectorConfig().with_port(one.port()));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), ErrorCode::Io);
}

TEST(Inspector, RefusesATokenThatIsShortOrNeedsQuotes) {
    SmallShop shop;
    const auto start = [&](const std::string& token) {
        return Inspector::start(shop.store(), InspectorConfig().with_token(token));
    };
    EXPECT_TRUE(start("0123456789abcdeF"));
    EXPECT_FALSE(start("0123456789abcde"));
    EXPECT_FALSE(start("0123456789abcde\"f"));
    EXPECT_FALSE(start("0123456789abcdef\n"));
}

TEST(Inspector, StopsMoreThanOnceAndMayBeMoved) {
    SmallShop shop;
    Inspector first = Inspector::start(shop.store()).value();
    Inspector moved = std::move(first);
    moved.stop();
    moved.stop();
    const Inspector again =
        Inspector::start(shop.store(), InspectorConfig().with_port(moved.port())).value();
    EXPECT_EQ(again.port(), moved.port());
}

TEST(Inspector, ShowsAStoreBesideItsWriterAndOneThatDoesNotOpen) {
    SmallShop shop;
    ReadOnlyStore reader = ReadOnlyStore::open(StoreConfig(shop.directory())).value();
    EXPECT_TRUE(Inspector::start(reader));
    EXPECT_TRUE(Inspector::start(Error(ErrorCode::CorruptManifest, "no")));
}

// The follower refreshes: nobody else does here.
TEST(Inspector, FollowsTheWriter) {
    SmallShop shop;
    ReadOnlyStore reader = ReadOnlyStore::open(StoreConfig(shop.directory())).value();
    const Sequence before = reader.visible_end();
    const Inspector inspector = Inspector::start(reader).value();
    shop.add_order(11);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    EXPECT_TRUE(reader.wait_visible(before, patience).value());
}

// Goal: a client that sends byte after byte, and never all of a request, does not hold up stop().
// Method: it goes on until the server ends its connection; a request that is answered meanwhile
// shows that its own was taken on before. Where stop() waits for it, the watchdog ends the test.
TEST(Inspector, StopsThoughAClientNeverEndsItsRequest) {
    SmallShop shop;
    Inspector inspector = Inspector::start(shop.store()).value();
    const testing::Watchdog watchdog("stop() with a slow client", kPatience);
    const RawClient slow(inspector.port());
    slow.send("GET / HTTP/1.1\r\n");
    EXPECT_TRUE(answer_to(inspector.port(), head_of(inspector, "GET", "/healthz") + "\r\n")
                    .starts_with("HTTP/1.1 200"));
    std::thread drip([&] {
        while (!slow.hears(std::chrono::milliseconds(100))) slow.send("x");
    });
    inspector.stop();
    drip.join();
}

// Goal: after stop() nothing of an inspector reads its store, although the inspector lives on.
// Method: what could read are threads, and there are as many as before. A thread that has ended
// may be listed for a moment longer.
TEST(Inspector, HasNoThreadAfterStop) {
    if (!std::filesystem::exists("/proc/self/task")) return;
    SmallShop shop(200);
    ReadOnlyStore reader = ReadOnlyStore::open(StoreConfig(shop.directory())).value();
    const testing::Watchdog watchdog("threads after stop()", kPatience);
    const std::size_t before = threads();
    Inspector inspector = Inspector::start(reader).value();
    EXPECT_GT(threads(), before);
    EXPECT_TRUE(answer_to(inspector.port(), head_of(inspector, "POST", "/api/v1/verify") +
                                                "Content-Length: 0\r\n\r\n")
                    .starts_with("HTTP/1.1 200"));
    inspector.stop();
    while (threads() > before) std::this_thread::yield();
    inspector.stop();
}

// Goal: a body is refused, and never becomes the next request, whose header Host a page of another
// site would have written.
// Method: each way to announce one; what would be the body comes when the server has answered.
TEST(Inspector, ReadsNoBody) {
    SmallShop shop;
    const Inspector inspector = Inspector::start(shop.store()).value();
    const std::string post = head_of(inspector, "POST", "/api/v1/verify");
    const std::string body = head_of(inspector, "GET", "/healthz") + "Connection: close\r\n\r\n";
    for (const char* const none : {"", "Content-Length: 0\r\n"}) {
        EXPECT_TRUE(answer_to(inspector.port(), post + none + "\r\n").starts_with("HTTP/1.1 200"));
    }
    for (const std::string& head : {post, head_of(inspector, "GET", "/api/v1/store")}) {
        for (const std::string length :
             {"Content-Length: 1", "Content-Length: 00", "Content-Length: -1",
              "Content-Length: 0\r\nContent-Length: 5", "Transfer-Encoding: chunked",
              "Transfer-Encoding: identity"}) {
            const RawClient client(inspector.port());
            client.send(head + length + "\r\n\r\n");
            ASSERT_TRUE(client.hears(kPatience));
            client.send(body);
            const std::string refused = client.rest();
            EXPECT_TRUE(refused.starts_with("HTTP/1.1 400")) << length << refused;
            EXPECT_NE(refused.find("\"code\":\"InvalidArgument\""), std::string::npos) << refused;
            EXPECT_EQ(refused.find("HTTP/1.1", 1), std::string::npos) << length << refused;
        }
    }
}

TEST(Inspector, GivesWholeAnswersToWhoAsksForAPart) {
    SmallShop shop;
    const Inspector inspector = Inspector::start(shop.store()).value();
    for (const std::string path : {"/api/v1/scopes", "/api/v1/nothing", "/api/v1/rows?start=x"}) {
        const std::string head = head_of(inspector, "GET", path);
        const std::string whole = answer_to(inspector.port(), head + "\r\n");
        for (const char* const range :
             {"bytes=0-3", "bytes=5-", "bytes=-2", "bytes=0-0,2-2", "bytes=999999-"}) {
            EXPECT_EQ(answer_to(inspector.port(), head + "Range: " + range + "\r\n\r\n"), whole)
                << path << range;
        }
    }
}

TEST(InspectorPage, IsInTheLibrary) {
    const PageFile* const page = find_page_file("/index.html");
    ASSERT_NE(page, nullptr);
    EXPECT_TRUE(page->bytes.starts_with("<!doctype html>"));
    EXPECT_TRUE(page->type.starts_with("text/html"));
    EXPECT_EQ(find_page_file("/"), nullptr);
    EXPECT_EQ(find_page_file("/../index.html"), nullptr);
}

}  // namespace
}  // namespace batpak::inspector
