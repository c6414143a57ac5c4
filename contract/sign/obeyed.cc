#include "contract/sign/obeyed.h"

#include "contract/digest.h"
#include "contract/envelope.h"
#include "contract/payload.h"
#include "contract/sign/key_files.h"
#include "contract/sign/wanted.h"

namespace torpor::contract::sign {

Result<NamedContract> UnverifiedName(std::span<const std::byte> bundle) {
  const auto parsed = ParseEnvelope(bundle);
  if (!parsed.ok()) return parsed.status();
  const auto terms = DecodePayload(parsed->payload);
  if (!terms.ok()) return terms.status();
  return NamedContract{std::string(terms->name.view()), terms->version,
                       DigestOf(parsed->payload)};
}

Result<Terms> ObeyedTerms(const std::filesystem::path& state) {
  const auto report = LoadReport(state);
  if (!report.ok()) return report.status();
  if (!report->active) return Status::kBundleMissing;
  for (const char* slot : kSlotFiles) {
    const auto bundle = ReadBundle((state / slot).string());
    if (!bundle.ok()) continue;
    const auto name = UnverifiedName(*bundle);
    if (!name.ok() || *name != *report->active) continue;
    return DecodePayload(ParseEnvelope(*bundle)->payload);
  }
  return Status::kFileMissing;
}

}  // namespace torpor::contract::sign
