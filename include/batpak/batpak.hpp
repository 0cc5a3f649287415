// batpak: everything, in one include, for quick starts.
//
// batpak itself never includes this header: each of its files names what it uses.
//
// Threads: immutable value
// Errors:  none
#pragma once

// First: compilers list the headers on the way to an error, and its errors are to be short.
#include "batpak/event/detail/needs_kind.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/language.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/base/error.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/cursor_worker.hpp"
#include "batpak/delivery/reactor.hpp"
#include "batpak/delivery/subscription.hpp"
#include "batpak/event/event.hpp"
#include "batpak/event/merkle_frontier.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/event/type_registry.hpp"
#include "batpak/event/value.hpp"
#include "batpak/guard/evidence.hpp"
#include "batpak/guard/gate_set.hpp"
#include "batpak/machine/check.hpp"
#include "batpak/machine/coverage.hpp"
#include "batpak/machine/state_machine.hpp"
#include "batpak/machine/typestate.hpp"
#include "batpak/pipeline/join.hpp"
#include "batpak/pipeline/match.hpp"
#include "batpak/pipeline/outcome.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "batpak/projection/decision.hpp"
#include "batpak/projection/divergence.hpp"
#include "batpak/projection/project.hpp"
#include "batpak/projection/projection_cache.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/projection/watch.hpp"
#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/readmodel/states.hpp"
#include "batpak/store/batch.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/interval_syncer.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/query.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/reads.hpp"
#include "batpak/store/repair.hpp"
#include "batpak/store/restore.hpp"
#include "batpak/store/retry.hpp"
#include "batpak/store/store.hpp"
#include "batpak/version.hpp"

#if __has_include(<fmt/core.h>) && __has_include("batpak/fmt.hpp")
#include "batpak/fmt.hpp"
#endif
