#include "agent/boot.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "contract/accept.h"
#include "contract/difference.h"
#include "contract/digest.h"
#include "contract/fields.h"
#include "contract/sign/key_files.h"
#include "core/hex.h"
#include "core/version.h"
#include "telemetry/metric_set.h"

namespace torpor::agent {
namespace {

// For a refusal that comes before there is a world to ask.
std::int64_t WallClock() {
  return std::chrono::duration_cast<Microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Of all that a refusal may change with: the contract, the keys, and what people wish.
std::string RefusalKey(std::span<const std::byte> bundle, const Trust& trust,
                       const ContractSlots& slots) {
  std::vector<std::byte> all(bundle.begin(), bundle.end());
  const auto add = [&all](std::span<const std::byte> bytes) {
    all.insert(all.end(), bytes.begin(), bytes.end());
  };
  add(trust.pairing.now);
  if (trust.pairing.next) add(*trust.pairing.next);
  for (const auto& document : trust.keyrings.documents) add(document);
  const auto wanted = slots.FindWanted();
  if (const Kept* one = wanted ? std::get_if<Kept>(&wanted->what) : nullptr) add(one->id);
  return std::string(contract::Hex(contract::ShortOf(contract::DigestOf(all))).view());
}

Refusal FieldRefusal(Status status, const contract::Finding& why,
                     const std::string& path) {
  Refusal refusal = Because(status, path);
  if (why.field != 0) {
    refusal.where += ": " + std::string(contract::FieldName(why.field));
    refusal.ours = std::to_string(why.allowed);
    refusal.theirs = std::to_string(why.found);
  }
  return refusal;
}

struct Candidate {
  std::vector<std::byte> bundle;
  VerifiedUnder verified;
  std::string path;  // for people
};

// Those that may be obeyed, the likeliest first: what the firmware obeys, once that is
// known; else what has taken over from the command line's contract since, of two the one
// that was obeyed last, and that one itself.
std::vector<Candidate> Candidates(const Candidate& given, const std::vector<Kept>& kept,
                                  const ContractSlots& slots, const Trust& trust,
                                  const std::string& folder,
                                  const std::optional<Digest>& firmware_obeys) {
  const auto report = slots.LoadReport();
  std::vector<Candidate> found;
  if (firmware_obeys == given.verified.contract.id()) return {given};
  for (const Kept& one : kept) {
    const bool newer = one.version > given.verified.contract.terms().version;
    if (firmware_obeys ? one.id != *firmware_obeys : !newer) continue;
    const auto verified = VerifyUnderAny(one.bundle, trust.keyrings.keyrings);
    if (!verified.ok()) continue;  // a file that has changed since it was loaded
    const bool last_obeyed = report.active && report.active->id == one.id;
    found.insert(last_obeyed ? found.begin() : found.end(),
                 {one.bundle, *verified, folder + ", contract " + one.name});
  }
  if (!firmware_obeys || found.empty()) found.push_back(given);
  return found;
}

// Somebody wants a newer contract, or it was taken already.
bool NewerAtHand(const ContractSlots& slots, const std::vector<Kept>& kept,
                 const contract::Version& than) {
  const auto newer = [&](const Kept& one) { return one.version > than; };
  if (std::ranges::any_of(kept, newer)) return true;
  const auto wanted = slots.FindWanted();
  const auto* const one = wanted ? std::get_if<Kept>(&wanted->what) : nullptr;
  return one != nullptr && newer(*one);
}

}  // namespace

Refusal RefuseDates(Status why, const contract::Terms& terms,
                    const contract::TimeKnowledge& time, const std::string& where) {
  Refusal refusal = Because(why, where);
  refusal.ours = std::to_string(time.lower_bound_s);
  refusal.theirs =
      std::to_string(why == Status::kExpired ? terms.not_after_s : terms.not_before_s);
  return refusal;
}

std::optional<Refusal> CheckContract(const contract::VerifiedTerms& verified,
                                     const Options& options, const Remembered& remembered,
                                     KnownTime& time, const std::string& path) {
  const std::vector<std::string_view> groups(options.groups.begin(),
                                             options.groups.end());
  const contract::Floor floor{remembered.floor, remembered.floor_contract};
  const contract::Terms& terms = verified.terms();
  const contract::TimeKnowledge known = time.Look();
  const Status accepted =
      contract::Accept(verified, {options.robot_id, groups}, floor, known);
  Refusal refusal = Because(accepted, path);
  switch (accepted) {
    case Status::kOk:
      return std::nullopt;
    case Status::kNotForThisRobot:
      refusal.ours = options.robot_id;
      refusal.theirs = contract::FormatField(terms, contract::kTargetsField).view();
      return refusal;
    case Status::kExpired:
    case Status::kNotYetValid:
      return RefuseDates(accepted, terms, known, path);
    default:
      refusal.ours = std::to_string(floor.version.epoch) + "." +
                     std::to_string(floor.version.number);
      refusal.theirs = std::to_string(terms.version.epoch) + "." +
                       std::to_string(terms.version.number);
      return refusal;
  }
}

std::variant<Obeyed, Refusal> LoadContract(const Options& options,
                                           const StateFolder& state, KnownTime& time,
                                           const Choice& choice) {
  const auto remembered = state.Load();
  if (!remembered.ok()) return Because(remembered.status(), options.state);
  time.Prove(remembered->trusted_time_s);
  auto loaded = LoadTrust(options, *remembered);
  if (const auto* const refusal = std::get_if<Refusal>(&loaded)) return *refusal;
  Trust& trust = std::get<Trust>(loaded);
  auto bundle = contract::sign::ReadBundle(options.contract);
  if (!bundle.ok()) return Because(bundle.status(), options.contract);
  contract::Finding why;
  const auto verified = VerifyUnderAny(*bundle, trust.keyrings.keyrings, &why);
  if (!verified.ok()) return FieldRefusal(verified.status(), why, options.contract);

  const ContractSlots slots(state.folder(), trust.keyrings.keyrings);
  const std::vector<Kept> kept = slots.Load();
  std::vector<Digest> held{verified->contract.id()};
  for (const Kept& one : kept) held.push_back(one.id);
  const std::vector<Candidate> candidates =
      Candidates({*std::move(bundle), *verified, options.contract}, kept, slots, trust,
                 options.state, choice.firmware_obeys);

  // Asked only where there is a choice: who works under it finds out all the same.
  const bool ask = candidates.size() > 1 || choice.firmware_obeys;
  std::optional<Refusal> refused;  // the first
  for (const Candidate& one : candidates) {
    const contract::VerifiedTerms& contract = one.verified.contract;
    auto refusal = CheckContract(contract, options, *remembered, time, one.path);
    const bool ended = refusal && refusal->status == Status::kExpired;
    if (ended && NewerAtHand(slots, kept, contract.terms().version)) refusal.reset();
    if (!refusal && ask) refusal = choice.could_work(contract);
    if (refusal) {
      if (!refused) refused = refusal;
      continue;
    }
    if (refused) {
      std::fprintf(stderr, "%s\ntorpord: begins with %s instead\n",
                   JsonLine(*refused).c_str(), one.path.c_str());
    }
    std::erase(held, contract.id());
    std::string key = RefusalKey(one.bundle, trust, slots);
    return Obeyed{contract,
                  one.bundle,
                  std::move(held),
                  trust.keyrings.keyrings[one.verified.keyring],
                  std::move(trust.keyrings),
                  trust.pairing,
                  *remembered,
                  std::move(key)};
  }
  return *refused;
}

Status RaiseFloor(const StateFolder& state, const Obeyed& obeyed, KnownTime& time) {
  const contract::Terms& terms = obeyed.contract.terms();
  const contract::Floor before{obeyed.remembered.floor, obeyed.remembered.floor_contract};
  const contract::Floor raised = contract::Raised(before, obeyed.contract);
  Remembered remembered = obeyed.remembered;
  remembered.floor = raised.version;
  remembered.floor_contract = raised.contract_id;
  remembered.gateway = terms.gateway.view();
  remembered.keyring_version =
      std::max(remembered.keyring_version, obeyed.keyring.lineage.version);
  remembered.trusted_time_s = time.ToRemember(terms.not_after_s);
  state.ClearRefusal();
  return state.Save(remembered);
}

Status RememberTime(const StateFolder& state, std::uint64_t unix_s) {
  auto remembered = state.Load();
  if (!remembered.ok()) return remembered.status();
  if (unix_s <= remembered->trusted_time_s) return Status::kOk;
  remembered->trusted_time_s = unix_s;
  return state.Save(*remembered);
}

std::optional<RefusalMark> StandingRefusal(const StateFolder& state, const Obeyed& obeyed,
                                           World& world) {
  const auto mark = state.LoadRefusal();
  const bool stands = mark && mark->key == obeyed.refusal_key &&
                      mark->boot_id == BootId() &&
                      SinceBootMicroseconds(world.Now()) < mark->until_us;
  return stands ? mark : std::nullopt;
}

void MarkRefusal(const Refusal& refusal, const StateFolder& state, const Obeyed& obeyed,
                 World& world) {
  const Instant until = world.Now() + obeyed.contract.terms().period;
  // Without a mark the next start costs a greeting more, nothing else.
  (void)state.SaveRefusal({obeyed.refusal_key, refusal.reason(), ExitCode(refusal),
                           JsonLine(refusal), BootId(), SinceBootMicroseconds(until)});
}

int Refuse(const Refusal& refusal, const Options& options, const StateFolder& state,
           const Obeyed* obeyed, World* world) {
  std::fprintf(stderr, "%s\n", JsonLine(refusal).c_str());
  const int exit_code = ExitCode(refusal);
  std::string gateway = options.refusal_gateway;
  Milliseconds deadline{1000};  // without a contract nobody has set one
  std::string contract_id;
  if (obeyed != nullptr) {
    const contract::Terms& terms = obeyed->contract.terms();
    gateway = terms.gateway.view();
    deadline = terms.report;
    contract_id = contract::Hex(obeyed->contract.short_id()).view();
  } else if (const auto remembered = state.Load(); remembered.ok()) {
    if (!remembered->gateway.empty()) gateway = remembered->gateway;
  }
  const bool to_a_file = options.sink.kind == SinkKind::kTextfile;
  if (to_a_file ? options.sink.folder.empty() : gateway.empty()) return exit_code;
  telemetry::MetricSet metrics;
  metrics.version = std::string(kVersion);
  metrics.contract_id = contract_id;
  metrics.refused = refusal.status;
  metrics.robot_time_us = world != nullptr ? world->WallMicroseconds() : WallClock();
  const auto result =
      SendPage(options.sink, gateway, options.robot_id, metrics, deadline);
  if (result.status != Status::kOk) {
    std::fprintf(stderr, "torpord: the gateway does not know of this refusal: %s\n",
                 result.detail.c_str());
  }
  return exit_code;
}

}  // namespace torpor::agent
