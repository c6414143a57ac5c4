#include "report/collect.h"

#include <algorithm>
#include <map>
#include <utility>

#include "contract/digest.h"
#include "contract/envelope.h"
#include "contract/payload.h"
#include "contract/sign/key_files.h"
#include "contract/sign/wanted.h"
#include "core/json_hosted.h"
#include "telemetry/journal_reader.h"

namespace torpor::report {
namespace {

namespace fs = std::filesystem;
namespace sign = contract::sign;
using telemetry::CycleRecord;
using telemetry::JournalReader;

constexpr std::size_t kAtOnce = 2000;  // cycles that are read at a time

struct Known {
  sign::NamedContract name;
  contract::Terms terms;
};
using Bundles = std::map<std::string, Known>;  // by short id

Status AddBundle(const std::string& path, Bundles& bundles) {
  const auto bytes = sign::ReadBundle(path);
  if (!bytes.ok()) return bytes.status();
  const auto envelope = contract::ParseEnvelope(*bytes);
  if (!envelope.ok()) return envelope.status();
  const auto terms = contract::DecodePayload(envelope->payload);
  if (!terms.ok()) return terms.status();
  const Digest id = contract::DigestOf(envelope->payload);
  bundles.try_emplace(
      std::string(contract::Hex(contract::ShortOf(id)).view()),
      Known{{std::string(terms->name.view()), terms->version, id}, *terms});
  return Status::kOk;
}

Status ReadCycles(const JournalReader& journal, const Wishes& wishes,
                  Collected& collected) {
  std::uint64_t from = 0;
  for (;;) {
    auto some = journal.Cycles(from, kAtOnce);
    if (!some.ok()) return some.status();
    for (CycleRecord& record : *some) {
      from = record.cycle + 1;
      if (wishes.from_us && record.wall_us < *wishes.from_us) continue;
      if (wishes.until_us && record.wall_us >= *wishes.until_us) continue;
      collected.cycles.push_back(std::move(record));
    }
    if (some->size() < kAtOnce) return Status::kOk;
  }
}

// What lies further back from the last waking than is asked for goes.
void KeepLast(Microseconds last, Collected& collected) {
  if (collected.at.empty()) return;
  const Microseconds begin = collected.at.back() - last;
  const auto first = std::ranges::lower_bound(collected.at, begin);
  const auto gone = first - collected.at.begin();
  collected.cycles.erase(collected.cycles.begin(), collected.cycles.begin() + gone);
}

void NameContracts(const Bundles& bundles, Collected& collected) {
  std::map<std::string, std::size_t> places;
  for (const CycleRecord& record : collected.cycles) {
    const auto [place, fresh] =
        places.try_emplace(record.contract, collected.contracts.size());
    if (fresh) {
      InForce& added =
          collected.contracts.emplace_back(InForce{record.contract, record.cycle});
      if (const auto known = bundles.find(record.contract); known != bundles.end()) {
        added.name = known->second.name;
        added.terms = known->second.terms;
      }
    }
    InForce& contract = collected.contracts[place->second];
    contract.last = record.cycle;
    ++contract.cycles;
    collected.contract_of.push_back(place->second);
  }
}

std::string TextOf(const nlohmann::json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

Status ReadAlarms(const JournalReader& journal, Collected& collected) {
  if (collected.cycles.empty()) return Status::kOk;
  auto alarms = journal.Alarms(collected.cycles.front().cycle, kMostAlarms + 1);
  if (!alarms.ok()) return alarms.status();
  collected.more_alarms = alarms->size() > kMostAlarms;
  if (collected.more_alarms) alarms->resize(kMostAlarms);
  for (const telemetry::KnownAlarm& known : *alarms) {
    if (known.alarm.cycle > collected.cycles.back().cycle) continue;
    const auto body = nlohmann::json::parse(known.alarm.body, nullptr, false);
    RaisedAlarm raised{known.alarm.cycle, "", "", "", known.delivered};
    if (body.is_object()) {
      raised.kind = TextOf(body, "kind");
      raised.what = TextOf(body, "what");
      raised.because = TextOf(body, "because");
      if (collected.robot.empty()) collected.robot = TextOf(body, "robot");
    }
    if (raised.kind.empty()) raised.kind = "bearing";  // older bodies do not say
    if (raised.what.empty()) raised.what = known.alarm.id;
    collected.alarms.push_back(std::move(raised));
  }
  return Status::kOk;
}

// A contract for one robot names it.
void NameRobot(Collected& collected) {
  for (const InForce& contract : collected.contracts) {
    if (!collected.robot.empty() || !contract.terms) continue;
    const auto targets = contract.terms->targets();
    if (targets.size() == 1 && targets[0].kind == contract::TargetKind::kRobot) {
      collected.robot = targets[0].id.view();
    }
  }
}

}  // namespace

Result<Collected> Collect(const Wishes& wishes, std::string& problem) {
  Collected collected;
  Bundles bundles;
  for (const std::string& path : wishes.contracts) {
    problem = path;
    if (const Status status = AddBundle(path, bundles); status != Status::kOk) {
      return status;
    }
  }
  for (const char* slot : sign::kSlotFiles) {
    // What is missing or damaged there is torpord's business; its limits stay unknown.
    static_cast<void>(AddBundle((wishes.state / slot).string(), bundles));
  }
  if (auto activation = sign::LoadReport(wishes.state); activation.ok()) {
    collected.activation = *std::move(activation);
  }

  const fs::path file = wishes.state / "journal.sqlite";
  problem = file.string();
  const auto journal = JournalReader::Open(file);
  if (!journal.ok()) return journal.status();
  if (const Status status = ReadCycles(*journal, wishes, collected);
      status != Status::kOk) {
    return status;
  }
  Reckon(collected);
  if (wishes.last) {
    KeepLast(*wishes.last, collected);
    Reckon(collected);
  }
  NameContracts(bundles, collected);
  if (const Status status = ReadAlarms(*journal, collected); status != Status::kOk) {
    return status;
  }
  NameRobot(collected);
  collected.journalled = journal->CycleCount();
  collected.dropped = journal->DroppedCycles();
  collected.lost = journal->LostCycles();
  collected.undelivered = journal->UndeliveredCount();
  problem.clear();
  return collected;
}

}  // namespace torpor::report
