// Proves that a contract can be kept, before it may be signed: every value in its range,
// timelines that close, batches that fit slot and link, energy within its budget. The
// same code runs when a contract is signed, when torpord boots and in the firmware.
#pragma once

#include <string_view>

#include "contract/finding.h"
#include "contract/terms.h"

namespace torpor::contract {

// Adds everything that is wrong with the terms. The rules between fields are judged only
// once every field is in its range, so that none of their sums can overflow.
//   kFieldMissing      a field is zero or empty
//   kOutOfRange        a field is outside contract/fields.cc's bounds, or a text has
//                      characters that its kind does not allow
//   kMcuTimeline       sample + guard + sleep is not the period
//   kComputerTimeline  wake + collect + infer + release + judge + report + sleep is not
//   kResultTooLate     sample + guard + the awake phase is longer than the period
//   kSampleCount       sampling time x rate is not a whole number of samples
//   kBatchTooLarge     a batch of all sensors is larger than the firmware's slot
//   kWireBytes         a batch takes more bytes on the wire than the contract allows
//   kLinkTooSlow       the allowed bytes do not cross the link in the time to collect
//   kOverCycleBudget   the modelled cycle with its margin costs more than its budget
//   kOverHourBudget    an hour of such cycles costs more than its budget
//   kRefusalOverBudget an hour in which both sides refuse costs more than that budget
//   kBatchAgeLimit     the age limit forbids every batch, or outlives the queue
//   kValidityOrder     not issued <= not before < not after, or valid beyond 400 days
//   kLeaseTooLong      lease x period is longer than the contract is valid
//   kOutlastsLease     the trial or the scrub is not shorter than the lease
//   kHelloTooLong      all greetings together take longer than a period
//   kTargetsWrong      not in ascending order, or "all" beside others or with an id
//   kBenchOnly         an unencrypted address outside profile bench, or bench for all
//   kAlarmRule         k above n, n scores longer than a day, or a commissioning that
//                      makes no score
//   kSensorOrder       sensors are not in ascending order of id
//   kAddressRefused    an address is not scheme://host[:port][/path], or sinks are not
//                      in ascending order
//   kCalibrationsWrong calibrations are not in ascending order, or one is zero, or there
//                      are some although residency_max allows nothing that needs them
void Lint(const Terms& terms, Findings& findings);

// scheme://host[:port][/path] with no user, query, blank or quote in it. Metrics go by
// https, alarms by https or mqtts; http and mqtt only under profile bench.
enum class AddressUse : std::uint8_t { kMetrics, kAlarms };
Status CheckAddress(std::string_view address, AddressUse use, Profile profile);

inline constexpr std::uint64_t kMaxValiditySeconds = 400ULL * 24 * 3600;

}  // namespace torpor::contract
