// The library's computer is killed in the middle of its work. What is left, and is it right?
#include <batpak/batpak.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using batpak::Coordinate;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;
using batpak::StoreConfig;

struct BookLent {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string member;
    int days = 0;
};

// Appends for ever, and says after each event how many are acknowledged.
[[noreturn]] void lend_for_ever(int acknowledged) {
    auto store = Store::open(StoreConfig("./library")).value();
    const auto dune = Coordinate::create("book:dune", "branch:centre").value();
    for (std::uint64_t n = 1;; ++n) {
        store.append(dune, BookLent{"reader-" + std::to_string(n), 14}).value();
        if (write(acknowledged, &n, sizeof n) != sizeof n) std::abort();
    }
}

// The number that the writer had acknowledged when it was killed.
std::uint64_t kill_a_writer() {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t writer = fork();
    if (writer == 0) lend_for_ever(ends[1]);
    close(ends[1]);
    std::uint64_t last = 0;
    for (std::uint64_t n = 0; read(ends[0], &n, sizeof n) == sizeof n; last = n) {
        if (n == 100) kill(writer, SIGKILL);  // what is in the pipe is still read
    }
    waitpid(writer, nullptr, 0);
    return last;
}

// Changes one letter of a member's name in the file of the log.
void change_a_letter(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    bytes[bytes.find("reader-50")] = 'b';
    std::ofstream(file, std::ios::binary) << bytes;
}

Result<void> run() {
    const std::uint64_t acknowledged = kill_a_writer();
    BATPAK_TRY(Store store, Store::open(StoreConfig("./library")));
    const std::uint64_t found = store.visible_end().value;
    fmt::print("every acknowledged event is there: {}\n", found >= acknowledged);
    fmt::print("closed properly: {}\n", store.open_report().was_closed);
    BATPAK_TRY(const batpak::VerifyReport whole, store.verify());
    fmt::print("all events are whole: {}\n", !whole.damage && whole.events == found);
    BATPAK_CHECK(std::move(store).close());

    change_a_letter("./library/segments/000000000001.bpk");
    BATPAK_TRY(const auto reader, batpak::ReadOnlyStore::open(StoreConfig("./library")));
    BATPAK_TRY(const batpak::VerifyReport changed, reader.verify());
    if (changed.damage) fmt::print("verify: {}\n", *changed.damage);
    BATPAK_TRY(const auto before, reader.get<BookLent>(Sequence(48)));
    const auto there = reader.get<BookLent>(Sequence(49));
    BATPAK_TRY(const auto after, reader.get<BookLent>(Sequence(50)));
    fmt::print("{}, {}, {}\n", before.payload().member, there ? "?" : "an error",
               after.payload().member);
    return {};
}

int main() { run().value(); }
