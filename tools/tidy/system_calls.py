#!/usr/bin/env python3
"""Checks that the operating system is called in few places, so that another system is few files.

The library calls it in src/base/platform, where systems differ, and in src/base/system, where they
agree; the tool in src/tool/console. Elsewhere in include/ and src/ stands no header of the system and
no call of it. What the standard library offers (std::thread, std::filesystem, errno) is free.
"""

import re

from _tree import blank, line_of, run

ROOMS = ("src/base/platform/", "src/base/system/", "src/tool/console/")

# Files elsewhere, the headers that they include all the same, and why.
EXCUSED = {
    # It is public because mutex.hpp is, whose waits are cancellation points.
    "include/batpak/base/detail/cancellation.hpp": {"pthread.h"},
}

HEADERS = re.compile(
    r"(sys|linux|asm|mach|os|netinet|arpa|libkern)/[\w/]+\.h|(aio|cxxabi|dirent|dlfcn|fcntl|grp|io|poll|process|pthread|pwd"
    r"|sched|semaphore|signal|spawn|syslog|termios|ucontext|unistd|utime|windows|winsock2)\.h|csignal")

# Calls that a C++ program could also declare itself, or gets with another header. Preceded by ::, or
# by nothing that makes it a member or the name of a function of ours.
CALLS = (
    "accept bind chdir chmod clock_gettime clock_nanosleep connect copy_file_range dup dup2 dup3 epoll_create1 "
    "epoll_ctl epoll_wait eventfd execv execve execvp explicit_bzero fallocate fchmod fchown fcntl fdatasync "
    "fdopendir flock fork fstat fstatat fsync ftruncate futex getentropy getpid getppid getrandom gettid "
    "getuid inotify_init1 ioctl isatty kevent kqueue lockf lstat madvise memfd_create mkdirat mlock mmap "
    "mprotect msync munmap nanosleep openat opendir pipe pipe2 poll posix_fadvise posix_fallocate pread "
    "preadv prctl pthread_atfork pthread_cancel pthread_create pthread_setcancelstate pthread_sigmask pwrite "
    "pwritev readdir readlink readv renameat renameat2 sched_yield sendfile setrlimit getrlimit "
    "sigaction sigaddset sigfillset sigpending sigprocmask sigtimedwait sigwait socket statx symlink "
    "sync_file_range syscall sysconf tgkill unlink unlinkat usleep vfork waitpid writev")
# Short words that batpak's own functions have too: only as ::word(.
GLOBAL_CALLS = "bind close connect kill link listen mkdir open pause pipe poll raise read remove rename rmdir stat sync time truncate write"
CALL = re.compile(r"(?<![\w.>:])(?:::)?\b(%s)\s*\(|(?<![\w>:)\]])::(%s)\s*\(" % (
    "|".join(sorted(set(CALLS.split()) - set(GLOBAL_CALLS.split()))), "|".join(GLOBAL_CALLS.split())))
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^">]+)[">]', re.MULTILINE)
WHERE = "src/base/platform, src/base/system or, for the tool, src/tool/console"


def check(tree):
    findings, used = [], set()
    for path, text in tree.code("include/", "src/"):
        if path.startswith(ROOMS):
            continue
        for match in INCLUDE.finditer(text):
            if match[1] in EXCUSED.get(path, ()):
                used.add(path)
            elif HEADERS.fullmatch(match[1]):
                findings.append(f"{path}:{line_of(text, match.start(1))}: <{match[1]}> belongs to {WHERE}")
        if path in EXCUSED:
            continue
        for match in CALL.finditer(blank(text)):
            findings.append(f"{path}:{line_of(text, match.start())}: {match[1] or match[2]}() is a system "
                            f"call: it belongs to {WHERE}")
    findings += [f"{path}: includes nothing of the system: take it out of tools/tidy/system_calls.py"
                 for path in EXCUSED if path in tree.files and path not in used]
    return findings


def _one(path, text):
    return {path: text + "\n"}


PLANTS = [
    (_one("src/store/x.cpp", "#include <unistd.h>"), "<unistd.h> belongs"),
    (_one("src/store/x.cpp", "#include <sys/stat.h>"), "<sys/stat.h> belongs"),
    (_one("src/tool/input/x.cpp", "#include <linux/futex.h>"), "<linux/futex.h> belongs"),
    (_one("include/batpak/base/x.hpp", "#include <pthread.h>"), "<pthread.h> belongs"),
    (_one("src/base/hash/x.cpp", "int a = getrandom(p, 4, 0);"), "getrandom() is a system call"),
    (_one("src/store/x.cpp", "int a = ::open(name, 0);"), "open() is a system call"),
    (_one("src/store/x.cpp", "void f() { ::close(3); }"), "close() is a system call"),
    (_one("src/store/x.cpp", "void f() { fsync(3); }"), "fsync() is a system call"),
    (_one("src/base/system/x.cpp", "#include <unistd.h>\nint a = ::fsync(3);"), None),
    (_one("src/base/platform/x.cpp", "#include <sys/eventfd.h>"), None),
    (_one("src/tool/console/x.cpp", "#include <poll.h>"), None),
    (_one("src/store/x.cpp", "#include <cerrno>\n#include <thread>\nint a = EINTR;"), None),
    (_one("src/store/x.cpp", "Result<void> Store::open(int a);\nauto b = Store::read(1);"), None),
    (_one("src/store/x.cpp", "file->pread(1); file.fsync(); Cursor::poll(); // fsync(3)"), None),
    (_one("src/store/x.cpp", 'fail("fsync(3)");'), None),
    (_one("tests/x.cpp", "#include <unistd.h>"), None),
    (_one("include/batpak/base/detail/cancellation.hpp", "int a;"), "take it out of"),
]

if __name__ == "__main__":
    run(check, PLANTS)
