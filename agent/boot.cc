#include "agent/boot.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "contract/accept.h"
#include "contract/difference.h"
#include "contract/digest.h"
#include "contract/fields.h"
#include "contract/sign/key_files.h"
#include "contract/sign/keyring_files.h"
#include "core/hex.h"
#include "core/version.h"
#include "telemetry/metric_set.h"
#include "telemetry/push.h"

namespace torpor::agent {
namespace {

Refusal Because(Status status, std::string where) {
  Refusal refusal;
  refusal.status = status;
  refusal.where = std::move(where);
  return refusal;
}

std::string RefusalKey(std::span<const std::byte> bundle,
                       const link::PairingKey& pairing) {
  std::vector<std::byte> both(bundle.begin(), bundle.end());
  both.insert(both.end(), pairing.begin(), pairing.end());
  return std::string(contract::Hex(contract::ShortOf(contract::DigestOf(both))).view());
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

// The contract of the state folder that is to be obeyed in place of the command line's:
// what the firmware obeys, else a newer one, the one that it obeyed last if there are
// two.
const Kept* TakenOver(const std::vector<Kept>& kept, const contract::VerifiedTerms& given,
                      const contract::sign::ActivationReport& report,
                      const std::optional<Digest>& firmware_obeys) {
  const Kept* newer = nullptr;
  for (const Kept& one : kept) {
    if (firmware_obeys) {
      if (one.id == *firmware_obeys && one.id != given.id()) return &one;
      continue;
    }
    if (one.version <= given.terms().version) continue;
    const bool last_obeyed = report.active && report.active->id == one.id;
    if (newer == nullptr || last_obeyed) newer = &one;
  }
  return newer;
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

std::vector<std::string> Strings(const std::vector<std::filesystem::path>& paths) {
  return {paths.begin(), paths.end()};
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
      break;
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
  // What this version cannot do it does not pretend to: a contract that asks for suspend
  // is not kept by idling.
  if (terms.sleep_mode == contract::SleepMode::kIdle) return std::nullopt;
  refusal = Because(Status::kOutOfRange, path);
  refusal.where += ": sleep_mode, of which this version has only idle";
  refusal.ours = "idle";
  refusal.theirs = contract::FormatField(terms, contract::kSleepModeField).view();
  return refusal;
}

std::variant<Obeyed, Refusal> LoadContract(const Options& options,
                                           const StateFolder& state, KnownTime& time,
                                           const std::optional<Digest>& firmware_obeys) {
  const auto remembered = state.Load();
  if (!remembered.ok()) return Because(remembered.status(), options.state);
  time.Prove(remembered->trusted_time_s);
  std::string culprit;
  const auto keyring = contract::sign::ReadKeyring(Strings(options.keyring), &culprit);
  if (!keyring.ok()) return Because(keyring.status(), culprit);
  auto bundle = contract::sign::ReadBundle(options.contract);
  if (!bundle.ok()) return Because(bundle.status(), options.contract);
  contract::Finding why;
  auto verified = contract::Verify(*bundle, *keyring, &why);
  if (!verified.ok()) return FieldRefusal(verified.status(), why, options.contract);

  const ContractSlots slots(state.folder(), *keyring);
  const std::vector<Kept> kept = slots.Load();
  std::string path = options.contract;
  std::vector<Digest> held{verified->id()};
  for (const Kept& one : kept) held.push_back(one.id);
  if (const Kept* const one =
          TakenOver(kept, *verified, slots.LoadReport(), firmware_obeys)) {
    bundle = one->bundle;
    verified = contract::Verify(*bundle, *keyring);
    if (!verified.ok()) return Because(verified.status(), options.state);
    path = options.state.string() + ", contract " + one->name;
  }
  if (auto refusal = CheckContract(*verified, options, *remembered, time, path)) {
    const bool ended = refusal->status == Status::kExpired;
    if (!ended || !NewerAtHand(slots, kept, verified->terms().version)) return *refusal;
  }
  std::erase(held, verified->id());
  const auto pairing = contract::sign::ReadPairingKey(options.pairing);
  if (!pairing.ok()) return Because(pairing.status(), options.pairing);
  std::string key = RefusalKey(*bundle, *pairing);
  return Obeyed{*verified, *std::move(bundle), std::move(held), *keyring,
                *pairing,  *remembered,        std::move(key)};
}

Status RaiseFloor(const StateFolder& state, const Obeyed& obeyed, KnownTime& time) {
  const contract::Terms& terms = obeyed.contract.terms();
  const contract::Floor before{obeyed.remembered.floor, obeyed.remembered.floor_contract};
  const contract::Floor raised = contract::Raised(before, obeyed.contract);
  Remembered remembered = obeyed.remembered;
  remembered.floor = raised.version;
  remembered.floor_contract = raised.contract_id;
  remembered.gateway = terms.gateway.view();
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
  if (gateway.empty()) return exit_code;
  telemetry::MetricSet metrics;
  metrics.version = std::string(kVersion);
  metrics.contract_id = contract_id;
  metrics.refused = refusal.status;
  if (world != nullptr) metrics.robot_time_us = world->WallMicroseconds();
  const telemetry::PushTarget target{gateway, options.robot_id, options.gateway_ca, {}};
  const auto result = telemetry::Push(target, telemetry::MetricPage(metrics), deadline);
  if (result.status != Status::kOk) {
    std::fprintf(stderr, "torpord: the gateway does not know of this refusal: %s\n",
                 result.detail.c_str());
  }
  return exit_code;
}

}  // namespace torpor::agent
