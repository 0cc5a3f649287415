// A user names what matters and leaves the rest out, without a warning of the flags in
// CMakeLists.txt.
#include <batpak/batpak.hpp>

batpak::AppendOptions expecting(batpak::ExpectedVersion version) { return {.expect = version}; }

batpak::BatchItemOptions caused_by(batpak::BatchItem cause) { return {.caused_by = cause}; }

batpak::AppendCondition nothing_in(const batpak::Region& region) { return {.none_match = region}; }

batpak::QueryOptions backwards() { return {.direction = batpak::Direction::Backward}; }
