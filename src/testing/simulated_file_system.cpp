// The face of the machine: calls that a store makes go through handles.cpp and are counted; what a
// test does from outside, such as reading a file or rotting a bit, goes past the calls to the disk
// and leaves no trace.
//
// Each function holds the lock of the machine for one step and gives copies out, so a test may look
// while the threads of a store go on. What comes after a crash is another machine: the one that
// crashed stays as it is, and can be cut in as many ways as a test wants.
#include "batpak/testing/simulated_file_system.hpp"

#include "base/system/file_name.hpp"
#include "testing/machine.hpp"

namespace batpak::testing {
namespace {

// A path, cut before its last component.
struct SplitPath {
    std::string directory;
    std::string name;
};

SplitPath split(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {"/", path};
    return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

Result<NodePointer> find_file(DiskModel& disk, const std::string& path) {
    const SplitPath where = split(path);
    BATPAK_TRY(const NodePointer directory, disk.open_path(where.directory, false));
    return disk.open_file(*directory, where.name, OpenMode::ReadOnly);
}

// Durable at once: a test that puts a file means that it was there before.
Result<void> put_file(DiskModel& disk, const std::string& path, BytesView bytes) {
    const SplitPath where = split(path);
    BATPAK_CHECK(check_file_name(where.directory, where.name));
    BATPAK_TRY(const NodePointer directory, disk.open_path(where.directory, true));
    BATPAK_TRY(const NodePointer file,
               directory->entries.contains(where.name)
                   ? disk.open_file(*directory, where.name, OpenMode::ReadWrite)
                   : disk.open_file(*directory, where.name, OpenMode::CreateNew));
    BATPAK_CHECK(disk.resize(*file, 0));
    BATPAK_CHECK(disk.write(*file, 0, bytes));
    disk.sync(*file);
    disk.sync_names(*directory);
    return {};
}

Result<void> erase_file(DiskModel& disk, const std::string& path) {
    const SplitPath where = split(path);
    BATPAK_TRY(const NodePointer directory, disk.open_path(where.directory, false));
    BATPAK_CHECK(disk.remove(*directory, where.name));
    disk.sync_names(*directory);
    return {};
}

// In the order of the names, which is the same on each run.
void collect_paths(const Node& directory, const std::string& path,
                   std::vector<std::string>& paths) {
    for (const auto& [name, node] : directory.entries) {
        if (node->kind == FileKind::Directory) {
            collect_paths(*node, path + name + '/', paths);
        } else {
            paths.push_back(path + name);
        }
    }
}

}  // namespace

SimulatedFileSystem::SimulatedFileSystem(std::uint64_t seed, SimulatedDisk disk)
    : machine_(
          std::make_shared<Machine>(seed, disk, DiskModel(DiskModel::Tracking::On, disk.names))) {}

SimulatedFileSystem::SimulatedFileSystem(std::shared_ptr<Machine> machine)
    : machine_(std::move(machine)) {}

Result<std::unique_ptr<Directory>> SimulatedFileSystem::open_directory(const std::string& path,
                                                                       bool create) {
    return open_on(machine_, path, create);
}

void SimulatedFileSystem::fail_call(std::uint64_t number, Fault fault) {
    machine_->with_plan([&](FaultPlan& plan) { plan.fail_call(number, fault); });
}

void SimulatedFileSystem::fail_next(CallKind kind, Fault fault) {
    machine_->with_plan([&](FaultPlan& plan) { plan.fail_next(kind, fault); });
}

void SimulatedFileSystem::clear_faults() {
    machine_->with_plan([](FaultPlan& plan) { plan.clear_faults(); });
}

void SimulatedFileSystem::crash_at(std::uint64_t number, CrashMoment moment) {
    machine_->with_plan([&](FaultPlan& plan) { plan.crash_at(number, moment); });
}

bool SimulatedFileSystem::crashed() const {
    return machine_->with_plan([](FaultPlan& plan) { return plan.crashed(); });
}

std::shared_ptr<SimulatedFileSystem> SimulatedFileSystem::after_process_kill() const {
    return std::shared_ptr<SimulatedFileSystem>(
        new SimulatedFileSystem(machine_->after_process_kill()));
}

std::shared_ptr<SimulatedFileSystem> SimulatedFileSystem::after_power_cut(PowerCut cut) const {
    return std::shared_ptr<SimulatedFileSystem>(
        new SimulatedFileSystem(machine_->after_power_cut(cut)));
}

std::uint64_t SimulatedFileSystem::unsynced_sectors() const {
    return machine_->with_disk([](DiskModel& disk) { return disk.unsynced_sectors(); });
}

std::uint64_t SimulatedFileSystem::calls() const {
    return machine_->with_plan([](FaultPlan& plan) { return plan.trace().size(); });
}

std::vector<Call> SimulatedFileSystem::trace() const {
    return machine_->with_plan([](FaultPlan& plan) { return plan.trace(); });
}

std::uint64_t SimulatedFileSystem::trace_digest() const {
    return machine_->with_plan([](FaultPlan& plan) { return plan.digest(); });
}

void SimulatedFileSystem::observe(std::function<void(const Call&)> observer) {
    machine_->observe(std::move(observer));
}

Result<Bytes> SimulatedFileSystem::contents(const std::string& path) const {
    return machine_->with_disk([&](DiskModel& disk) -> Result<Bytes> {
        BATPAK_TRY(const NodePointer file, find_file(disk, path));
        const BytesView bytes = file->content.bytes();
        return Bytes(bytes.begin(), bytes.end());
    });
}

std::vector<std::string> SimulatedFileSystem::file_paths() const {
    std::vector<std::string> paths;
    machine_->with_disk([&](DiskModel& disk) { collect_paths(*disk.root(), "/", paths); });
    return paths;
}

Result<void> SimulatedFileSystem::put(const std::string& path, BytesView bytes) {
    return machine_->with_disk([&](DiskModel& disk) { return put_file(disk, path, bytes); });
}

Result<void> SimulatedFileSystem::erase(const std::string& path) {
    return machine_->with_disk([&](DiskModel& disk) { return erase_file(disk, path); });
}

Result<void> SimulatedFileSystem::flip_bit(const std::string& path, std::uint64_t offset,
                                           unsigned bit) {
    return machine_->with_disk([&](DiskModel& disk) -> Result<void> {
        BATPAK_TRY(const NodePointer file, find_file(disk, path));
        disk.flip_bit(*file, offset, bit);
        return {};
    });
}

void SimulatedFileSystem::set_capacity(std::uint64_t bytes) {
    machine_->with_disk([&](DiskModel& disk) { disk.set_capacity(bytes); });
}

}  // namespace batpak::testing
