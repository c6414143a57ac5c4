#include "cli/terms_of.h"

#include <vector>

#include "cli/say.h"
#include "contract/sign/any_terms.h"
#include "core/status_table.h"

namespace torpor::cli {

Result<contract::Terms> TermsOf(const std::string& what, Outcome& outcome) {
  std::vector<contract::sign::Problem> problems;
  auto terms = contract::sign::AnyTerms(what, problems);
  for (const contract::sign::Problem& problem : problems) {
    RefuseWith(outcome, problem.status, problem.line);
  }
  if (!terms.ok() && problems.empty()) Refuse(outcome, terms.status(), what);
  if (!terms.ok()) outcome.exit_code = Info(terms.status()).exit_code;
  return terms;
}

}  // namespace torpor::cli
