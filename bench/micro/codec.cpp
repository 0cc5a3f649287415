// Codec: frames and payloads, from values to bytes and back. Bytes are a payload's.
#include <algorithm>
#include <optional>

#include "batpak/event/msgpack.hpp"
#include "micro/fixture.hpp"
#include "store/frame/frame.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::uint64_t kOffset = 96;
constexpr store::Salt kSalt{std::byte{7}};
constexpr Blind kBlind{std::byte{3}};
constexpr Hash kHash{{std::byte{9}}};

// An event of the usual workload, on its way into a frame.
class Framed {
public:
    explicit Framed(const benchmark::State& state)
        : workload_(workload_of(static_cast<std::size_t>(state.range(0)))) {}

    EventFields fields() const noexcept {
        return {.kind = workload_.kind(),
                .payload_version = 1,
                .timestamp_us = kTimeUs,
                .entity = workload_.coordinate(0).entity(),
                .scope = workload_.coordinate(0).scope(),
                .payload = workload_.payload()};
    }
    static store::FramePlace place() noexcept {
        return {.place = {.sequence = Sequence(123'456),
                          .version = Version(12),
                          .hlc = Hlc().after(kTimeUs),
                          .event_id = EventId{{std::byte{1}}}},
                .durable_end = Sequence(123'000),
                .timestamp_us = kTimeUs,
                .hash = &kHash};
    }
    Buffer content() const {
        Buffer out;
        store::encode_content(out, fields(), &kBlind);
        return out;
    }
    Buffer frame() const {
        Buffer out;
        store::append_event_frame(out, kSalt, kOffset, place(), content().view());
        return out;
    }

private:
    static constexpr std::int64_t kTimeUs = 1'700'000'000'000'000;

    const Workload& workload_;
};

void encode_content(benchmark::State& state) {
    const Framed framed(state);
    const EventFields fields = framed.fields();
    Buffer out;
    measure(state, {.yields = framed.content().size()}, [&] {
        out.clear();
        store::encode_content(out, fields, &kBlind);
        return out.size();
    });
    const Buffer frame = framed.frame();
    must_hold(std::ranges::equal(frame.view().last(out.size()), out.view()),
              "a frame ends with it");
}

void append_frame(benchmark::State& state) {
    const Framed framed(state);
    const store::FramePlace place = framed.place();
    const Buffer content = framed.content();
    Buffer out;
    measure(state, {.yields = framed.frame().size()}, [&] {
        out.clear();
        store::append_event_frame(out, kSalt, kOffset, place, content.view());
        return out.size();
    });
    must_hold(store::check_frame(out.view(), kSalt, kOffset).status == store::FrameStatus::Valid,
              "the frame is one");
}

void check_frame(benchmark::State& state) {
    const Buffer frame = Framed(state).frame();
    measure(state, {.yields = frame.size() - store::kFrameHeaderBytes},
            [&] { return store::check_frame(frame.view(), kSalt, kOffset).body.size(); });
    must_hold(
        store::check_frame(frame.view(), kSalt, kOffset + 1).status != store::FrameStatus::Valid,
        "a frame in a wrong place is found out");
}

void decode_body(benchmark::State& state) {
    const Framed framed(state);
    const Buffer frame = framed.frame();
    const BytesView body = frame.view().subspan(store::kFrameHeaderBytes);
    measure(state, {.yields = framed.fields().payload.size()},
            [&] { return must(store::decode_body(body)).event.payload.size(); });
    must_hold(must(store::decode_body(body)).event.entity == framed.fields().entity,
              "what was framed comes back");
}

void sizes(benchmark::internal::Benchmark* suite) { suite->Arg(64)->Arg(256)->Arg(1024); }

BENCHMARK(encode_content)->Name("codec/encode_content")->Apply(sizes);
BENCHMARK(append_frame)->Name("codec/append_frame")->Apply(sizes);
BENCHMARK(check_frame)->Name("codec/check_frame")->Apply(sizes);
BENCHMARK(decode_body)->Name("codec/decode_body")->Apply(sizes);

struct Line {
    std::string item;
    std::uint32_t pieces = 0;
    std::int64_t cents = 0;
};

struct Order {
    std::string customer;
    std::optional<std::string> note;
    double discount = 0;
    std::vector<Line> lines;
};

Order order_of(const benchmark::State& state) {
    Order order{.customer = "customer:12345", .note = "to the back door", .discount = 0.5};
    for (std::int64_t i = 0; i < state.range(0); ++i)
        order.lines.push_back({"item:" + std::to_string(100 + i), 3, 1999});
    return order;
}

Buffer encoded(const Order& order) {
    Buffer out;
    must(PayloadCodec<Order>::encode(order, out));
    return out;
}

void encode_payload(benchmark::State& state) {
    const Order order = order_of(state);
    Buffer out;
    measure(state, {.yields = encoded(order).size()}, [&] {
        out.clear();
        must(PayloadCodec<Order>::encode(order, out));
        return out.size();
    });
}

void decode_payload(benchmark::State& state) {
    const Order order = order_of(state);
    const Buffer bytes = encoded(order);
    const auto lines = static_cast<std::uint64_t>(state.range(0));
    measure(state, {.yields = lines},
            [&] { return must(PayloadCodec<Order>::decode(bytes.view())).lines.size(); });
    const Buffer again = encoded(must(PayloadCodec<Order>::decode(bytes.view())));
    must_hold(std::ranges::equal(again.view(), bytes.view()), "nothing is lost on the way");
}

void skip(benchmark::State& state) {
    const Buffer bytes = encoded(order_of(state));
    measure(state, {.yields = bytes.size()}, [&] {
        msgpack::Reader reader(bytes.view());
        reader.skip();
        return reader.done() ? reader.offset() : 0;
    });
}

// By the number of lines of an order.
BENCHMARK(encode_payload)->Name("codec/encode_payload")->Arg(1)->Arg(10);
BENCHMARK(decode_payload)->Name("codec/decode_payload")->Arg(1)->Arg(10);
BENCHMARK(skip)->Name("codec/skip")->Arg(1)->Arg(10);

}  // namespace
}  // namespace batpak::bench::micro
