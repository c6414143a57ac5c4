#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <map>
#include <optional>

#include "cli/test_command.h"
#include "contract/digest.h"
#include "contract/envelope.h"
#include "contract/sign/activation_report.h"
#include "contract/sign/wanted.h"
#include "core/json_hosted.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
namespace sign = contract::sign;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

// A robot's state folder, and contracts 1 and 2 for it.
class StageAndStatus : public Command {
 protected:
  StageAndStatus() {
    Good("contract keygen fleet");
    Good("contract new --base bench-10s --robot r-17 -o 1.toml");
    Good("contract sign 1.toml --key fleet.key -o 1.dsse");
    Make(2);
    fs::create_directory(folder_ / "state");
  }
  void Make(int version) const {
    std::string text = Read("1.toml");
    const std::string line = "version = 1 ";
    text.replace(text.find(line), line.size(),
                 "version = " + std::to_string(version) + " ");
    const std::string name = std::to_string(version);
    Write(name + ".toml", text);
    Good("contract sign " + name + ".toml --key fleet.key -o " + name + ".dsse");
  }
  [[nodiscard]] sign::NamedContract Named(const std::string& file) const {
    const std::string bundle = Read(file);
    const auto envelope = contract::ParseEnvelope(AsBytes(bundle));
    const auto terms = contract::DecodePayload(envelope->payload);
    return {std::string(terms->name.view()), terms->version,
            contract::DigestOf(envelope->payload)};
  }
  void Report(const sign::ActivationReport& report) const {
    ASSERT_EQ(sign::SaveReport(folder_ / "state", report), Status::kOk);
  }
  void ReportActive(const std::string& file) const {
    sign::ActivationReport report;
    report.active = Named(file);
    report.floor = report.active->version;
    Report(report);
  }
  [[nodiscard]] json StatusJson(int exit_code = 0) const {
    const Ran ran = Torpor("status --state state --json");
    EXPECT_EQ(ran.exit_code, exit_code) << ran.out;
    return json::parse(ran.out);
  }
};

constexpr const char* kStage = " --keyring fleet.pub --state state";

TEST_F(StageAndStatus, AContractIsStagedWhileTorpordHoldsTheFolder) {
  ReportActive("1.dsse");
  Write("state/lock", "");
  const int lock = ::open((folder_ / "state/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  const Ran ran = Torpor(std::string("contract stage 2.dsse") + kStage);
  ::close(lock);
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, StartsWith("2.dsse is wanted now: first 1.2, contract "));
  EXPECT_THAT(ran.out, HasSubstr("it obeys: first 1.1, contract "));
  EXPECT_EQ(Read("state/wanted.bundle"), Read("2.dsse"));
  EXPECT_FALSE(fs::exists(folder_ / "state/wanted.bundle.new"));
  EXPECT_THAT(Torpor("status --state state").out,
              HasSubstr("wanted   first 1.2, contract "));
}

TEST_F(StageAndStatus, ANewerWishTakesThePlaceOfAnOlderOne) {
  Make(3);
  Good(std::string("contract stage 2.dsse") + kStage);
  const Ran ran = Torpor(std::string("contract stage 3.dsse --json") + kStage);
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  const json said = json::parse(ran.out);
  EXPECT_EQ(said.at("wanted").at("version"), 3);
  EXPECT_EQ(said.at("replaced").at("version"), 2);
  EXPECT_TRUE(said.at("active").is_null());
  EXPECT_EQ(said.at("file"), "3.dsse");
  EXPECT_EQ(said.at("state"), "state");
  EXPECT_EQ(Read("state/wanted.bundle"), Read("3.dsse"));
}

TEST_F(StageAndStatus, BadBundlesAreRefusedInOneLineAndNotStaged) {
  Good("contract keygen other");
  Write("empty.dsse", "");
  Write("cut.dsse", Read("2.dsse").substr(0, 100));
  std::string bent = Read("2.dsse");
  bent[20] = static_cast<char>(bent[20] ^ 1);
  Write("bent.dsse", bent);
  Write("huge.dsse", "");
  fs::resize_file(folder_ / "huge.dsse", 2'147'483'648U);  // a hole, not bytes
  const std::string stage = "contract stage ";
  Refused(stage + "none.dsse" + kStage, 66, "bundle-missing (100)");
  Refused(stage + "empty.dsse" + kStage, 65, "bundle-empty (101)");
  Refused(stage + "cut.dsse" + kStage, 65, "bundle-truncated (102)");
  Refused(stage + "huge.dsse" + kStage, 65, "bundle-too-large (103)");
  Refused(stage + "bent.dsse" + kStage, 77, "bad-signature (109)");
  Refused(stage + "state" + kStage, 74, "io (4)");
  Refused(stage + "2.dsse --state state --keyring other.pub", 77, "unknown-key (107)");
  Refused(stage + "2.dsse --state state --keyring none.pub", 66, "file-missing (5)");
  Refused(stage + "2.dsse --state state", 64, "--keyring");
  EXPECT_FALSE(fs::exists(folder_ / "state/wanted.bundle"));
}

TEST_F(StageAndStatus, AFolderThatCannotBeUsedIsNamed) {
  const std::string stage = "contract stage 2.dsse --keyring fleet.pub --state ";
  Refused(stage + "nowhere", 66, "nowhere");
  EXPECT_FALSE(fs::exists(folder_ / "nowhere")) << "a typing error makes no folder";
  Refused(stage + "1.toml", 74, "1.toml");
  Refused("status --state nowhere", 66, "nowhere");
  Refused("status --state 1.toml", 74, "1.toml");
  fs::create_directory(folder_ / "state/wanted.bundle.new");  // it cannot be written
  Refused(stage + "state", 74, "state/wanted.bundle");
}

TEST_F(StageAndStatus, WhatIsNotAboveWhatIsObeyedIsRefused) {
  Make(70'000);
  ReportActive("2.dsse");
  const std::string stage = "contract stage ";
  Refused(stage + "1.dsse" + kStage, 77, "rolled-back (171)");
  Refused(stage + "2.dsse" + kStage, 77, "the robot obeys it already: 2.dsse");
  Refused(stage + "70000.dsse" + kStage, 77, "fast-forward (173)");
  std::string other = Read("2.toml");
  other.replace(other.find("\"first\""), 7, "\"other\"");
  Write("other.toml", other);
  Good("contract sign other.toml --key fleet.key -o other.dsse");
  Refused(stage + "other.dsse" + kStage, 77, "replayed (172)");
  EXPECT_FALSE(fs::exists(folder_ / "state/wanted.bundle"));
}

TEST_F(StageAndStatus, WhatHasExpiredIsRefused) {
  std::string text = Read("1.toml");
  const auto dates = text.find("issued_at");
  text.replace(dates, text.find("targets") - dates,
               "issued_at = 2026-01-01\nnot_before = 2026-01-01\n"
               "not_after = 2026-01-02\n");
  Write("old.toml", text + "[life]\nlease_cycles = 8640\n");
  Good("contract sign old.toml --key fleet.key -o old.dsse");
  Refused(std::string("contract stage old.dsse") + kStage, 78, "expired (174)");
}

TEST_F(StageAndStatus, AnEmptyFolderSaysThatNothingIsKnown) {
  const Ran ran = Torpor("status --state state");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "torpord has not said yet which contract is obeyed\n");
  const json said = StatusJson();
  EXPECT_EQ(said.at("reported"), false);
  EXPECT_EQ(said.at("on_trial"), false);
  for (const char* name :
       {"active", "trial_cycles_left", "staged", "floor", "wanted", "taken", "refused"}) {
    EXPECT_TRUE(said.at(name).is_null()) << name;
  }
  EXPECT_TRUE(said.at("problems").empty());
}

TEST_F(StageAndStatus, StatusSaysAllThatIsKnown) {
  sign::ActivationReport report;
  report.active = Named("2.dsse");
  report.staged = sign::NamedContract{"staged", {1, 3}, {}};
  report.trial_cycles_left = 3;
  report.floor = {1, 1};
  report.wanted = sign::NamedContract{"taken", {1, 4}, {}};
  report.refused = sign::RefusedContract{Named("1.dsse"), Status::kExpired,
                                         "expired (174): \x1b[2Jtoo late"};
  Report(report);
  const Ran ran = Torpor("status --state state/");
  EXPECT_EQ(ran.exit_code, 0);
  for (const char* line :
       {"obeyed   first 1.2, contract ", "on trial goes back in 3 cycles",
        "staged   staged 1.3, ", "floor    1.1\n", "taken    taken 1.4, ",
        "refused  first 1.1, contract ", ": expired (174): ?[2Jtoo late\n"}) {
    EXPECT_THAT(ran.out, HasSubstr(line));
  }
  const json said = StatusJson();
  EXPECT_EQ(said.at("state"), "state");
  EXPECT_EQ(said.at("reported"), true);
  EXPECT_EQ(said.at("active").at("name"), "first");
  EXPECT_EQ(said.at("active").at("epoch"), 1);
  EXPECT_EQ(said.at("active").at("version"), 2);
  const std::string id = said.at("active").at("id");
  EXPECT_EQ(id.size(), 64U);
  EXPECT_EQ(said.at("active").at("contract"), id.substr(0, 16));
  EXPECT_EQ(said.at("on_trial"), true);
  EXPECT_EQ(said.at("trial_cycles_left"), 3);
  EXPECT_EQ(said.at("staged").at("version"), 3);
  EXPECT_EQ(said.at("floor"), (json{{"epoch", 1}, {"version", 1}}));
  EXPECT_EQ(said.at("taken").at("version"), 4);
  EXPECT_EQ(said.at("refused").at("reason"), 174);
  EXPECT_EQ(said.at("refused").at("name"), "expired");
  EXPECT_EQ(said.at("refused").at("contract").at("version"), 1);
}

TEST_F(StageAndStatus, DamagedFilesAreNamedAndTheRestIsShown) {
  ReportActive("1.dsse");
  const std::string report = Read("state/activation.json");
  Write("state/activation.json", report.substr(0, report.size() / 2));
  Good(std::string("contract stage 2.dsse") + kStage);
  const Ran ran = Torpor("status --state state");
  EXPECT_EQ(ran.exit_code, 74);
  EXPECT_THAT(ran.out, HasSubstr("wanted   first 1.2"));
  EXPECT_THAT(ran.out, HasSubstr("state-malformed (505)"));
  const json said = StatusJson(74);
  EXPECT_EQ(said.at("problems").at(0).at("name"), "state-malformed");
  EXPECT_EQ(said.at("problems").at(0).at("reason"), 505);
  EXPECT_EQ(said.at("problems").at(0).at("file"), "state/activation.json");

  Write("state/activation.json", report);
  Write("state/wanted.bundle", Read("2.dsse").substr(0, 90));
  const Ran bad = Torpor("status --state state");
  EXPECT_EQ(bad.exit_code, 65);
  EXPECT_THAT(bad.out, HasSubstr("obeyed   first 1.1"));
  EXPECT_THAT(bad.out, HasSubstr("bundle-truncated (102)"));
}

TEST_F(StageAndStatus, ThePageNamesEveryFieldOfTheJson) {
  ReportActive("1.dsse");
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/contract-roll-out.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const json staged =
      json::parse(Torpor(std::string("contract stage 2.dsse --json") + kStage).out);
  for (const json& said : {StatusJson(), StatusJson().at("active"), staged}) {
    for (const auto& [name, value] : said.items()) {
      EXPECT_THAT(page, HasSubstr("| `" + name + "` |"));
    }
  }
}

}  // namespace
}  // namespace torpor::cli
