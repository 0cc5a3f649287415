// The life of an inspector. What it answers through a socket: tests/tool/serve_test.py.
#include "batpak/inspector/inspector.hpp"

#include <gtest/gtest.h>

#include "batpak/store/read_only_store.hpp"
#include "inspector/page.hpp"
#include "inspector/small_shop.hpp"
#include "inspector/verify_job.hpp"

namespace batpak::inspector {
namespace {

TEST(Inspector, HasATokenOfItsOwnEachTime) {
    SmallShop shop;
    const Inspector one = Inspector::start(shop.store()).value();
    const Inspector other = Inspector::start(shop.store()).value();
    EXPECT_NE(one.port(), other.port());
    const std::string token = one.url().substr(one.url().find("#t=") + 3);
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

TEST(InspectorVerifyJob, SaysWhatVerifySays) {
    SmallShop shop;
    const auto report = shop.store().verify().value();
    VerifyJob job(shop.store());
    EXPECT_EQ(job.json(), R"({"state":"none"})");
    job.start();
    nlohmann::json json;
    do {
        json = nlohmann::json::parse(job.json());
    } while (json["state"] == "running");
    EXPECT_EQ(json["state"], "done");
    EXPECT_EQ(json["ok"], true);
    EXPECT_EQ(json["events"], 15);
    EXPECT_EQ(json.contains("root"), report.hashes_checked);
    EXPECT_EQ(json.value("root", to_string(report.root)), to_string(report.root));
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
