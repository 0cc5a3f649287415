// serve: the inspector, until a signal comes.
//
// The token of the URL is the same each time, so that pages that are open stay so when the command
// is started again. It lies in a file that only this user may read, and so does the page that a
// browser is given to open: what stands on a command line, all users see.
#include "batpak/base/environment.hpp"
#include "batpak/inspector/inspector.hpp"
#include "batpak/store/read_only_store.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/private_file.hpp"
#include "tool/console/run_program.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {
namespace {

constexpr int kLookMs = 500;

// Empty if there is no such file and none can be made: then the inspector makes one for this time.
std::string kept_token() {
    const std::optional<std::string> path = private_path("token");
    if (!path) return "";
    if (const std::optional<std::string> kept = read_private_file(*path)) {
        if (kept->size() >= InspectorConfig::kTokenCharactersMin) return *kept;
    }
    std::array<std::byte, 16> bits{};
    real_entropy()->fill(bits);
    const std::string made = to_hex(bits);
    return write_private_file(*path, made) ? made : "";
}

void open_browser(const std::string& url, Console& console) {
    const std::optional<std::string> path = private_path("open.html");
    // The URL is digits, letters and what stands between them.
    const std::string page =
        "<!doctype html><meta charset=\"utf-8\"><title>batpak</title>"
        "<meta http-equiv=\"refresh\" content=\"0;url=" +
        url + "\">\n";
    if (!path || !write_private_file(*path, page) || !run_beside({"xdg-open", *path})) {
        console.note("no browser could be opened: open the URL yourself");
    }
}

void say_url(const Inspector& inspector, Console& console) {
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.text("url", inspector.url());
        line.number("port", inspector.port());
        console.write(line.finish() + "\n");
    } else {
        console.print("{}\n", inspector.url());
        console.note("open this URL in a browser of this machine; Ctrl-C ends it");
    }
    console.flush();
}

void serve_until_interrupted(const Inspector& inspector, const ServeCommand& command,
                             Console& console) {
    catch_interrupts();
    say_url(inspector, console);
    if (command.open) open_browser(inspector.url(), console);
    while (!interrupted()) pause_ms(kLookMs);
}

}  // namespace

Result<ExitCode> run(const ServeCommand& command, Console& console) {
    const InspectorConfig config = InspectorConfig()
                                       .with_port(command.port)
                                       .with_token(kept_token())
                                       .with_title(command.directory)
                                       .with_directory(command.directory);
    auto store = ReadOnlyStore::open(StoreConfig(command.directory));
    if (store) {
        BATPAK_TRY(const Inspector inspector, Inspector::start(*store, config));
        serve_until_interrupted(inspector, command, console);
        return ExitCode::Ok;
    }
    if (store.error().error_class() != ErrorClass::Refused) return fail(store.error());
    // The page says what is wrong, for who looks at it rather than here.
    console.report(store.error());
    BATPAK_TRY(const Inspector inspector, Inspector::start(store.error(), config));
    serve_until_interrupted(inspector, command, console);
    return ExitCode::Refused;
}

}  // namespace batpak::tool
