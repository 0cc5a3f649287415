# `just <command>` is `./dev <command>`, from any folder of the tree.

set positional-arguments

[private]
default:
    @./dev help

quickstart *arguments:
    @./dev quickstart "$@"

install *arguments:
    @./dev install "$@"

setup *arguments:
    @./dev setup "$@"

doctor *arguments:
    @./dev doctor "$@"

build *arguments:
    @./dev build "$@"

test *arguments:
    @./dev test "$@"

room *arguments:
    @./dev room "$@"

ci *arguments:
    @./dev ci "$@"

preflight *arguments:
    @./dev preflight "$@"

fmt *arguments:
    @./dev fmt "$@"

tidy *arguments:
    @./dev tidy "$@"

coverage *arguments:
    @./dev coverage "$@"

cross *arguments:
    @./dev cross "$@"

fuzz *arguments:
    @./dev fuzz "$@"

mutants *arguments:
    @./dev mutants "$@"

histories *arguments:
    @./dev histories "$@"

powerloss *arguments:
    @./dev powerloss "$@"

bench *arguments:
    @./dev bench "$@"

perf-gates *arguments:
    @./dev perf-gates "$@"

release *arguments:
    @./dev release "$@"

house *arguments:
    @./dev house "$@"

docs *arguments:
    @./dev docs "$@"
