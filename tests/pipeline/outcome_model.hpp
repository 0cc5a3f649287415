// Outcomes for the tests of laws: all small ones, random deep ones, and a naive model of them.
//
// A Model is what an outcome is as a tree of words: it is computed by other code than what is
// tested, a few lines for each operation, and compares as text.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <rapidcheck.h>

#include <array>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "batpak/pipeline/outcome.hpp"

namespace batpak {

// "O1" Ok(1), "E0" Err, "R0", "P0", "C0", "[O1 E0]" a batch.
template <class T>
void print_outcome(const Outcome<T>& outcome, std::string& text) {
    if (const auto* const members = outcome.as_batch()) {
        text += "[";
        for (const auto& member : *members) print_outcome(member, text);
        text += "]";
    } else if (const T* const value = outcome.as_ok()) {
        if constexpr (std::same_as<T, int>) text += "O" + std::to_string(*value) + " ";
    } else if (const OutcomeError* const error = outcome.as_err()) {
        text += "E" + error->message + " ";
    } else if (const auto* const retry = outcome.as_retry()) {
        text += "R" + retry->reason + " ";
    } else if (const auto* const cancelled = outcome.as_cancelled()) {
        text += "C" + cancelled->reason + " ";
    } else {
        text += "P ";
    }
}
template <class T>
void PrintTo(const Outcome<T>& outcome, std::ostream* stream) {
    std::string text;
    print_outcome(outcome, text);
    *stream << text;
}
template <class T>
void showValue(const Outcome<T>& outcome, std::ostream& stream) {
    PrintTo(outcome, &stream);
}

namespace testing {

using IntOutcome = Outcome<int>;

inline IntOutcome ok(int value) { return IntOutcome::ok(value); }
inline IntOutcome err(const std::string& message) {
    return IntOutcome::err(ErrorKind::Conflict, message);
}
inline IntOutcome retry(const std::string& reason) {
    return IntOutcome::retry({std::chrono::milliseconds(5), 2, 3, reason});
}
inline IntOutcome pending() {
    return IntOutcome::pending(WaitCondition::custom(7, {}), ResumeToken{{std::byte{1}}});
}
inline IntOutcome cancelled(const std::string& reason) { return IntOutcome::cancelled(reason); }

// Every kind of leaf, with values 0 and 1.
inline std::vector<IntOutcome> all_leaves() {
    return {ok(0), ok(1), err("e"), retry("r"), pending(), cancelled("c")};
}

// All batches of at most `width` of these members, and the members themselves.
inline std::vector<IntOutcome> with_batches(const std::vector<IntOutcome>& members,
                                            std::size_t width) {
    std::vector<IntOutcome> all = members;
    std::vector<IntOutcome::Batch> lists = {{}};
    for (std::size_t length = 0; length <= width; ++length) {
        std::vector<IntOutcome::Batch> longer;
        for (const IntOutcome::Batch& list : lists) {
            all.push_back(IntOutcome::batch(list));
            for (const IntOutcome& member : members) {
                longer.push_back(list);
                longer.back().push_back(member);
            }
        }
        lists = std::move(longer);
    }
    return all;
}

// The trees of depth 0 and 1, with at most two members: 49.
inline std::vector<IntOutcome> small_outcomes() { return with_batches(all_leaves(), 2); }
// The trees of depth 0, 1 and 2, with at most two members: 2500, 43 of them twice.
inline std::vector<IntOutcome> middle_outcomes() { return with_batches(small_outcomes(), 2); }

// A function from 0..3 to outcomes.
struct Table {
    std::array<IntOutcome, 4> answers;
    IntOutcome operator()(int value) const {
        return answers.at(static_cast<std::size_t>(value) % answers.size());
    }
};
inline void showValue(const Table& table, std::ostream& stream) {
    for (const IntOutcome& answer : table.answers) stream << ::rc::toString(answer) << "| ";
}

// All functions from 0 and 1 to these.
inline std::vector<Table> all_tables(const std::vector<IntOutcome>& answers) {
    std::vector<Table> tables;
    for (const IntOutcome& of_0 : answers) {
        for (const IntOutcome& of_1 : answers) tables.push_back({{of_0, of_1, of_0, of_1}});
    }
    return tables;
}

inline rc::Gen<IntOutcome> any_leaf() {
    const auto letter = rc::gen::element<std::string>("a", "b", "c");
    return rc::gen::weightedOneOf<IntOutcome>(
        {{5, rc::gen::map(rc::gen::inRange(0, 4), ok)},
         {2, rc::gen::map(letter, err)},
         {1, rc::gen::map(letter, retry)},
         {1, rc::gen::construct<IntOutcome>(rc::gen::just(pending()))},
         {1, rc::gen::map(letter, cancelled)}});
}

inline rc::Gen<IntOutcome> any_outcome(int levels = 7) {
    if (levels == 0) return any_leaf();
    const auto members = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 4), [=](std::size_t n) {
        return rc::gen::container<IntOutcome::Batch>(n, any_outcome(levels - 1));
    });
    return rc::gen::weightedOneOf<IntOutcome>(
        {{1, any_leaf()}, {2, rc::gen::map(members, &IntOutcome::batch)}});
}

inline rc::Gen<Table> any_table(int levels = 2) {
    return rc::gen::map(
        rc::gen::container<std::array<IntOutcome, 4>>(any_outcome(levels)),
        [](std::array<IntOutcome, 4> answers) { return Table{std::move(answers)}; });
}

// ---- the naive model: an outcome as text, and each operation as one on text

inline std::string model(const IntOutcome& outcome) {
    std::string text;
    print_outcome(outcome, text);
    return text;
}

// The words of a text: brackets, and leaves.
inline std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        if (text[at] != '[' && text[at] != ']') length = text.find(' ', at) + 1 - at;
        found.push_back(text.substr(at, length));
        at += length;
    }
    return found;
}

// Each word that begins with the letter, replaced.
template <class F>
std::string replaced(const std::string& text, char letter, F with) {
    std::string made;
    for (const std::string& word : words(text)) made += word[0] == letter ? with(word) : word;
    return made;
}

// The leaves of a text, in order, without any brackets.
inline std::vector<std::string> leaves(const std::string& text) {
    std::vector<std::string> found;
    for (const std::string& word : words(text)) {
        if (word != "[" && word != "]") found.push_back(word);
    }
    return found;
}

// What join_all() answers if not all is Ok.
inline std::string first_of_highest(const std::vector<std::string>& words, const char* order) {
    for (const char* letter = order; *letter != 0; ++letter) {
        for (const std::string& word : words) {
            if (word[0] == *letter) return word;
        }
    }
    return "";
}

}  // namespace testing
}  // namespace batpak
