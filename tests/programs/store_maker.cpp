// store_maker: makes a store of a kind, the same bytes each time, for tests in Python.
//
//     store_maker KIND STORE
//
// See kKinds for the kinds. Time and randomness are seeded; files are the operating system's.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <vector>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSeed = 11;

struct Moved {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    std::int32_t x = 0;
    std::int32_t y = 0;
};

struct Manner {
    bool hashes = true;
    std::uint32_t sync_every = 1;
    std::uint64_t segment_bytes = 4096;
};

class Maker {
public:
    Maker(std::string path, const Manner& manner) : path_(std::move(path)), manner_(manner) {
        open();
    }

    AppendReceipt append(const std::string& entity, const std::string& scope,
                         const std::string& payload, const AppendOptions& options = {}) {
        clock_->advance(std::chrono::microseconds(300));
        const auto coordinate = Coordinate::create(entity, scope).value();
        return store_->append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes(payload), options)
            .value();
    }

    void append_many(int count) {
        for (int i = 0; i < count; ++i)
            append("entity:" + std::to_string(i % 5), "scope:" + std::to_string(i % 2),
                   std::string(static_cast<std::size_t>(i * 7 % 60), 'x'));
    }

    void close() { std::move(*store_).close().value(); }
    void reopen() {
        store_.reset();
        open();
    }
    Store& store() { return *store_; }
    ManualClock& clock() { return *clock_; }
    const std::string& path() const { return path_; }

private:
    void open() {
        Environment environment = Environment::real();
        environment.clock = clock_;
        environment.entropy = entropy_;
        store_.emplace(Store::open(StoreConfig(path_)
                                       .with_environment(std::move(environment))
                                       .with_hash_chain(manner_.hashes)
                                       .with_sync_every_n_events(manner_.sync_every)
                                       .with_segment_bytes(manner_.segment_bytes))
                           .value());
    }

    const std::string path_;
    const Manner manner_;
    const std::shared_ptr<ManualClock> clock_ =
        std::make_shared<ManualClock>(ManualClock::kStartUs);
    const std::shared_ptr<SeededEntropy> entropy_ = std::make_shared<SeededEntropy>(kSeed);
    std::optional<Store> store_;
};

[[noreturn]] void die() { std::_Exit(0); }

void make_plain(Maker& maker) {
    maker.append_many(12);
    maker.close();
}

void make_rotated(Maker& maker) {
    maker.append_many(40);
    maker.append("entity:long", "scope:0", std::string(9000, 'y'));
    maker.append_many(3);
    maker.close();
}

void make_names(Maker& maker) {
    for (const std::string& name :
         {std::string(" "), std::string("/"), std::string(".."), std::string("\xff\xfe"),
          std::string("\x80"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
          std::string("half \xe2\x82"), std::string("\xf0\x9f\xa6\x87"), std::string(31, 'n'),
          std::string(32, 'n'), std::string(255, 'n'), std::string(256, 'n'),
          std::string(1024, 'n'), std::string(1024, '\xfe')}) {
        maker.append(name, "scope", "p");
        maker.append("entity", name, "");
    }
    maker.close();
}

void make_options(Maker& maker) {
    const EventId cause = maker.append("a", "s", "cause").event_id;
    AppendOptions options{.expect = ExpectedVersion::exactly(0),
                          .durability = Durability::Durable,
                          .correlation_id = cause,
                          .causation_id = cause,
                          .flags = 0xFFFFFF00U,
                          .metadata = {}};
    must(options.metadata.set("traceparent", "00-1-2-3"));
    must(options.metadata.set("long", std::string(300, 'm')));
    maker.append("a", "s", "effect", options);
    // The clock goes back: hlc and timestamp part.
    maker.clock().go_back(std::chrono::hours(24));
    maker.append("a", "s", "earlier", {.expect = ExpectedVersion::exists()});
    maker.append("b", "s", "none yet", {.expect = ExpectedVersion::none()});
    maker.close();
}

// Tags of every form and length, beside the other entries of metadata.
void make_tags(Maker& maker) {
    maker.append("a", "s", "", {.tags = {"course:c1", "student:s1"}});
    std::vector<std::string> most;
    for (std::size_t i = 1; i <= 32; ++i) most.push_back(std::string(8 * i, 't'));
    maker.append("a", "s", "", {.tags = most});
    maker.append("b", "s", "",
                 {.tags = {"\xff\xfe", "\xf0\x9f\xa6\x87", std::string(256, '\xfe'),
                           std::string(31, 'n'), std::string(32, 'n')}});
    AppendOptions options{.idempotency_key = "key", .tags = {"course:c1"}};
    must(options.metadata.set("aaa", "before"));
    must(options.metadata.set("traceparent", "00-1-2-3"));
    maker.append("b", "s", "", options);
    for (int i = 0; i < 40; ++i)
        maker.append("c", "s", std::string(90, 'x'), {.tags = {"number:" + std::to_string(i % 7)}});
    maker.append("c", "s", "", {});
    maker.close();
}

// Kinds with names and shapes, beside the other entries of metadata; one that is named late, and
// one that nobody names. The segments change between them.
void make_kinds(Maker& maker) {
    const Coordinate here = Coordinate::create("e", "s").value();
    AppendOptions options{.idempotency_key = "key", .tags = {"t"}};
    must(options.metadata.set("user", "u1"));
    for (int i = 0; i < 40; ++i) {
        maker.store().append(here, Moved{i, -i}, i == 0 ? options : AppendOptions{}).value();
        maker.append("a", "s", std::string(50, 'x'), {.kind_name = i < 20 ? "" : "moved\"<b>"});
        maker.store().append_raw(here, EventKind::custom(0x1, 2), as_bytes("x")).value();
    }
    maker.close();
}

// Small segments of single events and of batches, so that there is something to merge.
void make_unmerged(Maker& maker) {
    for (int round = 0; round < 7; ++round) {
        BatchBuilder batch;
        for (int i = 0; i < 4; ++i) {
            batch.add(Coordinate::create("batch:" + std::to_string(i % 3), "s").value(),
                      EventKind::custom(0xF, 3), Bytes(150, std::byte{'b'}));
        }
        maker.store().append_batch(std::move(batch)).value();
        maker.append_many(20);
        if (round % 5 == 4) {
            maker.close();
            maker.reopen();
        }
    }
}

void make_merged(Maker& maker) {
    make_unmerged(maker);
    maker.store().compact(Merge{.bytes_max = 20'000}).value();
    maker.close();
}

// Single events and members of batches, of which some have no payload any more, in two erasures;
// payloads of no byte and of many among them.
void make_erased(Maker& maker) {
    const AppendReceipt empty = maker.store()
                                    .append_raw(Coordinate::create("batch:1", "s").value(),
                                                EventKind::custom(0xF, 3), BytesView())
                                    .value();
    make_unmerged(maker);
    Tombstone tombstone("request 4711");
    tombstone.region = Region::entity("batch:1");
    maker.store().compact(tombstone).value();
    maker.append_many(5);
    tombstone.region = Region::all().with_sequences(Sequence(20), Sequence(60));
    tombstone.ids = {empty.event_id};
    tombstone.reason = "request 4712";
    maker.store().compact(tombstone).value();
    maker.close();
}

void make_tickets(Maker& maker) {
    std::vector<Ticket> tickets;
    for (int i = 0; i < 20; ++i) {
        const auto coordinate = Coordinate::create("e" + std::to_string(i % 3), "s").value();
        tickets.push_back(
            maker.store()
                .submit_raw(coordinate, EventKind::custom(0xF, 2), as_bytes("payload"), {})
                .value());
    }
    for (Ticket& ticket : tickets) ticket.wait().value();
    maker.close();
}

void make_reopened(Maker& maker) {
    for (int i = 0; i < 7; ++i) {
        maker.append_many(2);
        maker.close();
        maker.reopen();
    }
    maker.append_many(1);
    maker.close();
}

void make_killed(Maker& maker) {
    maker.append_many(28);
    die();
}

// Names of 12 bytes, and sequences and versions that need more than two.
void make_many(Maker& maker) {
    for (int i = 0; i < 65'600; ++i) maker.append("entity:12byt", "scope:12byte", "p");
    maker.close();
}

// Zeros instead of the last bytes that were written, as when a sector did not make it.
void make_torn(Maker& maker) {
    maker.append_many(8);
    const std::string segment = maker.path() + "/segments/000000000001.bpk";
    std::string bytes(std::filesystem::file_size(segment), '\0');
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const std::size_t last = bytes.find_last_not_of('\0');
    file.seekp(static_cast<std::streamoff>(last - 20));
    file.write(std::string(21, '\0').data(), 21);
    file.close();
    die();
}

struct Kind {
    Manner manner;
    std::function<void(Maker&)> make;
};

const std::map<std::string, Kind> kKinds = {
    {"empty", {{}, [](Maker& maker) { maker.close(); }}},
    {"plain", {{}, make_plain}},
    {"rotated", {{}, make_rotated}},
    {"names", {{}, make_names}},
    {"options", {{}, make_options}},
    {"tags", {{}, make_tags}},
    {"kinds", {{}, make_kinds}},
    {"tickets", {{}, make_tickets}},
    {"reopened", {{}, make_reopened}},
    {"unmerged",
     {{},
      [](Maker& maker) {
          make_unmerged(maker);
          maker.close();
      }}},
    {"merged", {{}, make_merged}},
    {"erased", {{}, make_erased}},
    {"killed", {{.sync_every = 10}, make_killed}},
    {"torn", {{}, make_torn}},
    {"nohashes", {{.hashes = false}, make_rotated}},
    {"many", {{.sync_every = 100, .segment_bytes = 64U << 20}, make_many}},
};

}  // namespace
}  // namespace batpak::testing

int main(int argc, char** argv) {
    using batpak::testing::kKinds;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() != 2 || !kKinds.contains(arguments[0])) {
        std::cerr << "usage: store_maker KIND STORE, with KIND one of";
        for (const auto& [name, kind] : kKinds) std::cerr << ' ' << name;
        std::cerr << '\n';
        return 2;
    }
    const batpak::testing::Kind& kind = kKinds.at(arguments[0]);
    batpak::testing::Maker maker(arguments[1], kind.manner);
    kind.make(maker);
    return 0;
}
