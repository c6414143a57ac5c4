// torpor contract: from a few lines of TOML to a signed bundle, and back to what it says.
#include <cstdio>
#include <ctime>
#include <memory>

#include "cli/commands.h"
#include "cli/contract_diff.h"
#include "cli/contract_json.h"
#include "cli/say.h"
#include "cli/tables.h"
#include "cli/terms_of.h"
#include "contract/accept.h"
#include "contract/envelope.h"
#include "contract/lint.h"
#include "contract/sign/describe.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/sign/source.h"
#include "contract/verify.h"
#include "core/status_table.h"

namespace torpor::cli {
namespace {

using contract::Findings;
using contract::Terms;
using nlohmann::ordered_json;
namespace sign = contract::sign;

struct Options {
  std::string base, fleet, name, gateway;
  std::vector<std::string> robots, groups;
  bool list = false, expanded = false, explain = false, json = false;
  std::string file, key, out, previous;
  std::vector<std::string> keyring;
  std::string robot;
};

std::uint64_t Now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

void PrintJson(const ordered_json& json) { std::printf("%s\n", json.dump(2).c_str()); }

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

void SayFindings(const Findings& findings, Outcome& outcome) {
  for (const contract::Finding& finding : findings.list()) {
    RefuseWith(outcome, finding.status, sign::Describe(finding));
  }
  if (!findings.empty()) outcome.exit_code = Info(findings.first()).exit_code;
}

void LintFile(const Options& options, Outcome& outcome) {
  const auto terms = ReadSourceOrSay(options.file, outcome);
  if (!terms.ok()) return;
  Findings findings;
  contract::Lint(*terms, findings);
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const contract::Finding& finding : findings.list())
      list.push_back(ToJson(finding));
    PrintJson({{"file", options.file}, {"good", findings.empty()}, {"findings", list}});
    if (!findings.empty()) outcome.exit_code = Info(findings.first()).exit_code;
    return;
  }
  if (options.explain) std::fputs(ExplainTables(*terms).c_str(), stdout);
  SayFindings(findings, outcome);
  if (findings.empty()) {
    std::printf("%s%s: can be kept\n", options.explain ? "\n" : "", options.file.c_str());
  }
}

void Diff(const Options& options, Outcome& outcome) {
  const auto before = TermsOf(options.previous, outcome);
  if (!before.ok()) return;
  const auto after = TermsOf(options.file, outcome);
  if (!after.ok()) return;
  const ContractDiff diff = Compare(*before, *after);
  if (options.json) return PrintJson(ToJson(diff));
  std::fputs(Table(diff).c_str(), stdout);
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

Result<contract::VerifiedTerms> VerifyOrSay(const Options& options, Outcome& outcome) {
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
  if (verified.ok()) return verified;
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

void VerifyFile(const Options& options, Outcome& outcome) {
  const auto verified = VerifyOrSay(options, outcome);
  if (!verified.ok()) return;
  if (!options.robot.empty()) {
    const std::vector<std::string_view> groups(options.groups.begin(),
                                               options.groups.end());
    const Status status =
        contract::Accept(*verified, {options.robot, groups}, {},
                         {.lower_bound_s = Now(), .synchronised = true});
    if (status != Status::kOk) return Refuse(outcome, status, options.file);
  }
  const Terms& terms = verified->terms();
  const std::string id = IdOf(*verified);
  const std::string key = std::string(verified->key_id().view());
  if (options.json) {
    PrintJson({{"file", options.file},
               {"good", true},
               {"contract", id},
               {"signed_by", key},
               {"epoch", terms.version.epoch},
               {"version", terms.version.number},
               {"not_after_s", terms.not_after_s}});
    return;
  }
  std::printf("%s: good; contract %s, version %u.%llu, signed by %s, valid %s to %s\n",
              options.file.c_str(), id.c_str(), terms.version.epoch,
              static_cast<unsigned long long>(terms.version.number), key.c_str(),
              sign::FormatDate(terms.not_before_s).c_str(),
              sign::FormatDate(terms.not_after_s).c_str());
}

void ShowTerms(const Terms& terms, const std::string& comment, const Options& options) {
  if (options.json) return PrintJson(ToJson(terms));
  std::printf("# %s\n%s", comment.c_str(), sign::WriteSource(terms).c_str());
}

bool IsBundle(const std::string& path) {
  const auto bytes = sign::ReadFile(path, contract::kMaxEnvelopeBytes);
  return bytes.ok() && contract::ParseEnvelope(*bytes).ok();
}

// A source is shown expanded. A bundle is shown verified with a keyring, and without one
// said to be unverified.
void Show(const Options& options, Outcome& outcome) {
  if (!options.keyring.empty()) {
    const auto verified = VerifyOrSay(options, outcome);
    if (!verified.ok()) return;
    return ShowTerms(verified->terms(), "contract " + IdOf(*verified) + ", verified",
                     options);
  }
  if (!IsBundle(options.file)) {
    const auto terms = ReadSourceOrSay(options.file, outcome);
    if (terms.ok()) ShowTerms(*terms, options.file + ", expanded", options);
    return;
  }
  const auto bundle = sign::ReadBundle(options.file);
  const auto parsed = contract::ParseEnvelope(*bundle);
  const auto terms = contract::DecodePayload(parsed->payload);
  if (!terms.ok()) return Refuse(outcome, terms.status(), options.file);
  ShowTerms(*terms, options.file + ", NOT VERIFIED: give --keyring", options);
}

CLI::App* Command(CLI::App& group, const char* name, const char* what,
                  const std::shared_ptr<Options>& options, Outcome& outcome,
                  void (*act)(const Options&, Outcome&)) {
  CLI::App* command = group.add_subcommand(name, what);
  command->callback([options, &outcome, act] { act(*options, outcome); });
  return command;
}

void AddMaking(CLI::App& group, const std::shared_ptr<Options>& o, Outcome& outcome) {
  CLI::App* fresh =
      Command(group, "new", "Print a first contract, to be edited", o, outcome, New);
  std::vector<std::string> names;
  for (const sign::Base& base : sign::Bases()) names.emplace_back(base.name);
  fresh->add_option("--base", o->base, "Shipped profile to inherit from")
      ->default_val("warehouse-60s")
      ->check(CLI::IsMember(names));
  fresh->add_option("--fleet", o->fleet, "Fleet, [a-z0-9-]")->default_val("my-fleet");
  fresh->add_option("--name", o->name, "Contract, [a-z0-9-]")->default_val("first");
  fresh->add_option("--robot", o->robots, "Robot it is for; may be repeated");
  fresh->add_option("--group", o->groups, "Group it is for; may be repeated");
  fresh->add_option("--gateway", o->gateway, "Where metrics go");
  fresh->add_option("-o,--output", o->out, "New file, instead of standard output");
  fresh->add_flag("--expanded", o->expanded, "Print every parameter, not the base");
  fresh->add_flag("--list", o->list, "Only list the shipped profiles");
  fresh->footer(
      "Examples:\n  torpor contract new --list\n"
      "  torpor contract new --base bench-10s --robot r-17 -o bench.toml");

  CLI::App* keygen = Command(group, "keygen", "Make a key pair: NAME.key and NAME.pub", o,
                             outcome, KeyGen);
  keygen->add_option("NAME", o->file, "Path without ending")->required();
  keygen->footer(
      "The private key is never printed and never overwritten.\n"
      "Example:\n  torpor contract keygen fleet-2026");

  CLI::App* sign =
      Command(group, "sign", "Lint a source and sign it", o, outcome, SignFile);
  sign->add_option("FILE", o->file, "Source (TOML)")->required();
  sign->add_option("-k,--key", o->key, "Private key")->required();
  sign->add_option("-o,--output", o->out, "New bundle")->required();
  sign->add_option(
      "--prev", o->previous,
      "What robots obey now: show the difference, refuse what they would not "
      "take");
  sign->footer(
      "What the lint refuses is not signed.\nExamples:\n"
      "  torpor contract sign night.toml --key fleet-2026.key -o night.dsse\n"
      "  torpor contract sign night.toml --prev old.dsse --key fleet-2026.key -o "
      "new.dsse");
}

void AddChecking(CLI::App& group, const std::shared_ptr<Options>& o, Outcome& outcome) {
  CLI::App* lint = Command(group, "lint", "Say whether a source can be kept, and why not",
                           o, outcome, LintFile);
  lint->add_option("FILE", o->file, "Source (TOML)")->required();
  lint->add_flag("--explain", o->explain, "Show timelines, batch and energy as tables");
  lint->add_flag("--json", o->json, "Findings for programs to read");
  lint->footer("Example:\n  torpor contract lint night.toml --explain");

  CLI::App* verify =
      Command(group, "verify", "Check a bundle as a robot would", o, outcome, VerifyFile);
  verify->add_option("BUNDLE", o->file, "Signed contract")->required();
  verify->add_option("--keyring", o->keyring, "Public keys: files or folders")
      ->required();
  verify->add_option("--robot", o->robot, "Also: is it for this robot, and valid now?");
  verify->add_option("--group", o->groups, "Group of that robot; may be repeated");
  verify->add_flag("--json", o->json, "Result for programs to read");
  verify->footer(
      "Example:\n  torpor contract verify night.dsse --keyring fleet-2026.pub");

  CLI::App* diff = Command(
      group, "diff", "Say what a new contract changes, and its energy", o, outcome, Diff);
  diff->add_option("BEFORE", o->previous, "Source, bundle or base that robots obey")
      ->required();
  diff->add_option("AFTER", o->file, "Source, bundle or base that shall follow")
      ->required();
  diff->add_flag("--json", o->json, "Differences for programs to read");
  diff->footer(
      "Signatures are not checked here. The energy is the contract's own model; the "
      "effect\n"
      "of one parameter alone need not close a timeline.\n"
      "Examples:\n"
      "  torpor contract diff night.dsse next.toml\n"
      "  torpor contract diff warehouse-60s night.dsse --json");

  CLI::App* show = Command(group, "show", "Print every parameter of a source or bundle",
                           o, outcome, Show);
  show->add_option("FILE", o->file, "Source (TOML) or bundle")->required();
  show->add_option("--keyring", o->keyring, "Verify the bundle with these first");
  show->add_flag("--json", o->json, "Parameters for programs to read");
  show->footer("Example:\n  torpor contract show night.dsse --keyring fleet-2026.pub");
}

}  // namespace

void AddContract(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* group =
      app.add_subcommand("contract", "Write, lint, sign, verify and show contracts");
  group->require_subcommand(1);
  group->footer(
      "A contract's way:\n"
      "  torpor contract keygen fleet\n"
      "  torpor contract new --robot r-17 -o night.toml\n"
      "  torpor contract lint night.toml --explain\n"
      "  torpor contract sign night.toml --key fleet.key -o night.dsse\n"
      "  torpor contract verify night.dsse --keyring fleet.pub --robot r-17");
  AddMaking(*group, options, outcome);
  AddChecking(*group, options, outcome);
}

}  // namespace torpor::cli
