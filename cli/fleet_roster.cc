// torpor fleet roster: tells a site's gateway which robots should be there, and forgets
// those that are retired.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/contract_commands.h"
#include "cli/fleet.h"
#include "cli/gateway_options.h"
#include "cli/say.h"
#include "contract/sign/files.h"
#include "contract/sign/problem_line.h"
#include "core/json_hosted.h"
#include "core/status_table.h"
#include "telemetry/push.h"
#include "telemetry/roster.h"

namespace torpor::cli {
namespace {

using nlohmann::ordered_json;
using telemetry::Roster;
using telemetry::RosterState;

// Of one request: a person or a timer's unit waits for it, no robot does.
constexpr Milliseconds kPatience{30'000};

struct Options {
  std::string file;
  GatewayOptions gateway;
  bool reap = false, dry_run = false, json = false, quiet = false;
};

// What was done, and what ended it.
struct Account {
  Roster roster;
  bool pushed = false;
  std::vector<std::string> reaped;  // robots whose groups no gateway has any more
  Status why = Status::kOk;
  std::vector<std::string> words;  // one for each thing that is wrong

  void End(Status status, std::string what) {
    why = status;
    words.push_back(std::move(what));
  }
};

bool ReadFile(const Options& options, Account& account) {
  const auto bytes = contract::sign::ReadFile(options.file, telemetry::kLongestRoster);
  if (!bytes.ok()) {
    account.End(bytes.status(), options.file);
    return false;
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()),
                              bytes->size());
  account.roster = telemetry::ReadRoster(text);
  for (const auto& problem : account.roster.problems) {
    account.End(Status::kRosterMalformed,
                contract::sign::ProblemLine(options.file, problem.line, problem.column,
                                            problem.what));
  }
  if (account.roster.more_problems > 0) {
    account.End(Status::kRosterMalformed,
                options.file + ": " + std::to_string(account.roster.more_problems) +
                    " lines more");
  }
  if (account.roster.ok()) return true;
  account.roster.robots.clear();  // what was read of them is no roster
  return false;
}

// "http://gateway: amr-3: no answer in time", or without the robot.
std::string Words(const telemetry::PushTarget& target,
                  const telemetry::PushResult& result) {
  std::string words = target.gateway;
  if (!target.robot.empty()) words += ": " + target.robot;
  if (result.http_status != 0) words += ": HTTP " + std::to_string(result.http_status);
  if (!result.detail.empty()) words += ": " + result.detail;
  return words;
}

bool Good(const telemetry::PushTarget& target, const telemetry::PushResult& result,
          Account& account) {
  if (result.status == Status::kOk) return true;
  account.End(result.status, Words(target, result));
  return false;
}

// The first gateway has the roster, and each may have a robot's group.
void Send(const Options& options, telemetry::PushTarget target, Account& account) {
  target.gateway = options.gateway.gateways.front();
  account.pushed = Good(
      target, telemetry::PushRoster(target, RosterPage(account.roster.robots), kPatience),
      account);
  if (!account.pushed || !options.reap) return;
  for (const auto& [id, state] : account.roster.robots) {
    if (state != RosterState::kRetired) continue;
    target.robot = id;
    for (const std::string& gateway : options.gateway.gateways) {
      target.gateway = gateway;
      if (!Good(target, telemetry::DeleteGroup(target, kPatience), account)) return;
    }
    account.reaped.push_back(id);
  }
}

Account Run(const Options& options) {
  Account account;
  if (!ReadFile(options, account)) return account;
  telemetry::PushTarget target;
  target.ca_file = options.gateway.ca;
  if (const auto trouble = ReadGatewayOptions(options.gateway, target.credentials)) {
    account.End(trouble->status, trouble->what);
    return account;
  }
  if (options.dry_run) {
    if (!options.reap) return account;
    for (const auto& [id, state] : account.roster.robots) {
      if (state == RosterState::kRetired) account.reaped.push_back(id);
    }
    return account;
  }
  Send(options, std::move(target), account);
  return account;
}

void PrintJsonOf(const Account& account, const Options& options) {
  ordered_json robots;
  for (const auto state :
       {RosterState::kActive, RosterState::kParked, RosterState::kRetired}) {
    robots[std::string(NameOf(state))] = account.roster.Count(state);
  }
  PrintJson({{"roster", options.file},
             {"gateways", options.gateway.gateways},
             {"robots", robots},
             {"dry_run", options.dry_run},
             {"pushed", account.pushed},
             {"reaped", account.reaped},
             {"reason", static_cast<int>(account.why)},
             {"name", std::string(Info(account.why).name)},
             {"said", account.words}});
}

void Print(const Account& account, const Options& options) {
  const bool would = options.dry_run && account.why == Status::kOk;
  const auto count = [&](RosterState state) { return account.roster.Count(state); };
  if (account.pushed || would) {
    const std::string where =
        options.gateway.gateways.empty() ? "" : " " + options.gateway.gateways.front();
    std::printf("%s%s: %zu active, %zu parked, %zu retired\n",
                would ? "would push to" : "pushed to", where.c_str(),
                count(RosterState::kActive), count(RosterState::kParked),
                count(RosterState::kRetired));
  }
  for (const std::string& robot : account.reaped) {
    std::printf("%s %s no group any more\n", robot.c_str(), would ? "would have" : "has");
  }
}

void Tell(const Account& account, const Options& options, Outcome& outcome) {
  if (options.json) {
    PrintJsonOf(account, options);
    outcome.exit_code = Info(account.why).exit_code;
    return;
  }
  if (!options.quiet) Print(account, options);
  std::fflush(stdout);
  for (const std::string& words : account.words) Refuse(outcome, account.why, words);
}

}  // namespace

void AddFleetRoster(const Command& fleet, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command =
      fleet.Add("roster", "Tell the site's gateway which robots should be there");
  command.Value("roster", options->file, "A line \"ROBOT STATE\" for each robot")
      .Required();
  AddGatewayOptions(command, options->gateway);
  command.Find("--gateway").Required();
  command.Flag("--reap", options->reap,
               "Delete the groups of robots that are retired, and no others");
  command.Flag("--dry-run", options->dry_run, "Look at everything, send nothing");
  command.Flag("--json", options->json, "One object for programs to read");
  command.Flag("-q,--quiet", options->quiet, "Say what is wrong, and nothing else");
  command.Footer(
      "A roster:\n"
      "  amr-17  active     # is to report, or TorporRobotMissing fires\n"
      "  amr-18  parked     # may be silent, and comes back\n"
      "  amr-03  retired    # is gone for good\n"
      "It replaces the one that was pushed before. With several gateways (--gateway "
      "again)\n"
      "the first has the roster, and --reap deletes from each.\n"
      "Examples:\n"
      "  torpor fleet roster hall-3.roster --gateway http://gateway.example:9091\n"
      "  torpor fleet roster hall-3.roster --gateway http://gateway.example:9091 --reap\n"
      "  torpor fleet roster hall-3.roster --gateway https://gateway.example \\\n"
      "      --gateway-ca site-ca.pem --gateway-user site --gateway-password "
      "site.password\n"
      "  torpor fleet roster hall-3.roster --gateway http://gateway.example:9091 --reap "
      "--dry-run\n"
      "docs/roster.md says what the alerts make of it, and how to keep it pushed.");
  command.Run([options, &outcome] { Tell(Run(*options), *options, outcome); });
}

}  // namespace torpor::cli
