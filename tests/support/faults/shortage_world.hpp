// ShortageWorld: a program with a store, and what it was told, while something runs out.
//
// A scenario makes its calls through this: each is made with the shortage on, its answer is noted,
// and what it stored, refused, or left open can be compared with what is in the log afterwards.
// Only the calls to batpak meet the shortage; the test's own bookkeeping is spared.
//
// Threads: thread-compatible
// Errors:  problem(): the first thing that was not as it must be, in words
#pragma once

#include <map>
#include <optional>
#include <string>

#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/reactor.hpp"
#include "batpak/delivery/subscription.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/faults/failing_memory.hpp"
#include "support/faults/faulty_files.hpp"

namespace batpak::testing {

struct Said {
    static constexpr auto kind = EventKind::custom(0xE, 7);
    std::string text;
};

class ShortageWorld {
public:
    ShortageWorld();
    ~ShortageWorld();
    ShortageWorld(const ShortageWorld&) = delete;
    ShortageWorld& operator=(const ShortageWorld&) = delete;

    // From here on, calls meet this.
    void begin(const Shortage& memory, const FileTrouble& trouble);
    void end();

    // Makes one call of the program's, which returns a Result. Nothing if it threw std::bad_alloc.
    template <class Call>
    auto attempt(Call call) -> std::optional<decltype(call())> {
        std::optional<decltype(call())> answer;
        meet();
        try {
            answer.emplace(call());
        } catch (const std::bad_alloc&) {
            part();
            ++thrown_;
            return std::nullopt;
        }
        part();
        if (!*answer) note(answer->error());
        return answer;
    }
    // The same for what returns nothing.
    template <class Call>
    bool attempt_void(Call call) {
        return attempt([&]() -> Result<void> {
                   call();
                   return {};
               })
            .has_value();
    }

    void open();
    void close();
    void kill();
    void append(const char* entity, std::size_t bytes, const AppendOptions& options);
    void append(const char* entity, std::size_t bytes) { append(entity, bytes, {}); }
    // A struct, of which the store notes the type.
    void append_typed(const char* entity, std::size_t bytes);
    // The same key and content, until it is answered with a receipt; at most `tries` times.
    void append_keyed(const char* key, int tries);
    void append_batch(std::size_t count, std::size_t bytes, const BatchOptions& options);
    void submit(std::size_t count, std::size_t bytes);
    void settle_tickets();

    // What the log must and may hold.
    std::string judge(const StoreReads& log) const;
    bool is_open() const noexcept { return store.has_value(); }
    bool poisoned() const { return store && store->stats().poisoned; }
    // Whether one of the failed calls leaves in doubt what is on the disk.
    bool is_doubtful() const;
    void tell(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }
    const std::string& problem() const noexcept { return problem_; }
    std::uint64_t errors() const noexcept { return errors_; }
    std::uint64_t thrown() const noexcept { return thrown_; }

    const std::shared_ptr<SimulatedFileSystem> disk;
    const std::shared_ptr<FaultyFiles> files;
    StoreConfig config;
    std::optional<Store> store;
    std::optional<ReadOnlyStore> reader;
    std::optional<Cursor> cursor;
    std::optional<ConsumerGroup> group;
    std::optional<Subscription> subscription;
    std::optional<Reactor> reactor;
    std::shared_ptr<Projector> projector;
    std::vector<Sequence> delivered;  // by the cursor

private:
    enum class Fate : std::uint8_t { Stored, Refused, Unknown };
    struct Submitted {
        std::string payload;
        Ticket ticket;
    };

    void meet();
    void part();
    void note(const Error& error);
    std::string payload(std::size_t bytes);
    // What an answer means for what was to be stored.
    template <class Answer>
    Fate fate_of(const std::optional<Answer>& answer) const {
        if (!answer) return Fate::Refused;
        if (*answer) return Fate::Stored;
        return answer->error().code() == ErrorCode::Poisoned ? Fate::Unknown : Fate::Refused;
    }

    Shortage memory_;
    bool begun_ = false;
    std::uint64_t asked_ = 0;  // allocations of earlier calls since begin()
    std::map<std::string, Fate> fates_;
    std::vector<Submitted> tickets_;
    std::uint64_t made_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t thrown_ = 0;
    std::string problem_;

public:
    // Allocations that the calls since begin() asked for.
    std::uint64_t asked() const noexcept { return asked_; }
};

}  // namespace batpak::testing
