// keygen, checkpoint, prove and check-proof.
//
// A key stays outside the store: a program that may write the store must not be able to sign for
// it, and a copy of the store must not bring an old memory of what was signed along.
#include "tool/commands/proof_commands.hpp"

#include <filesystem>
#include <fstream>

#include "batpak/proof/checkpoint_signer.hpp"
#include "batpak/proof/event_proof.hpp"
#include "batpak/proof/expect.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "tool/commands/proof_files.hpp"
#include "tool/files/store_files.hpp"
#include "tool/questions/find_event.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr const char* kTreeSuffix = ".tree";
constexpr std::string_view kKeyBegin = "PRIVATE+KEY+";

// Whether it is a key, or one of the files that lie beside a key: what it signed last, the lock of
// the one who signs (checkpoint_signer.cpp), and the tree.
bool is_of_a_key(const std::string& path) {
    for (const std::string suffix : {"", ".last", ".lock", kTreeSuffix}) {
        if (!path.ends_with(suffix)) continue;
        const std::string name = path.substr(0, path.size() - suffix.size());
        std::error_code failed;
        if (!std::filesystem::is_regular_file(name, failed)) continue;  // a pipe has no beginning
        std::ifstream key(name, std::ios::binary);
        std::string begin(kKeyBegin.size(), '\0');
        if (key.read(begin.data(), static_cast<std::streamsize>(begin.size())) &&
            begin == kKeyBegin) {
            return true;
        }
    }
    return false;
}

// What is written must replace neither a key, nor what the command reads, nor a file of a store.
Result<void> check_output(const std::optional<std::string>& output,
                          const std::vector<std::string>& inputs) {
    if (!output) return {};
    BATPAK_CHECK(named("--output", check_no_store_around(*output)));
    std::error_code failed;
    const bool is_there = std::filesystem::exists(*output, failed);
    const std::string target =
        is_there ? std::filesystem::canonical(*output, failed).string() : *output;
    if (is_of_a_key(*output) || is_of_a_key(target))
        return fail(Error(ErrorCode::InvalidArgument, "--output is a file of a key").at(*output));
    for (const std::string& input : inputs) {
        if (*output != input && !std::filesystem::equivalent(*output, input, failed)) continue;
        return fail(Error(ErrorCode::InvalidArgument,
                          "--output is a file that the command reads: name another")
                        .at(*output));
    }
    return {};
}

Result<void> give(Console& console, const std::optional<std::string>& output,
                  const std::string& text) {
    if (output) return write_file_text(*output, text);
    console.write(text);
    return {};
}

Result<std::string> make_proof(const ProveCommand& command, const ReadOnlyStore& store,
                               proof::LogTree& tree, const proof::SignedCheckpoint& checkpoint) {
    if (command.since) return proof::prove_growth(tree, *command.since, checkpoint);
    proof::EntityHeads heads(store);
    if (command.head) return proof::prove_head(store, tree, heads, *command.head, checkpoint);
    if (command.absent)
        return proof::prove_absence(store, tree, heads, *command.absent, checkpoint);
    BATPAK_TRY(const HeldEvent found, find_event(store, "EVENT", command.event, ReadCheck::Frame));
    const Sequence event = found->sequence();
    const proof::Disclose disclose = command.disclose == "nothing"  ? proof::Disclose::Nothing
                                     : command.disclose == "header" ? proof::Disclose::Header
                                                                    : proof::Disclose::Everything;
    return proof::prove_event(store, tree, event, checkpoint, disclose);
}

// ---- what was proved, as facts with names: for people a line each, as JSON an object

class Facts {
public:
    explicit Facts(bool ascii) : line_(ascii) {}

    void text(std::string_view name, std::string_view value) {
        line_.text(name, value);
        human_ += "  " + std::string(name) + " " + escape(value) + "\n";
    }
    void number(std::string_view name, std::uint64_t value) {
        line_.number(name, value);
        human_ += "  " + std::string(name) + " " + std::to_string(value) + "\n";
    }
    JsonLine& json() { return line_; }
    const std::string& human() const { return human_; }

private:
    JsonLine line_;
    std::string human_;
};

void add_claims(Facts& facts, const proof::EventClaims& claims) {
    facts.text("log", to_string(claims.log_id));
    facts.text("event_id", to_string(claims.event_id));
    facts.text("entity", claims.entity);
    facts.text("scope", claims.scope);
    facts.text("kind", to_string(claims.kind));
    facts.number("version", claims.version.value);
    facts.text("time", format_time(claims.hlc.us));
    facts.number("payload_bytes", claims.payload_bytes);
    if (claims.payload) facts.text("payload", to_hex(*claims.payload));
}

void add_checkpoint(Facts& facts, const proof::SignedCheckpoint& checkpoint) {
    facts.text("origin", checkpoint.checkpoint().origin);
    facts.number("size", checkpoint.head().size);
    facts.text("root", to_string(checkpoint.head().root));
    facts.number("witnesses", checkpoint.witnesses());
    if (checkpoint.witnessed_at()) facts.number("witnessed_at", *checkpoint.witnessed_at());
}

void add_head(Facts& facts, const proof::HeadClaim& claim, Sequence recorded) {
    facts.text("proved", claim.latest ? "head" : "absence");
    facts.text("entity", claim.entity);
    if (claim.latest) {
        facts.number("version", claim.latest->version.value);
        facts.text("hash", to_string(claim.latest->event));
    }
    facts.number("heads_at", claim.size.value);
    facts.number("entities", claim.entities);
    facts.number("recorded", recorded.value);
}

struct Question {
    proof::TrustPolicy policy;
    std::optional<std::string> older{};
    std::optional<Hash> hash{};
    std::optional<std::string> head{};
    std::optional<std::string> absent{};
};

// The event of a head is its record.
proof::Checked<proof::VerifiedEvent> has_hash(proof::Checked<proof::VerifiedEvent> verified,
                                              const std::optional<Hash>& hash) {
    if (!verified || !hash || verified->hash == *hash) return verified;
    return proof::refuse(proof::Reason::ContentNotInEvent, "the event has another hash");
}

proof::Checked<proof::VerifiedEvent> check_event(const std::string& text,
                                                 const Question& question) {
    const proof::TrustPolicy& policy = question.policy;
    if (question.head)
        return has_hash(proof::verify_head(text, *question.head, policy), question.hash);
    if (question.absent)
        return has_hash(proof::verify_absence(text, *question.absent, policy), question.hash);
    return proof::verify_event(text, question.policy, question.hash);
}

proof::Checked<void> check_event(const std::string& text, const Question& question, Facts& facts) {
    BATPAK_TRY(const proof::VerifiedEvent event, check_event(text, question));
    if (event.head) {
        add_head(facts, *event.head, event.sequence);
    } else {
        facts.text("proved", "event");
        facts.number("sequence", event.sequence.value);
        facts.text("hash", to_string(event.hash));
        if (event.claims) add_claims(facts, *event.claims);
    }
    add_checkpoint(facts, event.checkpoint);
    return {};
}

// The text's first line says what it is. What the policy and the older checkpoint say is the
// caller's; what the text says of itself is only its form.
proof::Checked<void> check_text(const std::string& text, const Question& question, Facts& facts) {
    if (text.starts_with("c2sp.org/tlog-proof@v1\n")) return check_event(text, question, facts);
    if (question.head || question.absent) {
        return proof::refuse(proof::Reason::AnotherQuestion, "it is no proof of a head");
    }
    if (text.starts_with("old ")) {
        if (!question.older) {
            return proof::refuse(proof::Reason::Malformed,
                                 "a proof of growth needs --since, the older checkpoint");
        }
        BATPAK_TRY(const auto older,
                   proof::SignedCheckpoint::open(*question.older, question.policy));
        BATPAK_TRY(const auto newer, proof::verify_growth(text, older, question.policy));
        facts.text("proved", "growth");
        facts.number("since", older.head().size);
        add_checkpoint(facts, newer);
        return {};
    }
    BATPAK_TRY(const auto checkpoint, proof::SignedCheckpoint::open(text, question.policy));
    facts.text("proved", "checkpoint");
    add_checkpoint(facts, checkpoint);
    return {};
}

// Facts that were read before a refusal are not printed: they are claims of a text that nothing
// vouches for.
bool print_check(Console& console, const std::string& file, const std::string& text,
                 const Question& question) {
    Facts facts(console.ascii_json());
    facts.json().text("file", file);
    Facts refused(console.ascii_json());
    refused.json().text("file", file);
    const auto checked = check_text(text, question, facts);
    if (!checked) {
        const std::string reason(proof::to_string(checked.error().reason()));
        refused.json().boolean("valid", false);
        refused.json().text("reason", reason);
        refused.json().text("detail", checked.error().detail());
        const std::string detail = checked.error().detail();
        console.write(console.is_json()
                          ? refused.json().finish() + "\n"
                          : console.paint(Colour::Red, "refused") + "  " + escape(file) + "  " +
                                reason + (detail.empty() ? "" : ": " + escape(detail)) + "\n");
        return false;
    }
    facts.json().boolean("valid", true);
    console.write(console.is_json() ? facts.json().finish() + "\n"
                                    : console.paint(Colour::Green, "valid") + "  " + escape(file) +
                                          "\n" + facts.human());
    return true;
}

Result<void> record_checked(Store& store, const proof::SignedCheckpoint& last) {
    proof::LogTree tree(store);
    BATPAK_CHECK(proof::expect_checkpoint(store, tree, last.checkpoint()));
    proof::EntityHeads heads(store);
    BATPAK_CHECK(proof::record_heads(store, heads));
    return {};
}

// This is an append, so it takes the lock, and waits for no other writer. The checkpoint after it
// only reads. Nothing is added to a store that the key will not sign: it is evidence.
Result<void> record_heads_of(const std::string& directory, const proof::SignedCheckpoint& last) {
    BATPAK_TRY(Store store, Store::open(StoreConfig(directory).with_create_if_missing(false)));
    auto recorded = record_checked(store, last);
    BATPAK_CHECK(std::move(store).close());
    return recorded;
}

Result<void> give_checkpoint(Console& console, const std::optional<std::string>& output,
                             const proof::CheckpointSigner& signer,
                             const proof::SignedCheckpoint& made) {
    if (!console.is_json()) return give(console, output, made.note());
    if (output) BATPAK_CHECK(write_file_text(*output, made.note()));
    JsonLine line(console.ascii_json());
    line.text("origin", made.checkpoint().origin);
    line.text("vkey", signer.verifier().to_string());
    line.number("size", made.head().size);
    line.text("root", to_string(made.head().root));
    line.text("note", made.note());
    console.write(line.finish() + "\n");
    return {};
}

}  // namespace

Result<void> check_anchor(const std::string& note, const std::string& policy) {
    BATPAK_CHECK(read_checkpoint(note, policy));
    return {};
}

Result<Anchor> anchor_of(const ReadOnlyStore& store, const std::string& note,
                         const std::string& policy) {
    BATPAK_TRY(const proof::SignedCheckpoint checkpoint, read_checkpoint(note, policy));
    proof::LogTree tree(store);
    BATPAK_CHECK(proof::expect_checkpoint(store, tree, checkpoint.checkpoint()));
    return Anchor{checkpoint.checkpoint().origin, Sequence(checkpoint.head().size),
                  checkpoint.witnesses(), checkpoint.witnessed_at()};
}

Result<std::optional<std::uint64_t>> true_heads_of(const ReadOnlyStore& store) {
    BATPAK_TRY(const std::uint64_t records, proof::check_heads(store));
    return std::optional(records);
}

Result<ExitCode> run(const KeygenCommand& command, Console& console) {
    // A copy of the store would have the key, and forget what it signed.
    BATPAK_CHECK(named("KEYFILE", check_no_store_around(command.key_file)));
    std::error_code failed;
    if (std::filesystem::exists(std::filesystem::symlink_status(command.key_file, failed))) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the file is there, and stays as it is: name another. The policy of a "
                          "key is `log ` and the vkey of `batpak checkpoint --key KEYFILE --json`, "
                          "and `quorum none`")
                        .at(command.key_file));
    }
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    const auto entropy = real_entropy();
    BATPAK_TRY(const proof::VerifierKey key,
               proof::CheckpointSigner::create(*real_file_system(), command.key_file, command.name,
                                               store.log_id(), *entropy));
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.text("origin", key.name());
        line.text("vkey", key.to_string());
        console.write(line.finish() + "\n");
    } else {
        // As they stand, these lines are a policy.
        console.write("log " + key.to_string() + "\nquorum none\n");
    }
    return ExitCode::Ok;
}

Result<ExitCode> run(const CheckpointCommand& command, Console& console) {
    BATPAK_CHECK(named("--key", check_no_store_around(command.key_file)));
    BATPAK_CHECK(check_output(command.output, {command.key_file}));
    const std::shared_ptr<FileSystem> files = real_file_system();
    BATPAK_TRY(proof::CheckpointSigner signer,
               proof::CheckpointSigner::open(*files, command.key_file));
    if (command.heads) BATPAK_CHECK(record_heads_of(command.directory, signer.last()));
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    const FilePlace place = place_of_file(command.key_file);
    BATPAK_TRY(const auto directory, files->open_directory(place.directory, false));
    const std::string tree_file = place.name + kTreeSuffix;
    proof::LogTree tree(store);
    // The tree saves time, and nothing hangs on it.
    const Result<Sequence> loaded = tree.load(*directory, tree_file);
    if (!loaded) console.note("not used: " + loaded.error().to_string());
    // The signer has remembered it durably before it is given out below (INV T2): a crash in
    // between costs the note and never its memory.
    BATPAK_TRY(const proof::SignedCheckpoint made, signer.sign(store, tree));
    BATPAK_CHECK(give_checkpoint(console, command.output, signer, made));
    // Last, and only if there is more in it: the note is given out whether or not this works.
    if (loaded && tree.covered() > *loaded) {
        const auto kept = tree.keep(*directory, tree_file);
        if (!kept) console.note("not kept: " + kept.error().to_string());
    }
    return ExitCode::Ok;
}

Result<ExitCode> run(const ProveCommand& command, Console& console) {
    const int questions = (command.event.empty() ? 0 : 1) + (command.since ? 1 : 0) +
                          (command.head ? 1 : 0) + (command.absent ? 1 : 0);
    if (questions != 1) {
        return fail(ErrorCode::InvalidArgument, "give one of EVENT, --since, --head and --absent");
    }
    BATPAK_CHECK(check_output(command.output, {command.checkpoint, command.policy,
                                               command.tree.value_or(command.policy)}));
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    BATPAK_TRY(const proof::SignedCheckpoint checkpoint,
               read_checkpoint(command.checkpoint, command.policy));
    proof::LogTree tree(store);
    // Asked for by name, so a tree that does not load is an error here; `checkpoint` looks for its
    // own beside the key and does without.
    if (command.tree) BATPAK_CHECK(load_tree(tree, *command.tree));
    BATPAK_TRY(const std::string proof, make_proof(command, store, tree, checkpoint));
    if (!console.is_json()) {
        BATPAK_CHECK(give(console, command.output, proof));
        return ExitCode::Ok;
    }
    if (command.output) BATPAK_CHECK(write_file_text(*command.output, proof));
    JsonLine line(console.ascii_json());
    line.number("size", checkpoint.head().size);
    line.text("proof", proof);
    console.write(line.finish() + "\n");
    return ExitCode::Ok;
}

Result<ExitCode> run(const CheckProofCommand& command, Console& console) {
    BATPAK_TRY(proof::TrustPolicy policy, read_policy(command.policy));
    if (command.head && command.absent)
        return fail(ErrorCode::InvalidArgument, "give --head or --absent, and not both");
    Question question{.policy = std::move(policy), .head = command.head, .absent = command.absent};
    if (command.since) {
        BATPAK_TRY(question.older, read_file_text(*command.since));
    }
    if (command.hash) {
        BATPAK_TRY(question.hash, named("--hash", parse_hash(*command.hash)));
    }
    // Every file is judged, also after one that is refused; one that cannot be read ends the
    // command.
    bool are_all_valid = true;
    for (const std::string& file : command.files) {
        BATPAK_TRY(const std::string text, read_file_text(file));
        are_all_valid = print_check(console, file, text, question) && are_all_valid;
    }
    return are_all_valid ? ExitCode::Ok : ExitCode::Refused;
}

}  // namespace batpak::tool
