// A calibration as a robot finds it: refused in one clause, or the same text again and a
// rung that the contract permits.
#include "contract/test_terms.h"
#include "fuzz/target.h"
#include "power/calibration.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  const std::string_view text = fuzz::Text(data, size);
  std::string problem;
  const auto calibration = power::DecodeCalibration(text, problem);
  fuzz::Expect(calibration.ok() == problem.empty(), "a refusal says what is wrong");
  if (!calibration.ok()) return 0;
  fuzz::Expect(power::EncodeCalibration(*calibration) == text,
               "a calibration has one form");
  contract::Terms terms = contract::GoodTerms();
  for (const auto limit :
       {contract::Residency::kChildExited, contract::Residency::kMemoryFreed,
        contract::Residency::kHot}) {
    terms.residency_max = limit;
    fuzz::Expect(power::ChooseRung(calibration->rungs, terms).rung <= limit,
                 "no rung is warmer than the contract permits");
  }
  return 0;
}
