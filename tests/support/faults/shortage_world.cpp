#include "support/faults/shortage_world.hpp"

#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

constexpr auto kShortKind = EventKind::custom(0xF, 1);

// The errors that a shortage may make. Anything else blames the store, or the caller.
bool is_honest(const Error& error) {
    switch (error.error_class()) {
        case ErrorClass::Full:
        case ErrorClass::Io:
        case ErrorClass::Poisoned: return true;
        // A handler's own calls can find no memory.
        default: return error.code() == ErrorCode::HandlerFailed;
    }
}

}  // namespace

ShortageWorld::ShortageWorld()
    : disk(std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{})),
      files(std::make_shared<FaultyFiles>(disk)),
      config("/data") {
    config = config
                 .with_environment({files, std::make_shared<ManualClock>(ManualClock::kStartUs),
                                    std::make_shared<SeededEntropy>(7)})
                 .with_segment_bytes(4096)
                 .with_sync_every_n_events(100);
}

ShortageWorld::~ShortageWorld() { FailingMemory::disarm(); }

void ShortageWorld::begin(const Shortage& memory, const FileTrouble& trouble) {
    memory_ = memory;
    begun_ = true;
    asked_ = 0;
    files->arm(trouble);
}

void ShortageWorld::end() {
    begun_ = false;
    files->disarm();
}

void ShortageWorld::meet() {
    if (!begun_) return;
    // Allocations are counted over all calls.
    Shortage rest = memory_;
    if (rest.first >= asked_) {
        if (rest.first != UINT64_MAX) rest.first -= asked_;
    } else {
        const std::uint64_t gone = asked_ - rest.first;
        rest.first = 0;
        if (rest.count != UINT64_MAX) rest.count = rest.count > gone ? rest.count - gone : 0;
    }
    FailingMemory::arm(rest);
}

void ShortageWorld::part() {
    if (!begun_) return;
    FailingMemory::disarm();
    asked_ += FailingMemory::asked();
}

void ShortageWorld::note(const Error& error) {
    ++errors_;
    if (!begun_) tell("without a shortage: " + error.to_string());
    if (!is_honest(error)) tell("not what a shortage may answer: " + error.to_string());
}

std::string ShortageWorld::payload(std::size_t bytes) {
    std::string text = "event " + std::to_string(made_++) + ";";
    if (text.size() < bytes) text.resize(bytes, '.');
    return text;
}

void ShortageWorld::open() {
    auto opened = attempt([&] { return Store::open(config); });
    if (opened && *opened) store.emplace(**std::move(opened));
}

void ShortageWorld::close() {
    if (!store) return;
    (void)attempt([&] { return std::move(*store).close(); });
    (void)attempt_void([&] { store.reset(); });
}

// As a dead process leaves it: what it does at its end does not count.
void ShortageWorld::kill() {
    if (!store) return;
    files->arm({.first = 0, .count = UINT64_MAX});
    store.reset();
    files->disarm();
}

void ShortageWorld::append(const char* entity, std::size_t bytes, const AppendOptions& options) {
    if (!store) return;
    const std::string text = payload(bytes);
    const Coordinate coordinate = Coordinate::create(entity, "cave").value();
    const auto answer =
        attempt([&] { return store->append_raw(coordinate, kShortKind, as_bytes(text), options); });
    fates_[text] = fate_of(answer);
}

void ShortageWorld::append_typed(const char* entity, std::size_t bytes) {
    if (!store) return;
    const Said said{payload(bytes)};
    Buffer encoded;
    PayloadCodec<Said>::encode(said, encoded).value();
    const Coordinate coordinate = Coordinate::create(entity, "cave").value();
    const auto answer = attempt([&] { return store->append(coordinate, said); });
    fates_[std::string(as_text(encoded.view()))] = fate_of(answer);
}

void ShortageWorld::append_keyed(const char* key, int tries) {
    if (!store) return;
    const std::string text = payload(30);
    AppendOptions options;
    options.idempotency_key = key;
    const Coordinate coordinate = Coordinate::create("keyed", "cave").value();
    bool stored = false;
    bool doubtful = false;
    for (int i = 0; i < tries; ++i) {
        const auto answer = attempt(
            [&] { return store->append_raw(coordinate, kShortKind, as_bytes(text), options); });
        stored = stored || fate_of(answer) == Fate::Stored;
        doubtful = doubtful || fate_of(answer) == Fate::Unknown;
    }
    fates_[text] = stored ? Fate::Stored : doubtful ? Fate::Unknown : Fate::Refused;
}

void ShortageWorld::append_batch(std::size_t count, std::size_t bytes,
                                 const BatchOptions& options) {
    if (!store) return;
    BatchBuilder batch;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) {
        texts.push_back(payload(bytes));
        batch.add(Coordinate::create("entity " + texts.back(), "cave").value(), kShortKind,
                  as_bytes(texts.back()));
    }
    const auto answer = attempt([&] { return store->append_batch(std::move(batch), options); });
    for (const std::string& text : texts) fates_[text] = fate_of(answer);
    if (answer && *answer && (*answer)->size() != count) tell("receipts are missing");
}

void ShortageWorld::submit(std::size_t count, std::size_t bytes) {
    if (!store) return;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string text = payload(bytes);
        const Coordinate coordinate =
            Coordinate::create("ticket " + std::to_string(i), "cave").value();
        tickets_.reserve(tickets_.size() + 1);
        auto ticket =
            attempt([&] { return store->submit_raw(coordinate, kShortKind, as_bytes(text), {}); });
        if (ticket && *ticket) tickets_.push_back({text, **std::move(ticket)});
        if (!ticket || !*ticket) fates_[text] = Fate::Refused;
    }
}

void ShortageWorld::settle_tickets() {
    for (Submitted& submitted : tickets_) {
        auto answer = attempt([&] { return submitted.ticket.wait(); });
        // Only the copy of the answer did not fit: it is asked for again.
        for (int i = 0; !answer && i < 3; ++i)
            answer = attempt([&] { return submitted.ticket.wait(); });
        fates_[submitted.payload] = answer ? fate_of(answer) : Fate::Unknown;
    }
    (void)attempt_void([&] { tickets_.clear(); });
}

std::string ShortageWorld::judge(const StoreReads& log) const {
    std::map<std::string, int> found;
    for (const auto& event : log.query(Region::scope("cave"))) {
        if (!event) return "an event cannot be read: " + event.error().to_string();
        ++found[std::string(as_text(event->payload))];
    }
    for (const auto& [text, fate] : fates_) {
        const std::string name = text.substr(0, text.find(';'));
        const int times = found.contains(text) ? found[text] : 0;
        if (fate == Fate::Stored && times != 1)
            return name + " was acknowledged and is there " + std::to_string(times) + " times";
        if (fate == Fate::Refused && times != 0) return name + " was refused and is there";
        if (times > 1) return name + " is there twice";
    }
    return {};
}

// The sync of a segment that was in use, a write that could not be undone, a MANIFEST of which
// nobody knows whether it is in force.
bool ShortageWorld::is_doubtful() const {
    bool wrote = false;
    for (const Call& call : files->failed()) {
        const bool of_log = call.path.ends_with(".bpk");
        const bool of_manifest = call.path.ends_with("/MANIFEST") || call.path.ends_with("data");
        if (of_log && call.kind == CallKind::Sync) return true;
        if (of_log && call.kind == CallKind::Write) wrote = true;
        if (of_log && call.kind == CallKind::Resize && wrote) return true;
        if (of_manifest && (call.kind == CallKind::Rename || call.kind == CallKind::SyncDirectory))
            return true;
    }
    return false;
}

}  // namespace batpak::testing
