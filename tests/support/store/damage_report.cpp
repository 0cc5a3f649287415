#include "support/store/damage_report.hpp"

#include <algorithm>
#include <functional>

namespace batpak::testing {
namespace {

class Examination {
public:
    Examination(const StoreReads& store, const std::vector<EventCopy>& expected, std::size_t count)
        : store_(store), expected_(expected.begin(), expected.begin() + count_of(count)) {}

    DamageReport run(ReportDepth depth) {
        if (store_.visible_end() != Sequence(expected_.size())) forbid("the store has another end");
        const auto all = [](const EventCopy&) { return true; };
        check("query", store_.query(Region::all()), select(all));
        check_streams();
        if (depth == ReportDepth::Everything) check_other_orders();
        const auto verified = store_.verify();
        if (!verified) {
            judge("verify", verified.error());
        } else {
            report_.verified = !verified->damage && verified->events == expected_.size();
        }
        return report_;
    }

private:
    static std::ptrdiff_t count_of(std::size_t count) { return static_cast<std::ptrdiff_t>(count); }

    std::vector<const EventCopy*> select(const std::function<bool(const EventCopy&)>& keeps) const {
        std::vector<const EventCopy*> selected;
        for (const EventCopy& event : expected_) {
            if (keeps(event)) selected.push_back(&event);
        }
        return selected;
    }

    void check_streams() {
        std::set<std::string> entities;
        for (const EventCopy& event : expected_) entities.insert(event.entity);
        for (const std::string& entity : entities) {
            check("stream", store_.stream(entity),
                  select([&](const EventCopy& event) { return event.entity == entity; }));
        }
    }

    void check_other_orders() {
        std::vector<const EventCopy*> backward = select([](const EventCopy&) { return true; });
        std::ranges::reverse(backward);
        check("backward", store_.query(Region::all(), {.direction = Direction::Backward}),
              backward);
        std::set<std::string> scopes;
        for (const EventCopy& event : expected_) scopes.insert(event.scope);
        for (const std::string& scope : scopes) {
            check("scope", store_.by_scope(scope),
                  select([&](const EventCopy& event) { return event.scope == scope; }));
        }
        if (expected_.empty()) return;
        const EventKind kind = expected_.front().header.kind;
        check("kind", store_.by_fact(kind),
              select([&](const EventCopy& event) { return event.header.kind == kind; }));
    }

    void check(const std::string& what, EventRange range,
               const std::vector<const EventCopy*>& expected) {
        std::size_t at = 0;
        while (const Result<EventView>* element = range.next()) {
            if (is_extra(*element, at, expected)) {
                ++report_.extra_errors;
                continue;
            }
            if (at == expected.size()) return forbid(what + ": an event too many");
            const EventCopy& event = *expected[at];
            if (*element) {
                if (!event.is(**element)) return forbid(what + ": not what was stored");
            } else {
                const Error error = element->error();
                judge(what, error);
                if (error.code() != ErrorCode::CorruptFrame) {
                    report_.ends_early = true;
                    if (range.next() != nullptr) forbid(what + ": goes on behind its end");
                    return;
                }
                if (error.sequence() != event.position.sequence)
                    return forbid(what + ": an error for another event");
                report_.unreadable.insert(error.sequence()->value);
            }
            ++at;
        }
        if (at != expected.size()) forbid(what + ": events are missing");
    }

    // Whether it is the error of a damaged event that is none of the expected ones: without an
    // index nobody knows whose it was.
    bool is_extra(const Result<EventView>& element, std::size_t at,
                  const std::vector<const EventCopy*>& expected) const {
        if (element || element.error().code() != ErrorCode::CorruptFrame) return false;
        const std::optional<Sequence> sequence = element.error().sequence();
        if (!sequence || !report_.unreadable.contains(sequence->value)) return false;
        return at == expected.size() || *sequence != expected[at]->position.sequence;
    }

    void judge(const std::string& what, const Error& error) {
        if (error.error_class() != ErrorClass::Refused) forbid(what + ": " + error.to_string());
    }

    void forbid(const std::string& what) {
        if (report_.forbidden.empty()) report_.forbidden = what;
    }

    const StoreReads& store_;
    const std::vector<EventCopy> expected_;
    DamageReport report_;
};

}  // namespace

DamageReport examine(const StoreReads& store, const std::vector<EventCopy>& expected,
                     std::size_t count, ReportDepth depth) {
    return Examination(store, expected, count).run(depth);
}

}  // namespace batpak::testing
