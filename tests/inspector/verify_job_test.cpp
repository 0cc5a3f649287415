#include "inspector/verify_job.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "inspector/small_shop.hpp"
#include "support/child_process.hpp"
#include "support/sanitizers.hpp"
#include "support/threads_taken.hpp"

namespace batpak::inspector {
namespace {

nlohmann::json end_of(const VerifyJob& job) {
    nlohmann::json told;
    do {
        told = nlohmann::json::parse(job.json());
    } while (told["state"] == "running");
    return told;
}

TEST(InspectorVerifyJob, SaysWhatVerifySays) {
    SmallShop shop;
    const auto report = shop.store().verify().value();
    VerifyJob job(shop.store());
    EXPECT_EQ(job.json(), R"({"state":"none"})");
    job.start().value();
    const nlohmann::json told = end_of(job);
    EXPECT_EQ(told["state"], "done");
    EXPECT_EQ(told["ok"], true);
    EXPECT_EQ(told["events"], 15);
    EXPECT_EQ(told.contains("root"), report.hashes_checked);
    EXPECT_EQ(told.value("root", to_string(report.root)), to_string(report.root));
}

TEST(InspectorVerifyJob, ChecksAgainWhatWasAppended) {
    SmallShop shop;
    VerifyJob job(shop.store());
    job.start().value();
    const auto before = end_of(job)["events"].get<int>();
    shop.add_order(10);
    job.start().value();
    EXPECT_GT(end_of(job)["events"].get<int>(), before);
}

// A check that never ran must not stand there as running: 0 if it does not.
int verify_without_a_thread() {
    SmallShop shop;
    VerifyJob job(shop.store());
    const testing::ThreadsTaken taken;
    const Result<void> started = job.start();
    if (started || started.error().code() != ErrorCode::Io) return 1;
    return job.json() == R"({"state":"none"})" ? 0 : 2;
}

TEST(InspectorVerifyJob, WithoutAThreadItSaysSoAndIsNotRunning) {
    if (testing::kAddressSanitized) {
        std::cout << "not run: the sanitizers of this build need the address space themselves\n";
        return;
    }
    EXPECT_EQ(testing::run_in_child(verify_without_a_thread), 0);
}

}  // namespace
}  // namespace batpak::inspector
