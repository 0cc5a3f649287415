// bisect: the first event after which a command answers differently.
//
//     batpak bisect ./data -- batpak project ./data --at {} --fold "sum(payload.cents)"
//
// The command is run with the sequence of an event in the place of {}: at the first event of the
// range, at the last, and then by halves. Two moments are kept, of which the one answers as the
// first event did and the other does not: so what is found is a change also where the answer
// changes back and forth, though not always the first one.
//
// That takes two runs and one for each halving, so 32 of them for a thousand million events. The
// answer has to depend on the moment alone: a command that prints the time of day answers
// differently each time.
#include <algorithm>
#include <bit>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/console/run_program.hpp"
#include "tool/events/event_list.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::string_view kMoment = "{}";

std::string at_moment(std::string word, Sequence sequence) {
    const std::string text = to_string(sequence);
    for (std::size_t at = word.find(kMoment); at != std::string::npos;
         at = word.find(kMoment, at + text.size())) {
        word.replace(at, kMoment.size(), text);
    }
    return word;
}

class Bisection {
public:
    Bisection(const BisectCommand& command, Sequence from, Sequence to, Console& console)
        : command_(command), low_(from), high_(to), progress_(console) {}

    // False if the answer is the same at both ends, or a signal asked to stop.
    Result<bool> run() {
        BATPAK_TRY(before_, ask(low_));
        if (interrupted()) return false;
        BATPAK_TRY(after_, ask(high_));
        if (interrupted() || before_ == after_) return false;
        while (high_ > low_.next()) {
            const Sequence middle(low_.value + (high_.value - low_.value) / 2);
            BATPAK_TRY(CapturedRun answer, ask(middle));
            if (interrupted()) return false;
            const bool is_changed = answer != before_;
            (is_changed ? high_ : low_) = middle;
            if (is_changed) after_ = std::move(answer);
        }
        progress_.clear();
        return true;
    }

    Sequence found() const noexcept { return high_; }
    const CapturedRun& before() const noexcept { return before_; }
    const CapturedRun& after() const noexcept { return after_; }
    std::uint64_t runs() const noexcept { return runs_; }

private:
    Result<CapturedRun> ask(Sequence sequence) {
        const auto halves = static_cast<std::uint64_t>(std::bit_width(high_.value - low_.value));
        progress_.show({sequence.value, runs_, runs_ + halves});
        std::vector<std::string> words;
        for (const std::string& word : command_.words) words.push_back(at_moment(word, sequence));
        BATPAK_TRY(CapturedRun answer, run_captured(words));
        ++runs_;
        if (command_.code_only) answer.output.clear();
        return answer;
    }

    const BisectCommand& command_;
    Sequence low_;   // answers as the first event did
    Sequence high_;  // does not
    CapturedRun before_;
    CapturedRun after_;
    std::uint64_t runs_ = 0;
    Progress progress_;
};

Result<void> check_words(const std::vector<std::string>& words) {
    const bool has_moment = std::ranges::any_of(
        words, [](const std::string& word) { return word.find(kMoment) != std::string::npos; });
    if (has_moment) return {};
    return fail(ErrorCode::InvalidArgument,
                "the command does not say which moment it is asked for: write {} where the "
                "sequence goes, as in -- batpak project ./data --at {}");
}

// The last event that the store had at a moment.
Result<Sequence> event_at(const StoreReads& store, std::string_view name,
                          const std::string& moment) {
    BATPAK_TRY(const StoreView view, view_at(store, name, moment));
    const std::uint64_t end = view.visible_end().value;
    if (end > 0) return Sequence(end - 1);
    return fail(ErrorCode::EventNotFound,
                std::string(name) + ": the store had no event yet at " + in_quotes(moment, 60));
}

std::string answer_json(const CapturedRun& answer, bool ascii) {
    JsonLine line(ascii);
    line.number("code", static_cast<std::uint64_t>(answer.code));
    line.text("output", answer.output);
    return line.finish();
}

// The line after `at`, without its end; nothing behind the last one.
std::optional<std::string_view> line_at(std::string_view text, std::size_t& at) {
    if (at >= text.size()) return std::nullopt;
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    return line;
}

// The first line that is another one in `other`, cut; the code, if the two codes differ.
std::string answer_text(const CapturedRun& answer, const CapturedRun& other) {
    std::size_t at = 0;
    std::size_t other_at = 0;
    std::optional<std::string_view> line = line_at(answer.output, at);
    while (line && line == line_at(other.output, other_at)) line = line_at(answer.output, at);
    std::string text = answer.code == other.code ? "" : "code " + std::to_string(answer.code);
    if (answer.output == other.output) return text;
    if (!text.empty()) text += ": ";
    if (!line) return text + "nothing more";
    line->remove_prefix(std::min(line->find_first_not_of(' '), line->size()));
    return text + (line->empty() ? "an empty line" : shorten(escape(*line), 200));
}

Result<void> show(const Bisection& bisection, const StoreReads& store, Console& console) {
    BATPAK_TRY(EventList list, EventList::create(console, {}));
    const KindNames names(store);
    list.show_names(names);
    BATPAK_TRY(const HeldEvent event, store.find(bisection.found()));
    list.add(*event);
    if (list.is_json()) {
        JsonLine line(console.ascii_json());
        line.number("runs", bisection.runs());
        line.raw("before", answer_json(bisection.before(), console.ascii_json()));
        line.raw("after", answer_json(bisection.after(), console.ascii_json()));
        list.add_object(line.finish());
    }
    list.finish();
    if (!list.is_json()) {
        console.print("before it:  {}\nfrom it on: {}\n",
                      answer_text(bisection.before(), bisection.after()),
                      answer_text(bisection.after(), bisection.before()));
    }
    return {};
}

}  // namespace

Result<ExitCode> run(const BisectCommand& command, Console& console) {
    BATPAK_CHECK(check_words(command.words));
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    if (store.visible_end() == Sequence(0))
        return fail(ErrorCode::EventNotFound, "the store has no events");
    Sequence from(0);
    Sequence to(store.visible_end().value - 1);
    if (command.from) {
        BATPAK_TRY(from, event_at(store, "--from", *command.from));
    }
    if (command.to) {
        BATPAK_TRY(to, event_at(store, "--to", *command.to));
    }
    if (to < from) std::swap(from, to);
    catch_interrupts();
    Bisection bisection(command, from, to, console);
    BATPAK_TRY(const bool found, bisection.run());
    if (interrupted()) return ExitCode::Interrupted;
    if (found) {
        BATPAK_CHECK(show(bisection, store, console));
        return ExitCode::Ok;
    }
    console.note("the command answers the same at event " + to_string(from) + " and at event " +
                 to_string(to));
    return ExitCode::No;
}

}  // namespace batpak::tool
