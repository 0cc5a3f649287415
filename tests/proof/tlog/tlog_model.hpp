// The files of C2SP tlog-tiles, made of their definition: every subtree hashed from its leaves.
//
// Threads: the function is thread-safe
// Errors:  none; what a test takes for granted throws
#pragma once

#include <map>
#include <string>
#include <vector>

#include "batpak/proof/log_tree.hpp"

namespace batpak::proof {

// The content of each file, by its path.
using TlogModel = std::map<std::string, std::string>;

inline std::string tlog_path(const std::string& level, std::uint64_t number, std::uint64_t width) {
    std::string groups;
    std::uint64_t rest = number;
    for (bool is_last = true; is_last || rest > 0; is_last = false) {
        const std::string three = std::to_string(1000 + rest % 1000).substr(1);
        groups = is_last ? three : "x" + three + "/" + groups;
        rest /= 1000;
    }
    const std::string partial = width == 256 ? "" : ".p/" + std::to_string(width);
    return "tile/" + level + "/" + groups + partial;
}

// Cuts what a level has into files.
inline void add_level(TlogModel& files, const std::string& level,
                      const std::vector<std::string>& entries) {
    for (std::size_t first = 0; first < entries.size(); first += 256) {
        const std::size_t end = std::min(first + 256, entries.size());
        std::string content;
        for (std::size_t i = first; i < end; ++i) content += entries[i];
        files[tlog_path(level, first / 256, end - first)] = content;
    }
}

inline TlogModel tlog_model(const StoreReads& log, std::uint64_t size, const std::string& note) {
    TlogModel files{{"checkpoint", note}};
    std::vector<Hash> level;
    std::vector<std::string> entries;
    for (const Hash& event : event_hashes(log, Sequence(0), Sequence(size)).value()) {
        level.push_back(leaf_hash(event));
        entries.push_back(std::string("\0\x20", 2) + std::string(as_text(event.view())));
    }
    add_level(files, "entries", entries);
    for (unsigned number = 0; !level.empty(); ++number) {
        std::vector<std::string> hashes;
        for (const Hash& hash : level) hashes.emplace_back(as_text(hash.view()));
        add_level(files, std::to_string(number), hashes);
        for (int step = 0; step < 8; ++step) {
            std::vector<Hash> above;
            for (std::size_t i = 0; i + 1 < level.size(); i += 2)
                above.push_back(node_hash(level[i], level[i + 1]));
            level = std::move(above);
        }
    }
    return files;
}

// The paths of what only one of them has, or has otherwise.
inline std::vector<std::string> differences(const TlogModel& one, const TlogModel& other) {
    std::vector<std::string> paths;
    for (const auto& [path, content] : one)
        if (!other.contains(path) || other.at(path) != content) paths.push_back(path);
    for (const auto& [path, content] : other)
        if (!one.contains(path)) paths.push_back(path);
    return paths;
}

}  // namespace batpak::proof
