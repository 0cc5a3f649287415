// StoreAt: a store opened for reading, as it is now or as it was at a moment.
//
//     1000                     when the event of this sequence was the latest
//     2025-11-22T08:46:14Z     when it held the events up to this time: any that a filter takes
//
// Threads: thread-safe, except for moving and destroying it
// Errors:  open(): those of ReadOnlyStore::open(); EventNotFound, InvalidArgument
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::tool {

class StoreAt {
public:
    // Without a moment: now.
    [[nodiscard]] static Result<StoreAt> open(const std::string& directory,
                                              const std::optional<std::string>& moment);

    const StoreReads& operator*() const noexcept { return reads(); }
    const StoreReads* operator->() const noexcept { return &reads(); }
    // The whole of it, whatever the moment.
    ReadOnlyStore& store() noexcept { return store_; }
    bool is_now() const noexcept { return !view_; }

private:
    StoreAt(ReadOnlyStore store, std::optional<StoreView> view)
        : store_(std::move(store)), view_(std::move(view)) {}

    const StoreReads& reads() const noexcept {
        return view_ ? static_cast<const StoreReads&>(*view_) : store_;
    }

    ReadOnlyStore store_;
    std::optional<StoreView> view_;
};

// The view at a moment; `name` is the option or argument that errors are about.
[[nodiscard]] Result<StoreView> view_at(const StoreReads& store, std::string_view name,
                                        const std::string& moment);

std::int64_t now_us();

}  // namespace batpak::tool
