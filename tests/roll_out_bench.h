// A robot that works in real time, and people who give it contracts and keys meanwhile
// through the torpor command.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/json_hosted.h"
#include "simulate/child.h"
#include "tests/bench_robot.h"

namespace torpor::tests {

class RollOutBench : public BenchRobot {
 protected:
  explicit RollOutBench(const char* firmware = simulate::kFirmwareHost)
      : rig_(MakeFastRig(firmware)) {}

  void StartFirmware() {
    std::filesystem::remove(Link());
    auto started = rig_.StartFirmware({"--link", "socket:" + Link()},
                                      {"--simulate-bearing", "1", "--fault", "none"});
    ASSERT_TRUE(started.ok());
    firmware_.emplace(std::move(*started));
    for (int i = 0; i < 200 && !std::filesystem::exists(Link()); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void StartRobot() {
    auto started = rig_.StartRobot({"--link", Link()}, {"--lines", "json"},
                                   {folder_ / "robot.log", folder_ / "robot.err"});
    ASSERT_TRUE(started.ok());
    robot_.emplace(std::move(*started));
  }
  static void End(std::optional<simulate::Child>& child, int signal = SIGTERM) {
    child->Ask(signal);
    child->Wait();
    child.reset();
  }
  [[nodiscard]] std::string Link() const { return folder_ / "mcu.sock"; }

  // The rig's contract with other words in it, signed as NAME.dsse.
  void Sign(const std::string& name,
            const std::vector<std::pair<std::string, std::string>>& changes) {
    std::string source = Contents(folder_ / "contract.toml");
    for (const auto& [from, to] : changes) {
      const auto at = source.find(from);
      ASSERT_NE(at, std::string::npos) << from << " in " << source;
      source.replace(at, from.size(), to);
    }
    std::ofstream(folder_ / (name + ".toml")) << source;
    ASSERT_EQ(Torpor({"contract", "sign", folder_ / (name + ".toml"), "--key",
                      folder_ / "fleet.key", "-o", rig_.bundle(name)}),
              0)
        << Contents(folder_ / "torpor.log");
  }
  int Torpor(std::vector<std::string> words) {
    words.insert(words.begin(), Programs() / "torpor");
    std::filesystem::remove(folder_ / "torpor.out");
    std::filesystem::remove(folder_ / "torpor.log");
    auto child =
        simulate::Child::Start(words, {folder_ / "torpor.out", folder_ / "torpor.log"});
    EXPECT_TRUE(child.ok());
    return child->Wait();
  }
  int Stage(const std::string& name) {
    return Torpor({"contract", "stage", rig_.bundle(name), "--keyring",
                   folder_ / "fleet.pub", "--state", rig_.state()});
  }
  nlohmann::json Report() {
    (void)Torpor({"status", "--state", rig_.state(), "--json"});
    return nlohmann::json::parse(Contents(folder_ / "torpor.out"), nullptr, false);
  }
  // True once `holds` is, within some twenty periods.
  bool Until(const std::function<bool(const nlohmann::json&)>& holds) {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(40);
         std::chrono::steady_clock::now() < end;) {
      last_ = Report();
      if (last_.is_object() && last_["active"].is_object() && holds(last_)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }
  bool UntilObeyed(int version) {
    return Until([&](const nlohmann::json& report) {
      return report["active"]["version"] == version && report["on_trial"] == false &&
             report["floor"]["version"] == version;
    });
  }
  // The short contract ids of the cycles that inferred, in order.
  [[nodiscard]] std::vector<std::string> Inferred() const {
    std::vector<std::string> ids;
    std::ifstream log(folder_ / "robot.log");
    for (std::string line; std::getline(log, line);) {
      const nlohmann::json cycle = nlohmann::json::parse(line, nullptr, false);
      if (cycle.is_object() && cycle.value("inferred", false)) {
        ids.push_back(cycle.value("contract", ""));
      }
    }
    return ids;
  }

  simulate::Rig rig_;
  std::optional<simulate::Child> firmware_, robot_;
  nlohmann::json last_;
};

}  // namespace torpor::tests
