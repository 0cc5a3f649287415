// LMDB: three trees. Events and ids grow at their end (MDB_APPEND), streams anywhere.
//
// A commit syncs; a buffered store does not (MDB_NOSYNC) and syncs after each n-th event. With
// MDB_NOSYNC a power cut may damage the file as a whole: a weaker promise than the others make.
#include <lmdb.h>

#include <filesystem>
#include <mutex>

#include "compare/numbering.hpp"
#include "compare/record.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kMapBytes = std::size_t{64} << 30;
constexpr unsigned kTrees = 3;

void check(int code) {
    if (code != MDB_SUCCESS) give_up(std::string("lmdb: ") + ::mdb_strerror(code));
}

MDB_val value_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view text_of(const MDB_val& value) {
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

class Transaction {
public:
    Transaction(MDB_env* environment, unsigned flags) {
        check(::mdb_txn_begin(environment, nullptr, flags, &transaction_));
    }
    ~Transaction() {
        if (transaction_ != nullptr) ::mdb_txn_abort(transaction_);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    MDB_txn* get() const noexcept { return transaction_; }
    void commit() { check(::mdb_txn_commit(std::exchange(transaction_, nullptr))); }

private:
    MDB_txn* transaction_ = nullptr;
};

class Cursor {
public:
    Cursor(const Transaction& transaction, MDB_dbi tree) {
        check(::mdb_cursor_open(transaction.get(), tree, &cursor_));
    }
    ~Cursor() { ::mdb_cursor_close(cursor_); }
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    // False: there is none.
    bool move(MDB_cursor_op how, std::string_view key = {}) {
        key_ = value_of(key);
        const int code = ::mdb_cursor_get(cursor_, &key_, &value_, how);
        if (code != MDB_NOTFOUND) check(code);
        return code == MDB_SUCCESS;
    }
    std::string_view key() const { return text_of(key_); }
    std::string_view value() const { return text_of(value_); }

private:
    MDB_cursor* cursor_ = nullptr;
    MDB_val key_{};
    MDB_val value_{};
};

class LmdbContender final : public Contender {
public:
    explicit LmdbContender(const Setup& setup)
        : sync_each_(setup.sync_each), environment_(open(setup)) {
        Transaction transaction(environment_, 0);
        check(::mdb_dbi_open(transaction.get(), "events", MDB_CREATE, &events_));
        check(::mdb_dbi_open(transaction.get(), "streams", MDB_CREATE, &streams_));
        check(::mdb_dbi_open(transaction.get(), "ids", MDB_CREATE, &ids_));
        transaction.commit();
        numbering_.emplace(count(), [this](const std::string& entity) { return length(entity); });
    }
    ~LmdbContender() override { ::mdb_env_close(environment_); }

    bool append(const NewEvent& event) override { return append_batch({&event, 1}); }

    bool append_batch(std::span<const NewEvent> events) override {
        const std::lock_guard lock(mutex_);
        if (!numbering_->give(events, places_)) return false;
        Transaction transaction(environment_, 0);
        for (std::size_t i = 0; i < events.size(); ++i) put(transaction, events[i], places_[i]);
        transaction.commit();
        unsynced_ += events.size();
        if (sync_each_ > 1 && unsynced_ >= sync_each_) {
            check(::mdb_env_sync(environment_, 1));
            unsynced_ = 0;
        }
        return true;
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        const Transaction transaction(environment_, MDB_RDONLY);
        Cursor cursor(transaction, streams_);
        stream_key(key_, entity, 0);
        const std::string prefix(stream_prefix(key_));
        bool there = cursor.move(MDB_SET_RANGE, key_);
        for (std::uint64_t i = 0; i < limit && there && cursor.key().starts_with(prefix); ++i) {
            show(transaction, cursor.value(), see);
            there = cursor.move(MDB_NEXT);
        }
    }

    void scan(const Visit& see) override {
        const Transaction transaction(environment_, MDB_RDONLY);
        Cursor cursor(transaction, events_);
        for (bool there = cursor.move(MDB_FIRST); there; there = cursor.move(MDB_NEXT))
            see(decode_record(number_at(cursor.key()), cursor.value()));
    }

    void get(const EventId& id, const Visit& see) override {
        const Transaction transaction(environment_, MDB_RDONLY);
        MDB_val key = value_of(bench::text_of(id.view()));
        MDB_val sequence{};
        check(::mdb_get(transaction.get(), ids_, &key, &sequence));
        show(transaction, text_of(sequence), see);
    }

private:
    static MDB_env* open(const Setup& setup) {
        std::filesystem::create_directories(setup.directory);
        MDB_env* environment = nullptr;
        check(::mdb_env_create(&environment));
        check(::mdb_env_set_mapsize(environment, kMapBytes));
        check(::mdb_env_set_maxdbs(environment, kTrees));
        const unsigned flags = setup.sync_each == 1 ? 0 : MDB_NOSYNC;
        check(::mdb_env_open(environment, setup.directory.c_str(), flags | MDB_NORDAHEAD, 0600));
        return environment;
    }

    void put(const Transaction& transaction, const NewEvent& event, const Place& place) {
        std::string sequence;
        sequence_key(sequence, place.sequence);
        encode_record(record_, event, place);
        stream_key(key_, event.coordinate->entity(), place.version);
        const auto put_one = [&](MDB_dbi tree, std::string_view key, std::string_view value,
                                 unsigned flags) {
            MDB_val stored_key = value_of(key);
            MDB_val stored_value = value_of(value);
            check(::mdb_put(transaction.get(), tree, &stored_key, &stored_value, flags));
        };
        put_one(events_, sequence, record_, MDB_APPEND);
        put_one(streams_, key_, sequence, MDB_NOOVERWRITE);
        put_one(ids_, bench::text_of(place.id.view()), sequence, MDB_APPEND);
    }

    void show(const Transaction& transaction, std::string_view sequence, const Visit& see) const {
        MDB_val key = value_of(sequence);
        MDB_val record{};
        check(::mdb_get(transaction.get(), events_, &key, &record));
        see(decode_record(number_at(sequence), text_of(record)));
    }

    std::uint64_t count() const {
        const Transaction transaction(environment_, MDB_RDONLY);
        Cursor cursor(transaction, events_);
        return cursor.move(MDB_LAST) ? number_at(cursor.key()) + 1 : 0;
    }
    std::uint64_t length(const std::string& entity) const {
        const Transaction transaction(environment_, MDB_RDONLY);
        Cursor cursor(transaction, streams_);
        std::string key;
        stream_key(key, entity, ~std::uint64_t{0});
        const bool behind = cursor.move(MDB_SET_RANGE, key);
        const bool there = cursor.move(behind ? MDB_PREV : MDB_LAST);
        if (!there || !cursor.key().starts_with(stream_prefix(key))) return 0;
        return number_at(cursor.key().substr(cursor.key().size() - kNumberBytes)) + 1;
    }

    const std::uint64_t sync_each_;
    MDB_env* const environment_;
    MDB_dbi events_ = 0;
    MDB_dbi streams_ = 0;
    MDB_dbi ids_ = 0;
    std::mutex mutex_;
    std::optional<Numbering> numbering_;
    std::uint64_t unsynced_ = 0;
    std::vector<Place> places_;
    std::string key_;
    std::string record_;
};

}  // namespace

std::unique_ptr<Contender> open_lmdb(const Setup& setup) {
    return std::make_unique<LmdbContender>(setup);
}

}  // namespace batpak::bench
