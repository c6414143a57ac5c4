#include "simulate/rig.h"

#include <fstream>
#include <iterator>
#include <system_error>

namespace torpor::simulate {
namespace {

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// The rig's contract as its owner would write it: a base and what differs from it.
std::string Source(const RigOptions& options, const std::vector<std::string>& keys,
                   const std::vector<std::string>& tables) {
  std::string text = "base = " + Quoted(options.base) +
                     "\nfleet = \"demo\"\nname = \"night\"\nversion = 1\nissued_at = " +
                     options.not_before + "\nnot_before = " + options.not_before +
                     "\nnot_after = " + options.not_after + "\ntargets = [" +
                     Quoted("robot:" + options.robot) + "]\nprofile = \"bench\"\n";
  for (const auto& lines : {options.keys, keys}) {
    for (const std::string& line : lines) text += line + "\n";
  }
  text += "\n[telemetry]\ngateway = " + Quoted(options.gateway) + "\n";
  for (const auto& lines : {options.tables, tables}) {
    for (const std::string& line : lines) text += line + "\n";
  }
  return text;
}

std::string LastWords(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

std::string Joined(const std::vector<std::string>& argv) {
  std::string text = std::filesystem::path(argv.front()).filename();
  for (std::size_t i = 1; i < argv.size(); ++i) text += " " + argv[i];
  return text;
}

template <class... Lists>
std::vector<std::string> Concat(std::vector<std::string> all, const Lists&... lists) {
  (all.insert(all.end(), lists.begin(), lists.end()), ...);
  return all;
}

}  // namespace

Attempt<Rig> Rig::Make(RigOptions options, OnStep on_step) {
  std::error_code error;
  if (options.model.empty())
    options.model = options.programs / "../share/torpor/torpor.model";
  for (const char* side : {"robot", "mcu"}) {
    std::filesystem::create_directories(options.folder / side, error);
  }
  if (error)
    return Refusal{Status::kIo, options.folder.string() + " cannot be made", {}, {}};
  Rig rig(std::move(options), on_step);
  const std::string torpor = rig.Program("torpor");
  const std::vector<std::vector<std::string>> steps = {
      {torpor, "contract", "keygen", rig.Path("fleet")},
      {torpor, "pair", "--robot", rig.Path("robot"), "--firmware", rig.Path("mcu")},
  };
  for (const auto& step : steps) {
    if (RigStatus status = rig.Do(step); !status.ok()) return status.refusal();
  }
  if (RigStatus status = rig.SignAnother("contract", {}, {}); !status.ok()) {
    return status.refusal();
  }
  return rig;
}

RigStatus Rig::Do(const std::vector<std::string>& argv) {
  const std::string shown = Joined(argv);
  if (on_step_ != nullptr) on_step_(shown);
  const std::filesystem::path log = Path("run.log");
  auto child = Child::Start(argv, {log, log});
  if (!child.ok())
    return Refusal{child.status(), argv.front() + " cannot be started", {}, {}};
  const int code = child->Wait();
  if (code == 0) return 0;
  return Refusal{Status::kInternal, shown + ": " + LastWords(log), "0",
                 std::to_string(code)};
}

RigStatus Rig::SignAnother(const std::string& name, const std::vector<std::string>& keys,
                           const std::vector<std::string>& tables) {
  const std::filesystem::path source = Path(name + ".toml");
  std::ofstream(source) << Source(options_, keys, tables);
  const std::string torpor = Program("torpor");
  if (RigStatus status = Do({torpor, "contract", "lint", source}); !status.ok())
    return status;
  return Do({torpor, "contract", "sign", source, "--key", Path("fleet.key"), "-o",
             bundle(name)});
}

RigStatus Rig::FitBaseline(const std::vector<std::string>& source) {
  return Do(Concat({Program("torpor"), "baseline", "fit", "--contract", bundle(),
                    "--model", options_.model},
                   source, std::vector<std::string>{"-o", Path("fleet.baseline")}));
}

RigStatus Rig::Provision(const std::string& contract) {
  return Do({Program(options_.firmware.c_str()), "--flash", flash(), "--provision",
             "--bundle", bundle(contract), "--keyring", Path(keyring_), "--pairing",
             Path("mcu/pairing.key"), "--robot-id", options_.robot});
}

Result<Child> Rig::StartFirmware(const std::vector<std::string>& link,
                                 const std::vector<std::string>& sensor) {
  std::vector<std::string> words;
  if (options_.firmware == kFirmwareQemu) words = {"--tell", "stack"};
  return Child::Start(Concat({Program(options_.firmware.c_str()), "--flash", flash()},
                             link, sensor, words),
                      {firmware_log(), firmware_log()});
}

std::vector<std::string> Rig::RobotCommand(const std::vector<std::string>& link,
                                           const std::vector<std::string>& more) const {
  return Concat(
      {Program("torpord"), "--robot-id", options_.robot, "--contract", bundle(),
       "--keyring", Path(keyring_), "--pairing", Path("robot/pairing.key"), "--baseline",
       Path("fleet.baseline"), "--model", options_.model, "--state", state()},
      link, more);
}

Result<Child> Rig::StartRobot(const std::vector<std::string>& link,
                              const std::vector<std::string>& more,
                              const ChildOutput& output) {
  return Child::Start(RobotCommand(link, more), output);
}

}  // namespace torpor::simulate
