// Goal:   an outcome is stored and read without loss, in exactly these bytes, and no bytes and no
// JSON
//         can do more than be refused.
// Method: the bytes of each part are written here by hand. Random outcomes with every part and
//         depth go through MessagePack, JSON and JSON text; then each of their bytes is cut off
//         and changed.
#include <gtest/gtest.h>

#include <random>

#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/json.hpp"
#include "batpak/outcome_json.hpp"
#include "batpak/pipeline/outcome.hpp"
#include "pipeline/outcome_model.hpp"
#include "support/hex.hpp"
#include "support/seeds.hpp"

namespace batpak {
namespace {

using nlohmann::json;
using testing::err;
using testing::from_hex;
using testing::IntOutcome;
using testing::ok;

template <class P>
Bytes encoded(const P& payload) {
    Buffer buffer;
    const auto done = PayloadCodec<P>::encode(payload, buffer);
    EXPECT_TRUE(done) << (done ? "" : done.error().to_string());
    return {buffer.view().begin(), buffer.view().end()};
}

template <class P>
std::string decode_error(BytesView bytes) {
    const auto decoded = PayloadCodec<P>::decode(bytes);
    if (decoded) return "";
    EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
    EXPECT_TRUE(decoded.error().offset());
    return decoded.error().detail();
}

// A short string in hexadecimal MessagePack.
std::string text(std::string_view of) {
    return to_hex(Bytes{static_cast<std::byte>(0xA0 + of.size())}) + to_hex(as_bytes(of));
}

template <class P>
void expect_bytes(const P& payload, const std::string& hex) {
    const Bytes bytes = from_hex(hex);
    EXPECT_EQ(to_hex(encoded(payload)), to_hex(bytes));
    const auto decoded = PayloadCodec<P>::decode(bytes);
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_TRUE(*decoded == payload);
}

const EventId kEvent{{std::byte{0xAB}}};
const std::string kEventHex = "c410 ab000000 00000000 00000000 00000000";

// ---- golden bytes: a change of these is a change of what is stored

TEST(OutcomeCodec, WritesTheseBytesForEachPart) {
    expect_bytes(ok(5), "81" + text("ok") + "05");
    expect_bytes(Outcome<Unit>::ok({}), "81" + text("ok") + "80");
    expect_bytes(err("e"), "81" + text("err") + "85" + text("kind") + "02" + text("message") +
                               text("e") + text("compensation") + "c0" + text("retryable") + "c2" +
                               text("cause") + "c0");
    expect_bytes(testing::retry("r"), "81" + text("retry") + "84" + text("after") + "cd1388" +
                                          text("attempt") + "02" + text("attempts_max") + "03" +
                                          text("reason") + text("r"));
    expect_bytes(IntOutcome::pending(WaitCondition::event(kEvent), ResumeToken{kEvent.bytes}),
                 "81" + text("pending") + "82" + text("condition") + "81" + text("event") + "81" +
                     text("event_id") + kEventHex + text("resume_token") + kEventHex);
    expect_bytes(testing::cancelled("c"),
                 "81" + text("cancelled") + "81" + text("reason") + text("c"));
    expect_bytes(IntOutcome(), "81" + text("batch") + "90");
    expect_bytes(IntOutcome::batch({ok(1), IntOutcome::batch({ok(2)})}),
                 "81" + text("batch") + "92 81" + text("ok") + "01 81" + text("batch") + "91 81" +
                     text("ok") + "02");
}

TEST(OutcomeCodec, WritesTheseBytesForConditionsActionsAndCauses) {
    const auto time = WaitCondition::Time(std::chrono::milliseconds(1));
    expect_bytes(WaitCondition(), "81" + text("all") + "81" + text("of") + "90");
    expect_bytes(WaitCondition::any({WaitCondition::timeout(time)}),
                 "81" + text("any") + "81" + text("of") + "91 81" + text("timeout") + "81" +
                     text("resume_at") + "cd03e8");
    expect_bytes(WaitCondition::custom(7, {std::byte{1}}),
                 "81" + text("custom") + "82" + text("tag") + "07" + text("data") + "c40101");
    expect_bytes(CompensationAction::rollback({kEvent}),
                 "81" + text("rollback") + "81" + text("event_ids") + "91" + kEventHex);
    expect_bytes(
        CompensationAction::notify("t", "m"),
        "81" + text("notify") + "82" + text("target") + text("t") + text("message") + text("m"));
    expect_bytes(CompensationAction::release({"r"}),
                 "81" + text("release") + "81" + text("resources") + "91" + text("r"));
    expect_bytes(CompensationAction::custom("a", {}),
                 "81" + text("custom") + "82" + text("action") + text("a") + text("data") + "c400");
    const Error error = Error(ErrorCode::DiskFull, "d")
                            .at("p")
                            .at_offset(1)
                            .at_item(2)
                            .at_stage(BatchStage::Writing);
    expect_bytes(
        OutcomeError::of(error),
        "85" + text("kind") + "05" + text("message") + "d93b" +
            to_hex(as_bytes("DiskFull of a batch, at Writing, item 2 in p at offset 1: d")) +
            text("compensation") + "c0" + text("retryable") + "c3" + text("cause") + "88" +
            text("code") + text("DiskFull") + text("detail") + text("d") + text("place") +
            text("p") + text("offset") + "01" + text("sequence") + "c0" + text("os_error") + "00" +
            text("stage") + text("Writing") + text("item") + "02");
}

// The fields that an outcome may stand in.
struct StepTaken {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string step;
    IntOutcome outcome;
    std::map<std::string, WaitCondition> waits;
    std::optional<CompensationAction> undo;
    friend bool operator==(const StepTaken&, const StepTaken&) = default;
};

TEST(OutcomeCodec, OutcomesAreFieldsOfPayloads) {
    const StepTaken taken{"pay",
                          IntOutcome::batch({ok(1), err("e")}),
                          {{"paid", WaitCondition::event(kEvent)}},
                          CompensationAction::release({"seat"})};
    const auto decoded = PayloadCodec<StepTaken>::decode(encoded(taken));
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(*decoded, taken);
    const std::string layout = layout_of<StepTaken>();
    EXPECT_EQ(layout.find("StepTaken 0x1001 v1 {step:string,outcome:(ok:int32|err:{kind:uint32,"),
              0U)
        << layout;
    EXPECT_NE(layout.find("|cancelled:{reason:string}|batch:Outcome[])"), std::string::npos)
        << layout;
}

// ---- random outcomes with everything in them

class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    Outcome<Value> outcome(std::size_t levels) {
        switch (below(levels > 0 ? 10 : 5)) {
            case 0: return Outcome<Value>::ok(value());
            case 1: return Outcome<Value>::err(error());
            case 2:
                return Outcome<Value>::retry(
                    {std::chrono::milliseconds(below(1 << 30)), below(9), below(9), word()});
            case 3: return Outcome<Value>::pending(condition(3), ResumeToken{id().bytes});
            case 4: return Outcome<Value>::cancelled(word());
            default: return Outcome<Value>::batch(list([&] { return outcome(levels - 1); }));
        }
    }

private:
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_() % bound);
    }
    template <class F>
    std::vector<std::invoke_result_t<F&>> list(F make) {
        std::vector<std::invoke_result_t<F&>> made;
        for (std::uint32_t left = below(4); left > 0; --left) made.push_back(make());
        return made;
    }
    std::string word() {
        const std::string letters[] = {"", "a", "\xC3\xA4", "\"quoted\"\n", std::string(40, 'x')};
        return letters[below(5)];
    }
    Bytes bytes() {
        return list([&] { return static_cast<std::byte>(below(256)); });
    }
    EventId id() {
        EventId id;
        for (std::byte& byte : id.bytes) byte = static_cast<std::byte>(below(256));
        return id;
    }
    Value value() {
        switch (below(6)) {
            case 0: return {};
            case 1: return Value(below(2) == 1);
            case 2: return Value(static_cast<std::int64_t>(random_()));
            case 3: return Value(0.5 * below(100));
            case 4: return Value(bytes());
            default: return Value::Extension{static_cast<std::int8_t>(below(256)), bytes()};
        }
    }
    WaitCondition condition(std::size_t levels) {
        switch (below(levels > 0 ? 5 : 3)) {
            case 0:
                return WaitCondition::timeout(WaitCondition::Time(std::chrono::milliseconds(
                    static_cast<std::int64_t>(below(UINT32_MAX)) - (1LL << 31))));
            case 1: return WaitCondition::event(id());
            case 2: return WaitCondition::custom(static_cast<std::uint16_t>(below(65536)), bytes());
            case 3: return WaitCondition::all(list([&] { return condition(levels - 1); }));
            default: return WaitCondition::any(list([&] { return condition(levels - 1); }));
        }
    }
    CompensationAction action() {
        switch (below(4)) {
            case 0: return CompensationAction::rollback(list([&] { return id(); }));
            case 1: return CompensationAction::notify(word(), word());
            case 2: return CompensationAction::release(list([&] { return word(); }));
            default: return CompensationAction::custom(word(), bytes());
        }
    }
    OutcomeError error() {
        const Error cause = Error(ErrorCode::Io, word()).at(word()).at_offset(random_()).at_item(1);
        OutcomeError made = below(2) == 1 ? OutcomeError::of(cause)
                                          : OutcomeError::of(ErrorKind{below(12)}, word());
        if (below(2) == 1) made = std::move(made).with_compensation(action());
        return made;
    }

    std::mt19937_64 random_;
};

constexpr std::uint64_t kOutcomes = 2000;
constexpr std::size_t kLevels = 8;

std::uint64_t first_seed() { return testing::number_from_environment("BATPAK_SEED").value_or(1); }

TEST(OutcomeCodec, RandomOutcomesGoThroughEveryFormUnchanged) {
    for (std::uint64_t i = 0; i < kOutcomes; ++i) {
        SCOPED_TRACE("replay with BATPAK_SEED=" + std::to_string(first_seed() + i));
        const auto outcome = Maker(first_seed() + i).outcome(kLevels);
        const auto decoded = PayloadCodec<Outcome<Value>>::decode(encoded(outcome));
        ASSERT_TRUE(decoded) << decoded.error().to_string();
        ASSERT_TRUE(*decoded == outcome);
        const auto made = json_from_outcome(outcome);
        ASSERT_TRUE(made) << made.error().to_string();
        ASSERT_TRUE(outcome_from_json<Value>(*made) == outcome);
        const auto parsed = parse_json(made->dump());
        ASSERT_TRUE(parsed) << parsed.error().to_string();
        ASSERT_TRUE(outcome_from_json<Value>(*parsed) == outcome) << made->dump();
    }
}

// ---- hostile input

// What was taken is a whole value: it can be used, written and read again. Only text may be read
// that cannot be written, because other writers are trusted with their texts.
void expect_usable(const Outcome<Value>& outcome) {
    if (outcome.is_err()) (void)outcome.as_err()->to_error().to_string();
    Buffer buffer;
    const auto written = PayloadCodec<Outcome<Value>>::encode(outcome, buffer);
    if (!written) {
        EXPECT_NE(written.error().detail().find("UTF-8"), std::string::npos);
        return;
    }
    EXPECT_TRUE(PayloadCodec<Outcome<Value>>::decode(buffer.view()) == outcome);
}

TEST(OutcomeCodec, EveryCutIsRefusedAndEveryChangedByteIsAValueOrRefused) {
    std::uint64_t refused = 0;
    std::uint64_t taken = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 40; ++seed) {
        SCOPED_TRACE("replay with BATPAK_SEED=" + std::to_string(seed));
        const Bytes bytes = encoded(Maker(seed).outcome(3));
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            ASSERT_NE(decode_error<Outcome<Value>>(BytesView(bytes).first(cut)), "") << cut;
        }
        for (std::size_t at = 0; at < bytes.size() && at < 400; ++at) {
            for (const unsigned flip : {0x01U, 0x10U, 0x80U, 0xFFU}) {
                Bytes changed = bytes;
                changed[at] ^= static_cast<std::byte>(flip);
                const auto decoded = PayloadCodec<Outcome<Value>>::decode(changed);
                ++(decoded ? taken : refused);
                if (!decoded) continue;
                expect_usable(*decoded);
            }
        }
    }
    EXPECT_GT(refused, 1000U);
    EXPECT_GT(taken, 1000U);
}

TEST(OutcomeCodec, RefusesWhatIsNoOutcomeAndSaysWhere) {
    const auto refusal = [](const std::string& hex) {
        return decode_error<IntOutcome>(from_hex(hex));
    };
    EXPECT_EQ(refusal("81" + text("okay") + "05"), "field 'okay': there is no part of this name");
    EXPECT_EQ(refusal("81" + text("Ok") + "05"), "field 'Ok': there is no part of this name");
    EXPECT_EQ(refusal("80"), "expected one key, found 0");
    EXPECT_EQ(refusal("82" + text("ok") + "05" + text("ok") + "05"), "expected one key, found 2");
    EXPECT_EQ(refusal("81 05 05"), "expected a string, found an integer");
    EXPECT_EQ(refusal("90"), "expected a map, found an array");
    EXPECT_EQ(refusal("81" + text("ok") + "a0"), "field 'ok': expected an integer, found a string");
    EXPECT_EQ(refusal("81" + text("batch") + "92 81" + text("ok") + "01 81" + text("ok") + "c0"),
              "field 'batch[1].ok': expected an integer, found nil");
    EXPECT_EQ(refusal("81" + text("cancelled") + "80"),
              "field 'cancelled.reason': the field is missing");
    EXPECT_EQ(refusal("81" + text("retry") + "80"), "field 'retry.after': the field is missing");
    EXPECT_NE(refusal("81" + text("ok") + "05 05"), "");
    // A count that the bytes do not bear out.
    EXPECT_NE(refusal("81" + text("batch") + "ddffffffff"), "");
}

IntOutcome nested(std::size_t levels) {
    IntOutcome inner = ok(1);
    for (std::size_t i = 0; i < levels; ++i) inner = IntOutcome::batch({inner});
    return inner;
}

std::string nested_hex(std::size_t levels) {
    std::string hex;
    for (std::size_t i = 0; i < levels; ++i) hex += "81" + text("batch") + "91";
    return hex + "81" + text("ok") + "01";
}

// A batch takes two of the 64 levels of a payload, and Ok one.
TEST(OutcomeCodec, TakesThirtyOneBatchesInOneAnotherAndNoMore) {
    expect_bytes(nested(31), nested_hex(31));
    Buffer buffer;
    buffer.push_back(std::byte{1});
    const auto refused = PayloadCodec<IntOutcome>::encode(nested(32), buffer);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::EncodeFailed);
    EXPECT_NE(refused.error().detail().find("nested over 64 deep"), std::string::npos);
    EXPECT_EQ(buffer.size(), 1U) << "the buffer must be as it was";
    EXPECT_NE(decode_error<IntOutcome>(from_hex(nested_hex(32))), "");
    EXPECT_NE(decode_error<IntOutcome>(from_hex(nested_hex(100000))), "");
    EXPECT_EQ(json_from_outcome(nested(32)).error().code(), ErrorCode::EncodeFailed);
}

TEST(OutcomeCodec, TextThatCannotBeStoredIsRefusedAndThatOfAnErrorIsMadeStorable) {
    Buffer buffer;
    const auto refused = PayloadCodec<IntOutcome>::encode(testing::cancelled("\xFF"), buffer);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail().find("field 'cancelled.reason'"), std::string::npos);
    const auto from_store = IntOutcome::from_result(fail(Error(ErrorCode::Io).at("a\xFF\xC3\xA4")));
    EXPECT_EQ(from_store.as_err()->cause->place, "a???");
    expect_bytes(from_store, to_hex(encoded(from_store)));
}

// ---- JSON

TEST(OutcomeJson, IsTheFormOfThePayloadWithTextForBytes) {
    const auto dump = [](const auto& outcome) { return json_from_outcome(outcome).value().dump(); };
    EXPECT_EQ(dump(IntOutcome::batch({ok(5), testing::cancelled("c")})),
              R"({"batch":[{"ok":5},{"cancelled":{"reason":"c"}}]})");
    EXPECT_EQ(dump(IntOutcome::pending(WaitCondition::custom(7, {std::byte{0xFF}}), {})),
              R"({"pending":{"condition":{"custom":{"data":{"$bytes":"ff"},"tag":7}},)"
              R"("resume_token":{"$bytes":"00000000000000000000000000000000"}}})");
    EXPECT_EQ(dump(Outcome<Value>::ok(Value::Extension{-5, {std::byte{1}}})),
              R"({"ok":{"$bytes":"01","$extension":-5}})");
}

TEST(OutcomeJson, RefusesWhatWouldComeBackAsSomethingElse) {
    Value taken = Value::Map{};
    taken.set("$bytes", Value("00"));
    const auto refused = json_from_outcome(Outcome<Value>::ok(taken));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::EncodeFailed);
    EXPECT_FALSE(json_from_outcome(Outcome<Value>::ok(Value::Array{taken})));
    const auto nan = json_from_outcome(Outcome<double>::ok(std::nan("")));
    ASSERT_FALSE(nan);
    EXPECT_EQ(nan.error().code(), ErrorCode::EncodeFailed);
}

TEST(OutcomeJson, RefusesWhatIsNoOutcome) {
    for (const char* hostile :
         {R"(5)", R"([])", R"({})", R"({"ok":"x"})", R"({"ok":1,"err":2})", R"({"no":1})",
          R"({"pending":{"condition":{"all":{"of":[]}},"resume_token":{"$bytes":"0"}}})",
          R"({"pending":{"condition":{"all":{"of":[]}},"resume_token":{"$bytes":"00"}}})",
          R"({"pending":{"condition":{"all":{"of":[]}},"resume_token":{"$bytes":5}}})",
          R"({"ok":{"$bytes":"00","other":1}})", R"({"ok":{"$bytes":"00","$extension":128}})",
          R"({"ok":{"$bytes":"00","$extension":"x"}})", R"({"ok":{"$bytes":"zz"}})"}) {
        const auto decoded = outcome_from_json<int>(json::parse(hostile));
        ASSERT_FALSE(decoded) << hostile;
        EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed) << hostile;
    }
    json deep = 1;
    for (int i = 0; i < 1000; ++i) deep = json::array({std::move(deep)});
    EXPECT_FALSE(outcome_from_json<int>(std::move(deep)));
}

}  // namespace
}  // namespace batpak
