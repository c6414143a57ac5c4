#include "simulate/incident.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "cycle/phase.h"
#include "simulate/broker.h"
#include "simulate/gateway.h"
#include "simulate/night.h"
#include "simulate/pretended_layout.h"
#include "simulate/pretended_machine.h"
#include "simulate/run_folder.h"
#include "telemetry/journal_reader.h"

namespace torpor::simulate {
namespace {

namespace fs = std::filesystem;

// The network is asked once the machine is known: twenty cycles, where a robot in service
// takes four hours.
const std::vector<std::string> kShortCommissioning = {"[detection]",
                                                      "commissioning_cycles = 20"};
constexpr int kPeriods = 33;  // of a run
constexpr int kFlooded = 5;   // of them without a link
// In the middle of a sleep, some cycles after that.
constexpr int kHalvesBefore = 51;

// 40 s more of everything that says how long a cycle is; what else must follow for the
// contract to be kept: a budget for the longer sleep, and a lease within its dates.
const std::vector<std::string> kLongerKeys = {"period = \"100 s\""};
const std::vector<std::string> kLongerTables = {
    "[mcu]",    "sleep = \"94500 ms\"", "[computer]", "sleep = \"95 s\"",
    "[energy]", "budget = \"280 J\"",   "[life]",     "lease_cycles = 300000"};

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Tells the driver where its machine is, for as long as this lives.
class DriverTold {
 public:
  explicit DriverTold(const fs::path& root) {
    ::setenv(pretended::kRootVariable, root.c_str(), 1);
  }
  ~DriverTold() { ::unsetenv(pretended::kRootVariable); }
  DriverTold(const DriverTold&) = delete;
  DriverTold& operator=(const DriverTold&) = delete;
};

MachineFault FaultOf(Incident what) {
  switch (what) {
    case Incident::kSessionHangs:
      return MachineFault::kSessionHangs;
    case Incident::kSessionLeftOpen:
      return MachineFault::kSessionLeftOpen;
    case Incident::kClocksPinned:
      return MachineFault::kClocksPinned;
    case Incident::kCpuSpun:
      return MachineFault::kCpuSpun;
    default:
      return MachineFault::kNone;
  }
}

Attempt<Rig> MakeRig(const IncidentOptions& options, const std::string& gateway,
                     Rig::OnStep on_step) {
  RigOptions wanted;
  wanted.folder = options.folder;
  wanted.programs = options.programs;
  wanted.base = "warehouse-60s";
  wanted.gateway = gateway;
  wanted.tables = kShortCommissioning;
  auto rig = Rig::Make(std::move(wanted), on_step);
  if (!rig.ok()) return rig;
  const bool disagrees = options.what == Incident::kDisagrees;
  RigStatus status = rig->FitBaseline({"--quiet", "--simulated", "3"});
  if (status.ok() && disagrees) {
    status = rig->SignAnother("other", kLongerKeys, kLongerTables);
  }
  if (status.ok()) status = rig->Provision(disagrees ? "other" : "contract");
  if (!status.ok()) return status.refusal();
  return rig;
}

// Runs both programs; the evidence is what they leave.
Attempt<int> Run(Rig& rig, PretendedMachine& machine, IncidentEvidence& evidence) {
  const Microseconds period = evidence.terms.period;
  const Microseconds shift = cycle::PhaseOf(evidence.terms, rig.options().robot);
  const Instant from(kHalvesBefore * period / 2 + shift);
  BrokerOptions timing;
  timing.path = rig.Path("broker.sock");
  timing.link_baud = evidence.terms.link_baud;
  timing.wall_base_us = kRunBegins;
  timing.before_wake = [&machine](Role role, Instant now) {
    if (role == Role::kComputer) machine.Advance(now);
  };
  timing.on_waited = [&evidence](const Waited& waited) {
    if (waited.why != Wake::kStopped) evidence.last_waking = waited.until;
  };
  if (evidence.what == Incident::kQueueFlooded) {
    evidence.began = from;
    evidence.ended = from + kFlooded * period;
    timing.outages.push_back({from, evidence.ended, Outage::Seen::kAsSilence});
  }
  machine.Begin(FaultOf(evidence.what), from);
  auto broker = Broker::Listen(timing);
  if (!broker.ok()) return Why(broker.status(), timing.path);

  const DriverTold driver(machine.root());
  const std::vector<std::string> bearing = {"--simulate-bearing", "1", "--fault", "none"};
  auto firmware = rig.StartFirmware({"--link", "broker:" + timing.path}, bearing);
  if (!firmware.ok()) return Why(firmware.status(), "torpor-firmware cannot be started");
  auto robot = rig.StartRobot({"--broker", timing.path},
                              {"--system-root", machine.root(), "--backend", "pretended"},
                              {rig.Path("robot.log"), rig.Path("robot.err")});
  if (!robot.ok()) return Why(robot.status(), "torpord cannot be started");

  const BrokerOutcome outcome = (*broker)->Run(Instant(kPeriods * period));
  evidence.robot_exit = robot->Wait();
  evidence.firmware_exit = firmware->Wait();
  machine.Advance(outcome.at);  // what was done since the last waking
  if (outcome.why == BrokerOutcome::Why::kStalled) {
    return Why(Status::kLinkTimeout, "a process hung");
  }
  return 0;
}

Attempt<int> ReadBack(const Rig& rig, const FaultGateway& gateway,
                      IncidentEvidence& evidence) {
  evidence.lines = Contents(rig.Path("robot.log"));
  evidence.robot_words = Contents(rig.Path("robot.err"));
  evidence.firmware_words = Contents(rig.firmware_log());
  for (const PushedPage& page : gateway.pages()) evidence.pages.push_back(page.body);
  const fs::path path = rig.state() / "journal.sqlite";
  if (!fs::exists(path)) return 0;  // it never came to a cycle
  const auto journal = telemetry::JournalReader::Open(path);
  if (!journal.ok()) return Why(journal.status(), path.string());
  auto cycles = journal->Cycles(0, 1000);
  if (!cycles.ok()) return Why(cycles.status(), path.string());
  evidence.cycles = *std::move(cycles);
  return 0;
}

}  // namespace

Attempt<IncidentAccount> PlayIncident(const IncidentOptions& options,
                                      Rig::OnStep on_step) {
  const FaultGateway gateway;  // a good one
  if (!gateway.ok()) return Why(Status::kOs, "no free port on loopback");
  if (auto made = MakeRunFolder(options.folder); !made.ok()) return made.refusal();
  auto rig = MakeRig(options, gateway.address(), on_step);
  if (!rig.ok()) return rig.refusal();
  auto machine = PretendedMachine::Make(fs::absolute(options.folder) / "machine");
  if (!machine.ok()) return machine.refusal();

  IncidentEvidence evidence;
  evidence.what = options.what;
  const auto terms = TermsOf(rig->bundle());
  if (!terms.ok()) return terms.refusal();
  evidence.terms = *terms;
  if (auto ran = Run(*rig, **machine, evidence); !ran.ok()) return ran.refusal();
  if (const auto began = (*machine)->fault_began()) evidence.began = began;
  evidence.jobs = (*machine)->jobs();
  if (auto read = ReadBack(*rig, gateway, evidence); !read.ok()) return read.refusal();
  return Judge(evidence);
}

}  // namespace torpor::simulate
