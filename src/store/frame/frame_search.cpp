// One pass over the bytes, in blocks, with a running sum R:
//
//     look_at    each place that looks like a head: its candidate joins the heap, by its end
//     sum_to     R goes on to the next place of interest; a candidate that ends there is settled
//     settle     R at the end is what the head demanded: a frame; else it was bytes
//
// The order matters: R must be exactly at the front of a candidate's body when the candidate joins,
// because what it demands is computed from that R. If too many are open at once, settle_all() sums
// on ahead for them and comes back.
#include "store/frame/frame_search.hpp"

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

// Places and ends are kept as 32 bits.
static_assert(kSegmentBytesMax <= UINT32_MAX);

constexpr std::size_t kLookBytes = kFrameHeaderBytes + FrameSearch::kFrontBytes;

// Whether a MessagePack array starts with this byte, as every body does.
bool starts_array(std::byte first) {
    const auto tag = std::to_integer<unsigned>(first);
    return (tag & 0xF0) == 0x90 || tag == 0xDC || tag == 0xDD;
}

bool ends_later(const auto& a, const auto& b) { return a.end > b.end; }

}  // namespace

FrameSearch::FrameSearch(File& file, const Salt& salt, std::uint64_t begin, std::uint64_t end)
    : file_(file),
      checker_(salt),
      salt_sum_(crc32(salt)),
      begin_(std::min(begin, kSegmentBytesMax)),
      end_(std::min(end, kSegmentBytesMax)) {
    BATPAK_ASSERT(begin <= end);
}

Result<void> FrameSearch::run(const Accepts& accepts, const Visit& visit) {
    BATPAK_ASSERT(block_at_ == 0 && summed_to_ == 0 && open_.empty());  // called once
    const std::uint64_t bytes = end_ - begin_;
    WindowReader reader(file_, kScanWindowBytes + kLookBytes);
    while (block_at_ < bytes) {
        const std::uint64_t left = bytes - block_at_;
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(left, kScanWindowBytes + kLookBytes));
        BATPAK_TRY(const BytesView held, reader.at(begin_ + block_at_, want));
        if (held.empty()) return {};
        const std::size_t block = std::min(held.size(), kScanWindowBytes);
        BATPAK_TRY(const bool goes_on, look_at(held, block, accepts, visit));
        if (!goes_on) return {};
        const std::uint64_t block_end = std::max(block_at_ + block, summed_to_);
        if (!sum_to(block_end, held, visit)) return {};
        block_at_ += block;
        if (held.size() < want) return {};
    }
    return {};
}

Result<bool> FrameSearch::look_at(BytesView held, std::size_t block, const Accepts& accepts,
                                  const Visit& visit) {
    for (std::size_t i = 0; i < block && held.size() - i > kFrameHeaderBytes; ++i) {
        if (!starts_array(held[i + kFrameHeaderBytes])) continue;
        const BytesView head = held.subspan(i, kFrameHeaderBytes);
        const std::uint64_t place = block_at_ + i;
        const auto n = load_little_endian<std::uint32_t>(head);
        if (n == 0 || n > end_ - begin_ - place - kFrameHeaderBytes) continue;
        const CheckedFrame checked = checker_.check(head, begin_ + place);
        if (checked.status == FrameStatus::Invalid) continue;
        const BytesView behind = held.subspan(i + kFrameHeaderBytes);
        if (!accepts(behind.first(std::min<std::size_t>({n, behind.size(), kFrontBytes})), n))
            continue;
        if (!sum_to(place + kFrameHeaderBytes, held, visit)) return false;
        if (open_.size() == open_max()) {
            BATPAK_TRY(const bool goes_on, settle_all(visit));
            if (!goes_on) return false;
        }
        add(head, place);
    }
    return true;
}

// With R(p) for the sum over the bytes up to p, a body [a, b) after the sum `place` of what binds
// it has the checksum  join(place, crc(body)) = after(place ^ R(a), b - a) ^ R(b).
void FrameSearch::add(BytesView head, std::uint64_t place) {
    BATPAK_ASSERT(summed_to_ == place + kFrameHeaderBytes);  // so that sum_ is R(a)
    BATPAK_ASSERT(open_.size() < open_max());
    const auto n = load_little_endian<std::uint32_t>(head);
    const std::uint64_t offset = begin_ + place;
    const std::uint32_t bound = crc32_of_words(
        std::array{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset >> 32), n},
        salt_sum_);
    const std::uint32_t demanded = frame_checksum(head) ^ crc32_followed(bound ^ sum_, n);
    open_.push_back({static_cast<std::uint32_t>(place),
                     static_cast<std::uint32_t>(place + kFrameHeaderBytes + n), demanded});
    std::ranges::push_heap(open_, ends_later<Candidate, Candidate>);
    ++candidates_;
}

// In steps, each to the nearest end of an open candidate or to `place`: R is looked at exactly
// there and nowhere else.
bool FrameSearch::sum_to(std::uint64_t place, BytesView held, const Visit& visit) {
    while (summed_to_ < place || (!open_.empty() && open_.front().end <= place)) {
        const bool ends_first = !open_.empty() && open_.front().end <= place;
        const std::uint64_t to = ends_first ? open_.front().end : place;
        BATPAK_ASSERT(summed_to_ >= block_at_ && to >= summed_to_);
        BATPAK_ASSERT(to - block_at_ <= held.size());
        const BytesView bytes = held.subspan(static_cast<std::size_t>(summed_to_ - block_at_),
                                             static_cast<std::size_t>(to - summed_to_));
        sum_ = crc32(bytes, sum_);
        bytes_summed_ += bytes.size();
        summed_to_ = to;
        if (!ends_first) continue;
        const Candidate candidate = open_.front();
        std::ranges::pop_heap(open_, ends_later<Candidate, Candidate>);
        open_.pop_back();
        if (!settle(candidate, sum_, visit)) return false;
    }
    return true;
}

Result<bool> FrameSearch::settle_all(const Visit& visit) {
    std::ranges::sort(open_, {}, &Candidate::end);
    // What ended up to here is settled: every candidate that is left needs more bytes.
    BATPAK_ASSERT(!open_.empty() && open_.front().end > summed_to_);
    WindowReader reader(file_, kScanWindowBytes);
    std::uint64_t place = summed_to_;
    std::uint32_t sum = sum_;
    for (const Candidate& candidate : open_) {
        while (place < candidate.end) {
            const auto want = static_cast<std::size_t>(
                std::min<std::uint64_t>(candidate.end - place, kScanWindowBytes));
            BATPAK_TRY(const BytesView bytes, reader.at(begin_ + place, want));
            if (bytes.empty()) break;  // the file ends there: nothing that goes on is a frame
            sum = crc32(bytes, sum);
            bytes_summed_ += bytes.size();
            place += bytes.size();
        }
        if (place < candidate.end) break;
        if (!settle(candidate, sum, visit)) return false;
    }
    open_.clear();
    return true;
}

bool FrameSearch::settle(const Candidate& candidate, std::uint32_t sum, const Visit& visit) const {
    if (sum != candidate.demanded) return true;
    return visit({.offset = begin_ + candidate.offset, .end = begin_ + candidate.end});
}

}  // namespace batpak::store
