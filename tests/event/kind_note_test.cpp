// Goal:   what the log is told of a kind has one form and bounds.
// Method: notes at their limits; bytes that nobody writes, each cut and each changed.
#include "event/kind_note.hpp"

#include <gtest/gtest.h>

#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak {
namespace {

const KindNote kMoved{"PlayerMoved", "{who:string,x:float64}"};

TEST(KindNote, ComesBackAsItWasStored) {
    for (const KindNote& note :
         {kMoved, KindNote{"N", ""}, KindNote{std::string(256, 'n'), std::string(8192, 's')},
          KindNote{"заказ \"создан\"", "string"}}) {
        EXPECT_EQ(decode_kind_note(encode_kind_note(note)), note) << note.name;
    }
}

TEST(KindNote, BytesThatNobodyWritesAreNone) {
    const Bytes good = encode_kind_note(kMoved);
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_FALSE(decode_kind_note(BytesView(good).first(cut))) << cut;
    Bytes longer = good;
    longer.push_back(std::byte{0xC0});
    EXPECT_FALSE(decode_kind_note(longer));
    // Whatever one byte becomes, it is no note or another one that would be written so.
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            Bytes changed = good;
            changed[at] = static_cast<std::byte>(value);
            const auto note = decode_kind_note(changed);
            if (note) {
                EXPECT_EQ(encode_kind_note(*note), changed);
            }
        }
    }
}

// A name, and then what follows it, as somebody else might write them.
Bytes foreign(std::string_view name, std::string_view shape) {
    Buffer buffer;
    msgpack::Writer writer(buffer);
    writer.array(2);
    writer.string(name);
    writer.string(shape);
    return {buffer.view().begin(), buffer.view().end()};
}

TEST(KindNote, NamesAndShapesHaveBounds) {
    EXPECT_TRUE(check_kind_name("n"));
    EXPECT_TRUE(check_kind_name(std::string(256, 'n')));
    for (const std::string& name :
         {std::string(), std::string(257, 'n'), std::string(10'000'000, 'n'), std::string("a\nb"),
          std::string("\x1b[31mred"), std::string("a\0b", 3), std::string("\x7f"),
          std::string("\xff\xfe"), std::string("\xed\xa0\x80")}) {
        const auto checked = check_kind_name(name);
        ASSERT_FALSE(checked);
        EXPECT_EQ(checked.error().code(), ErrorCode::InvalidArgument);
        EXPECT_LT(checked.error().detail().size(), 200U);
        EXPECT_FALSE(decode_kind_note(foreign(name, "string")));
    }
    EXPECT_TRUE(decode_kind_note(foreign("n", "string")));
    EXPECT_TRUE(is_kind_shape(std::string(8192, 's')));
    for (const std::string& shape :
         {std::string(), std::string(8193, 's'), std::string("{a\n}"), std::string("\xff")}) {
        EXPECT_FALSE(is_kind_shape(shape));
        EXPECT_FALSE(decode_kind_note(foreign("n", shape)));
    }
}

TEST(KindNote, CompilersMaySpellArgumentsTheirWay) {
    EXPECT_TRUE(same_kind_name("Moved", "Moved"));
    EXPECT_TRUE(same_kind_name("Moved<long unsigned int>", "Moved<unsigned long>"));
    EXPECT_FALSE(same_kind_name("Moved", "Walked"));
    EXPECT_FALSE(same_kind_name("Moved<int>", "Walked<int>"));
}

TEST(KindNote, ANameThatTheCompilerMakesTooLongIsCut) {
    const std::string long_name(300, 'n');
    EXPECT_EQ(detail::fitted_name("Moved<int>"), "Moved<int>");
    EXPECT_EQ(detail::fitted_name("Moved<" + long_name + ">"), "Moved");
    EXPECT_EQ(detail::fitted_name(long_name), std::string(256, 'n'));
    EXPECT_EQ(detail::fitted_name(std::string(255, 'n') + "é" + long_name), std::string(255, 'n'));
}

}  // namespace
}  // namespace batpak
