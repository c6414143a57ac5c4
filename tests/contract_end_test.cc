// A contract ends while the robot works, and a newer one takes over from one that has
// ended: the real programs in compressed time.
#include <chrono>

#include "simulate/broker.h"
#include "simulate/night.h"
#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::int64_t kSigned = 1'793'491'200;  // 2026-11-01
constexpr std::int64_t kEnd = 1'796'083'200;     // 2026-12-01, 0 o'clock

class ContractEnd : public BenchRobot {
 protected:
  ContractEnd() : rig_(MakeBench()) {}

  simulate::Rig MakeBench() {
    simulate::RigOptions options;
    options.base = "bench-10s";
    options.not_after = "2026-12-01";
    options.model = "none";
    options.tables = {"[life]", "lease_cycles = 259200"};
    simulate::Rig rig = MakeRig(options);
    fs::copy(TORPOR_BENCH_BASELINE, folder_ / "fleet.baseline");
    Must(rig.Provision());
    return rig;
  }

  // How torpord ends when it starts at this Unix time and may live so long.
  int Live(std::int64_t begins, Microseconds life) {
    for (const char* words : {"robot.log", "robot.err"}) fs::remove(folder_ / words);
    simulate::BrokerOptions options;
    options.path = folder_ / "broker.sock";
    options.link_baud = simulate::TermsOf(rig_.bundle())->link_baud;
    options.wall_base_us = begins * 1'000'000;
    auto broker = simulate::Broker::Listen(options);
    EXPECT_TRUE(broker.ok());
    auto firmware = rig_.StartFirmware({"--link", "broker:" + options.path},
                                       {"--simulate-bearing", "3", "--fault", "none"});
    auto robot = rig_.StartRobot({"--broker", options.path}, {"--lines", "json"},
                                 {folder_ / "robot.log", folder_ / "robot.err"});
    EXPECT_TRUE(firmware.ok() && robot.ok());
    (*broker)->Run(Instant(life));
    firmware->Wait();
    return robot->Wait();
  }
  [[nodiscard]] std::vector<json> Lines() const {
    std::vector<json> lines;
    std::ifstream log(folder_ / "robot.log");
    for (std::string line; std::getline(log, line);) lines.push_back(json::parse(line));
    return lines;
  }

  simulate::Rig rig_;
};

TEST_F(ContractEnd, IsObeyedToTheEndAndThenRefusedForGood) {
  EXPECT_EQ(Live(kEnd - 5400, 3h), 78);
  const json refusal = Refusal();
  EXPECT_EQ(refusal["name"], "expired") << refusal;
  EXPECT_EQ(refusal["theirs"], std::to_string(kEnd)) << refusal;
  EXPECT_EQ(Contents(folder_ / "robot.err").find('\n'),
            Contents(folder_ / "robot.err").size() - 1)
      << "one line";
  const auto lines = Lines();
  ASSERT_GE(lines.size(), 530U);
  for (std::size_t i = 2; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i]["inferred"], i + 1 < lines.size()) << lines[i];
  }
  EXPECT_EQ(lines.back()["why"], "expired");
  EXPECT_NEAR(lines.back()["woke_seconds"].get<double>(), 5400, 11);
  const auto journal = telemetry::JournalReader::Open(rig_.state() / "journal.sqlite");
  ASSERT_TRUE(journal.ok());
  const auto cycles = journal->Cycles(0, 10'000);
  ASSERT_TRUE(cycles.ok());
  EXPECT_EQ(cycles->size(), lines.size()) << "the last verdict is journalled, too";
  EXPECT_EQ(cycles->back().why_abstained, Status::kExpired);
  const auto pages = gateway_.pages();
  ASSERT_GE(pages.size(), 3U);
  EXPECT_NE(pages.back().body.find("torpor_refused{reason=\"expired\"} 1"),
            std::string::npos);
  EXPECT_NE(pages[pages.size() - 3].body.find("torpor_contract_remaining_seconds "),
            std::string::npos);

  // A clock that is a year behind does not bring it back.
  EXPECT_EQ(Live(kEnd - 365 * 86'400, 10min), 78);
  EXPECT_EQ(Refusal()["name"], "expired");
  EXPECT_TRUE(Lines().empty());
}

TEST_F(ContractEnd, OneThatHasEndedHandsOverToANewerOneAndNothingIsInferredMeanwhile) {
  std::string source = Contents(folder_ / "contract.toml");
  for (const auto& [from, to] :
       {std::pair("version = 1", "version = 2"), std::pair("2026-12-01", "2027-10-31")}) {
    source.replace(source.find(from), std::string(from).size(), to);
  }
  std::ofstream(folder_ / "next.toml") << source;
  const std::string torpor = Programs() / "torpor";
  Must(rig_.Do({torpor, "contract", "sign", folder_ / "next.toml", "--key",
                folder_ / "fleet.key", "-o", rig_.bundle("next")}));
  EXPECT_EQ(Live(kEnd + 600, 10min), 78) << "nobody has staged it";
  fs::create_directories(rig_.state());
  Must(rig_.Do({torpor, "contract", "stage", rig_.bundle("next"), "--keyring",
                folder_ / "fleet.pub", "--state", rig_.state()}));
  EXPECT_EQ(Live(kEnd + 600, 30min), 0) << Contents(folder_ / "robot.err");
  EXPECT_EQ(Contents(folder_ / "robot.err"), "");
  // Of a clock that was seen for half an hour nothing is remembered yet: only that the
  // contract was signed before, and how long the robot was up.
  const json remembered = json::parse(Contents(rig_.state() / "remembered.json"));
  EXPECT_NEAR(remembered["trusted_time_s"].get<double>(), kSigned + 1800, 20);
  const auto lines = Lines();
  ASSERT_GE(lines.size(), 170U);
  const std::string next = lines.back()["contract"];
  ASSERT_NE(lines.front()["contract"], next);
  std::size_t inferred = 0;
  for (const json& line : lines) {
    if (line["contract"] == next) {
      inferred += line["inferred"] ? 1U : 0U;
      continue;
    }
    EXPECT_FALSE(line["inferred"]) << line;
    EXPECT_EQ(line["deviations"][0]["name"], "expired") << line;
  }
  EXPECT_GE(inferred, 165U);
}

}  // namespace
}  // namespace torpor::tests
