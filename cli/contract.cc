// torpor contract: from a few lines of TOML to a signed bundle, and back to what it says.
#include <cstdio>
#include <ctime>

#include "cli/contract_commands.h"
#include "cli/say.h"
#include "contract/sign/describe.h"
#include "contract/sign/key_files.h"
#include "contract/sign/keyring_files.h"
#include "contract/sign/source.h"
#include "core/status_table.h"

namespace torpor::cli {

using contract::Findings;
using contract::Terms;
using nlohmann::ordered_json;
namespace sign = contract::sign;

Command ContractCommand(const Command& group, const char* name, const char* what,
                        const std::shared_ptr<ContractOptions>& options, Outcome& outcome,
                        void (*act)(const ContractOptions&, Outcome&)) {
  const Command command = group.Add(name, what);
  command.Run([options, &outcome, act] { act(*options, outcome); });
  return command;
}

std::uint64_t Now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

void PrintJson(const ordered_json& json) { std::printf("%s\n", json.dump(2).c_str()); }

Result<Terms> ReadSourceOrSay(const std::string& path, Outcome& outcome) {
  std::vector<sign::Problem> problems;
  auto terms = sign::ReadSource(path, problems);
  // The place first, as editors jump to it.
  for (const sign::Problem& problem : problems) {
    std::fprintf(stderr, "%s [%s %d]\n", problem.line.c_str(),
                 std::string(Info(problem.status).name).c_str(),
                 static_cast<int>(problem.status));
  }
  if (!terms.ok()) outcome.exit_code = Info(terms.status()).exit_code;
  return terms;
}

void SayFindings(const Findings& findings, Outcome& outcome) {
  for (const contract::Finding& finding : findings.list()) {
    RefuseWith(outcome, finding.status, sign::Describe(finding));
  }
  if (!findings.empty()) outcome.exit_code = Info(findings.first()).exit_code;
}

Result<contract::VerifiedTerms> VerifyOrSay(const ContractOptions& options,
                                            Outcome& outcome,
                                            std::vector<std::byte>* bytes) {
  std::string culprit;
  const auto keyring = sign::ReadKeyring(options.keyring, &culprit);
  if (!keyring.ok()) {
    Refuse(outcome, keyring.status(), culprit.empty() ? "--keyring" : culprit);
    return keyring.status();
  }
  const auto bundle = sign::ReadBundle(options.file);
  if (!bundle.ok()) {
    Refuse(outcome, bundle.status(), options.file);
    return bundle.status();
  }
  contract::Finding why;
  auto verified = contract::Verify(*bundle, *keyring, &why);
  if (verified.ok()) {
    if (bytes != nullptr) *bytes = *bundle;
    return verified;
  }
  if (why.status == verified.status()) {
    RefuseWith(outcome, verified.status(), sign::Describe(why) + ": " + options.file);
  } else {
    Refuse(outcome, verified.status(), options.file);
  }
  return verified;
}

std::string IdOf(const contract::VerifiedTerms& verified) {
  return std::string(contract::Hex(verified.short_id()).view());
}

std::string Describe(const sign::NamedContract& contract) {
  const auto id = contract::Hex(contract::ShortOf(contract.id));
  return contract.name + " " + std::to_string(contract.version.epoch) + "." +
         std::to_string(contract.version.number) + ", contract " + std::string(id.view());
}

void AddContract(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<ContractOptions>();
  const Command group =
      app.Add("contract", "Write, lint, sign, verify and show contracts");
  group.NeedsSubcommand();
  group.Footer(
      "A contract's way:\n"
      "  torpor contract keygen fleet\n"
      "  torpor contract new --robot r-17 -o night.toml\n"
      "  torpor contract lint night.toml --explain\n"
      "  torpor contract sign night.toml --key fleet.key -o night.dsse\n"
      "  torpor contract verify night.dsse --keyring fleet.pub --robot r-17\n"
      "and onto a robot that works:\n"
      "  torpor contract stage night.dsse --keyring fleet.pub --state state/");
  AddContractMaking(group, options, outcome);
  AddContractChecking(group, options, outcome);
  AddContractStaging(group, options, outcome);
}

}  // namespace torpor::cli
