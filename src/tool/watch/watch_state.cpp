// The state is written beside the old one, synced, and takes its name. The lock is on a file of its
// own, since the state's file is another one after each save.
//
// A place alone would be taken up in any log that is long enough. So the state names the log, the
// event before the place and its hash, and find_place() asks in that order: is it this log, does it
// go so far, does it hold the same event there (as INV D1 asks of a cursor's position).
#include "tool/watch/watch_state.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/replace_file.hpp"
#include "tool/files/store_files.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::uint64_t kStateVersion = 1;
constexpr std::uint64_t kStateBytesMax = 4096;

Error no_state(std::string_view why) {
    return Error(ErrorCode::InvalidArgument,
                 "--state: it holds no state of batpak watch: " + std::string(why));
}

std::string text_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::uint64_t> number_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

Error history_differs(Sequence at) {
    return Error(ErrorCode::SplitHistory,
                 "--state: the event that was handled last is another one in this store: it was "
                 "rolled back since, and went on otherwise; look at what is there, and begin "
                 "again without that file")
        .at_sequence(at);
}

}  // namespace

std::string WatchState::to_text() const {
    JsonLine line(true);
    line.number("batpak_watch", kStateVersion);
    line.text("log", to_string(log_id));
    line.number("next", next.value);
    if (next > Sequence(0)) line.text("event", to_string(last_id));
    if (last_hash != Hash{}) line.text("hash", to_string(last_hash));
    return line.finish() + "\n";
}

Result<WatchState> WatchState::parse(std::string_view text) {
    const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) return fail(no_state("it is no JSON object"));
    const auto version = number_member(object, "batpak_watch");
    if (!version) return fail(no_state("it has no member batpak_watch"));
    if (*version != kStateVersion)
        return fail(no_state("it is of version " + std::to_string(*version)));
    const std::optional<LogId> log = LogId::parse(text_member(object, "log"));
    const std::optional<std::uint64_t> next = number_member(object, "next");
    if (!log || !next) return fail(no_state("it names no log and no place in it"));
    WatchState state{.log_id = *log, .next = Sequence(*next)};
    if (*next == 0) return state;
    const std::optional<EventId> event = EventId::parse(text_member(object, "event"));
    if (!event) return fail(no_state("it does not name the event that was handled last"));
    state.last_id = *event;
    const std::string hash = text_member(object, "hash");
    if (hash.empty()) return state;
    auto parsed = parse_hash(hash);
    if (!parsed) return fail(no_state("its hash is not 64 hexadecimal digits"));
    state.last_hash = *parsed;
    return state;
}

Result<WatchState> WatchState::of(const StoreReads& store, Sequence next) {
    WatchState state{.log_id = store.log_id(), .next = next};
    if (next == Sequence(0)) return state;
    BATPAK_TRY(const HeldEvent last, store.find(Sequence(next.value - 1)));
    state.last_id = last->event_id();
    state.last_hash = last->hash;
    return state;
}

Result<Sequence> find_place(const StoreReads& store, const WatchState& state) {
    const std::optional<Sequence> common = store.common_end(state.log_id);
    if (!common) {
        return fail(ErrorCode::ForeignPosition,
                    "--state: it is a place in the log " + to_string(state.log_id) +
                        ", and this is the log " + to_string(store.log_id()));
    }
    if (state.next > *common) {
        return fail(
            Error(ErrorCode::RolledBack, "--state: events before " + to_string(state.next) +
                                             " were handled, and of that log this store has only " +
                                             count_of(common->value, "event"))
                .at_sequence(*common));
    }
    if (state.next == Sequence(0)) return state.next;
    const Sequence at(state.next.value - 1);
    BATPAK_TRY(const HeldEvent last, store.find(at));
    const bool is_same = last->event_id() == state.last_id && last->hash == state.last_hash;
    if (!is_same) return fail(history_differs(at));
    return state.next;
}

Result<WatchStateFile> WatchStateFile::open(const std::string& path) {
    const std::filesystem::path file(path);
    const std::string name = file.filename().string();
    if (name.empty()) return fail(ErrorCode::InvalidArgument, "--state: name a file");
    BATPAK_CHECK(named("--state", check_no_store_around(path)));
    const std::string parent = file.has_parent_path() ? file.parent_path().string() : ".";
    BATPAK_TRY(std::unique_ptr<Directory> folder,
               real_file_system()->open_directory(parent, false));
    // Before the state is read: two processes would both go on from it.
    auto lock = folder->lock(name + ".lock");
    if (!lock && lock.error().code() == ErrorCode::StoreLocked) {
        return fail(Error(ErrorCode::StoreLocked, "--state: another process goes on from this file")
                        .at(path));
    }
    if (!lock) return fail(std::move(lock).error());
    WatchStateFile state(std::move(folder), *std::move(lock), name);
    BATPAK_CHECK(state.read());
    return state;
}

Result<void> WatchStateFile::read() {
    const auto file = folder_->open_file(name_, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::FileNotFound) return {};
    if (!file) return fail(file.error());
    BATPAK_TRY(const FileStat stat, (*file)->stat());
    // A file that was named by mistake is not read into memory.
    if (stat.size_bytes > kStateBytesMax) return fail(no_state("it is too long"));
    std::string text(static_cast<std::size_t>(stat.size_bytes), '\0');
    BATPAK_TRY(const std::size_t got, (*file)->read_at(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    auto state = WatchState::parse(text);
    if (!state) return fail(std::move(state).error().at(name_));
    kept_ = *std::move(state);
    return {};
}

Result<void> WatchStateFile::save(const WatchState& state) {
    // After a power cut the name leads to a whole state, and once save() has returned, to this one.
    BATPAK_CHECK(replace_file(*folder_, name_, as_bytes(state.to_text())));
    BATPAK_CHECK(folder_->sync());
    kept_ = state;
    return {};
}

}  // namespace batpak::tool
