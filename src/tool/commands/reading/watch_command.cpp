// watch: a command for each new event that passes the filters, in order, one at a time.
//
// An event is done when its command has ended with 0. With --state that is durable before the next
// one begins, so that each event is handled at least once, and twice only if the machine or this
// process was stopped in between. What comes is what the writer wrote, as for tail --follow; a
// write that fails is taken back by the writer, and a command that ran for it cannot be: then the
// watch ends with RolledBack. --durable waits until that can no longer happen (decision 0094).
#include <algorithm>
#include <chrono>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/run_program.hpp"
#include "tool/events/event_members.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"
#include "tool/watch/watch_state.hpp"

namespace batpak::tool {
namespace {

constexpr int kLookForNewMs = 100;
constexpr int kRetryMs = 1000;
constexpr int kRetryMsMax = 60'000;
// A state that is so far behind is saved although no event of the filters came.
constexpr std::uint64_t kUnsavedEventsMax = 10'000;

enum class OnError : std::uint8_t { Stop, Skip, Retry };

OnError to_policy(std::string_view text) {
    if (text == "skip") return OnError::Skip;
    return text == "retry" ? OnError::Retry : OnError::Stop;
}

// What became of an event.
enum class Handled : std::uint8_t { Done, Failed, Interrupted };

class Watch {
public:
    // Borrows: all of them.
    Watch(const WatchCommand& command, ReadOnlyStore& store, Console& console)
        : command_(command),
          store_(store),
          console_(console),
          names_(store),
          policy_(to_policy(command.on_error)) {}

    Result<void> prepare() {
        BATPAK_TRY(where_, command_.filter.to_where());
        BATPAK_TRY(region_, command_.filter.to_region(now_us(), names_));
        BATPAK_TRY(next_, first_place());
        if (!command_.state) return {};
        BATPAK_TRY(WatchStateFile file, WatchStateFile::open(*command_.state));
        file_.emplace(std::move(file));
        if (file_->kept()) {
            BATPAK_TRY(next_, find_place(store_, *file_->kept()));
        }
        // Who is started again goes on from here, also if nothing came until then.
        return save();
    }

    Result<ExitCode> run() {
        while (!is_over_ && !interrupted()) {
            const Sequence end = seen_end();
            if (next_ < end) {
                BATPAK_CHECK(handle_until(end));
            } else if (command_.once) {
                break;
            } else {
                (void)wait_readable(-1, kLookForNewMs);
            }
            if (!is_over_) BATPAK_CHECK(look_for_more());
        }
        BATPAK_CHECK(save());
        return code_;
    }

private:
    Result<Sequence> first_place() const {
        if (command_.from == "end") return store_.visible_end();
        BATPAK_TRY(const std::uint64_t from, named("--from", parse_number(command_.from)));
        return Sequence(from);
    }

    Sequence seen_end() const {
        return command_.durable ? store_.durable_end() : store_.visible_end();
    }

    Result<void> look_for_more() {
        BATPAK_CHECK(store_.refresh());
        // After a refresh a kind may have a name that it did not have before.
        names_.forget();
        const auto corrected = store_.corrected_from();
        if (!corrected || *corrected >= next_) return {};
        return fail(Error(ErrorCode::RolledBack,
                          "the writer took back events from here on, which were never "
                          "acknowledged, and the command has run for them")
                        .at_sequence(*corrected));
    }

    Result<void> handle_until(Sequence end) {
        FilteredRange range(store_.query(region_.with_sequences(next_, end)), where_, names_,
                            UINT64_MAX);
        while (const Result<EventView>* const event = range.next()) {
            if (interrupted()) return {};
            if (!*event) {
                code_ = console_.report(event->error());
                if (policy_ == OnError::Skip) continue;
                is_over_ = true;
                return {};
            }
            BATPAK_CHECK(handle(**event));
            if (is_over_) return {};
        }
        // Also past events that the filters leave out, or each restart would look at all of them
        // again.
        next_ = end;
        if (!file_) return {};
        const std::uint64_t saved = file_->kept() ? file_->kept()->next.value : 0;
        return end.value - saved >= kUnsavedEventsMax ? save() : Result<void>();
    }

    Result<void> handle(const EventView& event) {
        BATPAK_TRY(const Handled handled, run_until_done(event));
        const bool is_passed =
            handled == Handled::Done || (handled == Handled::Failed && policy_ == OnError::Skip);
        if (handled == Handled::Failed) code_ = ExitCode::No;
        if (handled == Handled::Interrupted) code_ = ExitCode::Interrupted;
        if (!is_passed) {
            is_over_ = true;
            return {};
        }
        // Only now, and saved before the next event is taken: what a crash repeats is at most this
        // one.
        next_ = event.sequence().next();
        is_over_ = command_.limit && ++count_ >= *command_.limit;
        return save();
    }

    // A command that a signal hit along with this process has not failed by itself.
    Result<Handled> run_until_done(const EventView& event) {
        const std::string input = event_json(event, names_, false) + "\n";
        const std::vector<Variable> variables = variables_of(event);
        for (int wait_ms = kRetryMs;; wait_ms = std::min(2 * wait_ms, kRetryMsMax)) {
            BATPAK_TRY(const int code, run_fed(command_.words, input, variables));
            if (code == 0) return Handled::Done;
            if (interrupted()) return Handled::Interrupted;
            say_failed(event, code);
            if (policy_ != OnError::Retry) return Handled::Failed;
            (void)wait_readable(-1, wait_ms);
            if (interrupted()) return Handled::Interrupted;
        }
    }

    void say_failed(const EventView& event, int code) {
        std::string text = "the command ended with code " + std::to_string(code) + " for event " +
                           to_string(event.sequence());
        if (policy_ == OnError::Skip) text += ", which is passed over";
        if (policy_ == OnError::Retry) text += ", and is run again";
        console_.complain(ExitCode::No, text);
    }

    std::vector<Variable> variables_of(const EventView& event) const {
        const std::string_view name = names_.name_of(event.kind());
        return {{"BATPAK_SEQUENCE", to_string(event.sequence())},
                {"BATPAK_KIND", name.empty() ? to_string(event.kind()) : std::string(name)},
                {"BATPAK_ENTITY", std::string(event.entity)}};
    }

    Result<void> save() {
        if (!file_ || (file_->kept() && file_->kept()->next == next_)) return {};
        // A place behind the end is of a --from that is not reached yet.
        if (next_ > store_.visible_end()) return {};
        const auto state = WatchState::of(store_, next_);
        // A damaged event cannot be named: the place of an event before it stays.
        if (!state && state.error().error_class() == ErrorClass::Refused) return {};
        if (!state) return fail(state.error());
        return file_->save(*state);
    }

    const WatchCommand& command_;
    ReadOnlyStore& store_;
    Console& console_;
    KindNames names_;
    const OnError policy_;
    std::optional<Where> where_;
    Region region_ = Region::all();
    std::optional<WatchStateFile> file_;
    Sequence next_;
    std::uint64_t count_ = 0;
    bool is_over_ = false;
    ExitCode code_ = ExitCode::Ok;
};

}  // namespace

Result<ExitCode> run(const WatchCommand& command, Console& console) {
    BATPAK_TRY(ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    Watch watch(command, store, console);
    catch_interrupts();
    BATPAK_CHECK(watch.prepare());
    return watch.run();
}

}  // namespace batpak::tool
