// One model's way through a batch:
//
//     begin -> apply, apply ... -> the log is durable that far (INV U1) -> commit with the position
//
// A failure at any of these takes the whole batch back, and the model stops before the event that
// it failed at, with all before it (INV U3): the next batch ends there, and is committed. A model
// that throws is a model that failed.
#include "readmodel/model_fold.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/coordinate/event_kind.hpp"

namespace batpak::readmodel {
namespace {

// A model that finds nothing for it need not store at each batch that it found nothing. After so
// many events it does, because the next process would look through them again.
constexpr std::uint64_t kPositionStoredEveryEvents = 1U << 16;

KindFilter application_kinds() {
    KindFilter kinds = KindFilter::of({});
    for (std::uint8_t category = 0; category <= 0xF; ++category) {
        if (category != EventKind::kSystemCategory) kinds = kinds | KindFilter::category(category);
    }
    return kinds;
}

// A model that asks for events of any kind means the application's. batpak's own records it gets
// only by their kinds.
Region without_own_records(const Region& region) {
    const bool asks_for_any = std::ranges::any_of(
        region.clauses(), [](const Region::Clause& clause) { return clause.kinds.is_any(); });
    return asks_for_any ? region.with_kinds(application_kinds()) : region;
}

// The one place where a model's code is kept from throwing through the runner (INV U3).
template <class Call>
auto isolated(const Call& call) -> decltype(call()) {
    try {
        return call();
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::HandlerFailed, std::string("it threw: ") + thrown.what());
    } catch (...) {
        return fail(ErrorCode::HandlerFailed, "it threw what is no std::exception");
    }
}

Result<void> check_name(const ModelName& name) {
    const bool has_control_bytes = std::ranges::any_of(name.text, [](char byte) {
        return static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) == 0x7F;
    });
    if (name.text.empty() || name.text.size() > ModelName::kBytesMax || has_control_bytes ||
        name.version == 0) {
        return fail(ErrorCode::InvalidArgument,
                    "a model has a name of 1 to 64 bytes without control bytes, and a version "
                    "from 1 on");
    }
    return {};
}

}  // namespace

ModelFold::ModelFold(Store& store, ReadModel& model)
    : store_(store), model_(model), region_(without_own_records(model.region())) {}

Result<std::unique_ptr<ModelFold>> ModelFold::open(Store& store, ReadModel& model) {
    BATPAK_CHECK(check_name(model.name()));
    std::unique_ptr<ModelFold> fold(new ModelFold(store, model));
    BATPAK_CHECK(fold->take_position());
    return fold;
}

Result<void> ModelFold::take_position() {
    BATPAK_TRY(std::optional<ModelPosition> position, isolated([&] { return model_.position(); }));
    if (position) {
        BATPAK_CHECK(check_position(*position));
        BATPAK_CHECK(check_erasures(*position, position->next));
    } else {
        position.emplace();
        position->erasures_end = store_.erased_payloads().end();
    }
    position->log_id = store_.log_id();
    position_ = *std::move(position);
    next_ = position_.next;
    return {};
}

// A model is taken only if its position is one of this log (INV U2).
Result<void> ModelFold::check_position(const ModelPosition& position) const {
    const auto refused = [&](ErrorCode code, std::string detail) {
        return fail(Error(code, std::move(detail) + ": make the model again")
                        .at(to_string(model_.name()))
                        .at_sequence(position.next));
    };
    const std::optional<Sequence> end = store_.common_end(position.log_id);
    if (!end) {
        return refused(ErrorCode::ForeignModel,
                       "it was made of another log: " + to_string(position.log_id));
    }
    if (position.next > *end) {
        return refused(ErrorCode::RolledBack, "it knows events that the log does not have");
    }
    if (!position.anchor) return {};
    if (position.anchor->sequence >= position.next) {
        return refused(ErrorCode::CorruptReadModel, "its position contradicts itself");
    }
    BATPAK_TRY(const HeldEvent event, store_.find(position.anchor->sequence));
    if (event->event_id() != position.anchor->id || event->hash != position.anchor->hash) {
        return refused(ErrorCode::ForeignModel, "the log has another event where it was made of " +
                                                    to_string(position.anchor->id));
    }
    return {};
}

// What the model has made of a payload, only making it again takes away (INV K6).
Result<void> ModelFold::check_erasures(ModelPosition& position, Sequence end) const {
    const Sequence erasures_end = store_.erased_payloads().end();
    const bool is_own_log = position.log_id == store_.log_id();
    if (is_own_log && position.erasures_end == erasures_end) return {};
    // What another log has erased behind the place where this one began, this one knows nothing of.
    const Sequence common_end = store_.common_end(position.log_id).value_or(Sequence(0));
    const Sequence known = std::min(position.erasures_end, common_end);
    BATPAK_TRY(const std::optional<Sequence> first,
               store_.erased_payloads().first_in(region_, known, end));
    if (first) {
        return fail(Error(ErrorCode::ModelOfErased,
                          "the payload of an event that it was made of was erased: make the model "
                          "again")
                        .at(to_string(model_.name()))
                        .at_sequence(*first));
    }
    position.erasures_end = erasures_end;
    return {};
}

// ---- a batch

// After an error the events up to where the model stopped are folded still, so that it ends exactly
// before the one that it failed at.
void ModelFold::fold(const EventView& event) {
    if (error_ && (!stop_at_ || event.sequence() >= *stop_at_)) return;
    if (event.sequence() < next_) return;
    if (const auto begun = begin(); !begun) return fail_at(std::nullopt, begun.error());
    const Result<void> applied = isolated([&] { return model_.apply(event); });
    if (!applied) return fail_at(event.sequence(), applied.error());
    ++batch_events_;
    last_ = {event.sequence(), event.event_id(), event.hash};
}

void ModelFold::stop_at(Sequence sequence, const Error& error) {
    if (error_ && (!stop_at_ || *stop_at_ <= sequence)) return;
    stop_at_ = sequence;
    error_ = error;
}

// An end without a position to store is remembered in memory alone: the next process looks through
// those events once more.
void ModelFold::finish(Sequence end) {
    // What failed in the batch takes the rest of it back.
    if (error_ && !begun_ && batch_events_ == 0 && (!stop_at_ || *stop_at_ < end)) return;
    BATPAK_ASSERT(next_ <= end);
    // Of a payload that was erased while the batch was read, nobody knows whether it was seen.
    const Result<void> is_clean = check_erasures(position_, end);
    if (!is_clean) return fail_at(std::nullopt, is_clean.error());
    if (!begun_ && end.value - position_.next.value < kPositionStoredEveryEvents) {
        next_ = end;
        return;
    }
    Result<ModelPosition> position = position_before(end);
    const Result<void> committed =
        position ? commit(*position) : Result<void>(fail(position.error()));
    if (!committed) return fail_at(std::nullopt, committed.error());
    position_ = *std::move(position);
    next_ = end;
    begun_ = false;
    batch_events_ = 0;
}

// The anchor is the event just before `end`, whether the model took it or not: by that one another
// log is told from this (INV U2).
Result<ModelPosition> ModelFold::position_before(Sequence end) const {
    ModelPosition position = position_;
    position.next = end;
    position.events += batch_events_;
    if (batch_events_ > 0) position.anchor = last_;
    if (position.anchor && position.anchor->sequence.next() == end) return position;
    const auto event = store_.find(Sequence(end.value - 1));
    if (event) {
        position.anchor = {(*event)->sequence(), (*event)->event_id(), (*event)->hash};
    } else if (event.error().error_class() != ErrorClass::Refused) {
        return fail(event.error());
    }
    // Else that event is damaged, and the anchor before it has to do.
    return position;
}

Result<void> ModelFold::commit(const ModelPosition& position) {
    // Else a power cut could take from the log what the model has kept (INV U1).
    if (model_.keeping() == ModelKeeping::OnDisk && store_.durable_end() < position.next) {
        BATPAK_CHECK(store_.sync());
    }
    BATPAK_CHECK(begin());
    return isolated([&] { return model_.commit(position); });
}

Result<void> ModelFold::begin() {
    if (std::exchange(begun_, true)) return {};
    return isolated([&] { return model_.begin(); });
}

void ModelFold::fail_at(std::optional<Sequence> event, Error error) {
    give_up();
    if (event) error = std::move(error).at_sequence(*event);
    error_ = std::move(error).at(to_string(model_.name()));
    stop_at_ = event;
}

void ModelFold::give_up() noexcept {
    if (begun_) model_.roll_back();
    begun_ = false;
    batch_events_ = 0;
}

// ---- after an error

// From the model's own position: that is what it has really stored.
Result<void> ModelFold::retry() {
    BATPAK_CHECK(take_position());
    error_.reset();
    stop_at_.reset();
    return {};
}

// The position that is stored lies after the event, and counts it as skipped: it is the model's own
// record that something is missing.
Result<void> ModelFold::skip() {
    if (!is_stopped() || !stop_at_) {
        return fail(Error(ErrorCode::InvalidArgument, "no event has stopped it")
                        .at(to_string(model_.name())));
    }
    BATPAK_TRY(ModelPosition position, position_before(stop_at_->next()));
    ++position.skipped;
    if (auto committed = commit(position); !committed) {
        give_up();
        return committed;
    }
    begun_ = false;
    position_ = std::move(position);
    next_ = position_.next;
    error_.reset();
    stop_at_.reset();
    return {};
}

}  // namespace batpak::readmodel
