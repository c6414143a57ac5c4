#include "command/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <span>

#include "command/completion.h"
#include "command/suggest.h"
#include "command/surface.h"
#include "core/version.h"

namespace torpor::command {
namespace {

constexpr const char* kManual = "--manual";
constexpr const char* kCompletion = "--completion";
constexpr const char* kWriteAll = "--write-manual";  // what packages are built with

// The day of the release, so that the pages of a version are the same bytes everywhere.
std::string ReleaseDay() {
  const std::chrono::year_month_day day{
      std::chrono::sys_days(std::chrono::days(kBuiltAfter / 86400))};
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}

bool Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

}  // namespace

Program::Program(ProgramFacts facts)
    : facts_(std::move(facts)),
      app_(std::make_unique<CLI::App>(facts_.what, facts_.name)) {
  app_->set_version_flag("--version", facts_.version, "Print the version and exit");
  app_->add_option(kManual, told_,
                   "Print a manual page, of a sub-command by its name: for man -l -")
      ->expected(0, 1)
      ->type_name("PAGE");
  app_->add_option(kCompletion, told_,
                   "Print the script that completes this command line")
      ->check(CLI::IsMember(std::vector<std::string>(kShells.begin(), kShells.end())));
  app_->add_option(kWriteAll, told_, "Write all pages and scripts into a folder")
      ->group("");
}

Program::~Program() = default;

Command Program::root() { return Command(app_.get()); }

std::string Program::Help() const { return app_->help(); }

Program::Ended Program::Refuse(const std::string& why) {
  why_not_ = why;
  return Ended::kRefused;
}

Program::Ended Program::Tell(const std::string& asked, const std::string& of) {
  const Surface surface = root().Describe();
  if (asked == kCompletion) {
    const std::string script = Completion(surface, of);
    if (script.empty())
      return Refuse("--completion is of bash, zsh or fish, not '" + of + "'");
    std::fputs(script.c_str(), stdout);
    return Ended::kTold;
  }
  const auto pages = Manual(surface, {facts_.section, std::string(kVersion), ReleaseDay(),
                                      facts_.exit_codes, facts_.description});
  if (asked == kManual) {
    const std::string name = of.empty() ? facts_.name : facts_.name + "-" + of;
    for (const ManualPage& page : pages) {
      if (page.name != name && page.name != of) continue;
      std::fputs(page.text.c_str(), stdout);
      return Ended::kTold;
    }
    return Refuse("there is no manual page '" + of + "'; " + facts_.name +
                  " --manual lists the commands that have one");
  }
  const std::filesystem::path folder = of;
  bool good = true;
  for (const ManualPage& page : pages) {
    good = good &&
           Write(folder / (page.name + "." + std::to_string(facts_.section)), page.text);
  }
  for (const std::string_view shell : kShells) {
    good = good && Write(folder / (facts_.name + "." + std::string(shell)),
                         Completion(surface, shell));
  }
  return good ? Ended::kTold : Refuse("cannot write into " + of);
}

Program::Ended Program::Parse(int argc, const char* const* argv) {
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  if (words.size() > 1) {
    // Before the options that a program cannot do without are missed.
    const std::string first = words[1];
    for (const char* asked : {kManual, kCompletion, kWriteAll}) {
      if (first == asked) return Tell(first, words.size() > 2 ? words[2] : "");
    }
  }
  const std::string mistyped =
      Mistyped(root().Describe(), words.subspan(std::min<std::size_t>(1, words.size())));
  if (!mistyped.empty()) return Refuse(mistyped);
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app_->exit(error);
      return Ended::kTold;
    }
    std::string why = error.what();
    std::replace(why.begin(), why.end(), '\n', ' ');
    return Refuse(why);
  }
  return Ended::kGood;
}

}  // namespace torpor::command
