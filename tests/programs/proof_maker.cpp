// Writes random logs with checkpoints and proofs, for verifiers that are not batpak's.
//
//     batpak_proof_maker FOLDER SEED LOGS
//
// A folder for each log: `policy`, with the log's key; `entries`, the hash of each event in
// hexadecimal; `streams`, the version and the entity of each; NAME.note, checkpoints;
// event-SEQUENCE.SIZE.proof; head-RECORD-ENTITY.SIZE.proof, of heads and absences;
// growth-FROM.SIZE.growth; and tlog, the files of the last checkpoint as a web server has them.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "batpak/event/value.hpp"
#include "batpak/proof/checkpoint_signer.hpp"
#include "batpak/proof/event_proof.hpp"
#include "batpak/proof/tlog_files.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"

namespace {

using namespace batpak;

constexpr std::uint64_t kEventsMax = 5000;
constexpr int kEventsOfACheckpoint = 3;

class LogWriter {
public:
    LogWriter(std::filesystem::path folder, std::uint64_t seed)
        : folder_(std::move(folder)),
          random_(seed),
          environment_(testing::memory_environment()),
          store_(Store::open(StoreConfig("data").with_environment(environment_)).value()),
          tree_(store_),
          heads_(store_) {
        std::filesystem::create_directories(folder_);
    }

    void run() {
        // As many small logs as large ones, by their number of digits.
        const std::uint64_t size = random_() % ((kEventsMax >> random_() % 13) + 1);
        const proof::VerifierKey key =
            proof::CheckpointSigner::create(*environment_.files, "data.key", "example.com/log",
                                            store_.log_id(), *environment_.entropy)
                .value();
        write("policy", "log " + key.to_string() + "\nquorum none\n");
        auto signer = proof::CheckpointSigner::open(*environment_.files, "data.key").value();
        std::vector<std::uint64_t> sizes;
        for (;;) {
            if (random_() % 3 == 0) proof::record_heads(store_, heads_).value();
            const auto note = signer.sign(store_, tree_).value();
            sizes.push_back(note.head().size);
            prove(note, sizes);
            prove_heads(note);
            publish(note);
            if (note.head().size >= size) break;
            append(1 + random_() % (size - note.head().size));
        }
        std::string entries;
        const Sequence end = store_.durable_end();
        for (const Hash& hash : proof::event_hashes(store_, Sequence(0), end).value())
            entries += to_string(hash) + "\n";
        write("entries", entries);
        std::string streams;
        for (const Result<EventView>& event : store_.query(Region::all()))
            streams +=
                std::to_string(event->version().value) + " " + std::string(event->entity) + "\n";
        write("streams", streams);
    }

private:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }

    std::string random_name() { return "entity:" + std::to_string(random_() % 40); }

    void append(std::uint64_t count) {
        while (count > 0) {
            const auto batched = std::min<std::uint64_t>(count, random_() % 5);
            BatchBuilder batch;
            for (std::uint64_t i = 0; i < std::max<std::uint64_t>(batched, 1); ++i) {
                const std::string payload(random_() % 200, static_cast<char>('a' + random_() % 26));
                batch.add(Coordinate::create(random_name(), "scope").value(),
                          EventKind::custom(1, 7), Value(payload));
            }
            count -= std::max<std::uint64_t>(batched, 1);
            store_.append_batch(std::move(batch)).value();
        }
    }

    void prove(const proof::SignedCheckpoint& note, const std::vector<std::uint64_t>& sizes) {
        const std::uint64_t size = note.head().size;
        write(std::to_string(size) + ".note", note.note());
        for (int i = 0; size > 0 && i < kEventsOfACheckpoint; ++i) {
            const std::uint64_t event = random_() % size;
            const auto disclose = static_cast<proof::Disclose>(1 + random_() % 2);
            write("event-" + std::to_string(event) + "." + std::to_string(size) + ".proof",
                  proof::prove_event(store_, tree_, Sequence(event), note, disclose).value());
        }
        const std::uint64_t from = sizes[random_() % sizes.size()];
        write("growth-" + std::to_string(from) + "." + std::to_string(size) + ".growth",
              proof::prove_growth(tree_, from, note).value());
    }

    // As far as the last checkpoint: of each further one only what is new.
    void publish(const proof::SignedCheckpoint& note) {
        const std::string path = (folder_ / "tlog").string();
        const auto into = real_file_system()->open_directory(path, true).value();
        proof::write_tlog(store_, tree_, note, *into).value();
    }

    // Heads of entities, of which some have no event: of the last record, if there is one.
    void prove_heads(const proof::SignedCheckpoint& note) {
        const auto record = proof::find_heads(store_, Sequence(note.head().size)).value();
        for (int i = 0; record && i < kEventsOfACheckpoint; ++i) {
            const std::string name = i == 0 ? "batpak:heads" : random_name();
            const bool is_there = store_.before(record->size).find_latest(name).value().has_value();
            const auto proof = is_there ? proof::prove_head(store_, tree_, heads_, name, note)
                                        : proof::prove_absence(store_, tree_, heads_, name, note);
            write("head-" + std::to_string(record->sequence.value) + "-" + name + "." +
                      std::to_string(note.head().size) + ".proof",
                  proof.value());
        }
    }

    const std::filesystem::path folder_;
    std::mt19937_64 random_;
    const Environment environment_;
    Store store_;
    proof::LogTree tree_;
    proof::EntityHeads heads_;
};

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("batpak_proof_maker FOLDER SEED LOGS\n", stderr);
        return 2;
    }
    const std::uint64_t seed = std::stoull(words[2]);
    const std::uint64_t logs = std::stoull(words[3]);
    for (std::uint64_t i = 0; i < logs; ++i)
        LogWriter(std::filesystem::path(words[1]) / std::to_string(i), seed + i).run();
    return 0;
}
