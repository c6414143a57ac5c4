#include "cli/fleet_options.h"

#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include "cli/say.h"

namespace torpor::cli {

bool ReadScript(const std::string& file, const std::vector<std::string>& faults,
                simulate::FleetOptions& fleet, Outcome& outcome) {
  const auto parse = [&](std::string_view text, std::string_view source) {
    auto script = simulate::ParseFleetScript(text, source, fleet.robots, fleet.seed);
    if (!script.ok()) {
      Refuse(outcome, script.status(), script.refusal().what);
      return false;
    }
    fleet.script = *std::move(script);
    return true;
  };
  std::string text;
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    if (!stream) {
      Refuse(outcome, Status::kFileMissing, file);
      return false;
    }
    text = std::move(content).str();
    // Alone first, so that a refusal names its line.
    if (!parse(text, file)) return false;
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  if (faults.empty()) return true;
  std::string more;
  for (const std::string& fault : faults) more += fault + "\n";
  const std::string source = file.empty() ? "--fault" : "script and --fault";
  return parse(text + more, source);
}

bool ReadSpan(const char* option, const std::string& text, Microseconds& span,
              Outcome& outcome) {
  const auto read = simulate::ParseSpan(text);
  if (!read) {
    Refuse(outcome, Status::kUsage,
           std::string(option) + " " + text + ": not a time such as 90s, 10m or 1h");
  }
  span = read.value_or(span);
  return read.has_value();
}

bool ReadPace(const std::string& pace, simulate::FleetOptions& fleet, Outcome& outcome) {
  fleet.pace = 0;
  if (pace == "max") return true;
  fleet.pace = 1;
  if (pace == "real") return true;
  std::size_t read = 0;
  try {
    fleet.pace = std::stod(pace, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == pace.size() && fleet.pace >= 0.1 && fleet.pace <= 1000) return true;
  Refuse(outcome, Status::kUsage,
         "--pace " + pace + ": not max, real or a number from 0.1 to 1000");
  return false;
}

}  // namespace torpor::cli
