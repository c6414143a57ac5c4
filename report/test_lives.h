// Lives of robots that never were, for tests of reports: records as a journal has them,
// and a contract to judge them by.
#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract/digest.h"
#include "contract/envelope.h"
#include "contract/sign/any_terms.h"
#include "contract/sign/sign.h"
#include "contract/sign/wanted.h"
#include "telemetry/journal.h"

namespace torpor::report {

using telemetry::CycleCommit;
using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

inline constexpr std::int64_t kBegun = 1'795'392'000'000'000;  // 2026-11-23 00:00 UTC
inline constexpr const char* kHostile =
    "</script><script>window.stung=1</script>"
    "<img src=x onerror=window.stung=1>\"'&{{data}}";

// A bundle of the base warehouse-60s that anybody might have signed; its short id.
inline std::string GiveContract(const std::filesystem::path& state) {
  std::vector<contract::sign::Problem> problems;
  const auto terms = contract::sign::AnyTerms("warehouse-60s", problems);
  if (!terms.ok()) throw std::runtime_error("no base warehouse-60s");
  const auto key = contract::sign::PrivateKey::FromSeed({});
  const auto bundle = contract::sign::Sign(*terms, key);
  if (!bundle.ok()) throw std::runtime_error("the base cannot be signed");
  std::ofstream(state / contract::sign::kSlotFiles[0], std::ios::binary)
      .write(reinterpret_cast<const char*>(bundle->data()),
             static_cast<std::streamsize>(bundle->size()));
  const auto envelope = contract::ParseEnvelope(*bundle);
  if (!envelope.ok()) throw std::runtime_error("the bundle is none");
  const auto id = contract::ShortOf(contract::DigestOf(envelope->payload));
  return std::string(contract::Hex(id).view());
}

// A good cycle of warehouse-60s, as a robot with a fast computer has it.
inline CycleRecord Good(std::uint64_t number, const std::string& contract) {
  using std::chrono_literals::operator""us;
  const auto n = static_cast<std::int64_t>(number);
  CycleRecord r;
  r.cycle = number;
  r.woke = FromMicroseconds(60'000'000 * n);
  r.wall_us = kBegun + 60'000'000 * n;
  const auto phase = [&r](Phase p) -> Microseconds& {
    return r.phases[static_cast<std::size_t>(p)];
  };
  phase(Phase::kWake) = 12'400us + Microseconds(n * 37 % 900);
  phase(Phase::kCollect) = 1'081'000us + Microseconds(n * 7919 % 11'000);
  phase(Phase::kInfer) = 3'150us + Microseconds(n * 31 % 700);
  phase(Phase::kRelease) = 410us;
  phase(Phase::kJudge) = 8'300us + Microseconds(n * 13 % 2'000);
  phase(Phase::kReport) = 41'000us + Microseconds(n * 101 % 9'000);
  Microseconds awake{};
  for (const Microseconds time : r.phases) awake += time;
  phase(Phase::kSleep) = Microseconds(60'000'000) - awake;
  r.inferred = true;
  r.batch_sequence = number;
  r.batch_age = 2'087'000us + Microseconds(n * 17 % 40'000);
  r.since_last_inference = number == 1 ? 0us : 60'000'000us;
  r.verdict = Verdict::kNormal;
  r.score = 0.55 + 0.2 * std::sin(static_cast<double>(n) / 97.0);
  r.energy = Microjoules{139'000'000 + n * 7919 % 1'000'000};
  r.wakeups_awake = 9;
  r.contract = contract;
  return r;
}

inline void Write(const std::filesystem::path& state, std::vector<CycleCommit> commits) {
  auto journal = telemetry::Journal::Open(state / "journal.sqlite", {});
  if (!journal.ok()) throw std::runtime_error("no journal in " + state.string());
  for (CycleCommit& commit : commits) {
    if (journal->Commit(std::move(commit)) != Status::kOk) {
      throw std::runtime_error("a commit was refused");
    }
  }
}

inline std::vector<CycleCommit> GoodLife(std::uint64_t cycles,
                                         const std::string& contract) {
  std::vector<CycleCommit> commits;
  for (std::uint64_t n = 1; n <= cycles; ++n) {
    CycleCommit commit;
    commit.record = Good(n, contract);
    if (n == 1) {
      commit.record.verdict = Verdict::kAbstain;
      commit.record.why_abstained = Status::kCommissioning;
    }
    commits.push_back(std::move(commit));
  }
  return commits;
}

inline telemetry::RailJoules Rail(const std::string& name, double share, bool metered,
                                  Microjoules of) {
  telemetry::RailJoules rail;
  rail.rail = name;
  if (!metered) {
    rail.why = "the meter did not answer";
    return rail;
  }
  rail.how = Metered::kSampled;
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    rail.phases[i] = Microjoules{static_cast<std::int64_t>(
        share * static_cast<double>(of.value) / static_cast<double>(telemetry::kPhases))};
  }
  return rail;
}

// Whose every promise is broken somewhere, with meters of two rails and proofs of sleep.
inline std::vector<CycleCommit> BrokenLife(std::uint64_t cycles,
                                           const std::string& contract) {
  auto commits = GoodLife(cycles, contract);
  for (CycleCommit& commit : commits) {
    CycleRecord& r = commit.record;
    const std::uint64_t n = r.cycle;
    const bool hot = n >= cycles / 3 && n < cycles / 2;
    const bool down = n >= 3 * cycles / 5 && n < 3 * cycles / 5 + 20;
    r.metered = true;
    r.sleep = telemetry::SleepProof{};
    r.sleep->gpu_before = r.sleep->gpu_after = "suspended";
    r.sleep->because = "runtime status of the GPU and its time suspended";
    r.sleep->interrupts = 180 + n % 23;
    r.slept = 0.994;
    if (hot) {
      r.energy = Microjoules{r.energy.value + 310'000'000};
      r.slept = 0.02;
      r.sleep->gpu_after = "active";
      r.sleep->causes = "channel";
      r.sleep->because = "the GPU was active at waking";
      r.deviations.push_back(
          {Status::kGpuChannelOpen, "python3 (4711) holds nvhost-gpu"});
      r.deviations.push_back({Status::kCycleOverBudget, "449.5 J of 180.0 J"});
    }
    r.rails = {Rail("VDD_CPU_GPU_CV", 0.42, n % 40 != 0, r.energy),
               Rail("VDD_IN", 1.0, true, r.energy)};
    if (down) {
      r.inferred = false;
      r.batch_sequence = 0;
      r.batch_age = r.since_last_inference = {};
      r.verdict = Verdict::kAbstain;
      r.why_abstained = Status::kLinkDown;
      r.deviations.push_back({Status::kLinkDown, "no answer within 2.0 s"});
    } else if (n == 3 * cycles / 5 + 20) {
      r.since_last_inference = Microseconds(21 * 60'000'000LL);
      r.dropped_overrun = 18;
      r.dropped_stale = 1;
      r.deviations.push_back({Status::kBatchStale, "71.2 s of 70.0 s"});
    }
    if (n > 4 * cycles / 5 && n % 9 == 0) {
      r.since_last_inference = Microseconds(7'000'000);
      r.deviations.push_back({Status::kIntervalTooShort, "7.0 s of 60.0 s"});
    }
    if (n % 211 == 0) {
      r.wakeups_asleep = 3;
      r.deviations.push_back(
          {Status::kTooManyWakeups, "3 while asleep: timer of a library"});
    }
    if (n == 9 * cycles / 10) {
      r.alarm = true;
      commit.alarms.push_back(
          {"alarm-1", n,
           R"({"kind":"bearing","robot":"r-17","what":"a bearing of this robot is failing",)"
           R"("because":"axis 1, 87-102 Hz 5 x its own spread above normal"})"});
    }
    if (n >= 9 * cycles / 10) {
      r.verdict = Verdict::kAnomaly;
      r.score = 1.1 + static_cast<double>(n - 9 * cycles / 10) / 20.0;
    }
  }
  return commits;
}

// Whose every text is what somebody would write to run something in the page, or to break
// it.
inline std::vector<CycleCommit> HostileLife() {
  auto commits = GoodLife(40, kHostile);
  for (CycleCommit& commit : commits) {
    CycleRecord& r = commit.record;
    r.deviations = {{Status::kLeaseRevoked, kHostile},
                    {static_cast<Status>(9999), std::string("nul \0 in it", 11)},
                    {Status::kMeterLost, "not UTF-8: \xff\xfe\x80"},
                    {Status::kLinkDown, std::string(900, '<')}};
    r.rails = {Rail(kHostile, 1.0, true, r.energy),
               Rail("unmetered", 1, false, r.energy)};
    r.rails[1].why = kHostile;
    r.sleep = telemetry::SleepProof{};
    r.sleep->causes = kHostile;
    r.sleep->because = kHostile;
    if (r.cycle % 7 == 0) r.score = std::nan("");
    if (r.cycle % 7 == 1) r.score = -1e300;
  }
  commits[20].record.alarm = true;
  commits[20].alarms.push_back(
      {kHostile, 21,
       R"({"robot":"<script>window.stung=1</script>","kind":"<b>",)"
       R"("what":"</script><script>window.stung=1</script>",)"
       R"("because":"<img src=x onerror=window.stung=1>"})"});
  commits[21].alarms.push_back({"no-json", 22, "{\"what\": \x01"});
  return commits;
}

}  // namespace torpor::report
