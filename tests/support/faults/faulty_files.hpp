// FaultyFiles: a file system whose calls fail where a test says, also by an exception.
//
// It stands before another one, passes every call on, and makes a run of them fail: with an error,
// before or after the call was done, or with std::bad_alloc, as a file system of a user's might. A
// disk that needs memory of its own is spared the shortage that a test makes.
//
// Threads: thread-safe
// Errors:  those that it is told to have, and those of the other one
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

enum class Failing : std::uint8_t {
    Errors,      // it is not done, and fails
    ErrorsLate,  // it is done, and fails
    Throws,      // it is not done, and throws std::bad_alloc
    ThrowsLate,  // it is done, and throws
};

struct FileTrouble {
    std::uint64_t first = UINT64_MAX;  // of the calls since arm()
    std::uint64_t count = 0;
    Failing how = Failing::Errors;
    ErrorCode code = ErrorCode::Io;
    int os_error = 0;
};

class FaultyFiles final : public FileSystem {
public:
    explicit FaultyFiles(std::shared_ptr<FileSystem> files);
    ~FaultyFiles() override;

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override;

    void arm(const FileTrouble& trouble);
    void disarm();
    std::uint64_t calls() const;       // since arm()
    std::vector<Call> failed() const;  // since arm()

    class State;

private:
    const std::shared_ptr<State> state_;
    const std::shared_ptr<FileSystem> files_;
};

}  // namespace batpak::testing
