// What copies, moves, compares and ends the variants of an outcome. It stands here so that not
// every program that includes an outcome compiles it: it is the dearest part of a std::variant.
#include "batpak/pipeline/outcome_parts.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak {

// ---- CompensationAction

CompensationAction::CompensationAction() noexcept = default;
CompensationAction::CompensationAction(const CompensationAction&) = default;
CompensationAction::CompensationAction(CompensationAction&&) noexcept = default;
CompensationAction& CompensationAction::operator=(const CompensationAction&) = default;
CompensationAction& CompensationAction::operator=(CompensationAction&&) noexcept = default;
CompensationAction::~CompensationAction() = default;

CompensationAction CompensationAction::rollback(std::vector<EventId> event_ids) {
    return CompensationAction(Rollback{std::move(event_ids)});
}

CompensationAction CompensationAction::notify(std::string target, std::string message) {
    return CompensationAction(Notify{std::move(target), std::move(message)});
}

CompensationAction CompensationAction::release(std::vector<std::string> resources) {
    return CompensationAction(Release{std::move(resources)});
}

CompensationAction CompensationAction::custom(std::string action, Bytes data) {
    return CompensationAction(Custom{std::move(action), std::move(data)});
}

// ---- WaitCondition

WaitCondition::WaitCondition() noexcept = default;
WaitCondition::WaitCondition(const WaitCondition&) = default;
WaitCondition::WaitCondition(WaitCondition&&) noexcept = default;
WaitCondition& WaitCondition::operator=(const WaitCondition&) = default;
WaitCondition& WaitCondition::operator=(WaitCondition&&) noexcept = default;
WaitCondition::~WaitCondition() = default;

WaitCondition WaitCondition::timeout(Time resume_at) { return WaitCondition(Timeout{resume_at}); }

WaitCondition WaitCondition::event(EventId event_id) { return WaitCondition(Event{event_id}); }

WaitCondition WaitCondition::custom(std::uint16_t tag, Bytes data) {
    return WaitCondition(Custom{tag, std::move(data)});
}

bool operator==(const WaitCondition& a, const WaitCondition& b) { return a.parts_ == b.parts_; }

WaitCondition WaitCondition::all(std::vector<WaitCondition> of) {
    WaitCondition made(All{std::move(of)});
    BATPAK_ASSERT(made.depth() <= kDepthMax);
    return made;
}

WaitCondition WaitCondition::any(std::vector<WaitCondition> of) {
    WaitCondition made(Any{std::move(of)});
    BATPAK_ASSERT(made.depth() <= kDepthMax);
    return made;
}

// It may recurse: all() and any() let none be made that is deeper than kDepthMax.
std::size_t WaitCondition::depth() const noexcept {
    const std::vector<WaitCondition>* inner = nullptr;
    if (const All* const every = as_all()) inner = &every->of;
    if (const Any* const one = as_any()) inner = &one->of;
    if (inner == nullptr) return 0;
    std::size_t deepest = 0;
    for (const WaitCondition& condition : *inner) deepest = std::max(deepest, condition.depth());
    return 1 + deepest;
}

}  // namespace batpak
