// Goal:   however an event comes into the log, its tags are those that its caller gave and its type
//         says, they are hashed with it, and what is no tag is refused before anything is written.
// Method: every door of the store with one typed event; every sort of wrong through each door.
#include <gtest/gtest.h>

#include "batpak/delivery/reactor.hpp"
#include "batpak/event/value.hpp"
#include "batpak/guard/gate_set.hpp"
#include "batpak/machine/state_machine.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing {
namespace {

using Tags = std::vector<std::string>;

struct Enrolled {
    static constexpr auto kind = EventKind::custom(0x1, 0x101);
    static auto tags_of(const Enrolled& event) {
        return std::array{"student:" + event.student, "course:" + event.course};
    }
    std::string student, course;
};
struct Named {
    static constexpr auto kind = EventKind::custom(0x1, 0x102);
    static std::string tags_of(const Named& event) { return "name:" + event.name; }
    std::string name;
};
struct Listed {
    static constexpr auto kind = EventKind::custom(0x1, 0x103);
    static const Tags& tags_of(const Listed& event) { return event.labels; }
    Tags labels;
};

const Enrolled kEnrolled{"s1", "c1"};
const Tags kBoth{"course:c1", "student:s1"};
const Tags kAll{"course:c1", "note", "student:s1"};

struct TagsTest : StoreFixture {
    Tags stored(Sequence sequence) const {
        Tags tags;
        const HeldEvent event = store.find(sequence, ReadCheck::Hash).value();
        for (const std::string_view tag : event->tags()) tags.emplace_back(tag);
        EXPECT_EQ(event->to_stored<Bytes>().value().event.tags, tags);
        return tags;
    }
    Tags last() const { return stored(Sequence(store.visible_end().value - 1)); }
    AppendOptions note() const { return {.tags = {"note"}}; }

    Store store = open();
};

TEST_F(TagsTest, AreThoseOfTheTypeAndOfTheCaller) {
    ASSERT_TRUE(store.append(alice, kEnrolled));
    EXPECT_EQ(last(), kBoth);
    ASSERT_TRUE(store.append(alice, kEnrolled, note()));
    EXPECT_EQ(last(), kAll);
    ASSERT_TRUE(store.append(alice, Named{"alice"}));
    EXPECT_EQ(last(), Tags{"name:alice"});
    ASSERT_TRUE(store.append(alice, Listed{{"b", "a"}}));
    EXPECT_EQ(last(), (Tags{"a", "b"}));
    ASSERT_TRUE(store.append(alice, Listed{}));
    EXPECT_EQ(last(), Tags{});
    ASSERT_TRUE(store.append(alice, Moved{1, 2}));
    EXPECT_EQ(last(), Tags{});
    // No tags take no bytes. The first event of a kind has what it is called instead.
    const HeldEvent named = store.find(Sequence(5)).value();
    EXPECT_TRUE(Metadata::reserved(named->metadata_bytes, Metadata::kTags).empty());
    ASSERT_TRUE(store.append(alice, Moved{1, 2}));
    EXPECT_TRUE(store.find(Sequence(6)).value()->metadata_bytes.empty());
}

TEST_F(TagsTest, OfEveryDoorAreTheSame) {
    ASSERT_TRUE(store.try_append(alice, kEnrolled, note()));
    EXPECT_EQ(last(), kAll);
    {
        auto ticket = store.submit(alice, Enrolled{"s1", "c1"}, note()).value();
        ASSERT_TRUE(ticket.wait());
        EXPECT_EQ(last(), kAll);
    }
    ASSERT_TRUE(store.append_raw(alice, kind, payload, {.tags = kAll}));
    EXPECT_EQ(last(), kAll);
    ASSERT_TRUE(store.append(alice, kind, Value(), {.tags = kAll}));
    EXPECT_EQ(last(), kAll);
    BatchBuilder batch;
    batch.add(alice, kEnrolled, {.tags = {"note"}});
    batch.add(alice, kind, Bytes(), {.tags = kAll});
    batch.add(alice, Moved{1, 2});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    EXPECT_EQ(stored(Sequence(4)), kAll);
    EXPECT_EQ(stored(Sequence(5)), kAll);
    EXPECT_EQ(stored(Sequence(6)), Tags{});
    EXPECT_FALSE(store.verify().value().damage);
    std::move(store).close().value();
    store = open();
    EXPECT_EQ(stored(Sequence(4)), kAll);
}

TEST_F(TagsTest, OfJudgedEventsAreTheSame) {
    GateSet<Enrolled, int> gates;
    gates.add("always", 1, [](const Enrolled&, const int&) { return Verdict(pass()); });
    const Pipeline<Enrolled, int> pipeline{std::move(gates)};
    auto receipt = pipeline.evaluate(0, Proposal(kEnrolled), JudgedView::nothing()).value();
    ASSERT_TRUE(store.commit(std::move(receipt), alice, note()));
    EXPECT_EQ(last(), kAll);
    ApprovedBatch batch;
    batch.add(pipeline.evaluate(0, Proposal(kEnrolled), JudgedView::nothing()).value(), alice,
              {.tags = {"note"}});
    ASSERT_TRUE(store.commit(std::move(batch)));
    EXPECT_EQ(last(), kAll);
    const auto reason = BypassReason::create("court-order", "File 12.").value();
    ASSERT_TRUE(
        store.commit(Pipeline<Enrolled, int>::bypass(Proposal(kEnrolled), reason), alice, note()));
    EXPECT_EQ(stored(Sequence(2)), kAll);
    EXPECT_EQ(stored(Sequence(3)), Tags{});  // the audit
}

TEST_F(TagsTest, OfReactionsAreTheSame) {
    ASSERT_TRUE(store.append(alice, Moved{1, 2}));
    Reactor reactor =
        Reactor::open(store, Region::all().with_kind<Moved>(), ReactorId("enrolls"),
                      [](const EventView&, Reactions& reactions) {
                          reactions.add(coordinate_of("player:bob"), kEnrolled, {.tags = {"note"}});
                      })
            .value();
    ASSERT_TRUE(reactor.run_until_idle());
    std::size_t reactions = 0;
    for (const auto& event : store.by_fact(Enrolled::kind)) {
        EXPECT_EQ(stored(event->sequence()), kAll);
        ++reactions;
    }
    EXPECT_EQ(reactions, 1U);
}

TEST_F(TagsTest, AreRefusedThroughEveryDoorIfTheyAreNone) {
    const std::vector<Tags> wrong = {
        {""}, {"a", "a"}, {"a\n"}, {std::string(257, 't')}, Tags(33, "t")};
    for (const Tags& tags : wrong) {
        const AppendOptions options{.tags = tags};
        EXPECT_EQ(code_of(store.append(alice, Moved{}, options)), ErrorCode::InvalidTags);
        EXPECT_EQ(code_of(store.append(alice, Listed{tags})), ErrorCode::InvalidTags);
        EXPECT_EQ(code_of(store.try_append(alice, Moved{}, options)), ErrorCode::InvalidTags);
        EXPECT_EQ(code_of(store.submit(alice, Moved{}, options)), ErrorCode::InvalidTags);
        EXPECT_EQ(code_of(store.append_raw(alice, kind, payload, options)), ErrorCode::InvalidTags);
        BatchBuilder batch;
        batch.add(alice, Moved{});
        batch.add(alice, Moved{}, {.tags = tags});
        const auto refused = store.append_batch(std::move(batch));
        ASSERT_EQ(code_of(refused), ErrorCode::InvalidTags);
        EXPECT_EQ(refused.error().item(), 1U);
    }
    Metadata metadata;
    EXPECT_EQ(code_of(metadata.set(Metadata::kTags, "a")), ErrorCode::InvalidArgument);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

// 32 tags of 256 bytes leave room for a key and for all the metadata that there may be.
TEST_F(TagsTest, TakeNothingFromTheMetadata) {
    AppendOptions options{.idempotency_key = std::string(256, 'k')};
    for (char first = 'A'; first < 'A' + 32; ++first)
        options.tags.push_back(first + std::string(255, 't'));
    for (char key = 'a'; key <= 'g'; ++key)
        ASSERT_TRUE(options.metadata.set(std::string(1, key), std::string(1024, 'v')));
    ASSERT_TRUE(store.append(alice, kEnrolled, {.tags = {}}));
    ASSERT_TRUE(store.append(alice, Moved{}, options));
    EXPECT_EQ(last(), options.tags);
    EXPECT_EQ(store.get(Sequence(1)).value().event.metadata, options.metadata);
    EXPECT_FALSE(store.verify().value().damage);
}

// Goal:   an event is listed under each of its tags, and under no other, wherever in its metadata
//         they are, and whichever way it came.
// Method: metadata before and after the tags, a key, a name of the kind, which the first event of
//         each kind tells; alone, as a ticket and in batches; asked while it is appended to, and of
//         an index that is made of the log.
TEST_F(TagsTest, AreFoundWhateverElseIsInTheMetadata) {
    const std::vector<std::vector<std::string>> keys = {
        {}, {"a"}, {"z"}, {"a", "z"}, {"batpak", "batpal"}};
    std::vector<Sequence> sequences;
    std::uint16_t type = 0x200;
    for (const auto& of_metadata : keys) {
        for (const bool keyed : {false, true}) {
            AppendOptions options{.tags = {"y", "x"}};
            BatchItemOptions item{.tags = {"y", "x"}};
            for (const std::string& key : of_metadata) {
                ASSERT_TRUE(options.metadata.set(key, "value"));
                ASSERT_TRUE(item.metadata.set(key, "value"));
            }
            const auto next_kind = [&] {
                const EventKind next = EventKind::custom(0x2, ++type);
                options.kind_name = item.kind_name = "Kind" + std::to_string(type);
                const std::string key = keyed ? "key " + std::to_string(type) : "";
                options.idempotency_key = item.idempotency_key = key;
                return next;
            };
            for (const bool is_told : {false, true}) {
                const EventKind told = is_told ? EventKind::custom(0x2, type) : next_kind();
                if (is_told && keyed) options.idempotency_key += " again";
                sequences.push_back(
                    store.append_raw(alice, told, payload, options).value().sequence);
            }
            const EventKind submitted = next_kind();
            auto ticket = store.submit_raw(alice, submitted, payload, options).value();
            sequences.push_back(ticket.wait().value().sequence);
            BatchBuilder batch;
            for (int i = 0; i < 3; ++i) {
                const EventKind in_batch = next_kind();
                batch.add(bob, in_batch, Bytes(), item);
            }
            for (const AppendReceipt& receipt : store.append_batch(std::move(batch)).value())
                sequences.push_back(receipt.sequence);
            ASSERT_TRUE(store.append_raw(alice, kind, payload));
        }
    }
    for (const bool reopened : {false, true}) {
        for (const char* const tag : {"x", "y"}) {
            std::vector<Sequence> found;
            for (const auto& event : store.query(Region::tag(tag))) {
                found.push_back(event->sequence());
                EXPECT_EQ(stored(event->sequence()), (Tags{"x", "y"}));
            }
            EXPECT_EQ(found, sequences) << tag << (reopened ? ", reopened" : "");
        }
        EXPECT_EQ(store.names(Names::Tags).value().size(), 2U);
        EXPECT_FALSE(store.verify().value().damage);
        std::move(store).close().value();
        store = open();
    }
}

// A retry is the same by its address and payload: what travels with it is that of the first try.
TEST_F(TagsTest, OfARetryAreThoseOfTheFirst) {
    const AppendOptions options{.idempotency_key = "key", .tags = {"first"}};
    ASSERT_TRUE(store.append(alice, Moved{1, 2}, options));
    EXPECT_TRUE(store.append(alice, Moved{1, 2}, options).value().replayed);
    EXPECT_TRUE(store.append(alice, Moved{1, 2}, {.idempotency_key = "key", .tags = {"second"}})
                    .value()
                    .replayed);
    EXPECT_EQ(store.visible_end(), Sequence(1));
    EXPECT_EQ(stored(Sequence(0)), Tags{"first"});
}

}  // namespace
}  // namespace batpak::testing
