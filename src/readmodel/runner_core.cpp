// One step is a batch for the models in front, then one for those that are furthest behind:
//
//     log     0 ......... rear ........ another ........ front ...... visible end
//             |           |-> to the    |                |-> to the visible end
//                             next ones
//
// Models that stand at the same place are one group with one pass. A group that reaches the next
// one's place has become part of it. So a model that is behind costs those in front one batch at a
// time.
#include "readmodel/runner_core.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"
#include "readmodel/switched.hpp"

namespace batpak::readmodel {
namespace {

// How long follow() sleeps at most; then it looks and sleeps again.
constexpr std::chrono::hours kSleep{1};

// What was appended together is committed together: the batch of a model goes on to there.
Sequence end_of_log_batch(const EventView& event) {
    return event.sequence().plus(event.batch_count - event.batch_index);
}

std::vector<ModelFold*> at_place(const std::vector<ModelFold*>& folds, Sequence place) {
    std::vector<ModelFold*> there;
    std::ranges::copy_if(folds, std::back_inserter(there),
                         [&](const ModelFold* fold) { return fold->next() == place; });
    return there;
}

tl::unexpected<Error> no_such_model(const ReadModel& model) {
    return fail(Error(ErrorCode::InvalidArgument, "the runner has no such model")
                    .at(to_string(model.name())));
}

}  // namespace

RunnerCore::RunnerCore(Store& store, const RunnerOptions& options)
    : store_(store),
      batch_events_max_(options.batch_events_max),
      clock_(options.clock ? options.clock : real_clock()) {
    BATPAK_ASSERT(batch_events_max_ >= 1);
    BATPAK_ASSERT(batch_events_max_ <= RunnerOptions::kBatchEventsMax);
}

// ---- turns

// Turns go by number, first come first served: a call that waits for its turn gets it although
// another thread steps in a loop. The lock is held only to take and to end a turn, never while a
// model works.
RunnerCore::Turn::Turn(RunnerCore& core) : core_(core) {
    const MutexLock lock(core_.mutex_);
    // A model that calls its runner would wait for itself.
    BATPAK_ASSERT(core_.whose_turn_ != std::this_thread::get_id());
    const std::uint64_t mine = core_.turns_given_++;
    while (core_.turns_over_ != mine) core_.changed_.wait(core_.mutex_);
    core_.whose_turn_ = std::this_thread::get_id();
}

RunnerCore::Turn::~Turn() {
    {
        const MutexLock lock(core_.mutex_);
        ++core_.turns_over_;
        core_.whose_turn_ = {};
    }
    core_.changed_.notify_all();
}

Result<void> RunnerCore::check_process() const {
    if (!mark_.is_inherited()) return {};
    return fail(ErrorCode::Forked, "the runner was made before a fork(): make one in the child");
}

// ---- models

// The name is looked for after the model was opened, in the same turn: two threads cannot add one
// name.
Result<void> RunnerCore::add(ReadModel& model) {
    BATPAK_CHECK(check_process());
    {
        const Turn turn(*this);
        BATPAK_TRY(std::unique_ptr<ModelFold> fold, ModelFold::open(store_, model));
        const MutexLock lock(mutex_);
        for (const auto& slot : slots_) {
            if (slot->fold->model().name() == model.name()) {
                return fail(Error(ErrorCode::InvalidArgument, "the runner has one of that name")
                                .at(to_string(model.name())));
            }
        }
        auto slot = std::make_unique<Slot>(Slot{std::move(fold), {}});
        show_slot(*slot);
        slot->shown.added_next = slot->shown.next;
        slot->shown.added_at = clock_->monotonic();
        slots_.push_back(std::move(slot));
    }
    call_attention();
    return {};
}

Result<void> RunnerCore::remove(const ReadModel& model) {
    BATPAK_CHECK(check_process());
    const Turn turn(*this);
    const MutexLock lock(mutex_);
    const auto removed =
        std::erase_if(slots_, [&](const auto& slot) { return &slot->fold->model() == &model; });
    if (removed == 0) return no_such_model(model);
    return {};
}

Result<void> RunnerCore::retry(const ReadModel& model) {
    BATPAK_CHECK(check_process());
    {
        const Turn turn(*this);
        BATPAK_TRY(ModelFold * fold, fold_of(model));
        BATPAK_CHECK(fold->retry());
        show({fold});
    }
    call_attention();
    return {};
}

Result<void> RunnerCore::skip(const ReadModel& model) {
    BATPAK_CHECK(check_process());
    {
        const Turn turn(*this);
        BATPAK_TRY(ModelFold * fold, fold_of(model));
        BATPAK_CHECK(fold->skip());
        show({fold});
    }
    call_attention();
    return {};
}

// ---- running

Result<bool> RunnerCore::step(Sequence end) {
    BATPAK_CHECK(check_process());
    const Turn turn(*this);
    Result<bool> worked = run_batches(end);
    const MutexLock lock(mutex_);
    failure_ = worked ? std::nullopt : std::optional(worked.error());
    return worked;
}

// Those in front first, so that a model that is far behind never holds them up by more than one
// batch; then the rear, as far as the next group's place, where the two become one.
Result<bool> RunnerCore::run_batches(Sequence end) {
    const Folds folds = running_folds();
    if (folds.empty()) return false;
    const auto place = [](const ModelFold* fold) { return fold->next(); };
    const Sequence front = (*std::ranges::max_element(folds, {}, place))->next();
    const Sequence rear = (*std::ranges::min_element(folds, {}, place))->next();
    const Sequence visible = std::min(store_.visible_end(), end);
    bool worked = false;
    if (front < visible) {
        BATPAK_CHECK(advance(at_place(folds, front), front, visible));
        worked = true;
    }
    Sequence next_place = std::min(front, end);
    for (const ModelFold* fold : folds) {
        if (fold->next() > rear) next_place = std::min(next_place, fold->next());
    }
    if (rear < next_place) {
        BATPAK_CHECK(advance(at_place(folds, rear), rear, next_place));
        worked = true;
    }
    return worked;
}

// One query for the group, of all that any of its models asks for; each event goes to those whose
// region has it. A failure of the store takes the batch back from all of them; a failure of a model
// only from that one.
Result<void> RunnerCore::advance(const Folds& folds, Sequence from, Sequence to) {
    Region region = Region::none();
    for (const ModelFold* fold : folds) {
        region = std::move(region) | fold->region();
        to = fold->bound(to);
    }
    EventRange events = store_.query(region.from(from).before(to));
    std::uint64_t count = 0;
    Result<void> read;
    while (const Result<EventView>* event = from < to ? events.next() : nullptr) {
        if (!*event) {
            const Result<Sequence> stopped = stop_at_damage(folds, event->error(), from, to);
            to = stopped.value_or(from);
            if (!stopped) read = fail(stopped.error());
            break;
        }
        if ((*event)->sequence() >= to) break;
        for (ModelFold* fold : folds) {
            if (folds.size() == 1 || fold->region().contains((*event)->facts())) {
                fold->fold(**event);
            }
        }
        from = (*event)->sequence().next();
        // A batch of the log is never parted, so a batch of a model may be larger than
        // batch_events_max_ by one batch of the log.
        if (++count >= batch_events_max_) to = std::min(to, end_of_log_batch(**event));
    }
    for (ModelFold* fold : folds) read ? fold->finish(to) : fold->give_up();
    show(folds);
    return read;
}

// Stops the models in whose region the damage is, and returns where. The others go on after it,
// with a pass of their own. What is wrong with the store itself is no damage of an event.
Result<Sequence> RunnerCore::stop_at_damage(const Folds& folds, const Error& error, Sequence from,
                                            Sequence to) {
    if (error.code() == ErrorCode::Closed || error.code() == ErrorCode::Forked) {
        return fail(error);
    }
    const bool of_one_event =
        error.sequence() && *error.sequence() >= from && *error.sequence() < to;
    const Sequence at = of_one_event ? *error.sequence() : from;
    Folds concerned;
    for (ModelFold* fold : folds) {
        EventRange own = store_.query(fold->region().with_sequences(at, at.next()));
        const Result<EventView>* const event = own.next();
        if (!of_one_event || (event != nullptr && !*event)) concerned.push_back(fold);
    }
    for (ModelFold* fold : concerned.empty() ? folds : concerned) fold->stop_at(at, error);
    return at;
}

Result<void> RunnerCore::run_until(Sequence end) {
    if (end > store_.visible_end()) {
        return fail(Error(ErrorCode::InvalidArgument, "the log ends before it").at_sequence(end));
    }
    for (;;) {
        BATPAK_TRY(const bool worked, step(end));
        if (!worked) return check_none_stopped(end);
    }
}

// A caller that asks for all models is told of one that does not get there.
Result<void> RunnerCore::check_none_stopped(Sequence end) const {
    const MutexLock lock(mutex_);
    for (const auto& slot : slots_) {
        if (slot->shown.error && slot->shown.next < end) return fail(*slot->shown.error);
    }
    return {};
}

Result<void> RunnerCore::catch_up() { return run_until(store_.visible_end()); }

Result<void> RunnerCore::follow(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        BATPAK_TRY(const bool worked, step(kNoEnd));
        if (worked) continue;
        if (auto waited = wait_for_work(stop); !waited) {
            {
                const MutexLock lock(mutex_);
                failure_ = waited.error();
            }
            changed_.notify_all();
            return waited;
        }
    }
    return {};
}

// It sleeps until there is an event after the front, or until a model was added or mended:
// call_attention() sets the flag before it wakes, so that one that comes before the sleep is not
// missed.
Result<void> RunnerCore::wait_for_work(const std::stop_token& stop) {
    std::stop_source sleeper;
    Sequence awaited = kNoEnd;
    {
        const MutexLock lock(mutex_);
        if (std::exchange(attention_, false)) return {};
        sleeper_ = sleeper;
        std::optional<Sequence> front;
        for (const auto& slot : slots_) {
            if (!slot->shown.error) front = std::max(front.value_or(Sequence()), slot->shown.next);
        }
        if (front) awaited = *front;
    }
    const std::stop_callback forward(stop, [&] { sleeper.request_stop(); });
    BATPAK_CHECK(store_.wait_visible(awaited, std::chrono::steady_clock::now() + kSleep,
                                     sleeper.get_token()));
    return {};
}

void RunnerCore::call_attention() {
    std::stop_source sleeper;
    {
        const MutexLock lock(mutex_);
        attention_ = true;
        sleeper = sleeper_;
    }
    sleeper.request_stop();
}

RunnerCore::Folds RunnerCore::running_folds() {
    const MutexLock lock(mutex_);
    Folds folds;
    for (const auto& slot : slots_) {
        if (!slot->fold->is_stopped()) folds.push_back(slot->fold.get());
    }
    return folds;
}

// ---- looking at it

void RunnerCore::show(const Folds& folds) {
    {
        const MutexLock lock(mutex_);
        for (const auto& slot : slots_) {
            if (std::ranges::find(folds, slot->fold.get()) != folds.end()) show_slot(*slot);
        }
    }
    changed_.notify_all();
}

void RunnerCore::show_slot(Slot& slot) {
    slot.shown.next = slot.fold->next();
    slot.shown.events = slot.fold->events();
    slot.shown.skipped = slot.fold->skipped();
    slot.shown.error = slot.fold->is_stopped() ? slot.fold->error() : std::nullopt;
    slot.shown.moved_at = clock_->monotonic();
}

const RunnerCore::Slot* RunnerCore::find(const ReadModel& model) const {
    const auto found = std::ranges::find_if(
        slots_, [&](const auto& slot) { return &slot->fold->model() == &model; });
    return found == slots_.end() ? nullptr : found->get();
}

Result<ModelFold*> RunnerCore::fold_of(const ReadModel& model) {
    const MutexLock lock(mutex_);
    const Slot* const slot = find(model);
    if (slot == nullptr) return no_such_model(model);
    return slot->fold.get();
}

// The speed is the mean since the model was added to this runner: good enough to say how long the
// rest will take, and wrong if the log changes its character.
ModelStatus RunnerCore::status_of(const Slot& slot) const {
    const Shown& shown = slot.shown;
    ModelStatus status{.name = slot.fold->model().name(),
                       .next = shown.next,
                       .end = store_.visible_end(),
                       .events = shown.events,
                       .skipped = shown.skipped,
                       .left = std::nullopt,
                       .error = shown.error};
    status.state = shown.error                ? ModelStatus::State::Stopped
                   : status.next < status.end ? ModelStatus::State::Behind
                                              : ModelStatus::State::UpToDate;
    const std::chrono::duration<double> took = shown.moved_at - shown.added_at;
    const auto passed = static_cast<double>(shown.next.value - shown.added_next.value);
    if (took.count() <= 0 || passed <= 0) return status;
    status.events_per_second = passed / took.count();
    if (status.state == ModelStatus::State::Stopped) return status;
    const auto missing =
        static_cast<double>(status.end.value - std::min(status.next, status.end).value);
    status.left = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double>(missing / status.events_per_second));
    return status;
}

std::vector<ModelStatus> RunnerCore::status() const {
    if (mark_.is_inherited()) return {};
    const MutexLock lock(mutex_);
    std::vector<ModelStatus> all;
    for (const auto& slot : slots_) all.push_back(status_of(*slot));
    return all;
}

Result<ModelStatus> RunnerCore::status(const ReadModel& model) const {
    BATPAK_CHECK(check_process());
    const MutexLock lock(mutex_);
    const Slot* const slot = find(model);
    if (slot == nullptr) return no_such_model(model);
    return status_of(*slot);
}

Result<bool> RunnerCore::wait_applied(const ReadModel& model, Sequence sequence,
                                      std::chrono::steady_clock::time_point deadline) const {
    BATPAK_CHECK(check_process());
    const MutexLock lock(mutex_);
    for (bool in_time = true;;) {
        const Slot* const slot = find(model);
        if (slot == nullptr) return no_such_model(model);
        if (slot->shown.next > sequence) return true;
        if (slot->shown.error) return fail(*slot->shown.error);
        if (failure_) return fail(*failure_);
        if (!in_time) return false;
        in_time = changed_.wait_until(mutex_, deadline);
    }
}

// ---- versions

Result<ServingVersion> RunnerCore::switch_to(const ReadModel& model) {
    BATPAK_CHECK(check_process());
    const ModelName& name = model.name();
    BATPAK_TRY(const SwitchStream stream, SwitchStream::read(store_, name.text));
    const std::uint32_t before = stream.serving ? stream.serving->version : 0;
    BATPAK_CHECK(check_switch(model, before));
    if (before == name.version) return *stream.serving;
    BATPAK_TRY(const ModelStatus status, this->status(model));
    return stream.append(store_, ProjectionSwitched{.name = name.text,
                                                    .version = name.version,
                                                    .replaced = before,
                                                    .model_next = status.next});
}

// Readers who change to the new version must not see less than they did (INV U4).
Result<void> RunnerCore::check_switch(const ReadModel& model, std::uint32_t serving) const {
    const Sequence end = store_.visible_end();
    const MutexLock lock(mutex_);
    const Slot* const slot = find(model);
    if (slot == nullptr) return no_such_model(model);
    if (slot->shown.error) return fail(*slot->shown.error);
    if (serving == model.name().version) return {};
    Sequence needed = end;
    for (const auto& other : slots_) {
        if (other->fold->model().name() == ModelName{model.name().text, serving}) {
            needed = other->shown.next;
        }
    }
    if (slot->shown.next >= needed) return {};
    return fail(Error(ErrorCode::ModelBehind,
                      "it lacks events before " + to_string(needed) + ": let it catch up")
                    .at(to_string(model.name()))
                    .at_sequence(slot->shown.next));
}

}  // namespace batpak::readmodel
