// Answers: what the pages ask of a store, each as JSON. Events have the members that `batpak query
// --json` gives them; a payload of more than kPayloadBytesInList bytes is left out of lists, and
// "payload_bytes" says how long it is. An event that cannot be read is {"error": {...}}, in its
// place.
//
// No answer costs more than so much, whatever a store holds. What is counted by reading is counted
// up to kCountedMax events, and what is listed by name up to as many names: then "more_than" names
// the members that are such a lower bound. A list ends where it would hold more than
// kAnswerBytesMax, or have read more than kReadBytesMax: then "is_cut" is true.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument; EventNotFound; those of reads
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "batpak/store/reads.hpp"
#include "inspector/answers/parameters.hpp"

namespace batpak::inspector {

inline constexpr std::uint64_t kListMax = 1000;
inline constexpr std::size_t kPayloadBytesInList = 4096;
// What a browser can show as a tree.
inline constexpr std::size_t kPayloadBytesInPage = std::size_t{2} << 20;
// How many events a filter reads for one answer before it says how far it came.
inline constexpr std::uint64_t kScannedMax = 100'000;
// What counting may read, and how many names are counted.
inline constexpr std::uint64_t kCountedMax = 100'000;
// The text of a list, and of a state.
inline constexpr std::size_t kAnswerBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kStateBytesMax = std::size_t{2} << 20;
// The payloads that one answer may read.
inline constexpr std::size_t kReadBytesMax = std::size_t{256} << 20;
inline constexpr std::uint64_t kBucketsMax = 400;
// Of cursors, of groups and of read models.
inline constexpr std::uint64_t kDeliveriesMax = 200;
// What a person can follow with the eye.
inline constexpr std::uint64_t kGraphNodesMax = 500;

// The store that is shown. Borrows: the store.
struct Shown {
    const StoreReads* store = nullptr;
    std::function<StoreStats()> stats{};  // empty: it is another program that writes
    std::string title{};
    std::string directory{};  // where its files lie; empty: not known
};

// What is known at once.
Result<std::string> answer_store(const Shown& shown, const Parameters& parameters);
// How many entities, scopes and tags there are, up to kCountedMax of each.
Result<std::string> answer_counts(const StoreReads& store, const Parameters& parameters);
// Events of a filter, also with an expression, in either direction.
Result<std::string> answer_events(const StoreReads& store, const Parameters& parameters);
// The events of rows [start, start + count) of all those that a filter without an expression has;
// of the newest of them alone, if to count them all would read too much.
Result<std::string> answer_rows(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_event(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters);
// What lies around an event: before and after it in its stream, its cause and its effects.
Result<std::string> answer_links(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters);
// The events of its story, its causes and what it caused, and which of them caused which.
Result<std::string> answer_graph(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters);
Result<std::string> answer_streams(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_scopes(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_catalogue(const StoreReads& store, const Parameters& parameters);
// How many events of a filter lie in each of so many equal parts of the time that the store covers.
Result<std::string> answer_series(const StoreReads& store, const Parameters& parameters);
// The cursors, reactors, groups and read models that have written into the log where they are.
Result<std::string> answer_delivery(const StoreReads& store, const Parameters& parameters);
// The files of the log; with a store also what was erased in them. Errors: Unsupported without a
// directory.
Result<std::string> answer_segments(const std::string& directory, const StoreReads* store,
                                    const Parameters& parameters);
// Which entities changed between two moments, and by how many events.
Result<std::string> answer_changes(const StoreReads& store, const Parameters& parameters);

// A file for a browser to keep.
struct Download {
    std::string text;
    const char* type = "";
    const char* name = "";
    std::optional<Sequence> next{};  // where the next part begins, if this is not all
};
// The events of a filter, also with an expression.
Result<Download> answer_export(const StoreReads& store, const Parameters& parameters);
// The fields of the payloads of a stream, merged: the newest wins. What would not fit is left out.
Result<std::string> answer_state(const StoreReads& store, const Parameters& parameters);

// One event with its payload, or, if that has more bytes, with their number.
std::string event_with_payload_up_to(std::size_t bytes_max, const EventView& event,
                                     const tool::KindNames& names);
// One event as it stands in a list.
std::string listed_event_json(const Result<EventView>& event, const tool::KindNames& names);

}  // namespace batpak::inspector
