// What `query --json` writes of a store that holds everything a store can hold, and what import
// says and does about it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/json.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "batpak/store/store.hpp"
#include "support/temporary_directory.hpp"
#include "tool/command_line.hpp"

namespace batpak::tool {
namespace {

struct Paid {
    static constexpr auto kind = EventKind::custom(0x4, 0x010);
    static constexpr int payload_version = 3;
    int amount = 0;
};

constexpr auto kKind = EventKind::custom(0xF, 1);

Coordinate place(std::string_view entity, std::string_view scope = "scope") {
    return Coordinate::create(entity, scope).value();
}

void append(Store& store, const Coordinate& where, BytesView payload, AppendOptions options = {}) {
    ASSERT_TRUE(store.append_raw(where, kKind, payload, options));
}

// Events of the application, with every option that an append has.
void fill_with_events(Store& store) {
    const Bytes number = {std::byte{0x07}};
    append(store, place("plain"), number);
    append(store, place("ünïcode 語😀", "\xE2\x80\xAEturned"), number);
    append(store, place("raw\xFF\xC3", "sc\xFEope"), number);
    append(store, place(std::string(1024, 'x'), std::string(1024, 'y')), number);
    append(store, place("empty"), {});
    append(store, place("no-messagepack"), as_bytes("\xC1 any bytes\n"));
    append(store, place("binary"), Bytes{std::byte{0xC4}, std::byte{1}, std::byte{0xFF}});
    append(store, place("looks-like-bytes"),
           as_bytes("\x81\xA6$bytes\xA2"
                    "00"));
    append(store, place("controls"), as_bytes(std::string_view("\xA4\0\n\x1B\x7F", 5)));
    AppendOptions full;
    full.idempotency_key = std::string("key\0\xFF", 5);
    full.correlation_id = store.find(Sequence(0)).value()->event_id();
    full.causation_id = store.find(Sequence(1)).value()->event_id();
    full.flags = 0xFFFFFF00;
    for (int i = 0; i < 32; ++i) {
        ASSERT_TRUE(
            full.metadata.set("mäta" + std::to_string(i), std::string(200, 'v') + "\n\x1B"));
    }
    append(store, place("full"), number, full);
    ASSERT_TRUE(store.append(place("versioned"), Paid{5}));
    BatchBuilder batch;
    for (int i = 0; i < 3; ++i) batch.add(place("batch"), kKind, nlohmann::json{{"i", i}});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
}

// Events that batpak writes for itself: a bypass, a position of a cursor, one of a group.
void fill_with_records(Store& store) {
    const auto reason = BypassReason::create("court-order", "File 12/2031.").value();
    using Payments = Pipeline<Paid, int>;
    ASSERT_TRUE(store.commit(Payments::bypass(Proposal(Paid{7}), reason), place("bypassed")));
    Cursor cursor = store.cursor_guaranteed(Region::all(), CursorId("archive")).value();
    ASSERT_TRUE(cursor.poll().value());
    ASSERT_TRUE(cursor.commit());
    ConsumerGroup group = ConsumerGroup::open(store, Region::all(), GroupId("shipping")).value();
    auto delivery = group.claim(std::chrono::steady_clock::now()).value();
    ASSERT_TRUE(delivery);
    ASSERT_TRUE(std::move(*delivery).ack());
}

struct Answer {
    ExitCode code = ExitCode::Ok;
    std::string out;
    std::string err;
};

class ToolCopy : public ::testing::Test {
protected:
    void SetUp() override {
        Store store = Store::open(StoreConfig(from)).value();
        fill_with_events(store);
        fill_with_records(store);
        ASSERT_TRUE(std::move(store).close());
    }

    Answer run(const std::vector<std::string>& words) {
        std::FILE* const out = std::tmpfile();
        std::FILE* const err = std::tmpfile();
        Answer answer;
        {
            Console console({::fileno(out), false, false}, {::fileno(err), false, false});
            answer.code = run_command_line(words, console);
            EXPECT_TRUE(console.finish());
        }
        answer.out = content(out);
        answer.err = content(err);
        return answer;
    }

    static std::string content(std::FILE* file) {
        std::string text(static_cast<std::size_t>(::lseek(::fileno(file), 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(::fileno(file), text.data(), text.size(), 0),
                  static_cast<ssize_t>(text.size()));
        std::fclose(file);
        return text;
    }

    // The lines of `query --json` as a file.
    std::string written() {
        const std::string path = folder / "lines.ndjson";
        std::ofstream(path, std::ios::binary) << run({"query", from, "--json"}).out;
        return path;
    }

    static std::vector<const char*> kept() {
        return {"entity", "scope", "kind", "payload", "metadata", "flags"};
    }

    std::vector<nlohmann::json> events_of(const std::string& directory) {
        std::vector<nlohmann::json> events;
        std::istringstream lines(run({"query", directory, "--json"}).out);
        for (std::string line; std::getline(lines, line);) {
            events.push_back(parse_json(line).value());
        }
        return events;
    }

    testing::TemporaryDirectory folder;
    const std::string from = folder / "from";
    const std::string into = folder / "into";
};

TEST_F(ToolCopy, WhatWouldBeLostIsNamedAndNothingIsMade) {
    const std::string lines = written();
    for (const bool ignore : {false, true}) {
        std::vector<std::string> words = {"import", into, lines, "--create"};
        if (ignore) words.emplace_back("--ignore-unknown");
        const Answer answer = run(words);
        EXPECT_EQ(answer.code, ExitCode::Usage);
        EXPECT_EQ(answer.out, "");
        for (const char* const lost :
             {"line 1", "id", "sequence", "version", "times", "hash", "correlation", "causation",
              "idempotency key", "batch", "payload version", "gates", "--as-new-events"}) {
            EXPECT_NE(answer.err.find(lost), std::string::npos) << lost << " in " << answer.err;
        }
        EXPECT_FALSE(std::filesystem::exists(into));
    }
}

TEST_F(ToolCopy, AsNewEventsKeepsAllThatAnApplicationSaid) {
    const Answer answer = run({"import", into, written(), "--create", "--as-new-events", "--json"});
    ASSERT_EQ(answer.code, ExitCode::Ok) << answer.err;
    std::vector<nlohmann::json> said = events_of(from);
    const std::size_t all = said.size();
    std::erase_if(said, [](const nlohmann::json& event) {
        return event["kind"].get<std::string>().starts_with("0x0");
    });
    const std::size_t records = all - said.size();
    EXPECT_GE(records, 3U) << "a bypass, a cursor, a group";
    const nlohmann::json summary = parse_json(answer.out).value();
    EXPECT_EQ(summary["imported"], said.size());
    EXPECT_EQ(summary["passed_over"], records);
    const std::vector<nlohmann::json> copied = events_of(into);
    ASSERT_EQ(copied.size(), said.size());
    for (std::size_t i = 0; i < copied.size(); ++i) {
        for (const char* const member : kept()) {
            EXPECT_EQ(copied[i].value(member, nlohmann::json()),
                      said[i].value(member, nlohmann::json()))
                << member << " of " << said[i];
        }
        for (const char* const lost :
             {"correlation", "causation", "idempotency_key", "batch_index", "batch_count"}) {
            EXPECT_FALSE(copied[i].contains(lost)) << lost;
        }
        EXPECT_EQ(copied[i]["payload_version"], 1);
    }
    EXPECT_EQ(run({"verify", into}).code, ExitCode::Ok);
    // A second run has nothing to do, though the input has more lines than the store has events.
    const Answer again = run({"import", into, written(), "--as-new-events", "--resume", "--json"});
    ASSERT_EQ(again.code, ExitCode::Ok) << again.err;
    EXPECT_EQ(parse_json(again.out).value()["imported"], 0);
}

TEST_F(ToolCopy, NothingIsLostOfLinesThatAreTakenWhole) {
    const Answer whole = run({"import", into, written(), "--create", "--payload-field", "",
                              "--entity", "archive", "--scope", "s", "--kind", "0x1001"});
    ASSERT_EQ(whole.code, ExitCode::Ok) << whole.err;
    const std::vector<nlohmann::json> said = events_of(from);
    const std::vector<nlohmann::json> copied = events_of(into);
    ASSERT_EQ(copied.size(), said.size());
    for (std::size_t i = 0; i < copied.size(); ++i) EXPECT_EQ(copied[i]["payload"], said[i]);
}

}  // namespace
}  // namespace batpak::tool
