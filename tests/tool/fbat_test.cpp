// Files of the Rust original that are cut and flipped everywhere: what is read of them is what was
// there, or nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "batpak/event/hash_chain.hpp"
#include "support/temporary_directory.hpp"
#include "tool/fbat/fbat_plan.hpp"
#include "tool/fbat/fbat_segment.hpp"

namespace batpak::tool {
namespace {

class FbatTest : public ::testing::Test {
protected:
    void SetUp() override {
        // Two events alone, a batch of two, one more, and a footer.
        std::ifstream file(std::filesystem::path(BATPAK_TEST_DATA) / "fbat" / "small.fbat",
                           std::ios::binary);
        whole_.assign(std::istreambuf_iterator<char>(file), {});
        ASSERT_GT(whole_.size(), 3000U);
        if (!hashing_built_in()) return;  // then the tool answers Unsupported
        const FbatPlan plan = plan_of(whole_, false).value();
        ASSERT_EQ(plan.kept(), 5U);
        for (const FbatEvent& event : plan.events) true_[event.id] = event;
    }

    Result<FbatPlan> plan_of(const std::string& bytes, bool salvage) {
        // Not cut and written again: file systems make that durable, which takes its time.
        const std::filesystem::path path(folder_ / "000001.fbat");
        if (!std::filesystem::exists(path)) std::ofstream(path, std::ios::binary).flush();
        std::filesystem::resize_file(path, bytes.size());
        std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << bytes;
        BATPAK_TRY(const FbatSource source, FbatSource::open(folder_.path()));
        BATPAK_TRY(std::optional<FbatPlan> plan, make_fbat_plan(source, {.salvage = salvage}));
        return *std::move(plan);
    }

    // Each event that would be imported is one that was there, where it was, and a batch is whole.
    void expect_nothing_invented(const FbatPlan& plan, const std::string& bytes) {
        std::size_t of_batch = 0;
        for (const FbatEvent& event : plan.events) {
            if (event.fate != FbatFate::Kept) continue;
            const auto found = true_.find(event.id);
            ASSERT_NE(found, true_.end());
            const FbatEvent& original = found->second;
            EXPECT_EQ(event.hash, original.hash);
            EXPECT_EQ(event.offset, original.offset);
            EXPECT_EQ(event.version, original.version);
            EXPECT_EQ(event.hash_check, FbatHashCheck::Checked);
            // Its bytes are what they were, so whatever is read of them is.
            const auto at = static_cast<std::size_t>(event.offset);
            const std::size_t length = length_at(at);
            EXPECT_EQ(bytes.substr(at, length), whole_.substr(at, length));
            of_batch += original.sequence == 2 || original.sequence == 3 ? 1 : 0;
        }
        EXPECT_TRUE(of_batch == 0 || of_batch == 2) << of_batch;
    }

    std::size_t length_at(std::size_t at) const {
        std::size_t length = 0;
        for (std::size_t i = at; i < at + 4; ++i)
            length = length << 8 | static_cast<unsigned char>(whole_[i]);
        return length + 8;
    }

    testing::TemporaryDirectory folder_;
    std::string whole_;
    std::map<IdBytes, FbatEvent> true_;
};

// A crash leaves any front of a file, and that is no damage.
TEST_F(FbatTest, CutAtEveryByteGivesTheEventsBeforeTheCut) {
    if (!hashing_built_in()) return;
    std::uint64_t before = 0;
    for (std::size_t size = 0; size <= whole_.size(); ++size) {
        const std::string front = whole_.substr(0, size);
        const Result<FbatPlan> plan = plan_of(front, false);
        ASSERT_TRUE(plan) << size << ": " << plan.error().to_string();
        expect_nothing_invented(*plan, front);
        EXPECT_GE(plan->kept(), before) << size;
        EXPECT_FALSE(plan->has_losses()) << size;
        before = plan->kept();
    }
    EXPECT_EQ(before, 5U);
}

// Each bit of the file, alone: refused with a code, or nothing is wrong with what is read.
TEST_F(FbatTest, EveryFlippedBitIsRefusedOrHarmless) {
    if (!hashing_built_in()) return;
    std::uint64_t refused = 0;
    for (std::size_t bit = 0; bit < whole_.size() * 8; ++bit) {
        std::string bytes = whole_;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        const Result<FbatPlan> plan = plan_of(bytes, false);
        if (plan) {
            expect_nothing_invented(*plan, bytes);
        } else {
            ++refused;
            EXPECT_EQ(plan.error().error_class(), ErrorClass::Refused) << plan.error().to_string();
        }
        const Result<FbatPlan> salvaged = plan_of(bytes, true);
        ASSERT_TRUE(salvaged) << bit << ": " << salvaged.error().to_string();
        expect_nothing_invented(*salvaged, bytes);
        // What was refused is damage, and is said to be.
        EXPECT_TRUE(plan || salvaged->has_losses()) << bit;
    }
    EXPECT_GT(refused, whole_.size());
}

// Frames are found again after damage, wherever that is.
TEST_F(FbatTest, OneDamagedFrameCostsNoOther) {
    for (const auto& [id, event] : true_) {
        const auto at = static_cast<std::size_t>(event.offset);
        for (const std::size_t offset : {at, at + 5, at + 9, at + length_at(at) - 1}) {
            std::string bytes = whole_;
            bytes[offset] = static_cast<char>(bytes[offset] ^ 0x40);
            const Result<FbatPlan> plan = plan_of(bytes, true);
            ASSERT_TRUE(plan);
            expect_nothing_invented(*plan, bytes);
            const bool is_of_batch = event.sequence == 2 || event.sequence == 3;
            EXPECT_EQ(plan->kept(), is_of_batch ? 3U : 4U) << offset;
            EXPECT_EQ(plan->damage.size(), 1U) << offset;
        }
    }
}

}  // namespace
}  // namespace batpak::tool
