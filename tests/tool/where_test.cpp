#include "tool/questions/where.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "batpak/json.hpp"
#include "tool/text/payload_json.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

// An event with this payload, of entity "e".
class Sample {
public:
    explicit Sample(const json& payload) : payload_(payload_from_json(payload).value()) {
        view_.entity = "e";
        view_.scope = "s";
        view_.payload = payload_;
    }
    bool keeps(const std::string& text) const {
        return Where::parse(text).value().keeps(view_, KindNames());
    }

private:
    Bytes payload_;
    EventView view_;
};

// An expression with what Python would call it: text with as few parentheses as can be, and with
// all, and its value for three truths.
struct Made {
    std::string few;
    std::string all;
    int binds = 0;  // 3: an operand, 2: not, 1: and, 0: or
    std::function<bool(unsigned)> value;
};

std::string inside(const Made& made, int least) {
    return made.binds < least ? "(" + made.few + ")" : made.few;
}

std::vector<Made> negated(const std::vector<Made>& from) {
    std::vector<Made> all = from;
    for (const Made& made : from) {
        all.push_back({"not " + inside(made, 2), "(not " + made.all + ")", 2,
                       [value = made.value](unsigned truths) { return !value(truths); }});
    }
    return all;
}

void join(std::vector<Made>& into, const Made& a, const Made& b) {
    into.push_back({inside(a, 1) + " and " + inside(b, 2), "(" + a.all + " and " + b.all + ")", 1,
                    [a, b](unsigned truths) { return a.value(truths) && b.value(truths); }});
    into.push_back({inside(a, 0) + " or " + inside(b, 1), "(" + a.all + " or " + b.all + ")", 0,
                    [a, b](unsigned truths) { return a.value(truths) || b.value(truths); }});
}

// Goal:   and, or, not and parentheses mean what they mean in Python.
// Method: all expressions of up to three operands with at most one not at each place, for all
//         truths of three fields.
TEST(ToolWhere, EachExpressionOfThreeOperandsHasItsValue) {
    std::vector<Made> operands;
    for (unsigned i = 0; i < 3; ++i) {
        const std::string name = std::string("payload.") + static_cast<char>('a' + i);
        operands.push_back(
            {name, name, 3, [i](unsigned truths) { return (truths >> i & 1U) != 0; }});
    }
    const std::vector<Made> ones = negated(operands);
    std::vector<Made> twos;
    for (const Made& a : ones) {
        for (const Made& b : ones) join(twos, a, b);
    }
    twos = negated(twos);
    std::vector<Made> threes;
    for (const Made& a : twos) {
        for (const Made& b : ones) {
            join(threes, a, b);
            join(threes, b, a);
        }
    }
    EXPECT_EQ(threes.size(), 144U * 6 * 4);
    std::vector<Sample> samples;
    for (unsigned truths = 0; truths < 8; ++truths) {
        samples.emplace_back(
            json{{"a", (truths & 1U) != 0}, {"b", (truths & 2U) != 0}, {"c", (truths & 4U) != 0}});
    }
    for (const Made& made : threes) {
        for (unsigned truths = 0; truths < 8; ++truths) {
            ASSERT_EQ(samples[truths].keeps(made.few), made.value(truths)) << made.few;
            ASSERT_EQ(samples[truths].keeps(made.all), made.value(truths)) << made.all;
        }
    }
}

TEST(ToolWhere, NumbersCompareByValueWhateverTheirType) {
    const std::vector<std::string> ascending = {"-1e300",
                                                "-9223372036854775808",
                                                "-9223372036854775807",
                                                "-1",
                                                "-0.5",
                                                "0",
                                                "0.5",
                                                "1",
                                                "9007199254740993",
                                                "9223372036854775807",
                                                "9223372036854775808",
                                                "18446744073709551615",
                                                "1e300"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        const Sample sample(json{{"x", json::parse(ascending[i])}});
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            const std::string& other = ascending[j];
            SCOPED_TRACE(ascending[i] + " and " + other);
            EXPECT_EQ(sample.keeps("payload.x = " + other), i == j);
            EXPECT_EQ(sample.keeps("payload.x != " + other), i != j);
            EXPECT_EQ(sample.keeps("payload.x < " + other), i < j);
            EXPECT_EQ(sample.keeps("payload.x <= " + other), i <= j);
            EXPECT_EQ(sample.keeps("payload.x > " + other), i > j);
            EXPECT_EQ(sample.keeps(other + " <= payload.x"), i >= j);
        }
    }
    EXPECT_TRUE(Sample(json{{"x", 0.0}}).keeps("payload.x = 0 and payload.x = -0.0"));
    EXPECT_TRUE(Sample(json{{"x", 1.0}}).keeps("payload.x == 1"));
}

TEST(ToolWhere, TextsArraysAndMissingFields) {
    const Sample sample(json{{"t", "a'b\"c\\"},
                             {"l", {1, "x", nullptr}},
                             {"n", nullptr},
                             {"o", {{"and", 1}}},
                             {"not", true}});
    for (const char* holds : {R"(payload.t = 'a\'b"c\\')",
                              R"(payload.t = "a'b\"c\\")",
                              "payload.t contains 'b'",
                              "payload.t startswith 'a'",
                              "payload.l contains 'x'",
                              "payload.l contains 1",
                              "payload.l contains null",
                              "payload.n = null",
                              "payload.t > 'a'",
                              "payload.o.and = 1",
                              "payload.not",
                              "payload.not=true",
                              "payload.l.1='x'",
                              "payload.o = payload.o",
                              "payload.l",
                              "entity='e'and scope='s'",
                              "true",
                              "1",
                              "not null",
                              "not payload.none",
                              "not (payload.none != 1)",
                              "payload.t != 1",
                              "payload.n != false"}) {
        EXPECT_TRUE(sample.keeps(holds)) << holds;
    }
    for (const char* fails :
         {"payload.none = null", "payload.none != 1", "payload.none", "payload.n", "payload.t = 1",
          "payload.t < 1", "payload.t >= 1", "payload.l < 1", "payload.l contains 2",
          "payload.t contains 1", "payload.t startswith 'b'", "1 startswith 1", "false", "null",
          "payload.l.3", "payload.l.x", "payload.t.0", "metadata.user", "correlation"}) {
        EXPECT_FALSE(sample.keeps(fails)) << fails;
    }
    EventView broken;
    EXPECT_FALSE(Where::parse("payload.x").value().keeps(broken, KindNames()));
}

// Goal:   every text is an expression or refused with the place, and nothing else happens.
// Method: all texts of up to five tokens of which expressions are made.
TEST(ToolWhere, EachTextIsAnExpressionOrRefused) {
    const std::vector<std::string> tokens = {"not ", "(",  ")",       "and ",
                                             "= ",   "1 ", "entity ", "'x' "};
    std::size_t good = 0;
    for (std::size_t size = 0; size <= 5; ++size) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < size; ++i) count *= tokens.size();
        for (std::size_t code = 0; code < count; ++code) {
            std::string text;
            for (std::size_t i = 0, left = code; i < size; ++i, left /= tokens.size()) {
                text += tokens[left % tokens.size()];
            }
            const auto parsed = Where::parse(text);
            if (parsed) {
                ++good;
                (void)Sample(json(1)).keeps(text);
            } else {
                ASSERT_EQ(parsed.error().code(), ErrorCode::InvalidArgument);
                ASSERT_NE(parsed.error().detail().find("at character"), std::string::npos) << text;
            }
        }
    }
    EXPECT_GT(good, 200U);
}

TEST(ToolWhere, NestingIsBounded) {
    const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i) text += open;
        text += "1";
        for (std::size_t i = 0; i < depth; ++i) text += close;
        return Where::parse(text).has_value();
    };
    EXPECT_TRUE(nested(Where::kDepthMax - 1, "(", ")"));
    EXPECT_FALSE(nested(Where::kDepthMax, "(", ")"));
    EXPECT_TRUE(nested(Where::kDepthMax - 1, "not ", ""));
    EXPECT_FALSE(nested(100'000, "not ", ""));
    // A chain is no nesting.
    EXPECT_TRUE(nested(100'000, "", " and 1"));
    EXPECT_TRUE(Sample(json(1)).keeps([] {
        std::string text = "false";
        for (int i = 0; i < 10'000; ++i) text += " or false";
        return text + " or true";
    }()));
}

}  // namespace
}  // namespace batpak::tool
