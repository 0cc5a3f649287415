// CrashCheck: opens the disk that a crash left, as the next process does, and judges what it finds.
//
// Each state is opened, compared with the model event by event, appended to, and left. On some
// states, chosen by the seed, more is done: all queries, verify() and root, opening again, opening
// without the index folder, crashing again inside the recovery, and a power cut after the append.
//
// Threads: thread-compatible
// Errors:  functions that judge return what is wrong, in words; an empty text if nothing is
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "batpak/store/store.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/crash/log_model.hpp"
#include "testing/random.hpp"

namespace batpak::testing {

using Disk = std::shared_ptr<SimulatedFileSystem>;
// Puts something between the store and its disk.
using WrapDisk = std::function<std::shared_ptr<FileSystem>(const Disk&)>;

// How the stores of one run are opened.
struct StoreSetup {
    WrapDisk wrap;  // none: the disk itself
    bool hashes = true;
    bool refusal_is_honest = false;  // on a disk that lies, to refuse is right
    std::uint32_t sync_every_n = 1;
    std::shared_ptr<Clock> clock;
    std::uint64_t segment_bytes = 4096;
    std::shared_ptr<FaultInjector> faults = nullptr;
};

[[nodiscard]] Result<Store> open_store(const StoreSetup& setup, const Disk& disk,
                                       std::uint64_t entropy_seed);
// Lets go of a store as a dead process does: nothing that it does any more reaches the disk.
void abandon(Store store, const Disk& disk);

// A disk after a crash, and how many events must and may be on it.
struct CrashState {
    Disk disk;
    std::uint64_t at_least = 0;
    std::uint64_t durable = 0;  // of those; the others a second crash may take
    std::uint64_t at_most = 0;
    std::string how;  // which call, which cut
};

enum class Depth : std::uint8_t { Shallow, Sampled, Deep };

class CrashCheck {
public:
    // Borrows: both, for its life.
    CrashCheck(const LogModel& model, const StoreSetup& setup, std::uint64_t seed)
        : model_(model), setup_(setup), random_(seed) {}

    std::string check(const CrashState& state, Depth depth);

    std::uint64_t crashes() const noexcept { return crashes_; }  // disks that were opened
    std::uint64_t refusals() const noexcept { return refusals_; }
    std::uint64_t shorter() const noexcept { return shorter_; }  // logs that lost a buffered event
    std::uint64_t events() const noexcept { return events_; }    // of the log found last

private:
    bool chosen(Depth depth, std::uint64_t one_in);
    std::string judge(const CrashState& state, Depth depth);
    std::string judge_again(const Disk& disk, const CrashState& found);
    std::string judge_without_index(const Disk& before, const CrashState& found);
    std::string judge_crash_inside(const Disk& before, const CrashState& state);
    std::string judge_append(Store& store, const CrashState& found, bool cut);
    std::string judge_files(const Disk& disk) const;
    std::string compare(const Store& store, const CrashState& state);
    Result<Store> open(const Disk& disk);

    const LogModel& model_;
    const StoreSetup& setup_;
    Random random_;
    std::uint64_t crashes_ = 0;
    std::uint64_t refusals_ = 0;
    std::uint64_t shorter_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace batpak::testing
