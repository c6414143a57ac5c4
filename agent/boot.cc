#include "agent/boot.h"

#include <algorithm>
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
#include "telemetry/push.h"

namespace torpor::agent {
namespace {

Refusal Because(Status status, std::string where) {
  Refusal refusal;
  refusal.status = status;
  refusal.where = std::move(where);
  return refusal;
}

std::uint64_t UnixSeconds(World& world) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(world.WallMicroseconds(), 0)) /
         1'000'000;
}

// What is known of the time without trusting a clock that nobody vouches for.
contract::TimeKnowledge KnownTime(const Remembered& remembered, World& world) {
  const std::uint64_t remembered_s = remembered.trusted_time_s;
  if (!world.WallTrusted()) return {remembered_s, false};
  return {std::max(UnixSeconds(world), remembered_s), true};
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

std::vector<std::string> Strings(const std::vector<std::filesystem::path>& paths) {
  return {paths.begin(), paths.end()};
}

}  // namespace

std::variant<Obeyed, Refusal> LoadContract(const Options& options,
                                           const StateFolder& state, World& world) {
  const auto remembered = state.Load();
  if (!remembered.ok()) return Because(remembered.status(), options.state);
  std::string culprit;
  const auto keyring = contract::sign::ReadKeyring(Strings(options.keyring), &culprit);
  if (!keyring.ok()) return Because(keyring.status(), culprit);
  const auto bundle = contract::sign::ReadBundle(options.contract);
  if (!bundle.ok()) return Because(bundle.status(), options.contract);
  contract::Finding why;
  const auto verified = contract::Verify(*bundle, *keyring, &why);
  if (!verified.ok()) return FieldRefusal(verified.status(), why, options.contract);

  const std::vector<std::string_view> groups(options.groups.begin(),
                                             options.groups.end());
  const contract::Floor floor{remembered->floor, remembered->floor_contract};
  const contract::TimeKnowledge time = KnownTime(*remembered, world);
  const Status accepted =
      contract::Accept(*verified, {options.robot_id, groups}, floor, time);
  if (accepted != Status::kOk) {
    Refusal refusal = Because(accepted, options.contract);
    const contract::Terms& terms = verified->terms();
    switch (accepted) {
      case Status::kNotForThisRobot:
        refusal.ours = options.robot_id;
        refusal.theirs = contract::FormatField(terms, contract::kTargetsField).view();
        break;
      case Status::kExpired:
        refusal.ours = std::to_string(time.lower_bound_s);
        refusal.theirs = std::to_string(terms.not_after_s);
        break;
      case Status::kNotYetValid:
        refusal.ours = std::to_string(time.lower_bound_s);
        refusal.theirs = std::to_string(terms.not_before_s);
        break;
      default:
        refusal.ours = std::to_string(floor.version.epoch) + "." +
                       std::to_string(floor.version.number);
        refusal.theirs = std::to_string(terms.version.epoch) + "." +
                         std::to_string(terms.version.number);
        break;
    }
    return refusal;
  }
  // What this version cannot do it does not pretend to: a contract that asks for suspend
  // is not kept by idling.
  if (verified->terms().sleep_mode != contract::SleepMode::kIdle) {
    Refusal refusal = Because(Status::kOutOfRange, options.contract);
    refusal.where += ": sleep_mode, of which this version has only idle";
    refusal.ours = "idle";
    refusal.theirs =
        contract::FormatField(verified->terms(), contract::kSleepModeField).view();
    return refusal;
  }
  const auto pairing = contract::sign::ReadPairingKey(options.pairing);
  if (!pairing.ok()) return Because(pairing.status(), options.pairing);
  return Obeyed{*verified, *keyring, *pairing, *remembered,
                RefusalKey(*bundle, *pairing)};
}

Status RaiseFloor(const StateFolder& state, const Obeyed& obeyed, World& world) {
  const contract::Floor before{obeyed.remembered.floor, obeyed.remembered.floor_contract};
  const contract::Floor raised = contract::Raised(before, obeyed.contract);
  Remembered remembered = obeyed.remembered;
  remembered.floor = raised.version;
  remembered.floor_contract = raised.contract_id;
  remembered.gateway = obeyed.contract.terms().gateway.view();
  std::uint64_t known = obeyed.contract.terms().issued_at_s;  // it was signed before now
  if (world.WallTrusted()) known = std::max(known, UnixSeconds(world));
  remembered.trusted_time_s = std::max(remembered.trusted_time_s, known);
  state.ClearRefusal();
  return state.Save(remembered);
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
