#include "support/crash/reader_script.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/memory_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

constexpr auto kReadKind = EventKind::custom(0x1, 1);
constexpr std::uint64_t kReadSegmentBytes = 4096;
constexpr std::size_t kFillBytes = 1500;
constexpr const char* kFolders[] = {"", "segments", "index"};

std::unique_ptr<Directory> folder(FileSystem& disk, std::string_view name) {
    return disk.open_directory(name.empty() ? "data" : "data/" + std::string(name), true).value();
}

// Fails a step while it is told to.
class SwitchedInjector final : public FaultInjector {
public:
    explicit SwitchedInjector(const bool& fails) : fails_(fails) {}

    std::optional<Error> reached(InjectionPoint point) noexcept override {
        if (point != InjectionPoint::AfterWrite || !fails_) return std::nullopt;
        return Error(ErrorCode::Io, "the write failed after its bytes were in the file");
    }

private:
    const bool& fails_;
};

}  // namespace

std::string to_string(WriterStep step) {
    constexpr const char* kNames[] = {
        "Append",     "AppendTwice",  "AppendBuffered", "AppendGroup",    "Batch",
        "Fill",       "UndoneAppend", "UndoneGroup",    "UndoneBatch",    "UndoFails",
        "Close",      "Kill",         "Backup",         "RestoreInPlace", "RestoreAnew",
        "OtherStore", "RemoveAll",    "RemoveIndex"};
    static_assert(std::size(kNames) == kWriterSteps);
    return kNames[static_cast<std::size_t>(step)];
}

ReaderScript::ReaderScript(std::uint64_t seed)
    : disk_(std::make_shared<MemoryFileSystem>()),
      writer_config_("data"),
      reader_config_("data"),
      random_(seed * 2 + 1) {
    clock_ = std::make_shared<ManualClock>(ManualClock::kStartUs);
    Environment environment{nullptr, clock_, std::make_shared<SeededEntropy>(seed)};
    environment.files = hooked_disk(disk_, [this](HookedCall call, const std::string& path) {
        return before_writer_call(call, path);
    });
    environment.faults = std::make_shared<SwitchedInjector>(write_fails_);
    writer_config_ =
        writer_config_.with_environment(environment).with_segment_bytes(kReadSegmentBytes);
    environment.faults = nullptr;
    environment.files =
        hooked_disk(disk_, [this](HookedCall, const std::string&) { return before_reader_call(); });
    environment.entropy = std::make_shared<SeededEntropy>(seed + 1);
    reader_config_ = reader_config_.with_environment(environment);
    run(WriterStep::Append);
    open_reader();
    keep();
}

ReaderScript::~ReaderScript() {
    looks_ = false;
    between_.reset();
    cursor_.reset();
    range_.reset();
    view_.reset();
    reader_.reset();
    writer_.reset();
}

void ReaderScript::tell(std::string what) {
    if (problem_.empty()) problem_ = std::move(what) + "; steps:" + steps_;
}

// ---- the writer

std::size_t ReaderScript::some_bytes() {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    constexpr std::size_t kSizes[] = {20, 20, 20, 90, 333};
    return kSizes[(random_ >> 33) % std::size(kSizes)];
}

Coordinate ReaderScript::coordinate_of(int number) const {
    return Coordinate::create("entity:" + std::to_string(number % 3), "scope").value();
}

std::string ReaderScript::payload_of(int number, std::size_t bytes) const {
    std::string text = std::to_string(number) + ':';
    text.resize(std::max(text.size(), bytes), 'x');
    return text;
}

int ReaderScript::number_of(const EventView& event) {
    const std::string_view text = as_text(event.payload);
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::optional<Error> ReaderScript::before_writer_call(HookedCall call, const std::string& path) {
    if (is_dead_) return Error(ErrorCode::Io, "the process is dead");
    if (looks_ && !is_looking_ && reader_) {
        is_looking_ = true;
        note_state();
        refresh();
        query();
        is_looking_ = false;
    }
    const bool is_segment = path.find("/segments/") != path.npos;
    if (call == HookedCall::Resize && resize_fails_) return Error(ErrorCode::Io, "no cut");
    if (!is_segment || pending_.empty()) return std::nullopt;
    // What is under way may be seen from now on, and is a state, if the reader looks meanwhile.
    if (call == HookedCall::RestOfWrite) note_state();
    if (call == HookedCall::RestOfWrite && failing_ == Failing::WhenHalfWritten) {
        return Error(ErrorCode::DiskFull, "no room for the rest");
    }
    return std::nullopt;
}

bool ReaderScript::open_writer() {
    if (writer_) return true;
    clock_->advance(std::chrono::milliseconds(5));
    is_dead_ = false;
    auto opened = Store::open(writer_config_);
    if (!opened) {
        tell("the writer cannot open: " + opened.error().to_string());
        return false;
    }
    writer_.emplace(*std::move(opened));
    if (!has_store_) log_.clear();
    has_store_ = true;
    // What became of a write that could neither be finished nor be taken back, is known now.
    const std::size_t known = log_.size();
    const std::uint64_t end = writer_->visible_end().value;
    if (end < known || end > known + pending_.size()) tell("the writer lost or made up an event");
    log_.insert(log_.end(), pending_.begin(),
                pending_.begin() + static_cast<std::ptrdiff_t>(end - std::min(end, known)));
    pending_.clear();
    note_state();
    return true;
}

void ReaderScript::close_writer() {
    if (!writer_) return;
    if (!writer_->stats().poisoned) {
        const auto closed = std::move(*writer_).close();
        if (!closed) tell("close: " + closed.error().to_string());
    }
    writer_.reset();
}

void ReaderScript::append(std::size_t count, Durability durability, std::size_t payload_bytes) {
    if (!open_writer() || writer_->stats().poisoned) return;
    AppendOptions options;
    options.durability = durability;
    std::vector<Ticket> tickets;
    pending_.clear();
    for (std::size_t i = 0; i < count; ++i) {
        const int number = next_number_++;
        pending_.push_back({number, 0});
        auto ticket = writer_->submit_raw(coordinate_of(number), kReadKind,
                                          as_bytes(payload_of(number, payload_bytes)), options);
        if (!ticket) return tell("submit: " + ticket.error().to_string());
        tickets.push_back(*std::move(ticket));
    }
    Log stored;
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto answer = tickets[i].wait()) stored.push_back(pending_[i]);
    }
    log_.insert(log_.end(), stored.begin(), stored.end());
    if (!writer_->stats().poisoned) pending_.clear();
    note_state();
}

void ReaderScript::append_batch(std::size_t count) {
    if (!open_writer() || writer_->stats().poisoned) return;
    BatchBuilder batch;
    pending_.clear();
    const int batch_number = next_number_;
    for (std::size_t i = 0; i < count; ++i) {
        const int number = next_number_++;
        pending_.push_back({number, batch_number});
        const std::string payload = payload_of(number, some_bytes());
        const BytesView bytes = as_bytes(payload);
        batch.add(coordinate_of(number), kReadKind, Bytes(bytes.begin(), bytes.end()));
    }
    const auto stored = writer_->append_batch(std::move(batch));
    if (stored) log_.insert(log_.end(), pending_.begin(), pending_.end());
    if (!writer_->stats().poisoned) pending_.clear();
    note_state();
}

// The write fails after its bytes, or half of them, reached the file.
void ReaderScript::undone(Failing failing, std::size_t count, bool is_batch) {
    if (!open_writer()) return;
    const std::size_t before = log_.size();
    failing_ = failing;
    write_fails_ = failing == Failing::WhenWritten;
    if (is_batch) {
        append_batch(count);
    } else {
        append(count, Durability::Buffered, some_bytes());
    }
    failing_ = Failing::No;
    write_fails_ = false;
    resize_fails_ = false;
    if (log_.size() != before) tell("a write that failed was acknowledged");
}

void ReaderScript::remove_files(bool only_index) {
    for (const char* name : kFolders) {
        if (only_index && std::string_view(name) != "index") continue;
        const auto directory = folder(*disk_, name);
        const std::vector<DirectoryEntry> entries = directory->list().value();
        for (const DirectoryEntry& entry : entries) {
            if (entry.kind == FileKind::Regular) must(directory->remove(entry.name));
        }
    }
}

ReaderScript::Files ReaderScript::read_files() {
    Files files;
    for (const char* name : kFolders) {
        const auto directory = folder(*disk_, name);
        const std::vector<DirectoryEntry> entries = directory->list().value();
        for (const DirectoryEntry& entry : entries) {
            if (entry.kind != FileKind::Regular) continue;
            const std::string text = read_text(*directory, entry.name);
            const BytesView bytes = as_bytes(text);
            files.emplace_back(std::string(name) + '/' + entry.name,
                               Bytes(bytes.begin(), bytes.end()));
        }
    }
    return files;
}

void ReaderScript::restore(bool anew) {
    close_writer();
    if (!backup_) return;
    is_replaced_ = true;
    if (anew) remove_files(false);
    for (const auto& [path, bytes] : backup_->files) {
        const std::size_t slash = path.find('/');
        const auto directory = folder(*disk_, path.substr(0, slash));
        const std::string name = path.substr(slash + 1);
        auto file = directory->open_file(name, OpenMode::ReadWrite);
        // An index is mapped, and is nothing that one writes into.
        if (file && path.starts_with("index/")) {
            must(directory->remove(name));
            file = directory->open_file(name, OpenMode::CreateNew);
        }
        if (!file) file = directory->open_file(name, OpenMode::CreateNew);
        must((*file)->resize(bytes.size()));
        must((*file)->write_at(0, bytes));
    }
    // What the backup does not have goes, or it would be found as a segment that is not listed.
    for (const char* name : kFolders) {
        const auto directory = folder(*disk_, name);
        const std::vector<DirectoryEntry> entries = directory->list().value();
        for (const DirectoryEntry& entry : entries) {
            const std::string path = std::string(name) + '/' + entry.name;
            const bool kept = std::ranges::any_of(
                backup_->files, [&](const auto& file) { return file.first == path; });
            if (entry.kind == FileKind::Regular && !kept) must(directory->remove(entry.name));
        }
    }
    log_ = backup_->log;
    pending_.clear();
    has_store_ = true;
    note_state();
}

void ReaderScript::run(WriterStep step) {
    clock_->advance(std::chrono::milliseconds(2));
    switch (step) {
        case WriterStep::Append: return append(1, Durability::Durable, some_bytes());
        case WriterStep::AppendTwice:
            append(1, Durability::Durable, some_bytes());
            return append(1, Durability::Durable, some_bytes());
        case WriterStep::AppendBuffered: return append(1, Durability::Buffered, some_bytes());
        case WriterStep::AppendGroup: return append(3, Durability::Buffered, some_bytes());
        case WriterStep::Batch: return append_batch(3);
        case WriterStep::Fill: return append(1, Durability::Durable, kFillBytes);
        case WriterStep::UndoneAppend: return undone(Failing::WhenWritten, 1, false);
        case WriterStep::UndoneGroup: return undone(Failing::WhenHalfWritten, 3, false);
        case WriterStep::UndoneBatch: return undone(Failing::WhenHalfWritten, 3, true);
        case WriterStep::UndoFails:
            if (!open_writer()) return;
            resize_fails_ = true;
            return undone(Failing::WhenHalfWritten, 3, false);
        case WriterStep::Close: return close_writer();
        case WriterStep::Kill:
            is_dead_ = true;
            writer_.reset();
            return;
        case WriterStep::Backup:
            if (pending_.empty() && has_store_) backup_ = Copy{read_files(), log_};
            return;
        case WriterStep::RestoreInPlace: return restore(false);
        case WriterStep::RestoreAnew: return restore(true);
        case WriterStep::OtherStore:
        case WriterStep::RemoveAll:
            close_writer();
            remove_files(false);
            is_replaced_ = true;
            has_store_ = false;
            log_.clear();
            pending_.clear();
            note_state();
            if (step == WriterStep::OtherStore) append(1, Durability::Durable, some_bytes());
            return;
        case WriterStep::RemoveIndex: return remove_files(true);
    }
}

void ReaderScript::step(WriterStep step, bool looks) {
    steps_ += ' ' + to_string(step) + (looks ? "(looked at)" : "");
    looks_ = looks;
    note_state();
    run(step);
    looks_ = false;
}

// ---- the model

ReaderScript::Log ReaderScript::state() const {
    Log state = log_;
    state.insert(state.end(), pending_.begin(), pending_.end());
    return state;
}

void ReaderScript::begin_look() {
    states_.clear();
    note_state();
}

bool ReaderScript::is_allowed(const Error& error) const {
    const bool says_so =
        error.error_class() == ErrorClass::Refused || error.error_class() == ErrorClass::NotFound;
    return is_replaced_ && says_so;
}

// ---- the reader

std::optional<Error> ReaderScript::before_reader_call() {
    if (!between_ || calls_left_-- > 0) return std::nullopt;
    const WriterStep step = *between_;
    between_.reset();
    note_state();
    run(step);
    note_state();
    return std::nullopt;
}

void ReaderScript::open_reader() {
    const bool was_replaced = std::exchange(is_replaced_, false);
    auto opened = ReadOnlyStore::open(reader_config_);
    if (!opened) {
        if (has_store_ && !is_replaced_) tell("open: " + opened.error().to_string());
        is_replaced_ = was_replaced || is_replaced_;
        return;
    }
    cursor_.reset();
    range_.reset();
    view_.reset();
    followed_.clear();
    polled_.clear();
    reader_.emplace(*std::move(opened));
}

void ReaderScript::refresh() {
    if (!reader_) return;
    const Sequence durable = reader_->durable_end();
    const std::size_t acknowledged = log_.size();
    const auto end = reader_->refresh();
    if (!end && !is_allowed(end.error())) tell("refresh: " + end.error().to_string());
    if (reader_->durable_end() < durable) tell("the durable end went back");
    if (end && !is_replaced_ && end->value < acknowledged) {
        tell("refresh shows less than was acknowledged");
    }
    if (end) follow();
}

// What is shown must be the front of one state, but for what is gone meanwhile, which is an error.
void ReaderScript::query() {
    if (!reader_) return;
    const std::uint64_t end = reader_->visible_end().value;
    std::vector<std::optional<int>> shown;
    EventRange range = reader_->query(Region::all());
    while (const Result<EventView>* event = range.next()) {
        if (*event) {
            if ((*event)->sequence().value < shown.size()) return tell("an event came twice");
            shown.resize((*event)->sequence().value);
            shown.emplace_back(number_of(**event));
        } else if (event->error().code() != ErrorCode::RolledBack && !is_allowed(event->error())) {
            tell("query: " + event->error().to_string());
        }
    }
    if (is_replaced_) return;  // it shows an older history, if anything, until it is opened anew
    const bool fits = std::ranges::any_of(states_, [&](const Log& state) {
        if (end > state.size()) return false;
        const bool cuts_batch = end > 0 && end < state.size() && state[end].batch != 0 &&
                                state[end].batch == state[end - 1].batch;
        if (cuts_batch) return false;
        for (std::size_t i = 0; i < shown.size(); ++i) {
            if (shown[i] && *shown[i] != state[i].number) return false;
            const bool is_there = i < log_.size() && log_[i] == state[i];
            if (!shown[i] && is_there) return false;
        }
        return true;
    });
    if (!fits) tell("what is shown was never the log");
}

bool ReaderScript::call_beside(ReaderCall call, WriterStep step, std::uint64_t number) {
    steps_ += " [" + std::to_string(static_cast<int>(call)) + " beside " + to_string(step) +
              " before call " + std::to_string(number) + "]";
    // What was shown before counts as well: a query shows what the last refresh saw.
    note_state();
    between_ = step;
    calls_left_ = number;
    switch (call) {
        case ReaderCall::Open: open_reader(); break;
        case ReaderCall::Refresh: refresh(); break;
        case ReaderCall::Query: query(); break;
    }
    const bool happened = !between_;
    between_.reset();
    if (!happened) return false;
    query();
    keep();
    return true;
}

// As tail --follow does.
void ReaderScript::follow() {
    if (const auto from = reader_->corrected_from(); from && from->value < followed_.size()) {
        followed_.resize(from->value);
    }
    const Sequence end = reader_->visible_end();
    if (followed_.size() >= end.value) return;
    EventRange range =
        reader_->query(Region::all().with_sequences(Sequence(followed_.size()), end));
    while (const Result<EventView>* event = range.next()) {
        followed_.push_back(*event ? number_of(**event) : -1);
    }
    followed_.resize(end.value, -1);
}

void ReaderScript::poll() {
    if (!cursor_) {
        auto cursor = reader_->cursor_guaranteed(Region::all(), CursorId{"c"});
        if (!cursor) return tell("cursor: " + cursor.error().to_string());
        cursor_.emplace(*std::move(cursor));
        polled_.clear();
    }
    for (;;) {
        const auto event = cursor_->poll();
        if (!event && event.error().code() == ErrorCode::RolledBack) return cursor_.reset();
        if (!event) return tell("poll: " + event.error().to_string());
        if (!*event) return;
        polled_.push_back(number_of(**event));
    }
}

// A range, a view and a cursor over what is shown now, to be looked at later.
void ReaderScript::keep() {
    if (!reader_ || is_replaced_) return;
    range_numbers_.clear();
    range_.reset();
    view_.reset();
    EventRange shown = reader_->query(Region::all());
    while (const Result<EventView>* event = shown.next()) {
        range_numbers_.push_back(*event ? number_of(**event) : -1);
    }
    view_numbers_ = range_numbers_;
    range_.emplace(reader_->query(Region::all()));
    if (!view_numbers_.empty()) view_.emplace(reader_->as_of(Sequence(view_numbers_.size() - 1)));
    poll();
}

void ReaderScript::check_kept() {
    const auto check = [&](EventRange& range, const std::vector<int>& numbers, const char* what) {
        while (const Result<EventView>* event = range.next()) {
            if (!*event) continue;
            const std::uint64_t at = (*event)->sequence().value;
            if (at >= numbers.size() || numbers[at] != number_of(**event)) {
                tell(std::string(what) + " shows an event of another history");
            }
        }
    };
    if (range_) check(*range_, range_numbers_, "a range");
    if (view_) {
        EventRange range = view_->query(Region::all());
        check(range, view_numbers_, "a view");
    }
    range_.reset();
    view_.reset();
}

void ReaderScript::check_streams() {
    for (int entity = 0; entity < 3; ++entity) {
        std::vector<int> expected;
        for (const Item& item : log_) {
            if (item.number % 3 == entity) expected.push_back(item.number);
        }
        std::vector<int> found;
        const std::string name = "entity:" + std::to_string(entity);
        EventRange range = reader_->stream(name);
        while (const Result<EventView>* event = range.next()) {
            found.push_back(*event ? number_of(**event) : -1);
        }
        if (found != expected) tell("a stream is not what the log holds");
        const auto version = reader_->version(name);
        const bool fits = version && (*version ? (*version)->value + 1 : 0) == expected.size();
        if (!fits) tell("a stream's version is wrong");
        if (reader_->count(Region::entity(name)).value_or(9999) != expected.size()) {
            tell("a count is wrong");
        }
    }
}

void ReaderScript::check_all() {
    std::vector<int> numbers;
    for (const Item& item : log_) numbers.push_back(item.number);
    std::vector<int> shown;
    std::vector<EventId> ids;
    EventRange range = reader_->query(Region::all());
    while (const Result<EventView>* event = range.next()) {
        shown.push_back(*event ? number_of(**event) : -1);
        ids.push_back(*event ? (*event)->event_id() : EventId{});
    }
    if (shown != numbers) return tell("the reader does not show the log");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto event = reader_->find(ids[i]);
        if (!event || number_of(**event) != numbers[i]) tell("an id finds something else");
    }
    check_streams();
    const auto report = reader_->verify();
    if (!report || report->damage || report->events != numbers.size()) {
        tell("verify: " + (!report          ? report.error().to_string()
                           : report->damage ? report->damage->to_string()
                                            : "too few"));
    }
    if (followed_ != numbers) tell("who follows has missed or doubled an event");
    poll();
    if (!cursor_) poll();
    if (polled_ != numbers) tell("a cursor has missed or doubled an event");
    if (writer_ && !writer_->stats().poisoned &&
        reader_->root(Sequence(numbers.size())).value() !=
            writer_->root(Sequence(numbers.size())).value()) {
        tell("the root is another");
    }
}

void ReaderScript::settle() {
    begin_look();
    // What the file holds is known only when the store is opened again.
    if (!pending_.empty()) {
        close_writer();
        if (!open_writer()) return;
    }
    if (reader_) {
        const auto end = reader_->refresh();
        if (!end && !is_allowed(end.error())) tell("refresh: " + end.error().to_string());
        check_kept();
        if (end) {
            follow();
            check_all();
        } else {
            reader_.reset();
        }
    }
    if (!reader_) {
        open_reader();
        if (!reader_) return;
        follow();
        check_all();
    }
    // What took the place of the store and is what was shown, is the store.
    is_replaced_ = false;
    keep();
}

}  // namespace batpak::testing
