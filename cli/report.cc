// torpor report: a robot's journal as one page, for people.
#include "report/data.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/say.h"
#include "report/asked_time.h"
#include "report/collect.h"
#include "report/words.h"
#include "report/write.h"

namespace torpor::cli {
namespace {

struct Options {
  std::string state, page = "report.html", from, until, last;
  std::vector<std::string> contracts;
  bool json = false, quiet = false;
};

std::string NoMoment(const std::string& text) {
  return report::Moment(text) ? ""
                              : "'" + text + "' is no time: 2026-11-23T16:49, in UTC";
}
std::string NoStretch(const std::string& text) {
  return report::Stretch(text) ? ""
                               : "'" + text + "' is no stretch of time: 7d, 12h, 15min";
}

report::Wishes WishesOf(const Options& options) {
  report::Wishes wishes{options.state, options.contracts};
  wishes.from_us = report::Moment(options.from);
  wishes.until_us = report::Moment(options.until);
  wishes.last = report::Stretch(options.last);
  return wishes;
}

void MakeReport(const Options& options, Outcome& outcome) {
  std::string problem;
  if (options.json) {
    const auto collected = report::Collect(WishesOf(options), problem);
    if (!collected.ok()) return Refuse(outcome, collected.status(), problem);
    std::puts(report::Data(*collected).c_str());
    return;
  }
  const auto written = report::WritePage(WishesOf(options), options.page, problem);
  if (!written.ok()) return Refuse(outcome, written.status(), problem);
  if (options.quiet) return;
  std::printf("%s: %s; %s cycles, %s kB\n", options.page.c_str(),
              written->headline.c_str(), report::Count(written->cycles).c_str(),
              report::Count(written->bytes / 1000).c_str());
}

}  // namespace

void AddReport(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command = app.Add(
      "report", "Write a robot's journal as one page: what it did, and what deviated");
  command.Value("STATE", options->state, "torpord's state folder, in use or not")
      .Required();
  command.Value("-o,--out", options->page, "The page, which replaces an older one")
      .ShowDefault();
  const Option from =
      command.Value("--from", options->from, "Only cycles from this time on, in UTC")
          .Checked(NoMoment, "TIME");
  const Option until =
      command.Value("--to", options->until, "Only cycles before this time")
          .Checked(NoMoment, "TIME");
  command.Value("--last", options->last, "Only so much of the end: 7d, 12h, 15min")
      .Checked(NoStretch, "TIME")
      .Excludes(from)
      .Excludes(until);
  command.Value("--contract", options->contracts,
                "A bundle that cycles ran under and that the state folder has no more; "
                "may be repeated");
  command.Flag("--json", options->json,
               "Print the data of the page instead (docs/report.md)");
  command.Flag("-q,--quiet", options->quiet, "Say nothing when it is written");
  command.Footer(
      "Only reads the state folder, and wakes nobody. The page needs nothing else: it "
      "can\n"
      "be mailed, kept, and opened from disk.\n"
      "Examples:\n"
      "  torpor report state/\n"
      "  torpor report state/ --last 7d -o week.html\n"
      "  torpor report state/ --from 2026-11-23 --to 2026-11-24T06:00 -o night.html\n"
      "  torpor report state/ --json");
  command.Run([options, &outcome] { MakeReport(*options, outcome); });
}

}  // namespace torpor::cli
