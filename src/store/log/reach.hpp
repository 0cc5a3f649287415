// reach: asks the environment's FaultInjector, if there is one, whether a step fails.
//
// Threads: as the injector
// Errors:  whatever the injector says
#pragma once

#include "batpak/base/environment.hpp"
#include "batpak/base/result.hpp"

namespace batpak::store {

[[nodiscard]] inline Result<void> reach(FaultInjector* injector, InjectionPoint point) {
    if (injector == nullptr) [[likely]]
        return {};
    if (auto error = injector->reached(point)) return fail(*std::move(error));
    return {};
}

}  // namespace batpak::store
