// A Sequence orders the store and a Version orders a stream: neither is the other, nor a number.
#include <cstdint>

#include "batpak/base/sequence.hpp"

using batpak::Sequence;
using batpak::Version;

#ifdef GOOD
bool good() { return Sequence(1).next() < Sequence(3) && Version(1).value == 1; }
#endif

#ifdef BAD_version_for_sequence  // expect: (conversion|convert)
Sequence sequence = Version(1);  // ERROR HERE
#endif

#ifdef BAD_number_for_sequence  // expect: (conversion|convert)
Sequence sequence = 1;          // ERROR HERE
#endif

#ifdef BAD_sequence_for_number       // expect: (conversion|convert)
std::uint64_t number = Sequence(1);  // ERROR HERE
#endif

#ifdef BAD_comparison                    // expect: (no match for|invalid operands)
bool before = Sequence(1) < Version(2);  // ERROR HERE
#endif
