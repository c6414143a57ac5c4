// torpor fleet roster, against a gateway that misbehaves and against a real one.
#include <filesystem>
#include <thread>
#include <vector>

#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "simulate/gateway.h"
#include "simulate/test_tls_front.h"
#include "telemetry/push.h"
#include "telemetry/test_daemon.h"

namespace torpor::cli {
namespace {

using simulate::FaultGateway;
using simulate::GatewayFault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Milliseconds kAmple{20'000};

// "METHOD path" of each request that a gateway took.
std::vector<std::string> Requests(const FaultGateway& gateway) {
  std::vector<std::string> requests;
  for (const auto& page : gateway.pages())
    requests.push_back(page.method + " " + page.path);
  return requests;
}

class FleetRoster : public Command {
 protected:
  FleetRoster() {
    Write("hall.roster",
          "amr-17 active\namr-18 parked\namr-03 retired  # sold\namr-04 retired\n");
  }
  [[nodiscard]] std::string To(const std::string& address) const {
    return "fleet roster hall.roster --gateway " + address;
  }

  FaultGateway gateway_;
};

TEST_F(FleetRoster, PushesTheWholeRosterAsAGroupOfItsOwn) {
  const Ran ran = Torpor(To(gateway_.address() + "/behind/a/path/"));
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr(": 1 active, 1 parked, 2 retired\n"));
  EXPECT_THAT(Requests(gateway_),
              ElementsAre("PUT /behind/a/path/metrics/job/torpor-roster"));
  const std::string page = gateway_.pages().front().body;
  EXPECT_THAT(page,
              HasSubstr("torpor_roster_info{instance=\"amr-17\",state=\"active\"} 1\n"));
  EXPECT_THAT(page,
              HasSubstr("torpor_roster_info{instance=\"amr-18\",state=\"parked\"} 1\n"));
  EXPECT_THAT(page,
              HasSubstr("torpor_roster_info{instance=\"amr-03\",state=\"retired\"} 1\n"));
}

TEST_F(FleetRoster, ReapsRobotsThatAreRetiredAndNoOthers) {
  const Ran ran = Torpor(To(gateway_.address()) + " --reap");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(
      ran.out,
      HasSubstr("\namr-03 has no group any more\namr-04 has no group any more\n"));
  EXPECT_THAT(Requests(gateway_),
              ElementsAre("PUT /metrics/job/torpor-roster",
                          "DELETE /metrics/job/torpor/instance/amr-03",
                          "DELETE /metrics/job/torpor/instance/amr-04"));
}

TEST_F(FleetRoster, OfSeveralGatewaysTheFirstHasTheRosterAndEachMayHaveARobot) {
  const FaultGateway second;
  Good(To(gateway_.address()) + " --reap -q --gateway " + second.address());
  EXPECT_EQ(Requests(gateway_).size(), 3U);
  EXPECT_THAT(Requests(second),
              ElementsAre("DELETE /metrics/job/torpor/instance/amr-03",
                          "DELETE /metrics/job/torpor/instance/amr-04"));
}

TEST_F(FleetRoster, MayBeNamedBehindItsGateway) {
  Good("fleet roster --reap --gateway " + gateway_.address() + " hall.roster");
  EXPECT_EQ(gateway_.pushes(), 3U);
}

TEST_F(FleetRoster, ADryRunSendsNothing) {
  const Ran ran = Torpor(To(gateway_.address()) + " --reap --dry-run");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "would push to " + gateway_.address() +
                         ": 1 active, 1 parked, 2 retired\n"
                         "amr-03 would have no group any more\n"
                         "amr-04 would have no group any more\n");
  EXPECT_EQ(gateway_.connections(), 0U);
}

TEST_F(FleetRoster, QuietlySaysNothingWhenAllIsWell) {
  EXPECT_EQ(Torpor(To(gateway_.address()) + " --reap -q").out, "");
  EXPECT_EQ(gateway_.pushes(), 3U);
}

TEST_F(FleetRoster, SaysTheSameForPrograms) {
  const Ran ran = Torpor(To(gateway_.address()) + " --reap --json");
  EXPECT_EQ(ran.exit_code, 0);
  const auto said = nlohmann::json::parse(ran.out);
  EXPECT_EQ(said["robots"]["active"], 1);
  EXPECT_EQ(said["robots"]["retired"], 2);
  EXPECT_EQ(said["pushed"], true);
  EXPECT_THAT(said["reaped"], ElementsAre("amr-03", "amr-04"));
  EXPECT_EQ(said["reason"], 0);
  gateway_.set_fault(GatewayFault::kReject);
  const Ran refused = Torpor(To(gateway_.address()) + " --reap --json");
  EXPECT_EQ(refused.exit_code, 69);
  const auto why = nlohmann::json::parse(refused.out);
  EXPECT_EQ(why["name"], "gateway-rejected");
  EXPECT_EQ(why["pushed"], false);
  EXPECT_THAT(why["said"].at(0).get<std::string>(), HasSubstr("HTTP 400"));
}

TEST_F(FleetRoster, RefusesEachBadLineByItsNumberAndSendsNothing) {
  Write("hall.roster", "amr-17 active\namr-18 praked\namr-17 parked\namr-19 retired\n");
  const Ran ran = Torpor(To(gateway_.address()) + " --reap");
  EXPECT_EQ(ran.exit_code, 65);
  EXPECT_THAT(ran.out, HasSubstr("roster-malformed (606)"));
  EXPECT_THAT(ran.out, HasSubstr("hall.roster:2:8: 'praked' is no state"));
  EXPECT_THAT(ran.out, HasSubstr("hall.roster:3:1: 'amr-17' is in line 1 already"));
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 2);
  const auto said =
      nlohmann::json::parse(Torpor(To(gateway_.address()) + " --reap --json").out);
  EXPECT_EQ(said["reason"], 606);
  EXPECT_EQ(said["said"].size(), 2U);
  EXPECT_EQ(said["robots"]["active"], 0);
  EXPECT_EQ(gateway_.connections(), 0U);
}

TEST_F(FleetRoster, RefusesHostileFilesAndAddresses) {
  Write("huge", std::string(3 << 20, '#'));
  Write("escape", "\x1b[31mred active\n");
  const std::string to = " --gateway " + gateway_.address();
  Refused("fleet roster huge" + to, 65, "file-too-large");
  Refused("fleet roster none" + to, 66, "none");
  Refused("fleet roster ." + to, 74, ".");
  Refused("fleet roster escape" + to, 65,
          "escape:1:1: a character that is not printable");
  EXPECT_THAT(Torpor("fleet roster escape" + to).out, Not(HasSubstr("\x1b")));
  Refused("fleet roster hall.roster", 64, "--gateway");
  for (const char* gateway :
       {"ftp://g", "http://user@g", "http://g?a=b", "g:9091", "''"}) {
    Refused(To(gateway), 78, "address-refused");
    // Nor is anything sent to those before it.
    Refused(To(gateway_.address()) + " --gateway " + gateway, 78, "address-refused");
  }
  EXPECT_EQ(gateway_.connections(), 0U);
}

TEST_F(FleetRoster, StopsWhereAGatewayFailsAndSaysHowFarItCame) {
  for (const auto fault : {GatewayFault::kReset, GatewayFault::kReject,
                           GatewayFault::kRubbish, GatewayFault::kMoved}) {
    gateway_.set_fault(fault);
    const Ran ran = Torpor(To(gateway_.address()) + " --reap");
    EXPECT_EQ(ran.exit_code, 69);
    EXPECT_THAT(ran.out, HasSubstr(gateway_.address()));
    EXPECT_THAT(ran.out, Not(HasSubstr("pushed to")));
    EXPECT_THAT(ran.out, Not(HasSubstr("no group any more")));
  }
  // Who did not take the roster is not asked to forget anybody.
  gateway_.set_fault(GatewayFault::kNone);
  gateway_.set_refused_word("torpor_roster_info");
  EXPECT_EQ(Torpor(To(gateway_.address()) + " --reap").exit_code, 69);
  EXPECT_EQ(gateway_.pushes(), 0U);
  gateway_.set_refused_word("");
  // The roster is there, and amr-03 gone from the first gateway alone.
  const FaultGateway second(GatewayFault::kBroken);
  const Ran ran =
      Torpor(To(gateway_.address()) + " --reap --gateway " + second.address());
  EXPECT_EQ(ran.exit_code, 69);
  EXPECT_THAT(ran.out, HasSubstr("pushed to"));
  EXPECT_THAT(ran.out, HasSubstr(second.address() + ": amr-03: HTTP 500"));
  EXPECT_THAT(ran.out, Not(HasSubstr("no group any more")));
}

TEST_F(FleetRoster, ProvesItselfOverTlsAloneWithSecretsFromFiles) {
  const simulate::TlsFront front(gateway_);
  const auto& authority = front.authority();
  Write("site.token", "t0ken-of-site\n");
  Write("site.password", "passw0rd\n");
  const auto own =
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(folder_ / "site.token", own);
  std::filesystem::permissions(folder_ / "site.password", own);
  const std::string certificate = " --gateway-ca " + authority.File("authority.pem") +
                                  " --gateway-cert " + authority.File("robot.pem") +
                                  " --gateway-key " + authority.File("robot.key");
  Good(To(front.address()) + certificate + " --gateway-token site.token");
  Good(To(front.address()) + certificate +
       " --gateway-user site --gateway-password site.password --reap");
  const auto pages = gateway_.pages();
  ASSERT_EQ(pages.size(), 4U);
  EXPECT_THAT(pages[0].head, HasSubstr("Authorization: Bearer t0ken-of-site\r\n"));
  for (std::size_t i = 1; i < pages.size(); ++i) {
    EXPECT_THAT(pages[i].head, HasSubstr("Authorization: Basic "));
  }
  EXPECT_EQ(pages[2].method, "DELETE");

  gateway_.set_fault(GatewayFault::kEcho);
  const Ran echoed =
      Torpor(To(front.address()) + certificate + " --gateway-token site.token");
  EXPECT_EQ(echoed.exit_code, 69);
  EXPECT_THAT(echoed.out, Not(HasSubstr("t0ken")));

  const auto connections = gateway_.connections();
  const std::string token = " --gateway-token site.token";
  Refused(To(gateway_.address()) + token, 78, "sink-secret-in-clear");
  Refused(To(front.address()) + " --gateway " + gateway_.address() + token, 78,
          "sink-secret-in-clear");
  Refused(To(front.address()) + " --gateway-token none.token", 78, "none.token");
  Refused(To(front.address()) + " --gateway-ca site.token", 78, "sink-secret");
  Refused(To(front.address()) + " --gateway-user site", 64, "--gateway-password");
  Refused(To(front.address()) + " --gateway-cert a.pem", 64, "--gateway-key");
  Refused(To(front.address()) + " --gateway-user 'a b' --gateway-password site.password",
          64, "--gateway-user");
  std::filesystem::permissions(folder_ / "site.token",
                               std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  Refused(To(front.address()) + token, 77, "key-file-exposed");
  EXPECT_EQ(gateway_.connections(), connections);
}

TEST_F(FleetRoster, ARealGatewayShowsTheRosterAndForgetsTheRetiredAlone) {
  if (!telemetry::Daemon::IsThere("prometheus-pushgateway")) return;
  telemetry::Daemon daemon;
  ASSERT_TRUE(daemon.Start(
      "prometheus-pushgateway",
      [](const std::string& address) {
        return std::vector<std::string>{"--web.listen-address=" + address,
                                        "--persistence.file="};
      },
      "http://", "/-/ready"));
  const std::string gateway = "http://" + daemon.address();
  for (const char* robot : {"amr-17", "amr-18", "amr-03", "amr-99"}) {
    const auto pushed = telemetry::Push({gateway, robot, "", {}}, "torpor_a 1\n", kAmple);
    ASSERT_EQ(pushed.status, Status::kOk) << pushed.detail;
  }
  const auto metrics = [&] { return telemetry::Get(gateway + "/metrics"); };
  const auto line = [](const std::string& robot, const std::string& state) {
    return "torpor_roster_info{instance=\"" + robot +
           "\",job=\"torpor-roster\",state=\"" + state + "\"} 1\n";
  };
  Good(To(gateway));
  EXPECT_THAT(metrics(), HasSubstr(line("amr-17", "active")));
  EXPECT_THAT(metrics(), HasSubstr(line("amr-03", "retired")));
  EXPECT_THAT(metrics(), HasSubstr("torpor_a{instance=\"amr-03\",job=\"torpor\"} 1\n"));

  Good(To(gateway) + " --reap");  // of amr-04 there was none
  // A gateway deletes a little after it has said so.
  const auto has_group = [&](const std::string& robot) {
    return metrics().find("{instance=\"" + robot + "\",job=\"torpor\"}") !=
           std::string::npos;
  };
  for (int i = 0; i < 100 && has_group("amr-03"); ++i) {
    std::this_thread::sleep_for(Milliseconds{50});
  }
  EXPECT_FALSE(has_group("amr-03"));
  for (const char* robot : {"amr-17", "amr-18", "amr-99"}) {
    EXPECT_THAT(metrics(), HasSubstr("torpor_a{instance=\"" + std::string(robot) +
                                     "\",job=\"torpor\"} 1\n"));
  }
  Write("hall.roster", "amr-17 parked\n");
  Good(To(gateway) + " --reap");
  EXPECT_THAT(metrics(), HasSubstr(line("amr-17", "parked")));
  EXPECT_THAT(metrics(), Not(HasSubstr("state=\"active\"")));
  EXPECT_THAT(metrics(), Not(HasSubstr("state=\"retired\"")));
}

}  // namespace
}  // namespace torpor::cli
