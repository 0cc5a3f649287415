#include "compare/contender.hpp"

namespace batpak::bench {
namespace {

constexpr ContenderKind kKinds[] = {
    {"batpak", true, open_batpak},
#ifdef BATPAK_BENCH_SQLITE
    {"sqlite", false, open_sqlite},
#endif
#ifdef BATPAK_BENCH_LMDB
    {"lmdb", false, open_lmdb},
#endif
#ifdef BATPAK_BENCH_ROCKSDB
    {"rocksdb", true, open_rocksdb},
#endif
#ifdef BATPAK_BENCH_LEVELDB
    {"leveldb", true, open_leveldb},
#endif
};

// Ends with a null, so that it is never empty.
constexpr const char* kMissing[] = {
#ifndef BATPAK_BENCH_SQLITE
    "sqlite",
#endif
#ifndef BATPAK_BENCH_LMDB
    "lmdb",
#endif
#ifndef BATPAK_BENCH_ROCKSDB
    "rocksdb",
#endif
#ifndef BATPAK_BENCH_LEVELDB
    "leveldb",
#endif
    nullptr,
};

}  // namespace

std::span<const ContenderKind> all_contenders() { return kKinds; }

std::span<const char* const> missing_contenders() {
    return std::span(kMissing).first(std::size(kMissing) - 1);
}

}  // namespace batpak::bench
