// Each public template, used with types of a user's, after <batpak/batpak.hpp> alone.
// tools/public_names.py puts that line, and a using-declaration of each public name, before this.
namespace user {

struct Moved {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    int x = 0;
};
struct Named {
    int first = 0;
    using fields = batpak::fields<batpak::field<&Named::first, "one">>;
};
struct Player {
    static constexpr auto projection = batpak::projection_of<Moved>("player", 1);
    int x = 0;
    void on(const Moved& moved) { x = moved.x; }
};
struct Deciding : Player {
    batpak::Region region() const { return batpak::Region::tag("player"); }
};
struct Every {
    static constexpr auto projection = batpak::projection_of_all<batpak::Value>("every", 1);
    int count = 0;
    void on(const batpak::Value&, const batpak::EventView&) { ++count; }
};
struct Raw {
    static constexpr auto projection =
        batpak::projection_of_kinds<batpak::Value>("raw", 1, Moved::kind);
    int count = 0;
    void on(const batpak::Value&, const batpak::EventView&) { ++count; }
};
struct Open {};
struct Shut {};
struct Closed {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x002);
};
struct Opened {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x003);
};
using Door =
    batpak::StateMachine<"door", batpak::On<Open, Closed, Shut>, batpak::On<Shut, Opened, Open>>;
using States = batpak::StateSet<Open, Shut>;

struct Limit {
    static constexpr std::string_view name = "limit";
    static constexpr std::uint32_t version = 1;
    batpak::Verdict operator()(const Moved&) const { return batpak::pass(); }
};
struct Celsius {
    double degrees = 0;
};
struct OwnGate : batpak::GateInterface<Moved> {
    std::string_view name() const noexcept override { return "own"; }
    std::uint32_t version() const noexcept override { return 1; }
    batpak::Verdict judge(const Moved&, const batpak::NoContext&) const override {
        return batpak::pass();
    }
};

}  // namespace user

template <>
struct batpak::FieldCodec<user::Celsius> {
    using Form = double;
    static Form encode(const user::Celsius& celsius) { return celsius.degrees; }
    static user::Celsius decode(Form degrees) { return {degrees}; }
};

template class batpak::BasicResult<int, batpak::Error>;
template class batpak::BasicResult<void, batpak::Error>;
template struct batpak::PayloadCodec<user::Celsius>;
template struct batpak::Event<user::Moved>;
template struct batpak::StoredEvent<user::Moved>;
template struct batpak::Committed<user::Moved>;
template struct batpak::Redeemed<user::Moved>;
template class batpak::Proposal<user::Moved>;
template class batpak::Pipeline<user::Moved>;
template class batpak::GateSet<user::Moved>;
template class batpak::Outcome<int>;
template class batpak::EntityStates<user::Player>;
template class batpak::RegionState<user::Player>;
template class batpak::ProjectionWatch<user::Player>;
template class batpak::AnyState<user::Door>;
template class batpak::Transition<user::Open, user::Shut, user::Closed>;

static_assert(batpak::TypedEvent<user::Moved> && !batpak::SelfUpcasting<user::Moved>);
static_assert(batpak::PayloadWithoutKind<user::Named> && !batpak::PayloadWithoutKind<user::Moved>);
using WithoutKind = batpak::NeedsKind<user::Named, batpak::Result<int>>;  // never complete
static_assert(batpak::Reflected<user::Named> && batpak::KeptState<user::Player>);
static_assert(batpak::Projection<user::Player> && batpak::Projection<user::Every>);
static_assert(batpak::Gate<user::Limit, user::Moved> && batpak::StateOf<user::Open, user::States>);
static_assert(batpak::Judge<user::Limit, user::Moved, batpak::NoContext>);
static_assert(batpak::WorkerAnswer<batpak::WorkerStep>);
static_assert(batpak::HandlesEvents<batpak::WorkerStep (*)(const batpak::EventView&)>);
static_assert(batpak::HandlesBatches<
              batpak::WorkerStep (*)(std::span<const batpak::StoredEvent<batpak::Bytes>>)>);
static_assert(!batpak::Committer<int, user::Moved>);

namespace {

// What appears as an argument or an answer of the functions below, by its own name.
using Kinds = batpak::TypedProjection<user::Moved>;
using Payloads = decltype(user::Raw::projection);
using Field = batpak::NamedField<&user::Named::first, "one">;
using Ids = batpak::Id<struct OwnTag>;
using Numbers = batpak::Ordinal<struct OwnNumbers>;
using Doors = batpak::Transitioned<batpak::InState<user::Door, user::Shut>>;
using Decided = batpak::DecisionModel<user::Deciding, user::Deciding>;
static_assert(batpak::DecisionState<user::Deciding>);
[[maybe_unused]] int decided() {
    return batpak::retry_on_conflict({}, [] { return batpak::Result<int>(1); }).value();
}
using Reached = std::optional<batpak::Projected<user::Player>>;
template <class Source, class Step>
using Live = batpak::Flow<Source, Step>;
using Events = batpak::EventSet<user::Closed, user::Opened>;
using First = batpak::Initial<user::Open>;
constexpr batpak::FieldName kFieldName("one");
constexpr batpak::FixedText kText("door");
static_assert(std::is_same_v<Payloads, const batpak::PayloadProjection<batpak::Value, 1>>);

[[maybe_unused]] batpak::Result<void> reads(const batpak::Store& store,
                                            const batpak::EventView& event) {
    BATPAK_TRY(const user::Moved moved, event.as<user::Moved>());
    BATPAK_TRY(const user::Moved old, batpak::decode_payload<user::Moved>(1, event.payload));
    BATPAK_TRY(const auto player, store.project<user::Player>("a"));
    BATPAK_TRY(const auto every, store.project<user::Every>(batpak::Region::all()));
    BATPAK_TRY(const Reached later,
               store.project_if_changed<user::Player>("a", batpak::Sequence(1)));
    BATPAK_TRY(const auto report, batpak::verify_projection<user::Player>(store, "a"));
    BATPAK_TRY(const auto whole,
               batpak::verify_projection<user::Player>(store, batpak::Region::all()));
    auto watch = batpak::watch_projection<user::Player>(store, "a");
    user::Player state;
    BATPAK_CHECK(batpak::apply(state, event));
    BATPAK_TRY(const auto folded, batpak::fold(state, store.query(batpak::Region::all())));
    const auto kinds = batpak::kinds_of<user::Player>();
    return {};
}

[[maybe_unused]] batpak::Result<void> writes(batpak::Store& store,
                                             const batpak::Coordinate& coordinate,
                                             batpak::BypassReceipt<user::Moved> bypass) {
    batpak::GateSet<user::Moved> gates;
    gates.add(user::Limit{});
    const batpak::JudgedView view = store.judge(batpak::Region::all());
    batpak::Decision<user::Moved> decision =
        gates.evaluate(user::Moved{}, batpak::NoContext{}, view);
    static_assert(batpak::AnyReceipt<batpak::Receipt<user::Moved>>);
    static_assert(!batpak::AnyReceipt<batpak::Decision<user::Moved>>);
    batpak::Receipt<user::Moved> receipt = std::move(decision).value();
    BATPAK_CHECK(store.commit(std::move(receipt), coordinate));
    BATPAK_CHECK(store.commit(std::move(bypass), coordinate));
    auto open = user::Door::start(store, coordinate);
    BATPAK_TRY(const Doors shut, store.transition(coordinate, std::move(open), user::Closed{}));
    const batpak::MachineCheck check = batpak::check_every_pair<user::Door>(store);
    return {};
}

[[maybe_unused]] batpak::Result<void> texts() {
    batpak::Buffer buffer;
    BATPAK_CHECK(batpak::PayloadCodec<user::Moved>::encode(user::Moved{}, buffer));
    user::Named named;
    auto references = batpak::field_references(named);
    std::string text(batpak::event_name_of<user::Moved>());
    text += batpak::layout_of<user::Moved>() + batpak::state_layout_of<user::Player>();
    text += batpak::to_string(Ids()) + batpak::to_string(Numbers());
    static_cast<void>(batpak::big_endian(std::uint32_t{1}));
    const batpak::Result<int> failed = batpak::fail(batpak::ErrorCode::Io, "a");
    return {};
}

[[maybe_unused]] batpak::Outcome<std::vector<int>> outcomes(batpak::Outcome<int> one,
                                                            batpak::Outcome<int> other) {
    auto both = batpak::zip(one, other);
    auto any = batpak::join_any(std::vector{one, other});
    auto flat = batpak::flatten(batpak::Outcome<batpak::Outcome<int>>::ok(one));
    return batpak::join_all(std::vector{std::move(one), std::move(other)});
}

[[maybe_unused]] void hears(batpak::Subscription live) {
    auto names = std::move(live)
                     .filter([](const batpak::Notification&) { return true; })
                     .map([](const batpak::Notification& n) { return n.coordinate().entity(); })
                     .take(1);
    static_assert(std::is_base_of_v<batpak::FlowSteps<decltype(names)>, decltype(names)>);
    using Heard = batpak::Live<int>;
    static_cast<void>(Heard(1).value());
}

class Valve : public batpak::Typestate<user::States, user::Open, int> {
public:
    using Typestate::Typestate;
};

[[maybe_unused]] batpak::Lasting<std::string>& lasting() {
    static batpak::Lasting<std::string> text;
    return text;
}

}  // namespace
