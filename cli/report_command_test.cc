// torpor report on state folders that torpord might have left.
#include <filesystem>
#include <string>

#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "report/test_lives.h"

namespace torpor::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ReportCommand : public Command {
 protected:
  ReportCommand() {
    std::filesystem::create_directory(folder_ / "state");
    report::Write(folder_ / "state",
                  report::BrokenLife(120, report::GiveContract(folder_ / "state")));
  }
  [[nodiscard]] json Data(const std::string& words) const {
    return json::parse(Torpor("report state --json " + words).out);
  }
  [[nodiscard]] json Cycles(const std::string& words) const {
    return Data(words)["contracts"][0]["cycles"];
  }
};

TEST_F(ReportCommand, WritesAPageThatNeedsNothingElseAndSaysHowItWent) {
  const Ran ran = Torpor("report state -o page.html");
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("page.html: Deviated in"));
  EXPECT_THAT(ran.out, HasSubstr("120 cycles"));
  const std::string page = Read("page.html");
  EXPECT_THAT(page, HasSubstr("<!doctype html>"));
}

TEST_F(ReportCommand, PrintsTheSameDataAsJson) {
  const json data = Data("");
  EXPECT_EQ(data["form"], 1);
  EXPECT_EQ(data["robot"], "r-17");
  EXPECT_EQ(data["contracts"][0]["limits"]["period_ms"], 60'000);
  EXPECT_THAT(Read("report.html"), testing::IsEmpty()) << "no page was asked for";
  Good("report state -q");
  EXPECT_THAT(Read("report.html"), HasSubstr("r-17"));
}

TEST_F(ReportCommand, KeepsToTheTimeThatIsAskedFor) {
  EXPECT_EQ(Cycles("--last 1h"), 61);
  EXPECT_EQ(Cycles("--from 2026-11-23T01:00 --to 2026-11-23T01:30"), 30);
  EXPECT_EQ(Cycles("--from '2026-11-23 02:00'"), 1);
}

TEST_F(ReportCommand, RefusesInOneLine) {
  Refused("report nowhere", 66, "nowhere/journal.sqlite");
  Refused("report state --last yesterday", 64, "no stretch of time");
  Refused("report state --from 2026-02-30", 64, "is no time");
  Refused("report state --last 1h --to 2026-11-24", 64, "excludes");
  Refused("report state --contract none.dsse", 66, "none.dsse");
  Refused("report state -o nowhere/page.html", 74, "nowhere/page.html");
  Write("other", "this is no database");
  std::filesystem::rename(folder_ / "other", folder_ / "state/journal.sqlite");
  Refused("report state", 74, "journal-corrupt");
}

}  // namespace
}  // namespace torpor::cli
