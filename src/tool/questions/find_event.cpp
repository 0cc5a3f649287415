// An event by its id or its sequence: ids have dashes, and numbers have none.
#include "tool/questions/find_event.hpp"

#include "tool/text/parse.hpp"

namespace batpak::tool {

Result<HeldEvent> find_event(const StoreReads& store, std::string_view name,
                             const std::string& text, ReadCheck check) {
    if (text.find('-') != std::string::npos) {
        BATPAK_TRY(const EventId id, named(name, parse_event_id(text)));
        return store.find(id, check);
    }
    BATPAK_TRY(const std::uint64_t sequence, named(name, parse_number(text)));
    return store.find(Sequence(sequence), check);
}

}  // namespace batpak::tool
