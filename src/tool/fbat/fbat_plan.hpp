// FbatPlan: all that is decided of an import before its first event is written: what the source
// holds, what becomes of each event, and what is appended together.
//
// Threads: immutable value
// Errors:  make_fbat_plan(): those of FbatSource and read_fbat_layout(); CorruptFrame,
//          CorruptSegment, InvalidCoordinate, PayloadTooLarge, unless `salvage` is set
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "tool/fbat/fbat_event.hpp"
#include "tool/fbat/fbat_source.hpp"

namespace batpak::tool {

// One file of the source, as it was read.
struct FbatFileFacts {
    std::string name;
    std::uint64_t bytes = 0;
    Hash hash{};
    std::uint64_t frames = 0;
    std::string footer;  // its magic; empty if there is none
    bool is_footer_refused = false;
    std::uint64_t torn_bytes = 0;  // at its end, after the last whole frame
};

// Bytes that are no frame where one must have been, or a file that is none.
struct FbatDamage {
    std::string place;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

// What is appended at once: events [first, end), of which those that are kept.
struct FbatUnit {
    std::size_t first = 0;
    std::size_t end = 0;
    std::uint32_t kept = 0;
};

struct FbatPlan {
    IdBytes source_id{};
    std::vector<FbatFileFacts> files;
    std::vector<std::string> ignored;
    std::vector<FbatDamage> damage;
    std::vector<FbatEvent> events;
    std::vector<FbatUnit> units;
    std::map<EventId, std::size_t> kept_by_id;

    std::uint64_t batches = 0;        // that are kept
    std::uint64_t batches_split = 0;  // of them, those that are larger than a batch may be
    std::uint64_t stray_markers = 0;
    std::array<std::uint64_t, kFbatFates> fates{};
    std::array<std::uint64_t, kFbatHashChecks> hashes{};  // of those that are kept
    std::uint64_t links_checked = 0;
    std::uint64_t links_open = 0;  // what they follow is not there, or it is something else
    std::uint64_t encrypted = 0;
    std::uint64_t counted = 0;
    std::uint64_t extensions_left_out = 0;  // events with more than metadata holds

    std::uint64_t kept() const noexcept { return fates[static_cast<std::size_t>(FbatFate::Kept)]; }
    // Whether an event that was acknowledged may be missing.
    bool has_losses() const noexcept;
};

struct FbatPlanOptions {
    bool salvage = false;  // damage, and what batpak cannot hold, is left out, and no error
    // Told of so many more bytes; whether to go on.
    std::function<bool(std::uint64_t bytes)> progress{};
};

// Nothing if progress() ended it.
[[nodiscard]] Result<std::optional<FbatPlan>> make_fbat_plan(const FbatSource& source,
                                                             const FbatPlanOptions& options);

}  // namespace batpak::tool
