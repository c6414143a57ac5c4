// torpor contract lint, verify, diff, show: what only looks.
#include <cstdio>

#include "cli/contract_commands.h"
#include "cli/contract_diff.h"
#include "cli/contract_json.h"
#include "cli/say.h"
#include "cli/tables.h"
#include "cli/terms_of.h"
#include "contract/accept.h"
#include "contract/envelope.h"
#include "contract/lint.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/sign/source.h"
#include "core/status_table.h"
#include "power/suspend_bounds.h"

namespace torpor::cli {
namespace {

using contract::Findings;
using contract::Terms;
using nlohmann::ordered_json;
using Options = ContractOptions;
namespace sign = contract::sign;

// What no lint of a contract can know: the robot's computer must do its part.
std::string NoteOnSleep(const Terms& terms) {
  if (terms.sleep_mode != contract::SleepMode::kSuspend) return {};
  const auto wake = std::to_string(terms.wake.count()) + " ms";
  if (terms.computer_sleep < 2 * terms.wake + power::kShortestSuspend) {
    return "note: sleep.mode is suspend, but computer.sleep is too short for an alarm: "
           "robots will sleep idle\n";
  }
  return "note: sleep.mode is suspend: a resume may take computer.wake, " + wake +
         "; each robot refuses if its computer lacks what docs/suspend.md lists\n";
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
    std::fputs(NoteOnSleep(*terms).c_str(), stdout);
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

}  // namespace

void AddContractChecking(const Command& group, const std::shared_ptr<ContractOptions>& o,
                         Outcome& outcome) {
  const Command lint =
      ContractCommand(group, "lint", "Say whether a source can be kept, and why not", o,
                      outcome, LintFile);
  lint.Value("FILE", o->file, "Source (TOML)").Required();
  lint.Flag("--explain", o->explain, "Show timelines, batch and energy as tables");
  lint.Flag("--json", o->json, "Findings for programs to read");
  lint.Footer("Example:\n  torpor contract lint night.toml --explain");

  const Command verify = ContractCommand(
      group, "verify", "Check a bundle as a robot would", o, outcome, VerifyFile);
  verify.Value("BUNDLE", o->file, "Signed contract").Required();
  verify
      .Value("--keyring", o->keyring,
             "Keyring documents or public keys, or folders of them")
      .Required();
  verify.Value("--robot", o->robot, "Also: is it for this robot, and valid now?");
  verify.Value("--group", o->groups, "Group of that robot; may be repeated");
  verify.Flag("--json", o->json, "Result for programs to read");
  verify.Footer("Example:\n  torpor contract verify night.dsse --keyring fleet-2026.pub");

  const Command diff = ContractCommand(
      group, "diff", "Say what a new contract changes, and its energy", o, outcome, Diff);
  diff.Value("BEFORE", o->previous, "Source, bundle or base that robots obey").Required();
  diff.Value("AFTER", o->file, "Source, bundle or base that shall follow").Required();
  diff.Flag("--json", o->json, "Differences for programs to read");
  diff.Footer(
      "Signatures are not checked here. The energy is the contract's own model; the "
      "effect\n"
      "of one parameter alone need not close a timeline.\n"
      "Examples:\n"
      "  torpor contract diff night.dsse next.toml\n"
      "  torpor contract diff warehouse-60s night.dsse --json");

  const Command show = ContractCommand(
      group, "show", "Print every parameter of a source or bundle", o, outcome, Show);
  show.Value("FILE", o->file, "Source (TOML) or bundle").Required();
  show.Value("--keyring", o->keyring, "Verify the bundle with these first");
  show.Flag("--json", o->json, "Parameters for programs to read");
  show.Footer("Example:\n  torpor contract show night.dsse --keyring fleet-2026.pub");
}

}  // namespace torpor::cli
