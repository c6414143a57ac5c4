// A contract's human source: every mistake has a line, and what is read is written out in
// full and read again as the same terms.
#include <vector>

#include "contract/difference.h"
#include "contract/lint.h"
#include "contract/sign/source.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  namespace sign = contract::sign;
  std::vector<sign::Problem> problems;
  const auto terms = sign::ParseSource(fuzz::Text(data, size), "fuzz.toml", problems);
  if (!terms.ok()) {
    fuzz::Expect(!problems.empty(), "a refusal says why");
    for (const sign::Problem& problem : problems)
      fuzz::Expect(problem.line.find('\n') == std::string::npos, "a problem is one line");
    return 0;
  }
  contract::Findings findings;
  contract::Lint(*terms, findings);
  const auto again = sign::ParseSource(sign::WriteSource(*terms), "again.toml", problems);
  fuzz::Expect(again.ok() && !contract::FirstDifference(*terms, *again),
               "the expanded source says the same");
  return 0;
}
