// A clinic logs who looked at which record, and signs the log. A patient's lawyer, who has neither
// the log nor a reason to trust the clinic, checks one entry, and that it is the last one of the
// record. Later an auditor sees that the log was only added to, and the clinic itself notices an
// old copy of its store.
#include <batpak/batpak.hpp>
#include <batpak/proof/checkpoint_signer.hpp>
#include <batpak/proof/event_proof.hpp>
#include <batpak/proof/expect.hpp>
#include <filesystem>

struct RecordViewed {
    static constexpr auto kind = batpak::EventKind::custom(0xC, 1);
    std::string by;
    std::string because;
};

namespace proof = batpak::proof;

// What the lawyer runs: two texts in, no store.
void check_as_a_stranger(const std::string& file, const std::string& policy) {
    const auto event = proof::verify_event(file, proof::TrustPolicy::parse(policy).value()).value();
    const auto viewed =
        batpak::decode_payload<RecordViewed>(event.claims->payload_version, *event.claims->payload)
            .value();
    fmt::print("proved: event {} of {}: {} looked at {}, because: {}\n", event.sequence,
               event.checkpoint.head().size, viewed.by, event.claims->entity, viewed.because);

    std::string forged = file;
    forged.replace(forged.find("index 1"), 7, "index 0");
    const auto refused = proof::verify_event(forged, proof::TrustPolicy::parse(policy).value());
    fmt::print("at another place: {}\n", proof::to_string(refused.error().reason()));
}

// Whether nothing came after that entry, and that nobody looked at another record.
void check_heads_as_a_stranger(const std::string& head, const std::string& absence,
                               const std::string& policy) {
    const auto trusted = proof::TrustPolicy::parse(policy).value();
    const auto last = proof::verify_head(head, "record:4711", trusted).value().head.value();
    fmt::print("proved: of {} events, version {} is the latest of {}\n", last.size,
               last.latest->version, last.entity);
    const auto none = proof::verify_absence(absence, "record:9", trusted).value().head.value();
    fmt::print("proved: of {} events, none is of {}\n", none.size, none.entity);
    const auto refused = proof::verify_head(head, "record:9", trusted);
    fmt::print("for another record: {}\n", proof::to_string(refused.error().reason()));
}

int main() {
    const auto files = batpak::real_file_system();
    const auto entropy = batpak::real_entropy();
    const auto config = batpak::StoreConfig("./trail");
    auto store = batpak::Store::open(config).value();
    const auto record = batpak::Coordinate::create("record:4711", "ward:2").value();

    // The key lies beside the store, never in it; the policy goes to everybody who is to check.
    const proof::VerifierKey key =
        proof::CheckpointSigner::create(*files, "./clinic.key", "clinic.example/trail",
                                        store.log_id(), *entropy)
            .value();
    const std::string policy = "log " + key.to_string() + "\nquorum none\n";
    auto signer = proof::CheckpointSigner::open(*files, "./clinic.key").value();
    proof::LogTree tree(store);

    store.append(record, RecordViewed{"dr. grey", "treatment"}).value();
    const auto asked_for = store.append(record, RecordViewed{"nurse joy", "curiosity"}).value();
    proof::EntityHeads heads(store);
    proof::record_heads(store, heads).value();
    const auto morning = signer.sign(store, tree).value();
    check_as_a_stranger(
        proof::prove_event(store, tree, asked_for.sequence, morning, proof::Disclose::Everything)
            .value(),
        policy);
    check_heads_as_a_stranger(proof::prove_head(store, tree, heads, "record:4711", morning).value(),
                              proof::prove_absence(store, tree, heads, "record:9", morning).value(),
                              policy);

    std::move(store).close().value();
    std::filesystem::copy("./trail", "./old-copy", std::filesystem::copy_options::recursive);
    store = batpak::Store::open(config).value();
    proof::LogTree grown(store);
    store.append(record, RecordViewed{"dr. grey", "treatment"}).value();
    const auto evening = signer.sign(store, grown).value();
    const std::string growth = proof::prove_growth(grown, morning.head().size, evening).value();
    const auto trusted = proof::TrustPolicy::parse(policy).value();
    fmt::print("proved: the log of {} events only grew, to {}\n", morning.head().size,
               proof::verify_growth(growth, morning, trusted).value().head().size);

    const auto old = proof::open_expecting(batpak::StoreConfig("./old-copy"), evening.checkpoint());
    fmt::print("an old copy: {}\n", batpak::to_string(old.error().code()));
    std::move(store).close().value();
}
