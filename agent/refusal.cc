#include "agent/refusal.h"

#include <utility>

#include "core/json_hosted.h"
#include "core/status_table.h"

namespace torpor::agent {

Refusal Because(Status status, std::string where) {
  Refusal refusal;
  refusal.status = status;
  refusal.where = std::move(where);
  return refusal;
}

std::string JsonLine(const Refusal& refusal) {
  const StatusInfo& info = Info(refusal.status);
  nlohmann::ordered_json line{{"program", "torpord"},
                              {"reason", refusal.reason()},
                              {"name", info.name},
                              {"what", info.meaning}};
  if (!refusal.where.empty()) line["where"] = refusal.where;
  if (!refusal.ours.empty()) line["ours"] = refusal.ours;
  if (!refusal.theirs.empty()) line["theirs"] = refusal.theirs;
  line["do"] = info.advice;
  // Hostile bytes in a name must not stop the line from being written.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string InWords(const Refusal& refusal) {
  std::string words(Info(refusal.status).meaning);
  if (!refusal.where.empty()) words += ": " + refusal.where;
  if (!refusal.ours.empty()) words += ", here " + refusal.ours;
  if (!refusal.theirs.empty()) words += ", there " + refusal.theirs;
  return words;
}

int ExitCode(const Refusal& refusal) { return Info(refusal.status).exit_code; }

}  // namespace torpor::agent
