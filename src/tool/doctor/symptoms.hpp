// Symptom: something about a store that somebody should know, with what to do about it.
//
// A judgement of what was seen (condition.hpp), and of nothing else.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/console/exit_code.hpp"
#include "tool/doctor/condition.hpp"

namespace batpak::tool {

enum class Severity : std::uint8_t {
    Note,     // as it may be; the next writer, or nobody, has something to do
    Warning,  // a person should act before it costs something
    Damage,   // events, or files of the store, are not what they were
};
std::string_view to_string(Severity severity) noexcept;

struct Symptom {
    Severity severity = Severity::Note;
    std::string_view name{};  // a word for programs, of a fixed list
    std::string what{};
    std::string remedy{};
};

// The gravest first.
std::vector<Symptom> judge(const Condition& condition);

// What --deep adds: a finding of verify or scrub.
Symptom found_deep(const Condition& condition, const Error& damage);

// By the gravest: Ok for notes, No for warnings, Refused for damage.
ExitCode code_of(const std::vector<Symptom>& symptoms) noexcept;

// A word for a shell, as people may type it.
std::string shell_word(std::string_view word);

}  // namespace batpak::tool
