// Answers: what the pages ask of a store, each as JSON. Events have the members that `batpak query
// --json` gives them; a payload of more than kPayloadBytesInList bytes is left out of lists, and
// "payload_bytes" says how long it is. An event that cannot be read is {"error": {...}}, in its
// place.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument; EventNotFound; those of reads
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "batpak/store/reads.hpp"
#include "inspector/parameters.hpp"

namespace batpak::inspector {

inline constexpr std::uint64_t kListMax = 1000;
inline constexpr std::size_t kPayloadBytesInList = 4096;
// What a browser can show as a tree.
inline constexpr std::size_t kPayloadBytesInPage = std::size_t{2} << 20;
// How many events a filter reads for one answer before it says how far it came.
inline constexpr std::uint64_t kScannedMax = 100'000;
inline constexpr std::uint64_t kBucketsMax = 400;

// The store that is shown. Borrows: the store.
struct Shown {
    const StoreReads* store = nullptr;
    std::function<StoreStats()> stats;  // empty: it is another program that writes
    std::string title;
};

// What is known at once.
Result<std::string> answer_store(const Shown& shown, const Parameters& parameters);
// How many entities, scopes and tags there are; makes the lists of them.
Result<std::string> answer_counts(const StoreReads& store, const Parameters& parameters);
// Events of a filter, also with an expression, in either direction.
Result<std::string> answer_events(const StoreReads& store, const Parameters& parameters);
// The events of rows [start, start + count) of all those that a filter without an expression has.
Result<std::string> answer_rows(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_event(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters);
// What lies around an event: before and after it in its stream, its cause and its effects.
Result<std::string> answer_links(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters);
Result<std::string> answer_streams(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_scopes(const StoreReads& store, const Parameters& parameters);
Result<std::string> answer_catalogue(const StoreReads& store, const Parameters& parameters);
// How many events of a filter lie in each of so many equal parts of the time that the store covers.
Result<std::string> answer_series(const StoreReads& store, const Parameters& parameters);
// The fields of the payloads of a stream, merged: the newest wins.
Result<std::string> answer_state(const StoreReads& store, const Parameters& parameters);

// One event as it stands in a list.
std::string listed_event_json(const Result<EventView>& event, const tool::KindNames& names);

}  // namespace batpak::inspector
