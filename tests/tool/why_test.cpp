// What `why` says of the gates. Only a program can commit under them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "batpak/json.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "batpak/store/store.hpp"
#include "support/temporary_directory.hpp"
#include "tool/command_line.hpp"

namespace batpak::tool {
namespace {

struct Lent {
    static constexpr auto kind = EventKind::custom(0x4, 0x010);
    int days = 0;
};

class ToolWhy : public ::testing::Test {
protected:
    using Rules = Pipeline<Lent, int>;

    void SetUp() override {
        Store store = Store::open(StoreConfig(directory)).value();
        GateSet<Lent, int> gates;
        gates.add("four-weeks", 1, [](const Lent& lent) {
            return lent.days <= 28 ? pass() : deny("four weeks at most");
        });
        gates.add("two\x1b-books", 3,
                  [](const Lent&, int books) { return books < 2 ? pass() : deny("two books"); });
        const Rules rules(std::move(gates));
        const Coordinate book = Coordinate::create("book", "library").value();
        ASSERT_TRUE(store.append(book, Lent{1}));
        const JudgedView view = store.judge(Region::entity("book"));
        auto decision = rules.evaluate(1, Proposal(Lent{14}), view);
        ASSERT_TRUE(decision);
        ASSERT_TRUE(store.commit(*std::move(decision), book));
        const auto reason = BypassReason::create("librarian", "Ada asked\nnicely.").value();
        ASSERT_TRUE(store.commit(Rules::bypass(Proposal(Lent{365}), reason), book));
        ASSERT_TRUE(std::move(store).close());
    }

    std::string run(std::vector<std::string> words) {
        words.insert(words.begin() + 1, directory);
        std::FILE* const out = std::tmpfile();
        {
            Console console({::fileno(out), false, false}, {::fileno(out), false, false});
            EXPECT_EQ(run_command_line(words, console), ExitCode::Ok);
            EXPECT_TRUE(console.finish());
        }
        std::string text(static_cast<std::size_t>(::lseek(::fileno(out), 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(::fileno(out), text.data(), text.size(), 0),
                  static_cast<ssize_t>(text.size()));
        std::fclose(out);
        return text;
    }

    nlohmann::json first_of(const std::string& text) {
        return parse_json(text.substr(0, text.find('\n'))).value();
    }

    testing::TemporaryDirectory folder;
    const std::string directory = folder / "store";
};

TEST_F(ToolWhy, NamesTheGatesThatPassedAndWhatTheyKnew) {
    const std::string text = run({"why", "1"});
    EXPECT_NE(
        text.find("\n   gates  four-weeks v1, two\\x1b-books v3; they knew the first 1 event\n"),
        std::string::npos)
        << text;
    const nlohmann::json event = first_of(run({"why", "1", "--json"}));
    EXPECT_EQ(event["gates"]["passed"], nlohmann::json({"four-weeks v1", "two\x1b-books v3"}));
    EXPECT_EQ(event["gates"]["judged_end"], 1);
    EXPECT_EQ(event["gates"]["gate_set"].get<std::string>().size(), 64U);
}

TEST_F(ToolWhy, SaysWhyTheGatesWereBypassedAndWhereThatIsRecorded) {
    const std::string text = run({"why", "2", "--effects"});
    EXPECT_NE(text.find("\n│  bypassed  librarian: Ada asked\\nnicely.\n└─ 3  "), std::string::npos)
        << text;
    const nlohmann::json event = first_of(run({"why", "2", "--json"}));
    EXPECT_EQ(event["gates"],
              nlohmann::json({{"bypassed", "librarian"}, {"justification", "Ada asked\nnicely."}}));
}

TEST_F(ToolWhy, SaysNothingOfGatesWhereThereWereNone) {
    EXPECT_EQ(run({"why", "0"}).find("gates"), std::string::npos);
    EXPECT_FALSE(first_of(run({"why", "0", "--json"})).contains("gates"));
}

}  // namespace
}  // namespace batpak::tool
