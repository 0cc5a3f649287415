// The components that need a library of somebody else link, where they were built.
#ifdef CONSUMER_HAS_LMDB
#include <batpak/lmdb/lmdb_cache.hpp>

bool opens_lmdb() { return batpak::LmdbCache::open("consumer-lmdb").has_value(); }
#endif

#ifdef CONSUMER_HAS_SQLITE
#include <batpak/sqlite/sqlite_cache.hpp>

bool opens_sqlite() { return batpak::SqliteCache::open("consumer.sqlite").has_value(); }
#endif
