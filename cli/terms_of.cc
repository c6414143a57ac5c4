#include "cli/terms_of.h"

#include <algorithm>
#include <vector>

#include "cli/say.h"
#include "contract/envelope.h"
#include "contract/payload.h"
#include "contract/sign/files.h"
#include "contract/sign/source.h"
#include "core/status_table.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;

Result<contract::Terms> Said(const Result<contract::Terms>& terms,
                             const std::vector<sign::Problem>& problems,
                             const std::string& what, Outcome& outcome) {
  for (const sign::Problem& problem : problems) {
    RefuseWith(outcome, problem.status, problem.line);
  }
  if (!terms.ok() && problems.empty()) Refuse(outcome, terms.status(), what);
  if (!terms.ok()) outcome.exit_code = Info(terms.status()).exit_code;
  return terms;
}

// What a base leaves open is who and when, which no reader of TermsOf asks.
std::string Anonymous(const std::string& base) {
  return "base = \"" + base +
         "\"\nfleet = \"any\"\nname = \"any\"\nversion = 1\nissued_at = 2026-01-01\n"
         "not_before = 2026-01-01\nnot_after = 2026-12-31\ntargets = [\"robot:any\"]\n"
         "[telemetry]\ngateway = \"https://gateway.example\"\n";
}

}  // namespace

Result<contract::Terms> TermsOf(const std::string& what, Outcome& outcome) {
  std::vector<sign::Problem> problems;
  if (std::ranges::any_of(sign::Bases(),
                          [&](const sign::Base& base) { return base.name == what; })) {
    return Said(sign::ParseSource(Anonymous(what), what, problems), problems, what,
                outcome);
  }
  const auto bytes = sign::ReadFile(what, contract::kMaxEnvelopeBytes);
  if (bytes.status() == Status::kFileMissing) {
    Refuse(outcome, Status::kFileMissing, what);
    return Status::kFileMissing;
  }
  if (bytes.ok()) {
    if (const auto bundle = contract::ParseEnvelope(*bytes); bundle.ok()) {
      return Said(contract::DecodePayload(bundle->payload), {}, what, outcome);
    }
  }
  return Said(sign::ReadSource(what, problems), problems, what, outcome);
}

}  // namespace torpor::cli
