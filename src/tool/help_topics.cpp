// The longer texts of `batpak help`: what import takes, what the JSON of events has, what exit
// codes mean. They are also sections of the manual page, so nothing in them depends on a terminal.
#include "tool/help_topics.hpp"

#include <fmt/format.h>

#include "tool/console/exit_code.hpp"

namespace batpak::tool {
namespace {

// docs/TOOL.md says the same at greater length: a change of one needs a change of the other.
constexpr std::string_view kImport = R"(A line of import is one JSON object:

  entity       text; whose event it is                                   required
  scope        text; where it happened                                   required
  kind         "0xF001", 61441, {"category": 15, "type": 1}, or a name   required
  payload      any JSON; {"$bytes": "<hex>"} for bytes                   required
  metadata     an object of texts
  correlation  an event id: the story that the event belongs to
  causation    an event id: the event that caused it
  flags        a number of bits 8 to 31
  timestamp    text or a number; kept as metadata "source-time"
  kind_name    what a kind that is a number is called
  tags         text, or a list of texts: what else the event concerns

A kind that is a name is the one that the store knows by it, or a new one from 0xE001 on; the store
keeps the name.

Blank lines are passed over. Any other member is refused, unless --ignore-unknown is given, and so
are lines of `query --json`, which would lose ids, times, causes, keys and batches (`batpak restore
STORE NEW` copies a store with all of them): --as-new-events accepts that, and passes over batpak's
own events. For lines
of another form, --entity-field and its like name the member, or the way to it through objects
("/user/id"), or the whole line (""); --entity and its like give one value for all lines; --kind-name
moved=0xF001 gives a name its kind. --map FILE says the same in JSON:

  {"entity": "/user/id", "scope": {"value": "web"}, "kind": "/type", "payload": "",
   "kinds": {"moved": "0xF001"}}

With --format cloudevents a line is a CloudEvent 1.0 in JSON: the entity is its "subject", the scope
its "scope", each else its source; the kind its "type"; the payload its data. Source and id are the
idempotency key, so that importing a line twice adds one event. Other attributes are metadata.

A bad line ends the import: the lines before it are stored, nothing of it or behind it is. After an
interruption, --resume passes over as many lines as the store has events and goes on from there; it
refuses if the last of these lines is not the store's last event. So it is for stores that hold
nothing but this import.
)";

constexpr std::string_view kJson = R"(With --json each result is one object on a line. An event has:

  sequence         its place in the store, from 0
  version          its place in the stream of its entity, from 0
  id               a UUID
  kind             such as "0xF001"
  kind_name        what the store calls the kind; left out if it has no name
  payload_version  of the payload's schema
  entity, scope    text, or {"$bytes": "<hex>"} if it is no UTF-8
  time             of its hybrid clock, such as "2025-11-22T08:46:14.123456Z"
  timestamp_us     microseconds since 1970, as the appending side observed them
  hlc_us           microseconds of its hybrid clock
  hlc_counter      what tells apart events of one microsecond
  correlation      the story it belongs to; left out if it began one
  causation        the event that caused it; left out if none
  flags            the application's bits; left out if 0
  encrypted        true; left out if not
  metadata         an object; left out if none
  tags             a list of texts, or {"$bytes": "<hex>"}; left out if none
  idempotency_key  text, or {"$bytes": "<hex>"}; left out if none
  batch_index      its place in its batch, from 0; left out if alone
  batch_count      events of its batch; left out if alone
  hash             64 hexadecimal digits; left out in a store without hashes
  durable          whether it was known to be on stable storage when it was read
  erased           true if the payload was erased; else left out
  erased_bytes     how long it was then
  payload          JSON, if it is MessagePack that has a JSON form; else {"$bytes": "<hex>"};
                   left out if it was erased

--fields names some of them, such as sequence,entity,payload.hp: after a point what is in the payload
or the metadata, a member or a place in an array, in double quotes if it is no plain word. Binary
values inside a payload are {"$bytes": "<hex>"} as well. docs/TOOL.md has the members of the
other results. An error is {"error": {...}, "exit": N} on standard error.
)";

std::string exit_codes() {
    std::string out;
    for (const ExitCodeMeaning& row : kExitCodes) {
        out += fmt::format("  {:>3}  {}", to_number(row.code), row.meaning);
        if (!row.classes.empty()) out += fmt::format(" ({})", row.classes);
        out += '\n';
    }
    return out +
           "\nA reader of the results who goes away, as in `batpak query DIR | head`, is no "
           "error.\n"
           "Behind each code stand the classes of errors that end with it.\n";
}

constexpr std::string_view kFirstWords =
    "batpak: say what to do, for example\n"
    "\n"
    "    batpak init ./data                                      make a store\n"
    "    batpak append ./data player:alice dungeon 0xF001 '{\"hp\": 10}'\n"
    "    batpak query ./data --entity player:alice               show events\n"
    "    batpak import ./data lines.ndjson                       append lines of JSON\n"
    "    batpak verify ./data                                    read and check everything\n"
    "\n"
    "`batpak --help` lists all commands, `batpak COMMAND --help` the options of one.\n";

}  // namespace

std::string_view first_words() { return kFirstWords; }

std::vector<std::string> help_topics() { return {"exit-codes", "import-format", "json"}; }

std::optional<std::string> help_topic(std::string_view topic) {
    if (topic == "exit-codes") return exit_codes();
    if (topic == "import-format") return std::string(kImport);
    if (topic == "json") return std::string(kJson);
    return std::nullopt;
}

}  // namespace batpak::tool
