// An arrival is counted under the lock, and acted upon after it: what an injection does, such as
// making a disk out of this one, may take as long as it likes.
#include "batpak/testing/injectors.hpp"

#include <algorithm>
#include <cerrno>

#include "batpak/base/assert.hpp"
#include "testing/random.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;

bool counts(const std::optional<InjectionPoint>& wanted, InjectionPoint point) noexcept {
    return !wanted || *wanted == point;
}

}  // namespace

std::string Arrival::to_string() const {
    std::string text(batpak::to_string(point));
    text += ", arrival " + std::to_string(number);
    if (seed) text += ", seed " + std::to_string(*seed);
    return text;
}

Injection fail_with(ErrorCode code, int os_error) {
    return [code, os_error](const Arrival& arrival) -> std::optional<Error> {
        return Error(code, "injected at " + arrival.to_string()).with_os_error(os_error);
    };
}

Injection fail_io() { return fail_with(ErrorCode::Io, EIO); }

Injection fail_disk_full() { return fail_with(ErrorCode::DiskFull, ENOSPC); }

// The step itself fails as well: no code after it may believe that it went on.
Injection cut_power(std::shared_ptr<SimulatedFileSystem> disk) {
    BATPAK_ASSERT(disk != nullptr);
    return [disk = std::move(disk)](const Arrival& arrival) -> std::optional<Error> {
        if (!disk->crashed()) disk->crash_at(disk->calls(), CrashMoment::BeforeCall);
        return Error(ErrorCode::Io, "power cut at " + arrival.to_string()).with_os_error(EIO);
    };
}

CountdownInjector::CountdownInjector(const Countdown& when, Injection injection)
    : when_(when), injection_(std::move(injection)) {
    BATPAK_ASSERT(injection_ != nullptr);
}

std::optional<Error> CountdownInjector::reached(InjectionPoint point) noexcept {
    if (!counts(when_.point, point)) return std::nullopt;
    Arrival arrival{.point = point, .number = 0, .seed = std::nullopt};
    {
        const MutexLock lock(mutex_);
        arrival.number = arrivals_++;
        const bool due =
            arrival.number == when_.arrival || (when_.repeats && arrival.number > when_.arrival);
        if (!due) return std::nullopt;
        fired_ = true;
    }
    return injection_(arrival);
}

bool CountdownInjector::fired() const {
    const MutexLock lock(mutex_);
    return fired_;
}

std::uint64_t CountdownInjector::arrivals() const {
    const MutexLock lock(mutex_);
    return arrivals_;
}

ProbabilisticInjector::ProbabilisticInjector(const Chance& chance, Injection injection)
    : chance_(chance), injection_(std::move(injection)), state_(chance.seed) {
    BATPAK_ASSERT(chance.per_million <= kMillion);
    BATPAK_ASSERT(injection_ != nullptr);
}

// One number for each arrival that counts, whether it fails or not: so the same seed fails the same
// arrivals.
std::optional<Error> ProbabilisticInjector::reached(InjectionPoint point) noexcept {
    if (!counts(chance_.point, point)) return std::nullopt;
    Arrival arrival{.point = point, .number = 0, .seed = chance_.seed};
    {
        const MutexLock lock(mutex_);
        arrival.number = arrivals_++;
        state_ = Random(state_).next();
        if (Random(state_).below(kMillion) >= chance_.per_million) return std::nullopt;
        ++fired_;
    }
    return injection_(arrival);
}

std::uint64_t ProbabilisticInjector::fired() const {
    const MutexLock lock(mutex_);
    return fired_;
}

std::string ProbabilisticInjector::to_string() const {
    const MutexLock lock(mutex_);
    const std::string where(chance_.point ? batpak::to_string(*chance_.point) : "any point");
    return "ProbabilisticInjector at " + where + ": " + std::to_string(chance_.per_million) +
           " of 1000000, seed " + std::to_string(chance_.seed) + "; " + std::to_string(fired_) +
           " of " + std::to_string(arrivals_) + " arrivals failed";
}

std::optional<Error> RecordingInjector::reached(InjectionPoint point) noexcept {
    const MutexLock lock(mutex_);
    points_.push_back(point);
    return std::nullopt;
}

std::vector<InjectionPoint> RecordingInjector::points() const {
    const MutexLock lock(mutex_);
    return points_;
}

std::uint64_t RecordingInjector::count(InjectionPoint point) const {
    const MutexLock lock(mutex_);
    return static_cast<std::uint64_t>(std::ranges::count(points_, point));
}

}  // namespace batpak::testing
