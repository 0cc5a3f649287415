// What the commands about proofs take.
#include "tool/declarations/proof_declarations.hpp"

namespace batpak::tool {

void ProofDeclarations::add_all() {
    add_keygen();
    add_checkpoint();
    add_prove();
    add_tlog();
    add_check_proof();
}

void ProofDeclarations::add_keygen() {
    CLI::App& app = forms_.add_command("keygen", "Make a key that signs checkpoints of a store");
    forms_.add_directory(app, keygen_.directory);
    forms_.takes(forms_.add_argument(app, "KEYFILE", keygen_.key_file,
                                     "The new file, outside the store; others must not read it"),
                 ValueKind::File);
    forms_.add_text(app, "--name", keygen_.name, "NAME",
                    "Whose log it is, such as example.com/ledger (default: batpak)");
    forms_.finish(app, keygen_);
}

void ProofDeclarations::add_checkpoint() {
    CLI::App& app = forms_.add_command("checkpoint", "Sign the state of a store");
    forms_.add_directory(app, checkpoint_.directory);
    forms_.add_file(app, "--key", checkpoint_.key_file, "The key, of batpak keygen").required();
    app.add_flag("--heads", checkpoint_.heads,
                 "First record the latest event of each entity, for prove --head and --absent");
    forms_.add_file(app, "-o,--output", checkpoint_.output, "Write the checkpoint to this file");
    forms_.finish(app, checkpoint_);
}

void ProofDeclarations::add_prove() {
    CLI::App& app =
        forms_.add_command("prove", "Prove an event, a head, or that the log only grew");
    forms_.add_directory(app, prove_.directory);
    CLI::Option* const event = app.add_option("EVENT", prove_.event, "Its id or its sequence");
    event->type_name("");
    forms_.takes(*event, ValueKind::Text);
    forms_.add_number(app, "--since", prove_.since,
                      "Instead of an event: that the log of N events was only added to");
    forms_.add_text(app, "--head", prove_.head, "ENTITY",
                    "Instead of an event: which one is the latest of this entity");
    forms_.add_text(app, "--absent", prove_.absent, "ENTITY",
                    "Instead of an event: that this entity has none");
    forms_.add_file(app, "--checkpoint", prove_.checkpoint, "The checkpoint to prove it at")
        .required();
    forms_.add_file(app, "--policy", prove_.policy, "Whose signatures count").required();
    CLI::Option& disclose = forms_.add_text(app, "--disclose", prove_.disclose, "HOW",
                                            "everything (default), header or nothing of the event");
    forms_.add_choices(disclose, {"everything", "header", "nothing"});
    forms_.add_file(app, "--tree", prove_.tree, "KEYFILE.tree, where checkpoint keeps the tree");
    forms_.add_file(app, "-o,--output", prove_.output, "Write the proof to this file");
    forms_.finish(app, prove_);
}

void ProofDeclarations::add_tlog() {
    CLI::App& app =
        forms_.add_command("tlog", "Publish the hashes of a store as files, for other programs");
    forms_.add_directory(app, tlog_.directory);
    forms_.takes(forms_.add_argument(app, "OUT", tlog_.output,
                                     "The directory of the files, made if it is not there"),
                 ValueKind::Directory);
    forms_.add_file(app, "--checkpoint", tlog_.checkpoint, "The checkpoint that they go up to")
        .required();
    forms_.add_file(app, "--policy", tlog_.policy, "Whose signatures count").required();
    forms_.add_file(app, "--tree", tlog_.tree, "KEYFILE.tree, where checkpoint keeps the tree");
    forms_.finish(app, tlog_);
}

void ProofDeclarations::add_check_proof() {
    CLI::App& app =
        forms_.add_command("check-proof", "Check proofs and checkpoints, without a store");
    CLI::Option* const files = app.add_option("FILE", check_proof_.files, "Proofs, or checkpoints");
    files->required()->type_name("");
    forms_.takes(*files, ValueKind::File);
    forms_.add_file(app, "--policy", check_proof_.policy, "Whose signatures count").required();
    forms_.add_file(app, "--since", check_proof_.since,
                    "The older checkpoint that a proof of growth goes on from");
    forms_.add_text(app, "--hash", check_proof_.hash, "HASH",
                    "The event's hash, for a proof that shows nothing of it");
    forms_.add_text(app, "--head", check_proof_.head, "ENTITY",
                    "Refuse what does not prove the latest event of this entity");
    forms_.add_text(app, "--absent", check_proof_.absent, "ENTITY",
                    "Refuse what does not prove that this entity has no event");
    forms_.finish(app, check_proof_);
}

}  // namespace batpak::tool
