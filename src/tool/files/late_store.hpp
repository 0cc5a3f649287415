// LateStore: a new store that is there when it is whole, and not before.
//
// While it is written its MANIFEST has another name, so that nothing opens it: what a crash leaves
// is no store. finish() gives it its name, in one step and durably.
//
// Threads: thread-compatible
// Errors:  create(): BadDestination, StoreLocked, and those of Store::open(); finish(): Io
#pragma once

#include <memory>
#include <string>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/store.hpp"

namespace batpak::tool {

class LateStore {
public:
    // In a directory that is not there or holds nothing. `config` says how it is written; its
    // directory is the destination, its files are those of the system.
    [[nodiscard]] static Result<LateStore> create(const StoreConfig& config);
    LateStore(LateStore&&) noexcept = default;
    LateStore& operator=(LateStore&&) = delete;
    // Without finish(), nothing but empty folders is left.
    ~LateStore();

    Store& store() noexcept { return *store_; }
    // Closes the store, and makes it one that can be opened.
    [[nodiscard]] Result<Closed> finish();

private:
    explicit LateStore(std::string directory) : directory_(std::move(directory)) {}
    void drop() noexcept;

    std::string directory_;
    std::unique_ptr<Store> store_;  // null once it is closed
};

}  // namespace batpak::tool
