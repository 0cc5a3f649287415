// ServingVersion: which version of a read model its readers should use.
//
// A switch is an event in the log, in the stream "batpak:projection:<name>" of batpak's own scope:
// it happens in one moment, lasts as long as the log, and any reader can see when it was and why.
// ProjectionRunner::switch_to() writes it.
//
// Threads: immutable value
// Errors:  serving_version: those of reading; DecodeFailed
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

struct ServingVersion {
    std::uint32_t version = 0;
    std::uint32_t replaced = 0;  // the version before it; 0: there was none
    Sequence model_next{};       // how far the new version was
    Sequence switched_at{};      // the event of the switch
};

// Nothing if there was no switch yet.
[[nodiscard]] Result<std::optional<ServingVersion>> serving_version(const StoreReads& store,
                                                                    std::string_view name);

}  // namespace batpak
