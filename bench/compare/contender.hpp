// Contender: an event store as somebody would build it, seen by the benchmark.
//
// Each does the same work: it gives an event an id, a place in the store and a version in its
// entity's stream, refuses it if the stream is not as long as the caller expects, and finds it
// again by its id, by entity and version, and in global order. A batch is stored together or not
// at all. What is acknowledged is as durable as was asked when it was opened.
//
// Threads: append() and append_batch() are thread-safe; the rest is for one thread at a time
// Errors:  none, but for refusals; they end the program
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "support/contest.hpp"

namespace batpak::bench {

// What a caller has in hand. Borrows: the coordinate and the payload, for the call.
struct NewEvent {
    const Coordinate* coordinate;
    std::uint64_t expected;  // how many events the stream has
    EventKind kind;
    BytesView payload;
};

// What a read shows. Borrows: everything, for the call.
struct SeenEvent {
    EventId id;
    std::uint64_t sequence = 0;
    std::uint64_t version = 0;
    std::int64_t time_us = 0;
    EventKind kind = EventKind::from_number(0);
    std::string_view entity;
    std::string_view scope;
    BytesView payload;
};
using Visit = std::function<void(const SeenEvent&)>;

struct Setup {
    std::string directory;
    // How many events may be acknowledged before a sync. 1: each commit is synced.
    std::uint64_t sync_each = 1;
    bool mapped_reads = false;  // of batpak's sealed segments; the others read as they do
};

class Contender {
public:
    Contender() = default;
    // Closes it.
    virtual ~Contender() = default;
    Contender(const Contender&) = delete;
    Contender& operator=(const Contender&) = delete;

    // False: refused, because the stream has another length; nothing was stored.
    [[nodiscard]] virtual bool append(const NewEvent& event) = 0;
    [[nodiscard]] virtual bool append_batch(std::span<const NewEvent> events) = 0;

    // The first `limit` events of a stream, in order.
    virtual void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) = 0;
    virtual void scan(const Visit& see) = 0;
    virtual void get(const EventId& id, const Visit& see) = 0;
};

struct ContenderKind {
    const char* name;
    // Threads that append at once share their syncs; else a group commit stands in front.
    bool shares_syncs;
    std::unique_ptr<Contender> (*open)(const Setup& setup);
};

// batpak first, then those of the others that this program was built with.
std::span<const ContenderKind> all_contenders();
// Names of those that it was not built with.
std::span<const char* const> missing_contenders();

// One for each; the files bench/compare/<name>_contender.cpp.
std::unique_ptr<Contender> open_batpak(const Setup& setup);
std::unique_ptr<Contender> open_floor(const Setup& setup);
std::unique_ptr<Contender> open_sqlite(const Setup& setup);
std::unique_ptr<Contender> open_lmdb(const Setup& setup);
std::unique_ptr<Contender> open_rocksdb(const Setup& setup);
std::unique_ptr<Contender> open_leveldb(const Setup& setup);

}  // namespace batpak::bench
