// What all states in memory have in common. Their runner's thread changes the position and the
// states together, with the lock held; any thread reads them.
#include "batpak/readmodel/states.hpp"

namespace batpak::detail {

StatesInMemory::StatesInMemory(std::string_view name, std::uint32_t version, Region region)
    : name_{std::string(name), version}, region_(std::move(region)) {}

Result<std::optional<ModelPosition>> StatesInMemory::position() {
    BATPAK_CHECK(check_process());
    const MutexLock lock(mutex_);
    return position_;
}

Result<void> StatesInMemory::check_process() const {
    if (!is_inherited()) return {};
    return fail(ErrorCode::Forked, "the states were made before a fork(): make new ones");
}

}  // namespace batpak::detail
