// What came of a fault that was played, for people and for programs.
#include <cstdio>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "simulate/incident_evidence.h"

namespace torpor::simulate {
namespace {

double Seconds(Instant at) {
  return static_cast<double>(SinceBootMicroseconds(at)) / 1e6;
}

std::string Row(std::string_view head, const std::string& text) {
  std::string row = "  " + std::string(head);
  row.resize(14, ' ');
  return row + text + "\n";
}

std::string InWords(const Told& told) {
  const std::string when =
      told.cycle == 0 ? "at boot" : "cycle " + std::to_string(told.cycle);
  std::string text =
      told.who + ", " + when + ": " + std::to_string(told.reason) + " " + told.name;
  if (!told.detail.empty()) text += " (" + told.detail + ")";
  return text;
}

std::string_view Good(Incident what) {
  switch (what) {
    case Incident::kNone:
      return "quiet, as it must be";
    case Incident::kSessionHangs:
      return "ended in the same cycle, and named";
    case Incident::kQueueFlooded:
      return "named in the first cycle, and the flood refused";
    case Incident::kDisagrees:
      return "refused before the first cycle";
    default:
      return "named in the first cycle after it";
  }
}

}  // namespace

std::string_view Doing(Incident what) {
  switch (what) {
    case Incident::kNone:
      return "nothing, on the same pretended machine";
    case Incident::kSessionHangs:
      return "once, the accelerator's driver never comes back from closing its session";
    case Incident::kSessionLeftOpen:
      return "the accelerator's driver leaves its session open after an inference, in a "
             "process that torpord cannot end";
    case Incident::kQueueFlooded:
      return "the link hiccups for five periods, and the firmware goes on sampling";
    case Incident::kClocksPinned:
      return "somebody pins the GPU's clock and forbids to suspend it, as jetson_clocks "
             "does";
    case Incident::kCpuSpun:
      return "by the kernel's account torpord is on a processor for half of each sleep";
    case Incident::kDisagrees:
      return "the firmware is given a contract whose period and sleep are 40 s longer "
             "than torpord's";
  }
  return {};
}

std::string InWords(const IncidentAccount& account) {
  std::string text =
      std::string(kIncidents[static_cast<std::size_t>(account.what)]) + "\n";
  text += Row("done", std::string(Doing(account.what)));
  if (account.began) {
    char when[64];
    std::snprintf(when, sizeof when, "at %.1f s; the first cycle after it is %llu",
                  Seconds(*account.began),
                  static_cast<unsigned long long>(account.first_cycle));
    text += Row("began", when);
  }
  // A fault that stays is named again and again: the first of a row says it all.
  const Told* last = nullptr;
  for (const Told& told : account.told) {
    const bool again =
        last != nullptr && last->who == told.who && last->reason == told.reason;
    if (!again) text += Row("said", InWords(told));
    last = &told;
  }
  for (const std::string& found : account.found) text += Row("found", found);
  if (account.verdict == Status::kOk) {
    text += Row("so it is", std::string(Good(account.what)));
  } else {
    text += Row("so it is", std::to_string(static_cast<int>(account.verdict)) + " " +
                                std::string(Info(account.verdict).name) + ": " +
                                account.because);
  }
  return text;
}

std::string Json(const std::vector<IncidentAccount>& accounts) {
  auto list = nlohmann::ordered_json::array();
  for (const IncidentAccount& account : accounts) {
    nlohmann::ordered_json row{
        {"incident", kIncidents[static_cast<std::size_t>(account.what)]},
        {"done", Doing(account.what)},
        {"began_seconds", account.began ? nlohmann::ordered_json(Seconds(*account.began))
                                        : nlohmann::ordered_json()},
        {"first_cycle", account.first_cycle},
        {"told", nlohmann::ordered_json::array()},
        {"found", account.found},
        {"reason", static_cast<int>(account.verdict)},
        {"name", Info(account.verdict).name},
        {"because", account.because}};
    for (const Told& told : account.told) {
      row["told"].push_back({{"who", told.who},
                             {"cycle", told.cycle},
                             {"reason", told.reason},
                             {"name", told.name},
                             {"detail", told.detail}});
    }
    list.push_back(std::move(row));
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace torpor::simulate
