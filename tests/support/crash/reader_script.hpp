// ReaderScript: a reader beside a writer, and beside whatever else happens to the files, against a
// plain list of what was written.
//
// Each event carries a number of its own. The model keeps the numbers of the log, those that a
// write under way may have put behind them, and every state that there was while the reader looked.
// What the reader shows must be the front of one of these states; when nothing moves, it must be
// all of the log, by every way to ask.
//
// Threads: thread-compatible
// Errors:  problem(): the first thing that was not as it must be, with the steps that led there
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batpak/delivery/cursor.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/faults/hooked_disk.hpp"

namespace batpak::testing {

enum class WriterStep : std::uint8_t {
    Append,
    AppendTwice,  // the second testifies for the first
    AppendBuffered,
    AppendGroup,  // three in one write, buffered
    Batch,
    Fill,          // a large one, which soon begins a segment
    UndoneAppend,  // the write fails when all of it is in the file
    UndoneGroup,   // when half of it is
    UndoneBatch,
    UndoFails,  // and cannot be taken back: the writer is poisoned
    Close,      // index parts are written
    Kill,
    Backup,
    RestoreInPlace,  // the files of the last backup, into those that are there
    RestoreAnew,     // into new ones
    OtherStore,
    RemoveAll,
    RemoveIndex,
};
inline constexpr std::size_t kWriterSteps = 18;
std::string to_string(WriterStep step);

// What the reader does.
enum class ReaderCall : std::uint8_t { Open, Refresh, Query };

class ReaderScript {
public:
    explicit ReaderScript(std::uint64_t seed);
    ~ReaderScript();

    // A whole step; with `looks`, the reader refreshes before each call that it makes to the disk.
    void step(WriterStep step, bool looks = false);
    // The reader's call, with a step before the call number `number` that it makes to the disk.
    // False if it makes fewer.
    bool call_beside(ReaderCall call, WriterStep step, std::uint64_t number);
    // Nothing moves: the reader shows the log.
    void settle();

    const std::string& problem() const noexcept { return problem_; }

private:
    struct Item {
        int number = 0;
        int batch = 0;  // items of one batch share it; 0: alone
        friend bool operator==(const Item&, const Item&) = default;
    };
    using Log = std::vector<Item>;
    using Files = std::vector<std::pair<std::string, Bytes>>;
    struct Copy {
        Files files;
        Log log;
    };
    enum class Failing : std::uint8_t { No, WhenWritten, WhenHalfWritten };

    // ---- the writer
    void run(WriterStep step);
    bool open_writer();
    void close_writer();
    void append(std::size_t count, Durability durability, std::size_t payload_bytes);
    void append_batch(std::size_t count);
    void undone(Failing failing, std::size_t count, bool is_batch);
    void restore(bool anew);
    void remove_files(bool only_index);
    std::optional<Error> before_writer_call(HookedCall call, const std::string& path);
    Coordinate coordinate_of(int number) const;
    std::string payload_of(int number, std::size_t bytes) const;
    std::size_t some_bytes();
    Files read_files();

    // ---- the model
    Log state() const;
    void note_state() { states_.push_back(state()); }
    void begin_look();
    bool is_allowed(const Error& error) const;
    void tell(std::string what);

    // ---- the reader
    std::optional<Error> before_reader_call();
    void refresh();
    void query();
    void check_shown();
    void open_reader();
    void check_all();
    void check_streams();
    void follow();
    void poll();
    void check_kept();
    void keep();
    static int number_of(const EventView& event);

    const std::shared_ptr<FileSystem> disk_;
    std::shared_ptr<ManualClock> clock_;
    StoreConfig writer_config_;
    StoreConfig reader_config_;
    std::uint64_t random_;

    std::optional<Store> writer_;
    bool is_dead_ = false;
    Failing failing_ = Failing::No;
    bool write_fails_ = false;
    bool resize_fails_ = false;
    bool looks_ = false;
    bool is_looking_ = false;
    int next_number_ = 1;
    Log log_;
    Log pending_;  // of a write under way, or of one whose fate is unknown
    std::vector<Log> states_;
    bool has_store_ = false;
    bool is_replaced_ = false;  // since the reader opened it
    std::optional<Copy> backup_;

    std::optional<ReadOnlyStore> reader_;
    std::optional<WriterStep> between_;
    std::uint64_t calls_left_ = 0;
    std::optional<EventRange> range_;
    std::vector<int> range_numbers_;
    std::optional<StoreView> view_;
    std::vector<int> view_numbers_;
    std::vector<int> followed_;
    std::optional<Cursor> cursor_;
    std::vector<int> polled_;

    std::string steps_;
    std::string problem_;
};

}  // namespace batpak::testing
