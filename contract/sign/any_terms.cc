#include "contract/sign/any_terms.h"

#include <algorithm>

#include "contract/envelope.h"
#include "contract/payload.h"
#include "contract/sign/files.h"

namespace torpor::contract::sign {
namespace {

std::string Anonymous(const std::string& base) {
  return "base = \"" + base +
         "\"\nfleet = \"any\"\nname = \"any\"\nversion = 1\nissued_at = 2026-01-01\n"
         "not_before = 2026-01-01\nnot_after = 2026-12-31\ntargets = [\"robot:any\"]\n"
         "[telemetry]\ngateway = \"https://gateway.example\"\n";
}

}  // namespace

Result<Terms> AnyTerms(const std::string& what, std::vector<Problem>& problems) {
  if (std::ranges::any_of(Bases(), [&](const Base& base) { return base.name == what; })) {
    return ParseSource(Anonymous(what), what, problems);
  }
  const auto bytes = ReadFile(what, kMaxEnvelopeBytes);
  if (bytes.status() == Status::kFileMissing) return Status::kFileMissing;
  if (bytes.ok()) {
    if (const auto bundle = ParseEnvelope(*bytes); bundle.ok()) {
      return DecodePayload(bundle->payload);
    }
  }
  return ReadSource(what, problems);
}

}  // namespace torpor::contract::sign
