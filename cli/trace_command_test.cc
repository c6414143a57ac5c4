// torpor trace on a robot's state folder.
#include <sstream>

#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "telemetry/journal.h"
#include "telemetry/trace_under_test.h"
#include "telemetry/trace_writer.h"

namespace torpor::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class TraceCommand : public Command {
 protected:
  TraceCommand() {
    std::filesystem::create_directory(folder_ / "state");
    auto journal = telemetry::Journal::Open(folder_ / "state/journal.sqlite", {});
    telemetry::TraceWriter trace(folder_ / "state" / telemetry::kTraceFile, {16, "r-17"});
    for (std::uint64_t number = 1; number <= 9; ++number) {
      const telemetry::TracedCycle cycle = telemetry::Traced(number);
      telemetry::CycleCommit commit;
      commit.record = cycle.record;
      EXPECT_EQ(journal->Commit(std::move(commit)), Status::kOk);
      if (number <= 3) continue;
      EXPECT_EQ(trace.Append(cycle), Status::kOk);
    }
  }
};

TEST_F(TraceCommand, ExportsBothFormatsAndSaysWhatItWrote) {
  const Ran ran = Torpor("trace export state -o night.perfetto-trace");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "9 cycles of robot r-17 are in night.perfetto-trace\n");
  EXPECT_EQ(Read("night.perfetto-trace")[0], '\x0A') << "packet after packet";
  EXPECT_THAT(Read("night.perfetto-trace"), HasSubstr("robot r-17"));
  Good("trace export . --format chrome --last 2 -o two.json");
  const json two = json::parse(Read("two.json"));
  std::string cycles;
  for (const auto& event : two["traceEvents"]) {
    const std::string name = event["name"];
    if (name.starts_with("cycle ")) cycles += name + "; ";
  }
  EXPECT_EQ(cycles, "cycle 8; cycle 9; ");
  Good("trace export state/trace.bin --from-cycle 7 -o - > piped");
  EXPECT_THAT(Read("piped"), HasSubstr("cycle 7"));
  EXPECT_EQ(Read("piped").find("cycle 6"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "two.json.part"));
}

TEST_F(TraceCommand, ShowsTheLastCyclesToPeopleAndToPrograms) {
  const Ran ran = Torpor("trace show state --last 3");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 4) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("accelerator 0.600 REVOKED; infer-late"));
  const Ran lines = Torpor("trace show state --json --from-cycle 3");
  std::istringstream text(lines.out);
  std::string line;
  ASSERT_TRUE(std::getline(text, line));
  const json row = json::parse(line);
  EXPECT_EQ(row["cycle"], 3);
  EXPECT_EQ(row["steps"][0]["step"], "report") << "a row of the journal";
  ASSERT_TRUE(std::getline(text, line));
  const json cycle = json::parse(line);
  EXPECT_EQ(cycle["cycle"], 4);
  EXPECT_EQ(cycle["steps"].size(), 7U);
  EXPECT_EQ(cycle["leases"][2]["revoked"], true);
}

TEST_F(TraceCommand, SaysWhatIsLostAndWhenThereIsNoTrace) {
  std::string bytes = Read("state/trace.bin");
  bytes[6 * 1024 + 50] ^= 1;
  Write("state/trace.bin", bytes);
  EXPECT_THAT(Torpor("trace show state").out, HasSubstr("1 blocks are damaged"));
  std::filesystem::remove(folder_ / "state/trace.bin");
  const Ran ran = Torpor("trace show state");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("no trace of state: steps are the journal's rows"));
}

TEST_F(TraceCommand, RefusesInOneLine) {
  Refused("trace show nowhere", 66, "file-missing");
  Write("letter", "dear robot");
  Refused("trace show letter", 65, "trace-malformed (510)");
  Refused("trace export letter -o out", 65, "trace-malformed (510)");
  Refused("trace export state -o nowhere/out", 74, "nowhere/out");
  Refused("trace export state -o /dev/full/x", 74, "/dev/full/x");
  const Ran full = Torpor("trace export state -o - > /dev/full");
  EXPECT_EQ(full.exit_code, 74) << full.out;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

}  // namespace
}  // namespace torpor::cli
