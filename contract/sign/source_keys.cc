#include "contract/sign/source_keys.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/edit_distance.h"

namespace torpor::contract::sign {
namespace {

using enum SourceKind;

SourceKey Quantity(std::string_view table, std::string_view key, std::uint16_t field,
                   Units units) {
  return {table, key, field, kQuantity, units};
}

}  // namespace

std::span<const SourceKey> SourceKeys() {
  static const std::array kKeys = {
      SourceKey{"", "fleet", 1, kText, {}},
      SourceKey{"", "name", 2, kText, {}},
      SourceKey{"", "epoch", 3, kCount, {}},
      SourceKey{"", "version", 4, kCount, {}},
      SourceKey{"", "issued_at", 5, kDate, {}},
      SourceKey{"", "not_before", 6, kDate, {}},
      SourceKey{"", "not_after", 7, kDate, {}},
      SourceKey{"", "targets", 8, kTexts, {}},
      SourceKey{"", "profile", 9, kChoice, {}},
      SourceKey{"", "keyring_version_min", 51, kCount, {}},
      Quantity("", "period", 10, TimeUnits()),
      Quantity("mcu", "sample", 11, TimeUnits()),
      Quantity("mcu", "guard", 12, TimeUnits()),
      Quantity("mcu", "sleep", 13, TimeUnits()),
      Quantity("computer", "wake", 14, TimeUnits()),
      Quantity("computer", "collect", 15, TimeUnits()),
      Quantity("computer", "infer", 16, TimeUnits()),
      Quantity("computer", "release", 17, TimeUnits()),
      Quantity("computer", "judge", 18, TimeUnits()),
      Quantity("computer", "report", 19, TimeUnits()),
      Quantity("computer", "sleep", 20, TimeUnits()),
      SourceKey{"", "sensors", 21, kTables, {}},
      SourceKey{"queue", "limit", 22, kCount, {}},
      Quantity("queue", "max_age", 23, TimeUnits()),
      Quantity("energy", "budget", 24, EnergyUnits()),
      Quantity("energy", "hour_budget", 25, HourEnergyUnits()),
      Quantity("energy", "margin", 33, ShareUnits()),
      Quantity("energy", "transition", 32, EnergyUnits()),
      Quantity("power", "mcu_sample", 26, PowerUnits()),
      Quantity("power", "mcu_sleep", 27, PowerUnits()),
      Quantity("power", "awake", 28, PowerUnits()),
      Quantity("power", "infer", 29, PowerUnits()),
      Quantity("power", "report", 30, PowerUnits()),
      Quantity("power", "sleep", 31, PowerUnits()),
      SourceKey{"detection", "commissioning_cycles", 34, kCount, {}},
      SourceKey{"detection", "score_cycles", 35, kCount, {}},
      SourceKey{"detection", "false_alarms_per_1e9_cycles", 36, kCount, {}},
      SourceKey{"detection", "alarm_k", 37, kCount, {}},
      SourceKey{"detection", "alarm_n", 38, kCount, {}},
      SourceKey{"sleep", "mode", 39, kChoice, {}},
      SourceKey{"sleep", "residency_max", 40, kChoice, {}},
      SourceKey{"sleep", "awake_wakeups_max", 41, kCount, {}},
      SourceKey{"sleep", "calibrations", 52, kTexts, {}},
      SourceKey{"telemetry", "gateway", 42, kText, {}},
      SourceKey{"telemetry", "alarm_sinks", 43, kTexts, {}},
      Quantity("link", "baud", 44, BaudUnits()),
      Quantity("link", "batch_wire_bytes", 45, ByteUnits()),
      Quantity("link", "hello_timeout", 46, TimeUnits()),
      SourceKey{"link", "hello_retries", 47, kCount, {}},
      SourceKey{"life", "trial_cycles", 48, kCount, {}},
      SourceKey{"life", "lease_cycles", 49, kCount, {}},
      SourceKey{"life", "scrub_cycles", 50, kCount, {}},
  };
  return kKeys;
}

std::span<const SourceKey> SensorKeys() {
  static const std::array kKeys = {
      SourceKey{"sensors", "id", 1, kCount, {}},
      Quantity("sensors", "rate", 2, RateUnits()),
      SourceKey{"sensors", "axes", 3, kCount, {}},
      Quantity("sensors", "full_scale", 4, AccelerationUnits()),
      SourceKey{"sensors", "bits", 5, kCount, {}},
  };
  return kKeys;
}

const SourceKey* FindSourceKey(std::string_view table, std::string_view key) {
  const auto keys = table == "sensors" ? SensorKeys() : SourceKeys();
  const auto found = std::ranges::find_if(
      keys, [&](const SourceKey& k) { return k.table == table && k.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

std::string SourcePath(std::uint32_t field) {
  const auto keys = SourceKeys();
  const auto found =
      std::ranges::find_if(keys, [&](const SourceKey& k) { return k.field == field; });
  return found == keys.end() ? "?" : found->path();
}

std::string NearestPath(std::string_view path) {
  std::string best = "base";
  std::size_t least = EditDistance(path, best);
  const std::string_view last = path.substr(path.rfind('.') + 1);
  const auto consider = [&](const SourceKey& key) {
    const std::string candidate = key.path();
    // A right name in a wrong table is nearer than a wrong name.
    std::size_t distance = EditDistance(path, candidate);
    if (key.key == last) distance = std::min<std::size_t>(distance, 1);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  };
  std::ranges::for_each(SourceKeys(), consider);
  std::ranges::for_each(SensorKeys(), consider);
  return best;
}

}  // namespace torpor::contract::sign
