// Which fields a payload must have is said in terms of its fields.
#include <string>

#include "batpak/event/payload_codec.hpp"

using namespace batpak;

struct Other {
    std::string who;
};

#ifdef GOOD
struct Moved {
    std::string who;
    int x = 0;
    using required = batpak::fields<&Moved::who>;
};
bool good() { return PayloadCodec<Moved>::decode({}).has_value(); }
#endif

#ifdef BAD_member_of_another_type  // expect: required_names_no_field_of_the_type
struct Moved {
    std::string who;
    using required = batpak::fields<&Other::who>;
};
bool bad() { return PayloadCodec<Moved>::decode({}).has_value(); }  // ERROR HERE
#endif

#ifdef BAD_member_that_is_not_described  // expect: required_names_no_field_of_the_type
struct Moved {
    std::string who;
    int x = 0;
    using fields = batpak::fields<&Moved::who>;
    using required = batpak::fields<&Moved::x>;
};
bool bad() { return PayloadCodec<Moved>::decode({}).has_value(); }  // ERROR HERE
#endif

#ifdef BAD_list  // expect: .required. is batpak::fields<\.\.\.> or batpak::all_fields
struct Moved {
    std::string who;
    using required = std::string;
};
bool bad() { return PayloadCodec<Moved>::decode({}).has_value(); }  // ERROR HERE
#endif
