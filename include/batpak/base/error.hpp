// Error: what went wrong, where, and what class of reaction it calls for.
//
// An error is a value. Its code says exactly what happened, its class says how a caller should
// react (retry, change the argument, reopen, restore a backup), and the remaining fields say
// where. No caller ever needs to read the text; the text is for people, and ends with what to do.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/sequence.hpp"

namespace batpak {

// How a caller should react. Every code belongs to exactly one class.
enum class ErrorClass : std::uint8_t {
    Invalid,     // the argument is wrong: change it; nothing was done
    NotFound,    // there is no such thing
    Busy,        // somebody else holds the store: try later
    Conflict,    // the condition did not hold: read again and decide again
    Denied,      // policy said no
    Full,        // no room, or a limit is reached: nothing was written, try later
    WouldBlock,  // the call was told not to wait
    Timeout,     // the deadline passed; what was asked may still happen
    Io,          // the operating system failed this one call
    Poisoned,    // an earlier write or sync failed: reads go on, reopen to write
    Refused,     // what is on disk cannot be trusted or understood: nothing was changed
    Domain,      // an Outcome that is no value: an answer, not a failure; its detail says which
    Closed,      // the store is closed
    Forked,      // the handle was inherited over fork(): open the store in the child
};

// How far a batch had come when it failed. Nothing of it is stored, but for one case: if the class
// is Poisoned, and the stage Writing or later, all of it is stored or nothing, and only opening the
// store again tells.
enum class BatchStage : std::uint8_t {
    Validation,  // limits, conditions, keys; a store that takes no appends any more
    Encoding,    // a payload has no form
    Writing,
    Syncing,
    Publishing,  // it is written, and could not be made visible
};

enum class ErrorCode : std::uint16_t {
    // Invalid
    InvalidArgument = 1,
    InvalidCoordinate,
    InvalidTags,  // a tag is no name, there are too many, or one stands twice
    InvalidConfig,
    ReservedKind,
    PayloadTooLarge,
    MetadataTooLarge,
    EncodeFailed,      // a value has no MessagePack form within the limits
    DecodeFailed,      // stored bytes are not the value that was asked for
    DuplicateKind,     // two registered types claim one kind
    KindChanged,       // the log knows the kind by another name, or with fields that do not fit
    MissingUpcaster,   // a stored payload version has no way to the registered one
    NewerPayload,      // the stored payload version is newer than the registered type
    Unsupported,       // this build or file system cannot do it
    ForeignPosition,   // a cursor's position belongs to another log or region
    HandlerFailed,     // code of the caller's threw an exception, or did what it must not
    ReactionTooDeep,   // a reaction to a reaction to a reaction ...: over the limit
    TooManyReactions,  // the reactions to one event do not fit one batch
    SqlFailed,         // a statement is no SQL, or broke a constraint
    BadDestination,    // a copy of the store cannot be made there: not empty, or inside the store
    SnapshotOnly,      // a snapshot can only be read
    // NotFound
    EventNotFound,
    FileNotFound,
    NotAStore,        // the directory holds no batpak store
    OutcomeNotFound,  // an Outcome says so
    PayloadErased,    // the event is there, and its payload was erased for good
    // Busy, Conflict, Denied, Full, WouldBlock, Timeout
    StoreLocked,
    GroupInUse,         // a ConsumerGroup of this id is open already
    ModelLocked,        // somebody else is writing to the read model
    CompactionRunning,  // another call compacts the store
    VersionConflict,    // ExpectedVersion did not hold
    ConditionConflict,  // an event matches an AppendCondition: `sequence` is the first that does
    KeyConflict,        // the idempotency key was used for something else, at `sequence`
    ModelBehind,        // a version of a read model is not as far as the one that serves
    DecisionOutdated,   // what the gates judged has changed since: `sequence` is the first event
    WrongState,         // a state machine is not in the state that was asked for
    IllegalTransition,  // a state machine's state has no transition by this event
    OutcomeConflict,    // an Outcome says so
    GateDenied,         // a gate said no
    ReceiptRequired,    // the store takes only what gates have judged
    ReceiptForged,      // no evaluation in this process made this receipt
    ReceiptSpent,       // it was committed, moved from, or given back
    ReceiptMismatch,    // its payload is not the one that was judged
    ReceiptForeign,     // of a gate set, or judged on a store, that does not count here
    TransitionDenied,   // the guard of a transition said no
    OutcomeDenied,      // an Outcome says so
    DiskFull,
    OutOfMemory,  // std::bad_alloc, where no exception can reach the caller: nothing was stored
    ParkedFull,   // a consumer group has as many parked events as it may
    WouldBlock,
    Timeout,
    // Io, Poisoned
    Io,
    Poisoned,
    // Refused
    NotRegular,         // a symbolic link, FIFO, socket, device or hard link where a file belongs
    CorruptFrame,       // one stored event fails its checksum or its grammar
    CorruptHash,        // one stored event fails its hash
    CorruptSegment,     // a segment's header or extent is wrong
    CorruptManifest,    // no readable MANIFEST
    LostDurableEvents,  // events that were acknowledged as durable are missing or damaged
    MissingSegment,     // the MANIFEST lists a segment that is not there
    ForeignSegment,     // a segment of another store, or under another's name
    UnlistedSegment,    // a segment with events that the MANIFEST does not know
    FutureFormat,       // written by a newer version of batpak
    CorruptCache,       // a kept state of a projection is damaged: it is folded again
    IllegalEvent,       // a stored event that its state machine does not allow where it stands
    RolledBack,         // the store is older than the caller knows it to be
    ForeignModel,       // a read model of another log, region or name
    OtherModelVersion,  // a read model that another version of its code has made
    CorruptReadModel,   // a read model's file is damaged, or none of a read model
    ModelOfErased,      // a read model that was made of payloads which were erased since
    ProofInvalid,       // a proof, note or statement proves nothing; its place names the reason
    SplitHistory,       // the log is not the one that was signed before: two histories, one name
    KeyExposed,         // another user owns the file of a key, or others may read or write it
    CorruptSnapshot,    // a snapshot is not what its SNAPSHOT says, or that is damaged
    // Domain
    OutcomeFailed,     // an Err that no other code fits
    OutcomeCancelled,  // it was given up
    OutcomeUnsettled,  // a Retry, a Pending or a Batch where one value was asked for
    // Closed, Forked
    Closed,
    Forked,
};

// How to react to a code, and how the parts of an error are called.
ErrorClass error_class(ErrorCode code) noexcept;
std::string_view to_string(ErrorCode code) noexcept;
std::string_view to_string(ErrorClass error_class) noexcept;
std::string_view to_string(BatchStage stage) noexcept;
// What to_string() printed; empty if no code, or stage, has that name.
std::optional<ErrorCode> error_code_named(std::string_view name) noexcept;
std::optional<BatchStage> batch_stage_named(std::string_view name) noexcept;

class Error {
public:
    // `detail` is a clause for people: what happened, then what to do.
    explicit Error(ErrorCode code, std::string detail = {})
        : detail_(std::move(detail)), code_(code) {}

    ErrorCode code() const noexcept { return code_; }
    ErrorClass error_class() const noexcept { return batpak::error_class(code_); }
    const std::string& detail() const noexcept { return detail_; }

    // The file or thing concerned, relative to the store where it lies inside one; may be empty.
    const std::string& place() const noexcept { return place_; }
    std::optional<std::uint64_t> offset() const noexcept { return offset_; }
    std::optional<Sequence> sequence() const noexcept { return sequence_; }
    int os_error() const noexcept { return os_error_; }  // errno, or 0
    // Of a failed batch: how far it came, and which item, if it was one of them.
    std::optional<BatchStage> stage() const noexcept { return stage_; }
    std::optional<std::uint32_t> item() const noexcept { return item_; }

    // By value, so that `error = std::move(error).at(...)` is no move of an error into itself.
    Error at(std::string place) && {
        place_ = std::move(place);
        return std::move(*this);
    }
    Error at_offset(std::uint64_t bytes) && {
        offset_ = bytes;
        return std::move(*this);
    }
    Error at_sequence(Sequence sequence) && {
        sequence_ = sequence;
        return std::move(*this);
    }
    Error with_os_error(int number) && {
        os_error_ = number;
        return std::move(*this);
    }

    Error at_stage(BatchStage stage) && {
        stage_ = stage;
        return std::move(*this);
    }
    Error at_item(std::uint32_t index) && {
        item_ = index;
        return std::move(*this);
    }

    // One line: code, place, offset, sequence, the system's words, detail.
    std::string to_string() const;

private:
    std::string detail_;
    std::string place_;
    std::optional<std::uint64_t> offset_;
    std::optional<Sequence> sequence_;
    std::optional<std::uint32_t> item_;
    std::optional<BatchStage> stage_;
    int os_error_ = 0;
    ErrorCode code_;
};

}  // namespace batpak
