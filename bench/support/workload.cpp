#include "support/workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "batpak/event/msgpack.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint32_t kSeed = 20'251'001;
constexpr std::uint8_t kCategory = 1;
constexpr std::uint16_t kType = 7;

// A map of one string, as long as it takes.
Buffer make_payload(std::size_t bytes) {
    for (std::size_t text = bytes; text-- > 0;) {
        Buffer payload;
        msgpack::Writer writer(payload);
        writer.map(1);
        writer.string("note");
        writer.string(std::string(text, 'x'));
        if (payload.size() <= bytes) return payload;
    }
    give_up("no payload is that short");
}

}  // namespace

Workload::Workload(std::size_t payload_bytes)
    : payload_(make_payload(payload_bytes)), kind_(EventKind::custom(kCategory, kType)) {
    std::mt19937 random(kSeed);
    std::vector<double> sums;
    double sum = 0;
    for (std::size_t rank = 0; rank < kEntities; ++rank) {
        char entity[16];
        char scope[16];
        std::snprintf(entity, sizeof entity, "entity:%05zu", rank);
        std::snprintf(scope, sizeof scope, "scope:%02zu",
                      static_cast<std::size_t>(random() % kScopes));
        coordinates_.push_back(must(Coordinate::create(entity, scope)));
        sum += std::pow(static_cast<double>(rank + 1), -kZipfExponent);
        sums.push_back(sum);
    }
    std::uniform_real_distribution<double> uniform(0, sum);
    for (std::size_t i = 0; i < kPicks; ++i) {
        const auto pick = std::ranges::lower_bound(sums, uniform(random)) - sums.begin();
        picks_.push_back(static_cast<std::uint16_t>(pick));
    }
}

}  // namespace batpak::bench
