#include "cli/say.h"

#include <cstdio>

#include "contract/sign/describe.h"
#include "core/status_table.h"

namespace torpor::cli {

void Refuse(Outcome& outcome, Status status, const std::string& subject) {
  RefuseWith(outcome, status, contract::sign::Describe(status, subject));
}

void RefuseWith(Outcome& outcome, Status status, const std::string& line) {
  const StatusInfo& info = Info(status);
  outcome.exit_code = info.exit_code;
  std::fprintf(stderr, "torpor: %s%s%s\n", line.c_str(), info.advice.empty() ? "" : "; ",
               std::string(info.advice).c_str());
}

}  // namespace torpor::cli
