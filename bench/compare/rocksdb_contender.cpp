// RocksDB: three column families with bloom filters, and its own group commit.
//
// Compression is off: the payloads of the benchmark are alike and would compress to nothing.
// Threads that append to one stream may be written in another order than they were numbered in,
// and a crash then leaves a hole; a store that forbids that would be slower.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <filesystem>

#include "compare/numbering.hpp"
#include "compare/record.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{64} << 20;
constexpr double kBloomBits = 10;

void check(const rocksdb::Status& status) {
    if (!status.ok()) give_up("rocksdb: " + status.ToString());
}

rocksdb::Slice slice_of(std::string_view text) { return {text.data(), text.size()}; }
std::string_view text_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class RocksdbContender final : public Contender {
public:
    explicit RocksdbContender(const Setup& setup) : sync_each_(setup.sync_each) {
        open(setup.directory);
        numbering_.emplace(count(), [this](const std::string& entity) { return length(entity); });
    }
    ~RocksdbContender() override {
        for (rocksdb::ColumnFamilyHandle* family : families_)
            check(store_->DestroyColumnFamilyHandle(family));
        check(store_->Close());
    }

    bool append(const NewEvent& event) override {
        const std::optional<Place> place = numbering_->give(event);
        if (!place) return false;
        rocksdb::WriteBatch batch;
        put(batch, event, *place);
        write(batch, 1);
        return true;
    }

    bool append_batch(std::span<const NewEvent> events) override {
        std::vector<Place> places;
        if (!numbering_->give(events, places)) return false;
        rocksdb::WriteBatch batch;
        for (std::size_t i = 0; i < events.size(); ++i) put(batch, events[i], places[i]);
        write(batch, events.size());
        return true;
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        const std::unique_ptr<rocksdb::Iterator> at(store_->NewIterator({}, streams()));
        stream_key(key_, entity, 0);
        const std::string prefix(stream_prefix(key_));
        at->Seek(key_);
        for (std::uint64_t i = 0; i < limit && at->Valid(); ++i, at->Next()) {
            if (!at->key().starts_with(prefix)) break;
            show(at->value(), see);
        }
        check(at->status());
    }

    void scan(const Visit& see) override {
        const std::unique_ptr<rocksdb::Iterator> at(store_->NewIterator({}, events()));
        for (at->SeekToFirst(); at->Valid(); at->Next())
            see(decode_record(number_at(text_of(at->key())), text_of(at->value())));
        check(at->status());
    }

    void get(const EventId& id, const Visit& see) override {
        rocksdb::PinnableSlice sequence;
        check(store_->Get({}, ids(), slice_of(bench::text_of(id.view())), &sequence));
        show(sequence, see);
    }

private:
    rocksdb::ColumnFamilyHandle* events() const noexcept { return families_[0]; }
    rocksdb::ColumnFamilyHandle* streams() const noexcept { return families_[1]; }
    rocksdb::ColumnFamilyHandle* ids() const noexcept { return families_[2]; }

    void open(const std::string& directory) {
        std::filesystem::create_directories(directory);
        rocksdb::BlockBasedTableOptions table;
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBits));
        table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
        rocksdb::ColumnFamilyOptions family;
        family.compression = rocksdb::kNoCompression;
        family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
        rocksdb::DBOptions options;
        options.create_if_missing = true;
        options.create_missing_column_families = true;
        const std::vector<rocksdb::ColumnFamilyDescriptor> wanted = {
            {rocksdb::kDefaultColumnFamilyName, family}, {"streams", family}, {"ids", family}};
        rocksdb::DB* store = nullptr;
        check(rocksdb::DB::Open(options, directory, wanted, &families_, &store));
        store_.reset(store);
    }

    void put(rocksdb::WriteBatch& batch, const NewEvent& event, const Place& place) const {
        thread_local std::string sequence;
        thread_local std::string stream;
        thread_local std::string record;
        sequence_key(sequence, place.sequence);
        stream_key(stream, event.coordinate->entity(), place.version);
        encode_record(record, event, place);
        check(batch.Put(events(), sequence, record));
        check(batch.Put(streams(), stream, sequence));
        check(batch.Put(ids(), slice_of(bench::text_of(place.id.view())), sequence));
    }

    void write(rocksdb::WriteBatch& batch, std::uint64_t events) {
        rocksdb::WriteOptions options;
        options.sync = (unsynced_ += events) >= sync_each_;
        if (options.sync) unsynced_ = 0;
        check(store_->Write(options, &batch));
    }

    void show(const rocksdb::Slice& sequence, const Visit& see) {
        check(store_->Get({}, events(), sequence, &record_));
        see(decode_record(number_at(text_of(sequence)), text_of(record_)));
        record_.Reset();  // it pins a block of the store
    }

    std::uint64_t count() const {
        const std::unique_ptr<rocksdb::Iterator> at(store_->NewIterator({}, events()));
        at->SeekToLast();
        return at->Valid() ? number_at(text_of(at->key())) + 1 : 0;
    }
    std::uint64_t length(const std::string& entity) const {
        std::string key;
        stream_key(key, entity, ~std::uint64_t{0});
        const std::unique_ptr<rocksdb::Iterator> at(store_->NewIterator({}, streams()));
        at->SeekForPrev(key);
        if (!at->Valid() || !at->key().starts_with(slice_of(stream_prefix(key)))) return 0;
        return number_at(text_of(at->key()).substr(key.size() - kNumberBytes)) + 1;
    }

    const std::uint64_t sync_each_;
    std::unique_ptr<rocksdb::DB> store_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
    std::optional<Numbering> numbering_;
    std::atomic<std::uint64_t> unsynced_{0};
    std::string key_;
    rocksdb::PinnableSlice record_;
};

}  // namespace

std::unique_ptr<Contender> open_rocksdb(const Setup& setup) {
    return std::make_unique<RocksdbContender>(setup);
}

}  // namespace batpak::bench
