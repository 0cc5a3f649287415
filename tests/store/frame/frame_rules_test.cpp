// Goal:   what docs/FORMAT.md calls an error in a frame, an open refuses or verify() finds.
// Method: the second event of a log without hashes is written by hand, element by element, with
//         right checksums. Each sort of wrong in turn takes the place of what is right, and what is
//         right in every form that the format has is not called wrong.
#include "store/frame/frame_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/event/msgpack.hpp"
#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

constexpr const char* kSegment = "data/segments/000000000001.bpk";

// One MessagePack value, as bytes that nobody shortens.
using Element = std::string;

Element raw(std::initializer_list<unsigned> bytes) {
    Element element;
    for (const unsigned byte : bytes) element += static_cast<char>(byte);
    return element;
}
Element nil() { return raw({0xC0}); }
Element text(std::string_view text) {
    return static_cast<char>(0xA0 | text.size()) + std::string(text);
}
Element bytes(std::string_view bytes) {
    return raw({0xC4, static_cast<unsigned>(bytes.size())}) + std::string(bytes);
}
Element map(unsigned pairs) { return raw({0x80 | pairs}); }

// Elements 0 to 19.
using Body = std::vector<Element>;

struct FrameRulesTest : testing::StoreFixture {
    FrameRulesTest() {
        config = config.with_hash_chain(false);
        {
            Store store = open();
            EXPECT_TRUE(store.append_raw(alice, kind, payload));
            killed_ = disk->after_process_kill();
        }
        segment_ = killed_->contents(kSegment).value();
        header_ = SegmentHeader::decode(BytesView(segment_).first(96)).value();
        const auto first = check_frame(BytesView(segment_).subspan(96), header_.salt, 96);
        end_ = 96 + first.frame_bytes;
        const Frame frame = decode_body(first.body).value();
        first_id_ = as_text(frame.event.header.event_id.view());
    }

    // An event that may stand behind the first.
    Body right() const {
        std::string id = first_id_;
        id[5] = static_cast<char>(id[5] + 1);
        const std::string time = raw({0xCF, 0, 7, 0, 0, 0, 0, 0, 0});
        return {raw({1}),  raw({1}),  raw({1}),  raw({0}), raw({0}),
                raw({0}),  nil(),     bytes(id), nil(),    raw({0xCD, 0xF0, 1}),
                raw({1}),  raw({0}),  time,      nil(),    nil(),
                text("e"), text("s"), nil(),     nil(),    bytes("x")};
    }

    // The log with one more frame of this body.
    std::shared_ptr<testing::SimulatedFileSystem> with(std::string_view body) const {
        Bytes file = segment_;
        file.resize(std::max(file.size(), end_ + 10 + body.size()));
        const MutableBytesView all(file);
        std::array<std::byte, 28> place;
        std::ranges::copy(header_.salt, place.begin());
        store_little_endian(std::span(place).subspan(16), std::uint64_t{end_});
        store_little_endian(std::span(place).subspan(24), static_cast<std::uint32_t>(body.size()));
        store_little_endian(all.subspan(end_), static_cast<std::uint32_t>(body.size()));
        store_little_endian(all.subspan(end_ + 4), static_cast<std::uint16_t>(crc32(place)));
        store_little_endian(all.subspan(end_ + 6), crc32(as_bytes(body), crc32(place)));
        std::ranges::copy(as_bytes(body), file.begin() + static_cast<std::ptrdiff_t>(end_ + 10));
        const auto changed = killed_->after_process_kill();
        EXPECT_TRUE(changed->put(kSegment, file));
        return changed;
    }
    static std::string joined(const Body& body) {
        std::string all = raw({0xDC, 0, static_cast<unsigned>(body.size())});
        for (const Element& element : body) all += element;
        return all;
    }

    // Whether an open refuses it, or verify() finds it.
    bool is_found(std::string_view body) const {
        const auto damaged = with(body);
        const auto store = Store::open(
            StoreConfig("data").with_environment({damaged, clock, entropy}).with_hash_chain(false));
        if (!store) {
            EXPECT_EQ(store.error().error_class(), ErrorClass::Refused);
            return true;
        }
        const VerifyReport report = store->verify().value();
        if (!report.damage) {
            EXPECT_EQ(report.events, store->visible_end().value);
            return false;
        }
        EXPECT_EQ(report.damage->code(), ErrorCode::CorruptFrame);
        EXPECT_EQ(report.damage->offset(), end_);
        return true;
    }
    bool is_found(std::size_t element, const Element& value) const {
        Body body = right();
        body[element] = value;
        return is_found(joined(body));
    }

    std::shared_ptr<testing::SimulatedFileSystem> killed_;
    Bytes segment_;
    SegmentHeader header_;
    std::uint64_t end_ = 0;
    std::string first_id_;
};

// Metadata with a list of tags that begins so.
Element tags(std::initializer_list<unsigned> head) {
    return map(1) + text("batpak.tags") + raw(head);
}

TEST_F(FrameRulesTest, WhatIsRightIsNotCalledWrong) {
    EXPECT_FALSE(is_found(joined(right())));
    EXPECT_FALSE(is_found(4, raw({0xE0})));  // an hlc before the timestamp
    EXPECT_FALSE(is_found(4, raw({0xD0, 0x80})));
    EXPECT_FALSE(is_found(5, raw({0xCE, 0xFF, 0xFF, 0xFF, 0xFF})));
    EXPECT_FALSE(is_found(10, raw({0xCD, 0xFF, 0xFF})));
    EXPECT_FALSE(is_found(11, raw({0xCE, 0xFF, 0xFF, 0xFF, 0x01})));
    EXPECT_FALSE(is_found(13, bytes(std::string(16, 'c'))));
    EXPECT_FALSE(is_found(15, bytes("\xFF")));  // a name that is not UTF-8
    EXPECT_FALSE(is_found(15, raw({0xD9, 32}) + std::string(32, 'n')));
    EXPECT_FALSE(is_found(17, map(1) + text("k") + text("v")));
    EXPECT_FALSE(is_found(17, map(1) + text("batpak.key") + bytes("key")));
    EXPECT_FALSE(is_found(17, map(1) + text("batpak.gates") + map(2) + text("bypass") + text("n") +
                                  text("because") + text("r")));
    const Element set = text("set") + bytes(std::string(32, 'd'));
    const Element gates = text("gates") + raw({0x91, 0x92}) + text("g") + raw({1});
    EXPECT_FALSE(is_found(17, map(1) + text("batpak.gates") + map(2) + set + gates));
    EXPECT_FALSE(is_found(
        17, map(1) + text("batpak.gates") + map(3) + set + gates + text("seen") + raw({1})));
    EXPECT_FALSE(is_found(17, tags({0x92}) + text("a") + text("b")));
    EXPECT_FALSE(is_found(17, tags({0x92}) + text("a") + bytes("\xFF")));
    EXPECT_FALSE(is_found(17, tags({0x91}) + raw({0xDA, 1, 0}) + std::string(256, 't')));
    EXPECT_FALSE(is_found(19, raw({0xC4, 0})));
    EXPECT_FALSE(is_found(19, raw({0xC5, 1, 0}) + std::string(256, 'p')));
    Body caused = right();
    caused[11] = raw({2});
    caused[14] = bytes(std::string(16, 'c'));
    EXPECT_FALSE(is_found(joined(caused)));
}

// Every number, in each form that is not its shortest, and with the sign of the other kind.
TEST_F(FrameRulesTest, EveryNumberHasOneForm) {
    const auto uint8 = [](unsigned n) { return raw({0xCC, n}); };
    const auto uint16 = [](unsigned n) { return raw({0xCD, 0, n}); };
    const auto uint32 = [](unsigned n) { return raw({0xCE, 0, 0, 0, n}); };
    const auto uint64 = [](unsigned n) { return raw({0xCF, 0, 0, 0, 0, 0, 0, 0, n}); };
    const auto int8 = [](unsigned n) { return raw({0xD0, n}); };
    const auto int16 = [](unsigned n) { return raw({0xD1, 0, n}); };
    const auto int32 = [](unsigned n) { return raw({0xD2, 0, 0, 0, n}); };
    const auto int64 = [](unsigned n) { return raw({0xD3, 0, 0, 0, 0, 0, 0, 0, n}); };
    for (const std::size_t element : {0U, 1U, 2U, 3U, 4U, 5U, 10U, 11U}) {
        const auto value = static_cast<unsigned char>(right()[element][0]);
        for (const Element& form : {uint8(value), uint16(value), uint32(value), uint64(value),
                                    int8(value), int16(value), int32(value), int64(value)}) {
            EXPECT_TRUE(is_found(element, form)) << element;
        }
        for (const Element& form : {nil(), text("1"), bytes("1"), raw({0xC3}),
                                    raw({0xCA, 0, 0, 0, 0}), raw({0xFF}), raw({0x90})}) {
            if (element == 4 && form == raw({0xFF})) continue;
            EXPECT_TRUE(is_found(element, form)) << element;
        }
    }
    EXPECT_TRUE(is_found(9, raw({0xD1, 0x70, 1})));  // as short, and of the signed kind
    EXPECT_TRUE(is_found(9, raw({0xCE, 0, 0, 0xF0, 1})));
    EXPECT_TRUE(is_found(9, raw({0xCE, 0, 1, 0xF0, 1})));  // over 16 bits
    EXPECT_TRUE(is_found(12, raw({0xD3, 0, 7, 0, 0, 0, 0, 0, 0})));
    EXPECT_TRUE(is_found(4, raw({0xD1, 0xFF, 0xE0})));  // -32 in three bytes
    EXPECT_TRUE(is_found(4, raw({0xD0, 0xE0})));
}

TEST_F(FrameRulesTest, EveryOtherElementHasOneForm) {
    const std::string id = right()[7].substr(2);
    const std::vector<std::pair<std::size_t, Element>> wrong = {
        {6, raw({0x92, 0, 1})},  // [0, 1] for nil
        {6, raw({0x92, 0, 2})},  // of a batch, alone
        {6, raw({0x92, 1, 1})},
        {6, raw({0x93, 0, 1, 1})},
        {7, nil()},
        {7, raw({0xC5, 0, 16}) + id},  // a longer head
        {7, raw({0xB0}) + id},         // text
        {7, bytes(id.substr(1))},
        {7, bytes(id.substr(0, 6) + "\x40" + id.substr(7))},  // of version 4
        {7, bytes(id.substr(0, 8) + "\x40" + id.substr(9))},  // of another variant
        {8, bytes(std::string(32, '\0'))},                    // zeros for nil
        {8, bytes(std::string(32, 'h'))},                     // a hash where there are none
        {11, raw({4})},                                       // flags that nobody knows
        {11, raw({0xCC, 0x80})},
        {11, raw({2})},   // a cause that is not there
        {13, bytes(id)},  // its own id
        {13, bytes("short")},
        {14, bytes(std::string(16, '\0'))},  // zeros for nil
        {14, bytes(std::string(16, 'c'))},   // a cause without its flag
        {15, bytes("e")},                    // bin, though it is UTF-8
        {15, bytes(std::string(40, 'e'))},
        {15, text("\xFF")},  // str, though it is not
        {15, raw({0xD9, 1}) + "e"},
        {15, raw({0xDA, 0, 1}) + "e"},
        {15, text("")},
        {15, nil()},
        {15, raw({0xDA, 4, 1}) + std::string(1025, 'e')},
        {16, bytes("s")},
        {16, text("\xED\xA0\x80")},  // a surrogate
        {16, text("\xC0\x80")},      // overlong
        {16, raw({0xD9, 1}) + "s"},
        {16, text("")},
        {18, bytes(std::string(16, 'b'))},  // a blind without a hash
        {19, raw({0xC5, 0, 1}) + "x"},
        {19, raw({0xC6, 0, 0, 0, 1}) + "x"},
        {19, text("x")},
        {19, nil()},
    };
    for (std::size_t i = 0; i < wrong.size(); ++i)
        EXPECT_TRUE(is_found(wrong[i].first, wrong[i].second)) << "sort " << i;
}

TEST_F(FrameRulesTest, MetadataHasOneForm) {
    const Element set = text("set") + bytes(std::string(32, 'd'));
    const Element gates = text("gates") + raw({0x90});
    const std::vector<Element> wrong = {
        map(0),  // an empty map for nil
        text("k"),
        raw({0x91}) + text("k"),
        raw({0xDE, 0, 1}) + text("k") + text("v"),  // a longer head
        map(1) + raw({0xD9, 1}) + "k" + text("v"),
        map(1) + text("k") + raw({0xD9, 1}) + "v",
        map(1) + text("k") + bytes("v"),
        map(1) + text("k") + raw({1}),
        map(1) + text("k") + nil(),
        map(1) + bytes("k") + text("v"),
        map(1) + text("k") + text("\xFF"),
        map(1) + text("\xFF") + text("v"),
        map(2) + text("k") + text("v") + text("k") + text("w"),  // twice
        map(2) + text("l") + text("v") + text("k") + text("w"),  // not sorted
        map(1) + text("batpak.key") + text("key"),
        map(1) + text("batpak.key") + bytes(""),
        map(1) + text("batpak.key") + raw({0xC5, 1, 1}) + std::string(257, 'k'),
        map(1) + text("batpak.key") + raw({0xC5, 0, 1}) + "k",
        map(1) + text("batpak.other") + text("v"),
        map(1) + text("batpak.gates") + text("v"),
        map(1) + text("batpak.gates") + map(0),
        map(1) + text("batpak.gates") + map(1) + set,
        map(1) + text("batpak.gates") + map(2) + gates + set,
        map(1) + text("batpak.gates") + map(2) + text("set") + bytes("short") + gates,
        map(1) + text("batpak.gates") + map(2) + set + text("gates") + raw({0x91}) + text("g"),
        map(1) + text("batpak.gates") + map(3) + set + gates + text("more") + raw({1}),
        map(1) + text("batpak.gates") + map(3) + set + gates + text("seen") + raw({0xCC, 1}),
        map(1) + text("batpak.gates") + map(2) + text("bypass") + text("n") + text("why") +
            text("r"),
        map(1) + text("batpak.gates") + map(2) + text("because") + text("r") + text("bypass") +
            text("n"),
    };
    for (std::size_t i = 0; i < wrong.size(); ++i)
        EXPECT_TRUE(is_found(17, wrong[i])) << "sort " << i;
}

TEST_F(FrameRulesTest, TagsHaveOneForm) {
    Element most = tags({0xDC, 0, 32});
    for (int i = 10; i < 42; ++i) most += text(std::to_string(i));
    EXPECT_FALSE(is_found(17, most));
    most = tags({0xDC, 0, 33});
    for (int i = 10; i < 43; ++i) most += text(std::to_string(i));
    const std::vector<Element> wrong = {
        most,
        map(1) + text("batpak.tags") + text("a"),  // no list
        tags({0x90}),                              // an empty one
        tags({0xDC, 0, 1}) + text("a"),            // a longer head
        tags({0x92}) + text("a") + text("a"),      // twice
        tags({0x92}) + text("b") + text("a"),      // not sorted
        tags({0x91}) + text(""),
        tags({0x91}) + raw({1}),
        tags({0x91}) + nil(),
        tags({0x91}) + text("a\n"),
        tags({0x91}) + text("\x7F"),
        tags({0x91}) + text("\xFF"),          // bytes that are no text
        tags({0x91}) + bytes("a"),            // text that is said to be bytes
        tags({0x91}) + raw({0xD9, 1}) + "a",  // a longer head of a tag
        tags({0x91}) + raw({0xDA, 0, 1}) + "a",
        tags({0x91}) + raw({0xDA, 1, 1}) + std::string(257, 't'),
        tags({0x91}) + raw({0xDB, 0, 0, 0, 1}) + "a",
    };
    for (std::size_t i = 0; i < wrong.size(); ++i)
        EXPECT_TRUE(is_found(17, wrong[i])) << "sort " << i;
}

TEST_F(FrameRulesTest, WhatAKindIsCalledHasOneForm) {
    const auto said = [](const Element& value) { return map(1) + text("batpak.kind") + value; };
    EXPECT_FALSE(is_found(17, said(raw({0x92}) + text("Moved") + nil())));
    EXPECT_FALSE(is_found(17, said(raw({0x92}) + text("Moved") + text("{x:int32}"))));
    const std::vector<Element> wrong = {
        text("Moved"),
        raw({0x91}) + text("Moved"),
        raw({0x93}) + text("Moved") + nil() + nil(),
        raw({0x92}) + bytes("Moved") + nil(),
        raw({0x92}) + text("") + nil(),
        raw({0x92}) + text("a\n") + nil(),
        raw({0x92}) + text("\xFF") + nil(),
        raw({0x92}) + text("Moved") + text(""),
        raw({0x92}) + text("Moved") + raw({1}),
        raw({0x92}) + text("Moved") + text("{x\t}"),
        raw({0x92, 0xD9, 1}) + "a" + nil(),  // a longer head of the name
        raw({0xDC, 0, 2}) + text("Moved") + nil(),
        raw({0x92}) + raw({0xDA, 1, 1}) + std::string(257, 'n') + nil(),
    };
    for (std::size_t i = 0; i < wrong.size(); ++i)
        EXPECT_TRUE(is_found(17, said(wrong[i]))) << "sort " << i;
}

TEST_F(FrameRulesTest, TheArrayHasOneForm) {
    const std::string body = joined(right());
    EXPECT_TRUE(is_found(raw({0xDD, 0, 0, 0, 20}) + body.substr(3)));
    EXPECT_TRUE(is_found(body + raw({0xC0})));
    EXPECT_TRUE(is_found(body.substr(0, body.size() - 1)));
    Body longer = right();
    longer.push_back(nil());
    EXPECT_TRUE(is_found(joined(longer)));
    longer.resize(19);
    EXPECT_TRUE(is_found(joined(longer)));
    EXPECT_TRUE(is_found(raw({0x91, 9})));  // a type that nobody knows
}

TEST_F(FrameRulesTest, MarksHaveOneForm) {
    EXPECT_FALSE(is_found(raw({0x93, 4, 1, 0})));
    EXPECT_TRUE(is_found(raw({0x93, 4, 1, 0xCC, 0})));
    EXPECT_TRUE(is_found(raw({0x93, 4, 0xCD, 0, 1, 0})));
    EXPECT_TRUE(is_found(raw({0xDC, 0, 3, 4, 1, 0})));
    EXPECT_TRUE(is_found(raw({0x93, 4, 2, 0})));  // of another sequence
    EXPECT_TRUE(is_found(raw({0x93, 4, 1, 2})));  // a lag beyond the start
    EXPECT_TRUE(is_found(raw({0x93, 4, 1, 0, 0xC0})));
}

}  // namespace
}  // namespace batpak::store
