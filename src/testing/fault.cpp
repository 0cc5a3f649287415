// Faults are plain values, so that a plan can list them and a failed test can print them.
#include "batpak/testing/simulated_file_system.hpp"

#include <cerrno>

#include "batpak/base/assert.hpp"

namespace batpak::testing {

std::string_view to_string(CallKind kind) noexcept {
    switch (kind) {
        case CallKind::OpenPath: return "OpenPath";
        case CallKind::OpenFile: return "OpenFile";
        case CallKind::OpenDirectory: return "OpenDirectory";
        case CallKind::List: return "List";
        case CallKind::Rename: return "Rename";
        case CallKind::Link: return "Link";
        case CallKind::Remove: return "Remove";
        case CallKind::SyncDirectory: return "SyncDirectory";
        case CallKind::Lock: return "Lock";
        case CallKind::Read: return "Read";
        case CallKind::Write: return "Write";
        case CallKind::Allocate: return "Allocate";
        case CallKind::Resize: return "Resize";
        case CallKind::Sync: return "Sync";
        case CallKind::Stat: return "Stat";
        case CallKind::Map: return "Map";
    }
    BATPAK_UNREACHABLE();
}

Fault Fault::io() noexcept { return error(ErrorCode::Io, EIO); }

Fault Fault::disk_full() noexcept { return error(ErrorCode::DiskFull, ENOSPC); }

Fault Fault::error(ErrorCode code, int os_error) noexcept {
    return {.effect = Effect::Fail, .code = code, .os_error = os_error};
}

// The bytes that were written stay: that is what a caller has to undo.
Fault Fault::short_write(std::uint64_t bytes, const Fault& then) noexcept {
    Fault fault = then;
    // The error is that of `then`, such as a full disk; the effect is added to it.
    fault.effect = Effect::ShortWrite;
    fault.bytes = bytes;
    return fault;
}

Fault Fault::lost_sync() noexcept { return {.effect = Effect::LoseSync}; }

Fault Fault::misdirected_write(std::uint64_t bytes) noexcept {
    return {.effect = Effect::Misdirect, .bytes = bytes};
}

Fault Fault::forever() const noexcept {
    Fault fault = *this;
    fault.repeats = true;
    return fault;
}

}  // namespace batpak::testing
