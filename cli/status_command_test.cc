#include "cli/test_command.h"
#include "telemetry/journal.h"

namespace torpor::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class StatusCommand : public Command {
 protected:
  StatusCommand() : journal_(*telemetry::Journal::Open(folder_ / "journal.sqlite", {})) {}

  void Cycle(std::uint64_t number, const std::vector<telemetry::Deviation>& deviations) {
    telemetry::CycleCommit commit;
    commit.record.cycle = number;
    commit.record.deviations = deviations;
    if (number == 1) commit.alarms = {{"one", 1, "{}"}, {"two", 1, "{}"}};
    ASSERT_EQ(journal_.Commit(std::move(commit)), Status::kOk);
  }

  telemetry::Journal journal_;
};

TEST_F(StatusCommand, SaysWhichAlarmsNobodyHasAndWhatEachSinkSaidLast) {
  Cycle(1, {});
  Cycle(2, {{Status::kAlarmSinkDown, "webhook: Connection refused"},
            {Status::kAlarmSinkDown, "mqtt: no answer in time"}});
  Cycle(3, {{Status::kAlarmRefused, "webhook: one: HTTP 422, not this one"}});
  Cycle(4, {{Status::kReportLate, "webhook: is no sink's"}});
  const Ran people = Torpor("status --state .");
  EXPECT_EQ(people.exit_code, 0) << people.out;
  EXPECT_THAT(
      people.out,
      HasSubstr(
          "alarms   2 undelivered\n"
          "         mqtt: no answer in time (cycle 2, 2 cycles ago)\n"
          "         webhook: one: HTTP 422, not this one (cycle 3, 1 cycles ago)\n"));
  const Ran programs = Torpor("status --state . --json");
  EXPECT_EQ(programs.exit_code, 0) << programs.out;
  EXPECT_THAT(programs.out, HasSubstr("\"undelivered\": 2"));
  EXPECT_THAT(programs.out, HasSubstr("\"alarm-refused\""));
  journal_.DeliverTo({"webhook"});
  ASSERT_EQ(journal_.Note({{"one", "webhook", true}, {"two", "webhook", true}}),
            Status::kOk);
  EXPECT_THAT(Torpor("status --state .").out, Not(HasSubstr("undelivered")));
}

TEST_F(StatusCommand, LooksAtNoMoreThanTheLastThousandCycles) {
  Cycle(1, {});
  Cycle(2, {{Status::kAlarmSinkDown, "webhook: Connection refused"}});
  Cycle(1001, {});
  EXPECT_THAT(Torpor("status --state .").out, HasSubstr("(cycle 2, "));
  Cycle(1002, {});
  EXPECT_THAT(Torpor("status --state .").out, Not(HasSubstr("(cycle 2, ")));
  EXPECT_THAT(Torpor("status --state .").out, HasSubstr("2 undelivered"));
}

}  // namespace
}  // namespace torpor::cli
