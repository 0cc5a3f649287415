// FieldCodec: how a type of your own is a field: by a value of another type, its form.
//
//     template <>
//     struct batpak::FieldCodec<Money> {
//         using Form = std::int64_t;
//         static Form encode(const Money& money) { return money.cents(); }
//         static batpak::Result<Money> decode(Form cents) { return Money::create(cents); }
//     };
//
// A form may have any type that can be a field: a number, a string, a std::tuple, a struct, a
// Value, or another type with a FieldCodec. So no FieldCodec handles MessagePack, and none can
// break it. encode() may return a Result<Form>, and decode() the value itself; what they refuse is
// an error of the field. The default constructor of the type makes what decode() replaces.
//
// It goes before what batpak would do: with one, an enumeration can be written by its names. Such a
// type can be anything a field can be, a payload of its own, and the key of a map if its form can.
// Write the specialisation before the type is first used in a payload, in the header of the type.
//
// Threads: immutable value
// Errors:  none
#pragma once

namespace batpak {

template <class T>
struct FieldCodec;

namespace detail {

template <class T>
concept CustomField = requires { typename FieldCodec<T>::Form; };

template <CustomField T>
using FormOf = typename FieldCodec<T>::Form;

}  // namespace detail
}  // namespace batpak
