// What torpor said of a fault that was played, and whether that is what it must say. The
// evidence is the programs' own: journal, lines, metrics as the gateway got them, exit
// codes. That a fault was played is not evidence of anything.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/status.h"
#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::simulate {

// The faults of the night that torpor comes from, and the night without any.
enum class Incident : std::uint8_t {
  kNone,
  kSessionHangs,
  kSessionLeftOpen,
  kQueueFlooded,
  kClocksPinned,
  kCpuSpun,
  kDisagrees,
};
inline constexpr std::array<std::string_view, 7> kIncidents = {
    "none",          "session-hangs", "session-left-open", "queue-flooded",
    "clocks-pinned", "cpu-spun",      "disagrees"};

struct IncidentEvidence {
  Incident what{};
  contract::Terms terms;
  std::optional<Instant> began;  // when the fault began to act; none: before the boot
  Instant ended{};               // of a fault that passes
  Instant last_waking{};         // of either side
  std::vector<telemetry::CycleRecord> cycles;  // as journalled
  std::vector<std::string> pages;              // of metrics, one for each cycle
  std::string lines;                           // torpord's standard output
  std::string robot_words, firmware_words;     // standard error, console
  int robot_exit = 0, firmware_exit = 0;
  std::uint64_t jobs = 0;  // that the GPU itself counted
};

// One thing that was said.
struct Told {
  std::string who;          // "torpord", "torpor-firmware"
  std::uint64_t cycle = 0;  // 0: at boot
  std::uint32_t reason = 0;
  std::string name, detail;

  friend bool operator==(const Told&, const Told&) = default;
};

struct IncidentAccount {
  Incident what{};
  std::optional<Instant> began;
  std::uint64_t first_cycle = 0;   // after it began; 0: there was none
  std::vector<Told> told;          // everything, in order
  std::vector<std::string> found;  // what was looked at besides, in words
  // kOk                 refused, or named in its first cycle, and nothing else was
  // kIncidentUnnamed    it was not, or not everywhere that it must be
  // kIncidentMisnamed   something else was, or something without a fault
  Status verdict = Status::kOk;
  std::string because;  // what is wrong, unless it is kOk
};

[[nodiscard]] IncidentAccount Judge(const IncidentEvidence& evidence);

// For people, and for programs to read.
[[nodiscard]] std::string InWords(const IncidentAccount& account);
[[nodiscard]] std::string Json(const std::vector<IncidentAccount>& accounts);
// What is done, in words.
[[nodiscard]] std::string_view Doing(Incident what);

}  // namespace torpor::simulate
