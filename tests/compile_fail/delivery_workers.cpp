// A delivery is settled once, by its owner; a handler says what became of the event; and a reaction
// gets its causes from its source, not from the handler.
#include <span>
#include <utility>

#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor_worker.hpp"
#include "batpak/delivery/reactor.hpp"

using batpak::Bytes;
using batpak::Cursor;
using batpak::CursorWorker;
using batpak::Delivery;
using batpak::EventView;
using batpak::ReactHandler;
using batpak::ReactionOptions;
using batpak::Reactions;
using batpak::Result;
using batpak::StoredEvent;
using batpak::WorkerStep;

#ifdef GOOD
bool acknowledge(Delivery delivery) { return std::move(delivery).ack().has_value(); }
bool run(Cursor cursor) {
    return CursorWorker::per_event(std::move(cursor),
                                   [](const EventView&) { return WorkerStep::Stop; }, {})
        .has_value();
}
const ReactHandler handler = [](const EventView&, Reactions&) {};
const ReactionOptions options{
    .expect = batpak::ExpectedVersion::none(), .flags = 0, .metadata = {}};
#endif

#ifdef BAD_ack_and_keep  // expect: (discards qualifiers|rvalue|lvalue|passing|not viable)
bool acknowledge(Delivery& delivery) {
    return delivery.ack().has_value();  // ERROR HERE
}
#endif

#ifdef BAD_copy_of_a_delivery  // expect: (deleted|implicitly)
Delivery twice(const Delivery& delivery) {
    return delivery;  // ERROR HERE
}
#endif

#ifdef BAD_ignored_ack  // expect: (ignoring return|nodiscard)
void acknowledge(Delivery delivery) {
    std::move(delivery).ack();  // ERROR HERE
}
#endif

#ifdef BAD_handler_without_an_answer  // expect: (constraint|no matching|HandlesEvents)
bool run(Cursor cursor) {
    const auto handler = [](const EventView&) {};
    return CursorWorker::per_event(std::move(cursor), handler, {}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_handler_that_answers_a_bool  // expect: (constraint|no matching|HandlesBatches)
bool run(Cursor cursor) {
    const auto handler = [](std::span<const StoredEvent<Bytes>>) { return true; };
    return CursorWorker::per_batch(std::move(cursor), 8, handler, {}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_cursor_that_is_shared  // expect: (deleted|implicitly)
bool run(Cursor& cursor) {
    const auto handler = [](const EventView&) { return WorkerStep::Stop; };
    return CursorWorker::per_event(cursor, handler, {}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_reaction_with_a_cause  // expect: (no (non-static data )?member|causation_id)
const ReactionOptions options{.causation_id = batpak::EventId{}};  // ERROR HERE
#endif

#ifdef BAD_reaction_with_a_key  // expect: (no (non-static data )?member|idempotency_key)
const ReactionOptions options{.idempotency_key = "mine"};  // ERROR HERE
#endif

#ifdef BAD_react_handler_that_answers_an_event  // expect: (conversion|convert|no viable|constraint)
const ReactHandler handler = [](const EventView&, Reactions&) { return 1; };  // ERROR HERE
#endif
