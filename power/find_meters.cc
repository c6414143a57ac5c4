#include "power/find_meters.h"

#include <algorithm>
#include <utility>

#include "power/ina3221.h"
#include "power/rapl.h"

namespace torpor::power {
namespace {

bool AnyReadable(const Meter& meter) {
  return std::ranges::any_of(meter.rails(),
                             [](const Rail& rail) { return rail.unmetered.empty(); });
}

}  // namespace

Status FindMeters(const SysTree& tree, MeterChoice choice, Meters& meters) {
  meters = {};
  if (choice == MeterChoice::kNone) {
    meters.unmetered = "no meter is wanted";
    return Status::kOk;
  }
  if (choice != MeterChoice::kRapl) {
    if (auto meter = FindIna3221(tree)) meters.found.push_back(std::move(meter));
  }
  if (choice != MeterChoice::kIna3221) {
    if (auto meter = FindRapl(tree)) meters.found.push_back(std::move(meter));
  }
  if (std::ranges::any_of(meters.found,
                          [](const auto& meter) { return AnyReadable(*meter); })) {
    return Status::kOk;
  }
  for (const auto& meter : meters.found) {
    for (const Rail& rail : meter->rails()) {
      meters.unmetered +=
          (meters.unmetered.empty() ? "" : "; ") + rail.name + ": " + rail.unmetered;
    }
  }
  if (meters.found.empty()) {
    meters.unmetered = choice == MeterChoice::kRapl      ? "there is no RAPL here"
                       : choice == MeterChoice::kIna3221 ? "there is no INA3221 here"
                                                         : "no meter is known here";
  }
  return choice == MeterChoice::kAuto ? Status::kOk : Status::kMeterMissing;
}

}  // namespace torpor::power
