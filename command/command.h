// What a program takes on its command line, declared once: --help, the man page and the
// completions of three shells are made from the same words.
//
//   Command show = group.Add("show", "Print what a file holds");
//   show.Value("FILE", options->file).Required();
//   show.Flag("--json", options->json, "For programs to read");
//   show.Run([options, &outcome] { Show(*options, outcome); });
//
// Only command.cc and program.cc know the library that parses (CLI11): it is all headers,
// and costs whoever includes it seconds of compiling.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace torpor::command {

struct Surface;

// One option or positional argument of a command: a handle, as long-lived as its Program.
class Option {
 public:
  Option Required() const;
  Option OneOf(const std::vector<std::string>& words) const;
  Option Between(int low, int high) const;  // both are good
  Option Between(double low, double high) const;
  Option NotNegative() const;
  Option ExistingFolder() const;
  Option Checked(std::function<std::string(const std::string&)> why_not,  // empty: good
                 const std::string& type_name) const;
  Option Default(const std::string& value) const;  // and --help shows it
  Option ShowDefault() const;                      // what the variable holds already
  Option SplitAt(char separator) const;            // one word is several values
  Option LastWins() const;                         // repeated: no mistake
  Option Needs(Option other) const;
  Option Excludes(Option other) const;
  Option Hidden() const;             // not in --help
  [[nodiscard]] bool given() const;  // on this command line, once it is parsed

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

// A program or one of its sub-commands: a handle, as long-lived as its Program.
class Command {
 public:
  Command Add(const std::string& name, const std::string& what) const;
  void NeedsSubcommand() const;

  // `names` are "-o,--out", or "FILE" of a positional argument. `into` must outlive
  // parsing and gets what is given; of a vector, each time that it is given. T is one of
  // those that command.cc lists: text, paths, numbers, and vectors of them.
  template <class T>
  Option Value(const std::string& names, T& into, const std::string& what = {}) const;
  Option Flag(const std::string& names, bool& into, const std::string& what) const;
  // One of `words`, upper or lower case, that stand for the values of an enumeration.
  template <class E>
  Option Choice(const std::string& names, E& into,
                const std::vector<std::pair<std::string, E>>& words,
                const std::string& what) const {
    std::vector<std::string> names_of_values;
    names_of_values.reserve(words.size());
    for (const auto& [word, value] : words) names_of_values.push_back(word);
    return Word(names, names_of_values, what,
                [&into, words](std::size_t chosen) { into = words[chosen].second; });
  }
  [[nodiscard]] Option Find(const std::string& name) const;  // which there must be

  void Footer(const std::string& text) const;  // below the options: notes, then examples
  void Run(std::function<void()> act) const;   // once all is parsed and good

  // Everything behind the command's name is another program's: nothing is parsed.
  void PassOn() const;
  [[nodiscard]] std::vector<std::string> Rest() const;

  [[nodiscard]] Surface Describe() const;

 private:
  friend class Program;
  explicit Command(CLI::App* app) : app_(app) {}
  Option Word(const std::string& names, const std::vector<std::string>& words,
              const std::string& what, std::function<void(std::size_t)> take) const;
  CLI::App* app_;
};

}  // namespace torpor::command
