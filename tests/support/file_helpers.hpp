// Short ways to write, read and judge files in tests.
//
// Threads: thread-safe
// Errors:  a helper that cannot do its work fails the test, or throws
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "batpak/base/file_system.hpp"

namespace batpak::testing {

template <class T>
ErrorCode code_of(const Result<T>& result) {
    return result ? ErrorCode{} : result.error().code();
}

template <class T>
int os_error_of(const Result<T>& result) {
    return result ? 0 : result.error().os_error();
}

// Throws unless it worked.
inline void must(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().to_string());
}

inline std::unique_ptr<File> make_file(Directory& directory, std::string_view name,
                                       std::string_view text) {
    auto file = directory.open_file(name, OpenMode::CreateNew).value();
    EXPECT_TRUE(file->write_at(0, as_bytes(text)));
    return file;
}

inline std::string read_text(File& file, std::uint64_t offset, std::size_t count) {
    Bytes into(count, std::byte{'?'});
    const auto got = file.read_at(offset, into);
    EXPECT_TRUE(got);
    into.resize(got.value_or(0));
    return std::string(as_text(into));
}

// All of a file, or "<FileNotFound>" and the like.
inline std::string read_text(Directory& directory, std::string_view name) {
    const auto file = directory.open_file(name, OpenMode::ReadOnly);
    if (!file) return '<' + std::string(to_string(file.error().code())) + '>';
    return read_text(**file, 0, (*file)->stat().value().size_bytes);
}

}  // namespace batpak::testing
