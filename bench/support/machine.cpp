#include "support/machine.hpp"

#include <sys/utsname.h>
#include <sys/vfs.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "batpak/event/hash_chain.hpp"
#include "support/raw_log.hpp"
#include "support/report.hpp"
#include "support/samples.hpp"

namespace batpak::bench {
namespace {

constexpr unsigned kProbes = 200;

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
    }
    return "unknown processor";
}

std::string file_system_name(const std::string& directory) {
    struct statfs found{};
    if (::statfs(directory.c_str(), &found) != 0) return "unknown";
    switch (static_cast<unsigned long>(found.f_type)) {
        case 0xEF53: return "ext4";
        case 0x58465342: return "xfs";
        case 0x9123683E: return "btrfs";
        case 0x01021994: return "tmpfs";
        case 0x794C7630: return "overlayfs";
        case 0x2FC12FC1: return "zfs";
        default: return "other";
    }
}

std::string kernel_name() {
    utsname name{};
    if (::uname(&name) != 0) return "unknown kernel";
    return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

}  // namespace

Machine Machine::describe(const std::string& directory) {
    Machine machine{.processor = processor_name(),
                    .cores = std::thread::hardware_concurrency(),
                    .kernel = kernel_name(),
                    .file_system = file_system_name(directory),
                    .compiler = __VERSION__};
    constexpr std::array<std::byte, 4096> block{};
    RawLog log(directory + "/probe", kProbes * block.size());
    Samples samples(kProbes);
    for (unsigned i = 0; i < kProbes; ++i) {
        samples.time([&] {
            log.write(block);
            log.sync();
        });
    }
    machine.sync_us_p50 = samples.percentile(0.5) / 1e3;
    machine.sync_us_p99 = samples.percentile(0.99) / 1e3;
    return machine;
}

std::string Machine::slug() const {
    std::string slug;
    for (const char c : processor + "-" + std::to_string(cores) + "-" + file_system) {
        const bool keeps = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (keeps) slug += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (!keeps && !slug.empty() && slug.back() != '-') slug += '-';
    }
    return slug;
}

void Machine::print() const {
    double load = 0;
    if (::getloadavg(&load, 1) != 1) load = -1;
    std::printf("%s, %u cores (load %.1f), %s, %s\n", processor.c_str(), cores, load,
                kernel.c_str(), file_system.c_str());
    std::printf("GCC/Clang %s, build %s, hashes %s\n", compiler.c_str(), BATPAK_BUILD_TYPE,
                hashing_built_in() ? "on" : "off");
    std::printf("write + fdatasync of 4 KiB into a filled file: p50 %.0f us, p99 %.0f us\n",
                sync_us_p50, sync_us_p99);
    if (file_system == "tmpfs") std::printf("WARNING: tmpfs: a sync is free, ratios mean little\n");
}

std::string Machine::json() const {
    return "{\"machine\":" + json_string(slug()) + ",\"processor\":" + json_string(processor) +
           ",\"cores\":" + std::to_string(cores) + ",\"kernel\":" + json_string(kernel) +
           ",\"file_system\":" + json_string(file_system) +
           ",\"compiler\":" + json_string(compiler) + "}";
}

}  // namespace batpak::bench
