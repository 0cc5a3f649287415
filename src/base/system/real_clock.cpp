// Two clocks for two questions. The wall clock may go back, and is asked for times that are stored;
// the order of events never rests on it (INV W7). The steady one cannot, and measures.
#include "batpak/base/environment.hpp"

namespace batpak {
namespace {

class RealClock final : public Clock {
public:
    std::int64_t wall_us() noexcept override {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    }

    std::chrono::nanoseconds monotonic() noexcept override {
        return std::chrono::steady_clock::now().time_since_epoch();
    }
};

}  // namespace

std::shared_ptr<Clock> real_clock() { return std::make_shared<RealClock>(); }

}  // namespace batpak
