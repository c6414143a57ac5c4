// A program's command line, from its words to what is done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command/command.h"
#include "command/manual.h"

namespace torpor::command {

struct ProgramFacts {
  std::string name;
  std::string what;
  std::function<std::string()> version;  // asked for when --version is given
  int section = 1;                       // of its manual page: 1 a command, 8 a daemon
  std::vector<ExitCode> exit_codes{};    // that it ends with
  std::string description{};             // a paragraph of its manual page; may be empty
};

// Every program also takes, as its first word, --manual [PAGE], which prints a page of
// man(7), and --completion SHELL, which prints a script for bash, zsh or fish.
class Program {
 public:
  explicit Program(ProgramFacts facts);
  ~Program();

  // What options, sub-commands and examples are declared on.
  [[nodiscard]] Command root();

  enum class Ended : std::uint8_t {
    kGood,     // all was good, and what the command line asked for has been run
    kTold,     // --help, --version, a page or a script, which has been printed
    kRefused,  // and why_not() is one line, without the program's name
  };
  // Parses once. What Run() was given is called in here, and may throw.
  [[nodiscard]] Ended Parse(int argc, const char* const* argv);
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

  [[nodiscard]] std::string Help() const;

 private:
  [[nodiscard]] Ended Refuse(const std::string& why);
  [[nodiscard]] Ended Tell(const std::string& asked, const std::string& of);

  ProgramFacts facts_;
  std::unique_ptr<CLI::App> app_;
  std::string told_;  // where CLI11 would put the words of --manual and --completion
  std::string why_not_;
};

}  // namespace torpor::command
