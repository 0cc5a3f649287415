// "As of" on the command line: digits alone are the sequence of an event, anything else is a time.
// A sequence that the store does not have is an error and not its end: it is likely of another
// store.
#include "tool/questions/moment.hpp"

#include <algorithm>

#include "batpak/base/environment.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {

std::int64_t now_us() { return real_clock()->wall_us(); }

Result<StoreView> view_at(const StoreReads& store, std::string_view name,
                          const std::string& moment) {
    const bool is_sequence =
        !moment.empty() && std::ranges::all_of(moment, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_sequence) {
        Result<std::int64_t> time = parse_time(moment, now_us());
        if (!time) {
            return fail(ErrorCode::InvalidArgument,
                        std::string(name) + ": " + in_quotes(moment, 60) +
                            " is not a moment: give the sequence of an event, or a time such as "
                            "2025-11-22, 2025-11-22T08:46:14Z, @1763801174, or 2h for so long ago");
        }
        return store.as_of_time(*time);
    }
    BATPAK_TRY(const std::uint64_t sequence, named(name, parse_number(moment)));
    const std::uint64_t end = store.visible_end().value;
    if (sequence >= end) {
        return fail(Error(ErrorCode::EventNotFound,
                          std::string(name) + ": the store has " + count_of(end, "event") +
                              (end == 0 ? "" : ", of which the last is " + std::to_string(end - 1)))
                        .at_sequence(Sequence(sequence)));
    }
    return store.as_of(Sequence(sequence));
}

Result<StoreAt> StoreAt::open(const std::string& directory,
                              const std::optional<std::string>& moment) {
    BATPAK_TRY(ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(directory)));
    if (!moment) return StoreAt(std::move(store), std::nullopt);
    BATPAK_TRY(StoreView view, view_at(store, "--at", *moment));
    return StoreAt(std::move(store), std::move(view));
}

}  // namespace batpak::tool
