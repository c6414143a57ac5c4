// A program of the test's own, through help, mistakes, completions and pages.
#include "command/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/completion.h"
#include "command/manual.h"
#include "command/program.h"
#include "command/suggest.h"
#include "command/surface.h"
#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

enum class Colour : std::uint8_t { kRed, kBlue };

// A garden with a hose: enough of everything that a command line may have.
struct Garden {
  Program program{
      {.name = "garden",
       .what = "Water what is dry",
       .version = [] { return std::string("garden 7"); },
       .exit_codes = {{0, "It is wet."}, {64, "The command line is wrong."}}}};
  std::string hose, folder, secret;
  std::vector<std::string> beds;
  double litres = 2;
  int taps = 1;
  std::optional<std::uint64_t> seed;
  Colour colour = Colour::kRed;
  bool quiet = false, watered = false, shown = false;

  Garden() {
    const Command root = program.root();
    root.NeedsSubcommand();
    const Command water = root.Add("water", "Water beds; what is wet stays");
    water.Value("BED", beds, "Which bed").Required();
    water.Value("-l,--litres", litres, "How much: it's enough")
        .Between(0.5, 9.0)
        .ShowDefault();
    water.Value("--taps", taps, "How many").Between(1, 4);
    water.Value("--hose", hose, "Which hose [of two]").OneOf({"long", "short"});
    water.Value("--seed", seed, "Chance");
    water.Value("--secret", secret, "Nobody's business").Hidden();
    water.Choice<Colour>("--colour", colour,
                         {{"red", Colour::kRed}, {"blue", Colour::kBlue}}, "Of the can");
    water.Flag("-q,--quiet", quiet, "Say nothing");
    water.Footer("It may rain.\nExamples:\n  garden water roses -l 3\n  .hidden\n");
    water.Run([this] { watered = true; });
    const Command plan = root.Add("plan", "What stands where");
    plan.NeedsSubcommand();
    const Command show = plan.Add("show", "Show a plan");
    show.Value("--folder", folder, "Of plans").ExistingFolder();
    show.Run([this] { shown = true; });
  }
  Program::Ended Parse(std::vector<const char*> words) {
    words.insert(words.begin(), "garden");
    return program.Parse(static_cast<int>(words.size()), words.data());
  }
};

TEST(Command, TakesValuesFlagsAndChoices) {
  Garden garden;
  ASSERT_EQ(garden.Parse({"water", "roses", "leeks", "-l", "3.5", "--taps=2", "--seed",
                          "7", "--colour", "BLUE", "--secret", "x", "-q"}),
            Program::Ended::kGood);
  EXPECT_TRUE(garden.watered);
  EXPECT_THAT(garden.beds, ElementsAre("roses", "leeks"));
  EXPECT_EQ(garden.litres, 3.5);
  EXPECT_EQ(garden.taps, 2);
  EXPECT_EQ(garden.seed, 7u);
  EXPECT_EQ(garden.colour, Colour::kBlue);
  EXPECT_TRUE(garden.quiet);
}

TEST(Command, RefusesInOneLineAndDoesNothing) {
  const std::vector<std::pair<std::vector<const char*>, const char*>> bad{
      {{}, "subcommand"},
      {{"water"}, "BED is required"},
      {{"water", "roses", "--taps", "9"}, "--taps"},
      {{"water", "roses", "--taps", "many"}, "--taps"},
      {{"water", "roses", "--hose", "wide"}, "wide not in {long,short}"},
      {{"water", "roses", "--colour", "green"}, "green not in {red,blue}"},
      {{"water", "roses", "--hose", "wi\nde"}, "not in {long,short}"},
      {{"plan", "show", "--folder", "/no/such"}, "does not exist"}};
  for (const auto& [words, why] : bad) {
    Garden garden;
    EXPECT_EQ(garden.Parse(words), Program::Ended::kRefused) << why;
    EXPECT_THAT(garden.program.why_not(), HasSubstr(why));
    EXPECT_THAT(garden.program.why_not(), Not(HasSubstr("\n")));
    EXPECT_FALSE(garden.watered || garden.shown);
  }
}

TEST(Command, SaysWhatWasProbablyMeant) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> bad{
      {{"watr"}, "there is no 'watr' in garden; did you mean 'water'?"},
      {{"plan", "shwo"}, "there is no 'shwo' in garden plan; did you mean 'show'?"},
      {{"water", "roses", "--litre", "2"},
       "garden water has no option '--litre'; did you mean '--litres'?"},
      {{"water", "--quite"},
       "garden water has no option '--quite'; did you mean '--quiet'?"},
      {{"water", "--secre"},
       "garden water has no option '--secre'; see garden water --help"},
      {{"water", "--umbrella=1"},
       "garden water has no option '--umbrella'; see garden water --help"}};
  for (const auto& [words, why] : bad) {
    Garden garden;
    EXPECT_EQ(garden.Parse(words), Program::Ended::kRefused);
    EXPECT_EQ(garden.program.why_not(), why);
  }
  Garden garden;
  const std::vector<const char*> good{"water", "watr", "--hose=x", "--", "--whatever"};
  EXPECT_EQ(Mistyped(garden.program.root().Describe(), good), "");
}

TEST(Command, DescribesItself) {
  Garden garden;
  const Surface surface = garden.program.root().Describe();
  ASSERT_EQ(surface.commands.size(), 2u);
  const Surface& water = surface.commands[0];
  EXPECT_EQ(water.path, "garden water");
  const auto find = [&](const std::string& name) {
    for (const SurfaceOption& option : water.options) {
      if (option.names == std::vector<std::string>{name}) return option;
    }
    return SurfaceOption{};
  };
  EXPECT_THAT(find("--hose").choices, ElementsAre("long", "short"));
  EXPECT_THAT(find("--colour").choices, ElementsAre("red", "blue"));
  EXPECT_TRUE(find("--secret").hidden);
  EXPECT_TRUE(find("--taps").choices.empty());
  EXPECT_TRUE(surface.commands[1].commands[0].options[1].folder);
}

// --- Completions, each asked of the shell itself
// ------------------------------------------

class InAShell : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string_view shell : kShells) {
      folder_.Write(std::string(shell),
                    Completion(garden_.program.root().Describe(), shell));
    }
  }
  [[nodiscard]] bool Missing(const std::string& shell) const {
    if (RunLine("command -v " + shell + " 2>&1").exit_code == 0) return false;
    std::printf("NOT RUN: no %s: its completions were not asked for anything\n",
                shell.c_str());
    return true;
  }
  [[nodiscard]] std::string Bash(const std::string& words) const {
    folder_.Write("ask", "source ./bash\nCOMP_WORDS=(" + words +
                             ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\ncompopt() { "
                             "echo files; }\n_garden\necho \"${COMPREPLY[*]}\"\n");
    return RunLine("cd " + folder_.string() + " && bash ask 2>&1").out;
  }
  [[nodiscard]] std::string FishAnswers(const std::string& line) const {
    return RunLine("cd " + folder_.string() +
                   " && HOME=$PWD fish -c 'source fish; complete -C \"" + line +
                   "\"' 2>&1")
        .out;
  }

  Garden garden_;
  TestFolder folder_;
};

TEST_F(InAShell, BashCompletesCommandsOptionsAndWords) {
  if (Missing("bash")) return;
  EXPECT_EQ(Bash("garden wa"), "water\n");
  EXPECT_EQ(Bash("garden plan ''"), "-h --help show\n");
  EXPECT_EQ(Bash("garden water roses --ho"), "--hose\n");
  EXPECT_EQ(Bash("garden water --hose ''"), "long short\n");
  EXPECT_EQ(Bash("garden water --hose s"), "short\n");
  EXPECT_THAT(Bash("garden water --litres ''"), HasSubstr("files"));
  EXPECT_THAT(Bash("garden water --"), Not(HasSubstr("secret")));
  // A word that is a command elsewhere does not lead there.
  EXPECT_EQ(Bash("garden water show --ho"), "--hose\n");
}

TEST_F(InAShell, FishCompletesCommandsOptionsAndWords) {
  if (Missing("fish")) return;
  EXPECT_EQ(FishAnswers("garden wa"), "water\tWater beds\n");
  EXPECT_EQ(FishAnswers("garden plan sh"), "show\tShow a plan\n");
  EXPECT_EQ(FishAnswers("garden water --ho"), "--hose\tWhich hose [of two]\n");
  EXPECT_EQ(FishAnswers("garden water --hose s"), "short\tWhich hose [of two]\n");
  EXPECT_THAT(FishAnswers("garden water --"), Not(HasSubstr("secret")));
}

TEST_F(InAShell, ZshCompletesCommandsOptionsAndWords) {
  if (Missing("zsh")) return;
  // A shell on a pseudo-terminal that is asked as a person asks: words, then two tabs.
  folder_.Write("ask", R"(
zmodload zsh/zpty
zpty shell "zsh -f -i"
send() { zpty -w shell "$1"; }
send "PS1=; autoload -Uz compinit; compinit -u -D; source ./zsh; setopt nolistbeep"
send "zstyle ':completion:*' list-prompt ''; LISTMAX=0; COLUMNS=200; echo rea''dy"
zpty -r shell answer "*ready*"
zpty -w -n shell "$1"$'\t\t'
sleep 1
while zpty -r -t shell answer; do print -rn -- "$answer"; done
zpty -d shell
)");
  const auto ask = [&](const std::string& line) {
    return RunLine("cd " + folder_.string() + " && TERM=dumb HOME=$PWD zsh -f ask '" +
                   line + "' 2>&1")
        .out;
  };
  EXPECT_THAT(ask("garden "), testing::AllOf(HasSubstr("water"), HasSubstr("plan")));
  EXPECT_THAT(ask("garden water --ho"), HasSubstr("--hose"));
  EXPECT_THAT(ask("garden water --hose "),
              testing::AllOf(HasSubstr("long"), HasSubstr("short")));
}

// --- Pages
// --------------------------------------------------------------------------------

TEST(Manual, HasAPageForTheProgramAndEachCommand) {
  Garden garden;
  const auto pages =
      Manual(garden.program.root().Describe(),
             {1, "7", "2026-11-01", {{0, "It is wet."}}, "A garden. 'So' it is."});
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0].name, "garden");
  EXPECT_THAT(pages[0].text,
              HasSubstr("garden\\-water\\fR(1)\nWater beds; what is wet stays.\n"));
  EXPECT_EQ(pages[1].name, "garden-water");
  EXPECT_THAT(pages[1].text,
              HasSubstr("\\fB\\-l\\fR, \\fB\\-\\-litres\\fR \\fIFLOAT\\fR\n"));
  EXPECT_THAT(pages[1].text, HasSubstr("One of: long, short."));
  EXPECT_THAT(pages[1].text, HasSubstr("Without it: 2."));
  EXPECT_THAT(pages[1].text, HasSubstr(".nf\n  garden water roses \\-l 3\n"));
  EXPECT_THAT(pages[1].text, Not(HasSubstr("secret")));
  EXPECT_THAT(pages[2].text, HasSubstr(".SS garden plan show\n"));
  EXPECT_THAT(pages[2].text, HasSubstr(".TP\n\\fB0\\fR\nIt is wet.\n"));
}

TEST(Manual, IsGoodRoff) {
  if (RunLine("command -v mandoc 2>&1").exit_code != 0) {
    std::printf("NOT RUN: no mandoc: manual pages were not checked\n");
    return;
  }
  Garden garden;
  TestFolder folder;
  for (const ManualPage& page :
       Manual(garden.program.root().Describe(),
              {8, "7", "2026-11-01", {{0, "It is wet."}}, ".So it begins\n'or' ends."})) {
    folder.Write(page.name + ".8", page.text);
  }
  const Ran ran =
      RunLine("cd " + folder.string() + " && mandoc -T lint -W warning *.8 2>&1");
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  const Ran shown =
      RunLine("cd " + folder.string() + " && mandoc -T ascii garden.8 2>&1");
  EXPECT_THAT(shown.out, HasSubstr(".So it begins"));
}

}  // namespace
}  // namespace torpor::command
