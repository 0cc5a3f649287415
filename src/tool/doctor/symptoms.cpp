// One function for each thing that is looked at. While a program writes, what it is just doing
// looks like what a crash leaves, and is passed over: a torn tail, a second MANIFEST, files that
// are not listed yet.
//
// Nothing is read here: the same Condition gives the same symptoms, so tests make conditions up.
// Each symptom has what to do about it, as a command that can be copied into a shell.
#include "tool/doctor/symptoms.hpp"

#include <algorithm>

#include "batpak/store/config.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::int64_t kASecondUs = 1'000'000;
// Clocks of one machine differ by less than that, however they are set.
constexpr std::int64_t kAheadUsMax = 60 * kASecondUs;
constexpr std::int64_t kBehindUsMax = 1 * kASecondUs;
// A disk that is full within so many days is said to fill.
constexpr std::uint64_t kDaysLeftMin = 14;
// A writer reserves the next segment before it needs it, and a merge writes what it replaces.
constexpr std::uint64_t kRoomBytesMin = 2 * StoreConfig::kSegmentBytesDefault;
// So many segments fewer are worth a merge.
constexpr std::uint64_t kFewerSegmentsMin = 8;

// Of two looks at one place.
bool is_one_finding(const Error& a, const Error& b) {
    return a.code() == b.code() && a.place() == b.place() && a.offset() == b.offset();
}

// A snapshot has no copy of the segment that is appended to which could be put in its place.
std::string remedy_of(const Condition& seen, const Error& damage) {
    const std::string directory = shell_word(seen.directory);
    const bool is_active = !seen.active.empty() && damage.place() == seen.active;
    const std::string from_snapshot = is_active ? "batpak restore SNAPSHOT DEST"
                                                : "batpak repair " + directory + " --from SNAPSHOT";
    return from_snapshot + ", or batpak salvage " + directory + " DEST";
}

class Judgement {
public:
    explicit Judgement(const Condition& condition)
        : seen_(condition), directory_(shell_word(condition.directory)) {}

    std::vector<Symptom> judge() {
        judge_log();
        judge_leftovers();
        judge_pending();
        judge_indexes();
        judge_disk();
        judge_mount();
        judge_rights();
        judge_clock();
        return gravest_first();
    }

private:
    // Of one severity, in the order in which they were found.
    std::vector<Symptom> gravest_first() {
        // Three times along a short list. std::stable_sort() is not for this tree
        // (tools/tidy/words.py).
        std::vector<Symptom> sorted;
        for (const Severity severity : {Severity::Damage, Severity::Warning, Severity::Note}) {
            for (Symptom& symptom : symptoms_)
                if (symptom.severity == severity) sorted.push_back(std::move(symptom));
        }
        return sorted;
    }

    void add(Severity severity, std::string_view name, std::string what, std::string remedy) {
        symptoms_.push_back({severity, name, std::move(what), std::move(remedy)});
    }
    bool is_held() const noexcept { return seen_.holder.has_value(); }
    std::string command(std::string_view name, std::string_view rest = {}) const {
        return "batpak " + std::string(name) + " " + directory_ + std::string(rest);
    }
    // What any open for writing does, this command does and no more.
    std::string by_the_next_writer() const {
        return "the next program that opens it for writing does this, and so does " +
               command("compact", " --finish");
    }

    void judge_log() {
        // By itself: every other remedy would change files that are not damaged.
        if (seen_.refused && seen_.refused->code() == ErrorCode::FutureFormat) {
            add(Severity::Damage, "future-format", seen_.refused->to_string(),
                "use the batpak that wrote it, or a newer one");
        } else if (seen_.refused) {
            add(Severity::Damage, "does-not-open", seen_.refused->to_string(),
                command("scrub") + " lists all that is damaged; then " +
                    remedy_of(seen_, *seen_.refused));
        }
        for (const Error& damage : seen_.damage) {
            if (seen_.refused && is_one_finding(*seen_.refused, damage)) continue;
            add(Severity::Damage, "damaged-segment", damage.to_string(), remedy_of(seen_, damage));
        }
        if (seen_.manifests_differ && !is_held() && !seen_.refused) {
            add(Severity::Warning, "manifest-copy",
                "MANIFEST and MANIFEST.copy are not two files that say the same: damage to the "
                "other one would be damage to the store",
                by_the_next_writer());
        }
    }

    void judge_leftovers() {
        if (seen_.tail && !is_held()) {
            add(Severity::Note, "torn-tail",
                format_bytes(seen_.tail->bytes) + " at the end of segment " +
                    std::to_string(seen_.tail->segment_id) +
                    " are torn, and nothing in them was known to be durable: it is cut off, and a "
                    "copy kept in lost/",
                by_the_next_writer());
        }
        if (seen_.unlisted > 0 && !is_held() && !seen_.refused) {
            add(Severity::Note, "unlisted-segment",
                count_of(seen_.unlisted, "segment file") +
                    " without events, which a crash has left, can go",
                by_the_next_writer());
        }
        if (seen_.gone > 0 && !is_held()) {
            add(Severity::Note, "compaction-left",
                count_of(seen_.gone, "segment file") + " of a compaction that did not end can go",
                by_the_next_writer());
        }
        if (!seen_.foreign.empty()) {
            add(Severity::Note, "foreign-file",
                count_of(seen_.foreign.size(), "file") + " in segments/ " +
                    (seen_.foreign.size() == 1 ? "is" : "are") + " none of the store's, such as " +
                    in_quotes(seen_.foreign.front(), 60),
                "move it away, if it is yours");
        }
        if (seen_.lost.files > 0) {
            add(Severity::Note, "kept-in-lost",
                count_of(seen_.lost.files, "file") + " (" + format_bytes(seen_.lost.bytes) +
                    ") in lost/: what was cut off or replaced",
                "look at it, then remove it: rm " + directory_ + "/lost/*");
        }
    }

    void judge_pending() {
        if (seen_.erasure_pending) {
            add(Severity::Warning, "erasure-pending",
                "the erasure of payloads that event " + to_string(*seen_.erasure_pending) +
                    " records is not finished: their bytes are still on the disk",
                command("compact", " --finish") + (is_held() ? kOrByTheProgram : ""));
        }
        const std::uint64_t fewer = seen_.sealed - std::min(seen_.sealed, seen_.sealed_if_merged);
        if (fewer >= kFewerSegmentsMin) {
            add(Severity::Note, "small-segments",
                count_of(seen_.sealed, "sealed segment") + " could be " +
                    format_count(seen_.sealed_if_merged) + ": fewer files open and ask faster",
                command("compact", " --merge") + (is_held() ? kOrByTheProgram : ""));
        }
    }

    void judge_indexes() {
        if (seen_.indexes.missing > 0) {
            add(Severity::Note, "index-missing",
                count_of(seen_.indexes.missing, "sealed segment") +
                    (seen_.indexes.missing == 1 ? " has" : " have") +
                    " no index file: each reader makes its own, from all events",
                kByAWriterThatAsks);
        }
        if (seen_.indexes.stale > 0) {
            add(Severity::Note, "index-stale",
                count_of(seen_.indexes.stale, "index file") +
                    (seen_.indexes.stale == 1 ? " is" : " are") +
                    " damaged, or of another log: each reader makes its own, from all events",
                kByAWriterThatAsks);
        }
    }

    void judge_disk() {
        if (!seen_.free_bytes) return;
        const std::uint64_t free = *seen_.free_bytes;
        // The busier of the last day and the week: to be warned early costs less than to be warned
        // late.
        const std::uint64_t a_day = std::max(seen_.day_bytes, seen_.week_bytes / 7);
        if (free < kRoomBytesMin) {
            add(Severity::Warning, "disk-full",
                "the disk has " + format_bytes(free) +
                    " left for this user: a store needs room for its next segment",
                kMakeRoom);
        } else if (a_day > 0 && free / a_day < kDaysLeftMin) {
            add(Severity::Warning, "disk-filling",
                "the disk has " + format_bytes(free) + " left, and the store grows by " +
                    format_bytes(a_day) + " a day: full in " + count_of(free / a_day, "day"),
                kMakeRoom);
        }
    }

    void judge_mount() {
        if (!seen_.mount) return;
        const std::string type = escape(seen_.mount->type);
        switch (kind_of(*seen_.mount)) {
            case MountKind::Usual: return;
            case MountKind::Memory:
                add(Severity::Warning, "memory-file-system",
                    "it lies in memory (" + type + "): a power cut, or a restart, leaves nothing",
                    "keep it on a disk: batpak restore " + directory_ + " NEW --same-log ...");
                return;
            case MountKind::Network:
                add(Severity::Warning, "network-file-system",
                    "it lies on " + type +
                        ", where others decide what a sync and a lock are: two machines may both "
                        "open it for writing",
                    "keep it on a local disk: batpak restore " + directory_ +
                        " NEW --same-log ...");
                return;
            case MountKind::NoSync:
                add(Severity::Warning, "syncs-off",
                    "its file system was mounted so that a sync does not reach the disk (" +
                        shorten(escape(seen_.mount->options), 60) +
                        "): a power cut may lose what was acknowledged",
                    "mount it with barriers, and without volatile");
                return;
        }
    }

    void judge_rights() {
        if (seen_.writable.count == 0) return;
        add(Severity::Warning, "writable-by-others",
            count_of(seen_.writable.count, "file") + " may be written by " +
                (seen_.writable.by_everybody ? "everybody" : "a group") + ", such as " +
                in_quotes(seen_.writable.first, 60),
            "chmod -R go-w " + directory_);
    }

    void judge_clock() {
        if (!seen_.clock) return;
        // Times in a log never go back (INV W7): after a clock was wrong once, events have its time
        // until the right one has caught up.
        const std::int64_t ahead = seen_.clock->last_us - seen_.now_us;
        if (ahead > kAheadUsMax) {
            add(Severity::Warning, "clock-ahead",
                "the last event is of " + format_second(seen_.clock->last_us) + ", " +
                    format_duration(std::chrono::microseconds(ahead)) +
                    " ahead of this clock: until then all events get that time",
                "timedatectl shows whether this clock is right; the times in the log stay");
        }
        if (seen_.clock->behind_us_max > kBehindUsMax) {
            add(Severity::Warning, "clock-back",
                "the clock had gone back at event " + to_string(seen_.clock->behind_at) + ", by " +
                    format_duration(std::chrono::microseconds(seen_.clock->behind_us_max)) +
                    ": events have the time of the one before them",
                "let the clock be slewed and not stepped (chronyc tracking, timedatectl)");
        }
    }

    static constexpr const char* kOrByTheProgram =
        ", when no program has it open; or store.compact() of the program that does";
    static constexpr const char* kByAWriterThatAsks =
        "the program that writes makes them again when it asks for these events";
    static constexpr const char* kMakeRoom =
        "give it a larger disk, or move it: batpak restore STORE NEW --same-log ...";

    const Condition& seen_;
    const std::string directory_;
    std::vector<Symptom> symptoms_;
};

}  // namespace

std::string_view to_string(Severity severity) noexcept {
    switch (severity) {
        case Severity::Note: return "note";
        case Severity::Warning: return "warning";
        case Severity::Damage: return "damage";
    }
    return "";
}

std::vector<Symptom> judge(const Condition& condition) { return Judgement(condition).judge(); }

Symptom found_deep(const Condition& condition, const Error& damage) {
    return {Severity::Damage, "damage", damage.to_string(), remedy_of(condition, damage)};
}

ExitCode code_of(const std::vector<Symptom>& symptoms) noexcept {
    Severity gravest = Severity::Note;
    for (const Symptom& symptom : symptoms) gravest = std::max(gravest, symptom.severity);
    switch (gravest) {
        case Severity::Note: return ExitCode::Ok;
        case Severity::Warning: return ExitCode::No;
        case Severity::Damage: return ExitCode::Refused;
    }
    return ExitCode::Ok;
}

std::string shell_word(std::string_view word) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,";
    const bool is_plain = !word.empty() && word.find_first_not_of(plain) == std::string_view::npos;
    if (is_plain) return std::string(word);
    // No character means anything in single quotes, but the quote: '\'' ends them, has one, and
    // begins them again.
    std::string quoted = "'";
    for (const char character : word) {
        if (character == '\'') {
            quoted += "'\\''";
        } else {
            quoted += character;
        }
    }
    return quoted + "'";
}

}  // namespace batpak::tool
