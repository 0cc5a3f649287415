// The components that need a library of somebody else link, where they were built.
#ifdef CONSUMER_HAS_LMDB
#include <batpak/lmdb/lmdb_cache.hpp>

bool opens_lmdb() { return batpak::LmdbCache::open("consumer-lmdb").has_value(); }
#endif

#ifdef CONSUMER_HAS_SQLITE
#include <batpak/sqlite/sqlite_cache.hpp>

bool opens_sqlite() { return batpak::SqliteCache::open("consumer.sqlite").has_value(); }
#endif

#ifdef CONSUMER_HAS_PROOF
#include <batpak/proof/keys.hpp>

bool reads_key(batpak::Directory& directory) {
    return batpak::proof::read_key_file(directory, "key").has_value();
}
#endif

#ifdef CONSUMER_HAS_INSPECTOR
#include <batpak/inspector/inspector.hpp>

bool serves() {
    return batpak::Inspector::start(batpak::Error(batpak::ErrorCode::NotAStore)).has_value();
}
#endif
