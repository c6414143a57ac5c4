// One stretch of work under one contract: everything that depends on it is made, cycles
// are run, and it ends with the program, or because another contract or other keys are to
// be worked with.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/boot.h"
#include "agent/known_time.h"
#include "agent/line.h"
#include "agent/linux/service_manager.h"
#include "agent/options.h"
#include "agent/refusal.h"
#include "agent/state_folder.h"
#include "agent/world.h"
#include "contract/verify.h"
#include "core/bytes.h"
#include "power/find_meters.h"
#include "telemetry/alarm_delivery.h"

namespace torpor::agent {

// How it ended.
struct Stint {
  std::optional<Digest> go_on_under{};  // none: the program ends
  bool on_trial = false;                // the firmware tries that one
  int exit_code = 0;
  // The machine could not do what the contract needs, before any cycle; nobody was told.
  std::optional<Refusal> unfit{};
};

// Of the whole run, whatever contracts it works under.
struct Progress {
  LineContext lines;
  power::Meters meters;
  std::uint64_t cycles = 0;  // that were run
  // What nobody here can work under, and the firmware is trying all the same.
  std::optional<Digest> unfit{};
  ServiceManager service{};       // is told that torpord works
  telemetry::AlarmSinks sinks{};  // of alarms
};

Stint WorkUnder(const Obeyed& obeyed, const Options& options, const StateFolder& state,
                World& world, KnownTime& time, Progress& progress);

// Whether the robot could work under a contract, its dates apart: its sleep mode, its
// gateway, its baseline and its model.
std::optional<Refusal> CouldWorkUnder(const contract::VerifiedTerms& contract,
                                      const Options& options);

}  // namespace torpor::agent
