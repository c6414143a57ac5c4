// A command line as data: what help pages, man pages, completions and suggestions are
// made of.
#pragma once

#include <string>
#include <vector>

namespace torpor::command {

struct SurfaceOption {
  std::vector<std::string> names;  // "-o", "--out"; none: a positional argument
  std::string positional;          // its name: "FILE"
  std::string what;
  std::string type;                  // "TEXT", "UINT in [1 - 16]"; empty: a flag
  std::vector<std::string> choices;  // the words that it may be; none: anything
  std::string standard;              // what holds without it, where --help says so
  bool folder = false;               // it names a folder
  bool required = false;
  bool repeatable = false;
  bool hidden = false;  // good, and told nobody

  [[nodiscard]] bool flag() const { return type.empty(); }
};

struct Surface {
  std::string path;  // "torpor contract sign"
  std::string name;  // "sign"
  std::string what;
  std::string footer;
  std::vector<SurfaceOption> options;
  std::vector<Surface> commands;
  bool passes_on = false;  // whatever follows is another program's
};

}  // namespace torpor::command
