// LevelDB: one store, whose keys begin with a letter that says of what, with bloom filters, and its
// own group commit.
//
// Compression is off, and threads may leave holes, both as with RocksDB.
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <atomic>
#include <filesystem>

#include "compare/numbering.hpp"
#include "compare/record.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{64} << 20;
constexpr std::size_t kWriteBufferBytes = std::size_t{64} << 20;
constexpr int kBloomBits = 10;
constexpr char kEvents = 'e';
constexpr char kIds = 'i';
constexpr char kStreams = 's';

void check(const leveldb::Status& status) {
    if (!status.ok()) give_up("leveldb: " + status.ToString());
}

std::string_view text_of(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

std::string key_of(char what, std::string_view rest) { return what + std::string(rest); }

class LeveldbContender final : public Contender {
public:
    explicit LeveldbContender(const Setup& setup)
        : sync_each_(setup.sync_each), store_(open(setup.directory)) {
        numbering_.emplace(count(), [this](const std::string& entity) { return length(entity); });
    }

    bool append(const NewEvent& event) override {
        const std::optional<Place> place = numbering_->give(event);
        if (!place) return false;
        leveldb::WriteBatch batch;
        put(batch, event, *place);
        write(batch, 1);
        return true;
    }

    bool append_batch(std::span<const NewEvent> events) override {
        std::vector<Place> places;
        if (!numbering_->give(events, places)) return false;
        leveldb::WriteBatch batch;
        for (std::size_t i = 0; i < events.size(); ++i) put(batch, events[i], places[i]);
        write(batch, events.size());
        return true;
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        const std::unique_ptr<leveldb::Iterator> at(store_->NewIterator({}));
        stream_key(key_, entity, 0);
        const std::string first = key_of(kStreams, key_);
        const std::string prefix(stream_prefix(first));
        at->Seek(first);
        for (std::uint64_t i = 0; i < limit && at->Valid(); ++i, at->Next()) {
            if (!at->key().starts_with(prefix)) break;
            show(text_of(at->value()), see);
        }
        check(at->status());
    }

    void scan(const Visit& see) override {
        const std::unique_ptr<leveldb::Iterator> at(store_->NewIterator({}));
        for (at->Seek(std::string(1, kEvents)); at->Valid() && at->key()[0] == kEvents; at->Next())
            see(decode_record(number_at(text_of(at->key()).substr(1)), text_of(at->value())));
        check(at->status());
    }

    void get(const EventId& id, const Visit& see) override {
        std::string sequence;
        check(store_->Get({}, key_of(kIds, bench::text_of(id.view())), &sequence));
        show(sequence, see);
    }

private:
    std::unique_ptr<leveldb::DB> open(const std::string& directory) {
        std::filesystem::create_directories(directory);
        leveldb::Options options;
        options.create_if_missing = true;
        options.compression = leveldb::kNoCompression;
        options.write_buffer_size = kWriteBufferBytes;
        options.block_cache = cache_.get();
        options.filter_policy = filter_.get();
        leveldb::DB* store = nullptr;
        check(leveldb::DB::Open(options, directory, &store));
        return std::unique_ptr<leveldb::DB>(store);
    }

    static void put(leveldb::WriteBatch& batch, const NewEvent& event, const Place& place) {
        thread_local std::string sequence;
        thread_local std::string stream;
        thread_local std::string record;
        sequence_key(sequence, place.sequence);
        stream_key(stream, event.coordinate->entity(), place.version);
        encode_record(record, event, place);
        batch.Put(key_of(kEvents, sequence), record);
        batch.Put(key_of(kStreams, stream), sequence);
        batch.Put(key_of(kIds, bench::text_of(place.id.view())), sequence);
    }

    void write(leveldb::WriteBatch& batch, std::uint64_t events) {
        leveldb::WriteOptions options;
        options.sync = (unsynced_ += events) >= sync_each_;
        if (options.sync) unsynced_ = 0;
        check(store_->Write(options, &batch));
    }

    void show(std::string_view sequence, const Visit& see) {
        check(store_->Get({}, key_of(kEvents, sequence), &record_));
        see(decode_record(number_at(sequence), record_));
    }

    std::uint64_t count() const {
        const std::unique_ptr<leveldb::Iterator> at(store_->NewIterator({}));
        return last_before(*at, std::string(1, kEvents + 1), std::string(1, kEvents));
    }
    std::uint64_t length(const std::string& entity) const {
        std::string end;
        stream_key(end, entity, ~std::uint64_t{0});
        end = key_of(kStreams, end);
        const std::unique_ptr<leveldb::Iterator> at(store_->NewIterator({}));
        return last_before(*at, end, stream_prefix(end));
    }
    // One more than the number at the end of the last key before `end`, if it has the prefix.
    static std::uint64_t last_before(leveldb::Iterator& at, const std::string& end,
                                     std::string_view prefix) {
        at.Seek(end);
        if (at.Valid()) {
            at.Prev();
        } else {
            at.SeekToLast();
        }
        if (!at.Valid() || !text_of(at.key()).starts_with(prefix)) return 0;
        return number_at(text_of(at.key()).substr(at.key().size() - kNumberBytes)) + 1;
    }

    const std::uint64_t sync_each_;
    const std::unique_ptr<leveldb::Cache> cache_{leveldb::NewLRUCache(kCacheBytes)};
    const std::unique_ptr<const leveldb::FilterPolicy> filter_{
        leveldb::NewBloomFilterPolicy(kBloomBits)};
    const std::unique_ptr<leveldb::DB> store_;
    std::optional<Numbering> numbering_;
    std::atomic<std::uint64_t> unsynced_{0};
    std::string key_;
    std::string record_;
};

}  // namespace

std::unique_ptr<Contender> open_leveldb(const Setup& setup) {
    return std::make_unique<LeveldbContender>(setup);
}

}  // namespace batpak::bench
