// Goal:   batpak's codec speaks the same MessagePack as two codecs that others have written.
// Method: random values go through batpak and through msgpack-cxx, and through batpak and Python's
//         msgpack, in both directions; bytes and values must agree.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <msgpack.hpp>
#include <random>
#include <string>

#include "batpak/json.hpp"
#include "event/random_value.hpp"

namespace batpak {
namespace {

using testing::any_value;
using testing::encoded;

using Packer = ::msgpack::packer<::msgpack::sbuffer>;

void pack_length(std::size_t size, Packer& packer, Packer& (Packer::*head)(std::uint32_t)) {
    (packer.*head)(static_cast<std::uint32_t>(size));
}

void pack(const Value& value, Packer& packer, ::msgpack::sbuffer& buffer);

void pack_container(const Value& value, Packer& packer, ::msgpack::sbuffer& buffer) {
    if (const Value::Array* const elements = value.as_array()) {
        pack_length(elements->size(), packer, &Packer::pack_array);
        for (const Value& element : *elements) pack(element, packer, buffer);
        return;
    }
    const Value::Map& members = *value.as_map();
    pack_length(members.size(), packer, &Packer::pack_map);
    for (const Value::Member& member : members) {
        pack(member.key, packer, buffer);
        pack(member.value, packer, buffer);
    }
}

void pack(const Value& value, Packer& packer, ::msgpack::sbuffer& buffer) {
    if (value.is_nil()) {
        packer.pack_nil();
    } else if (const auto boolean = value.as_boolean()) {
        packer.pack(*boolean);
    } else if (const auto number = value.as_i64()) {
        packer.pack_int64(*number);
    } else if (const auto large = value.as_u64()) {
        packer.pack_uint64(*large);
    } else if (value.as_double()) {
        // msgpack-cxx turns 1.0 into the integer 1, which batpak does not.
        const Bytes bytes = encoded(value);
        buffer.write(as_text(bytes).data(), bytes.size());
    } else if (const std::string* const text = value.as_string()) {
        pack_length(text->size(), packer, &Packer::pack_str);
        packer.pack_str_body(text->data(), static_cast<std::uint32_t>(text->size()));
    } else if (const Bytes* const bytes = value.as_bytes()) {
        pack_length(bytes->size(), packer, &Packer::pack_bin);
        packer.pack_bin_body(as_text(*bytes).data(), static_cast<std::uint32_t>(bytes->size()));
    } else if (const Value::Extension* const extension = value.as_extension()) {
        packer.pack_ext(extension->data.size(), extension->type);
        packer.pack_ext_body(as_text(extension->data).data(),
                             static_cast<std::uint32_t>(extension->data.size()));
    } else {
        pack_container(value, packer, buffer);
    }
}

Bytes bytes_of(const char* data, std::size_t size) {
    const BytesView view = as_bytes({data, size});
    return {view.begin(), view.end()};
}

Value value_of(const ::msgpack::object& object) {
    switch (object.type) {
        case ::msgpack::type::NIL: return {};
        case ::msgpack::type::BOOLEAN: return object.via.boolean;
        case ::msgpack::type::POSITIVE_INTEGER: return object.via.u64;
        case ::msgpack::type::NEGATIVE_INTEGER: return object.via.i64;
        case ::msgpack::type::FLOAT32:
        case ::msgpack::type::FLOAT64: return object.via.f64;
        case ::msgpack::type::STR: return std::string(object.via.str.ptr, object.via.str.size);
        case ::msgpack::type::BIN: return bytes_of(object.via.bin.ptr, object.via.bin.size);
        case ::msgpack::type::EXT:
            return Value::Extension{object.via.ext.type(),
                                    bytes_of(object.via.ext.data(), object.via.ext.size)};
        case ::msgpack::type::ARRAY: {
            Value::Array elements;
            for (std::uint32_t i = 0; i < object.via.array.size; ++i) {
                elements.push_back(value_of(object.via.array.ptr[i]));
            }
            return elements;
        }
        case ::msgpack::type::MAP: {
            Value::Map members;
            for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
                const ::msgpack::object_kv& member = object.via.map.ptr[i];
                members.push_back({value_of(member.key), value_of(member.val)});
            }
            return members;
        }
    }
    BATPAK_UNREACHABLE();
}

RC_GTEST_PROP(MsgpackDifferential, WritesTheBytesOfMsgpackCxx, ()) {
    const Value value = *any_value();
    ::msgpack::sbuffer buffer;
    Packer packer(buffer);
    pack(value, packer, buffer);
    RC_ASSERT(encoded(value) == bytes_of(buffer.data(), buffer.size()));
}

RC_GTEST_PROP(MsgpackDifferential, IsReadByMsgpackCxxAsTheSameValue, ()) {
    const Value value = *any_value();
    const Bytes bytes = encoded(value);
    const auto handle = ::msgpack::unpack(as_text(bytes).data(), bytes.size());
    RC_ASSERT(value_of(handle.get()) == value);
}

// Bytes at chance: both must accept, and find the same, or both must refuse.
RC_GTEST_PROP(MsgpackDifferential, AcceptsWhatMsgpackCxxAccepts, ()) {
    Bytes bytes = encoded(*any_value(testing::Holding::Anything, 2));
    const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[place] = *rc::gen::map(rc::gen::inRange(0, 256),
                                 [](int value) { return static_cast<std::byte>(value); });
    const auto mine = Value::decode(bytes, {}, Value::Keys::AsTheyAre);
    try {
        std::size_t used = 0;
        const ::msgpack::unpack_limit limit(1U << 20, 1U << 20, 1U << 20, 1U << 20, 1U << 20, 64);
        const auto handle =
            ::msgpack::unpack(as_text(bytes).data(), bytes.size(), used, nullptr, nullptr, limit);
        RC_ASSERT(mine.has_value() == (used == bytes.size()));
        if (mine) {
            RC_ASSERT(*mine == value_of(handle.get()));
        }
    } catch (const ::msgpack::unpack_error&) {
        RC_ASSERT(!mine);
    }
}

class PythonOracle : public ::testing::Test {
protected:
    static std::string path(const std::string& name) {
        return ::testing::TempDir() + "batpak_" + std::to_string(::getpid()) + "_" + name;
    }
    static std::string read(const std::string& name) {
        std::ifstream file(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void write(const std::string& name, BytesView bytes) {
        std::ofstream(path(name), std::ios::binary) << as_text(bytes);
    }
    // Fails, and does not skip, where Python or its module is missing: a check that may be left
    // out is none.
    static void run(const std::string& arguments) {
        const std::string command = std::string("'") + BATPAK_PYTHON3 + "' '" +
                                    BATPAK_PYTHON_ORACLE + "' " + arguments + " 2> '" +
                                    path("errors") + "'";
        ASSERT_EQ(std::system(command.c_str()), 0)
            << command << "\n"
            << read("errors") << "\nThis test needs python3-msgpack.";
    }
    void TearDown() override {
        for (const char* name : {"ours", "theirs", "text", "errors"}) {
            std::remove(path(name).c_str());
        }
    }
};

TEST_F(PythonOracle, GivesBackTheBytesThatItWasSent) {
    const std::uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto generator = any_value();
    rc::Random random(seed);
    Value values = Value::Array{};
    for (int i = 0; i < 2000; ++i) {
        values.as_array()->push_back(generator(random.split(), i % 100).value());
    }
    const Bytes ours = encoded(values);
    write("ours", ours);
    ASSERT_NO_FATAL_FAILURE(run("echo '" + path("ours") + "' '" + path("theirs") + "'"));
    const std::string theirs = read("theirs");
    EXPECT_TRUE(theirs == as_text(ours)) << theirs.size() << " and " << ours.size() << " bytes";
}

TEST_F(PythonOracle, MakesValuesThatReadAsTheTextThatItPrints) {
    const std::uint32_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(
        run("make " + std::to_string(seed) + " '" + path("theirs") + "' '" + path("text") + "'"));
    const std::string theirs = read("theirs");
    const auto value = Value::decode(as_bytes(theirs));
    ASSERT_TRUE(value) << value.error().to_string();
    EXPECT_EQ(value->as_array()->size(), 2000U);
    EXPECT_TRUE(as_text(encoded(*value)) == theirs);

    const auto from_text = parse_json(read("text"));
    ASSERT_TRUE(from_text) << from_text.error().to_string();
    EXPECT_TRUE(PayloadCodec<nlohmann::json>::decode(as_bytes(theirs)) == *from_text);
}

}  // namespace
}  // namespace batpak
