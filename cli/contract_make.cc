// torpor contract new, keygen, sign: what makes a file.
#include <cstdio>

#include "cli/contract_commands.h"
#include "cli/contract_diff.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "contract/envelope.h"
#include "contract/lint.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/sign/source.h"

namespace torpor::cli {
namespace {

using contract::Findings;
using contract::Terms;
using Options = ContractOptions;
namespace sign = contract::sign;

// Writes to the file when there is a name, else to standard output.
void Deliver(const std::string& text, const std::string& path, Outcome& outcome) {
  if (path.empty()) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  const Status status = sign::WriteNewFile(path, AsBytes(text));
  if (status != Status::kOk) return Refuse(outcome, status, path);
  std::printf("wrote %s\n", path.c_str());
}

// A first contract of this base, as short as it can be.
std::string FirstContract(const Options& options) {
  constexpr std::uint64_t kDay = 24ULL * 3600;
  const std::uint64_t today = Now() / kDay * kDay;
  const auto date = [](std::uint64_t s) { return sign::FormatDate(s).substr(0, 10); };
  std::string targets;
  const auto add = [&targets](const std::string& target) {
    targets += (targets.empty() ? "\"" : ", \"") + target + "\"";
  };
  for (const std::string& group : options.groups) add("group:" + group);
  for (const std::string& robot : options.robots) add("robot:" + robot);
  if (targets.empty()) add("robot:robot-1");
  std::string text =
      "# Everything that is not here is as in the base; torpor contract\n"
      "# show FILE prints it in full, and that is what is signed.\n";
  text += "base = \"" + options.base + "\"\nfleet = \"" + options.fleet +
          "\"\nname = \"" + options.name +
          "\"\nversion = 1  # one more each time\nissued_at = " + date(today) +
          "\nnot_before = " + date(today) + "\nnot_after = " + date(today + 365 * kDay) +
          "\ntargets = [" + targets + "]\n";
  if (!options.gateway.empty()) {
    text += "\n[telemetry]\ngateway = \"" + options.gateway + "\"\n";
  }
  return text;
}

void New(const Options& options, Outcome& outcome) {
  if (options.list) {
    for (const sign::Base& base : sign::Bases()) {
      const std::string_view first = base.source.substr(0, base.source.find('\n'));
      std::printf("%-16s %s\n", std::string(base.name).c_str(),
                  std::string(first.substr(first.find_first_not_of("# "))).c_str());
    }
    return;
  }
  Options with_gateway = options;
  if (options.gateway.empty() && options.base != "bench-10s") {
    with_gateway.gateway = "https://gateway.example:9091";
  }
  const std::string text = FirstContract(with_gateway);
  std::vector<sign::Problem> problems;
  const auto terms = sign::ParseSource(text, "new", problems);
  if (!terms.ok()) return RefuseWith(outcome, problems[0].status, problems[0].line);
  Deliver(options.expanded ? sign::WriteSource(*terms) : text, options.out, outcome);
}

void KeyGen(const Options& options, Outcome& outcome) {
  const sign::PrivateKey key = sign::PrivateKey::Generate();
  const Status status = sign::WriteKeyPair(options.file, key);
  if (status != Status::kOk) return Refuse(outcome, status, options.file);
  std::printf("wrote %s.key (keep it secret) and %s.pub; key id %s\n",
              options.file.c_str(), options.file.c_str(),
              std::string(contract::KeyIdOf(key.public_key()).view()).c_str());
}

// Shows what is about to be signed beside what robots obey now; false when they would not
// take it.
bool Follows(const Options& options, const Terms& terms, Outcome& outcome) {
  if (options.previous.empty()) return true;
  const auto before = TermsOf(options.previous, outcome);
  if (!before.ok()) return false;
  const ContractDiff diff = Compare(*before, terms);
  if (diff.follows != Status::kOk) {
    Refuse(outcome, diff.follows, options.file);
    return false;
  }
  std::fputs(Table(diff).c_str(), stdout);
  return true;
}

void SignFile(const Options& options, Outcome& outcome) {
  const auto terms = ReadSourceOrSay(options.file, outcome);
  if (!terms.ok()) return;
  Findings findings;
  contract::Lint(*terms, findings);
  if (!findings.empty()) return SayFindings(findings, outcome);
  if (!Follows(options, *terms, outcome)) return;
  const auto key = sign::ReadPrivateKey(options.key);
  if (!key.ok()) return Refuse(outcome, key.status(), options.key);
  const auto bundle = sign::Sign(*terms, *key);
  if (!bundle.ok()) return Refuse(outcome, bundle.status(), options.file);
  const Status status = sign::WriteNewFile(options.out, *bundle);
  if (status != Status::kOk) return Refuse(outcome, status, options.out);
  const auto parsed = contract::ParseEnvelope(*bundle);
  const auto id = contract::Hex(contract::ShortOf(contract::DigestOf(parsed->payload)));
  std::printf("wrote %s: contract %s, %zu bytes, signed by %s\n", options.out.c_str(),
              std::string(id.view()).c_str(), bundle->size(),
              std::string(parsed->key_id.view()).c_str());
}

}  // namespace

void AddContractMaking(const Command& group, const std::shared_ptr<ContractOptions>& o,
                       Outcome& outcome) {
  const Command fresh = ContractCommand(
      group, "new", "Print a first contract, to be edited", o, outcome, New);
  std::vector<std::string> names;
  for (const sign::Base& base : sign::Bases()) names.emplace_back(base.name);
  fresh.Value("--base", o->base, "Shipped profile to inherit from")
      .Default("warehouse-60s")
      .OneOf(names);
  fresh.Value("--fleet", o->fleet, "Fleet, [a-z0-9-]").Default("my-fleet");
  fresh.Value("--name", o->name, "Contract, [a-z0-9-]").Default("first");
  fresh.Value("--robot", o->robots, "Robot it is for; may be repeated");
  fresh.Value("--group", o->groups, "Group it is for; may be repeated");
  fresh.Value("--gateway", o->gateway, "Where metrics go");
  fresh.Value("-o,--output", o->out, "New file, instead of standard output");
  fresh.Flag("--expanded", o->expanded, "Print every parameter, not the base");
  fresh.Flag("--list", o->list, "Only list the shipped profiles");
  fresh.Footer(
      "Examples:\n  torpor contract new --list\n"
      "  torpor contract new --base bench-10s --robot r-17 -o bench.toml");

  const Command keygen = ContractCommand(
      group, "keygen", "Make a key pair: NAME.key and NAME.pub", o, outcome, KeyGen);
  keygen.Value("NAME", o->file, "Path without ending").Required();
  keygen.Footer(
      "The private key is never printed and never overwritten.\n"
      "Example:\n  torpor contract keygen fleet-2026");

  const Command sign =
      ContractCommand(group, "sign", "Lint a source and sign it", o, outcome, SignFile);
  sign.Value("FILE", o->file, "Source (TOML)").Required();
  sign.Value("-k,--key", o->key, "Private key").Required();
  sign.Value("-o,--output", o->out, "New bundle").Required();
  sign.Value("--prev", o->previous,
             "What robots obey now: show the difference, refuse what they would not "
             "take");
  sign.Footer(
      "What the lint refuses is not signed.\nExamples:\n"
      "  torpor contract sign night.toml --key fleet-2026.key -o night.dsse\n"
      "  torpor contract sign night.toml --prev old.dsse --key fleet-2026.key -o "
      "new.dsse");
}

}  // namespace torpor::cli
