#include "command/suggest.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/edit_distance.h"

namespace torpor::command {
namespace {

const std::string* Nearest(const std::string& word,
                           const std::vector<std::string>& names) {
  const std::string* nearest = nullptr;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string& name : names) {
    const std::size_t distance = EditDistance(word, name);
    if (distance < least) nearest = &name;
    least = std::min(least, distance);
  }
  return nearest;
}

// Farther than this from every name, a word is no slip of the finger.
std::size_t Slip(const std::string& word) { return 1 + word.size() / 4; }

std::string NoCommand(const Surface& here, const std::string& word) {
  std::vector<std::string> names;
  for (const Surface& command : here.commands) names.push_back(command.name);
  return "there is no '" + word + "' in " + here.path + "; did you mean '" +
         *Nearest(word, names) + "'?";
}

std::string NoOption(const Surface& here, const std::string& word) {
  std::vector<std::string> names;
  for (const SurfaceOption& option : here.options) {
    if (option.hidden) continue;
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  const std::string* nearest = Nearest(word, names);
  const bool slip = nearest != nullptr && EditDistance(word, *nearest) <= Slip(word);
  return here.path + " has no option '" + word + "'" +
         (slip ? "; did you mean '" + *nearest + "'?" : "; see " + here.path + " --help");
}

bool Has(const Surface& here, const std::string& option) {
  return std::any_of(here.options.begin(), here.options.end(), [&](const auto& known) {
    return std::find(known.names.begin(), known.names.end(), option) != known.names.end();
  });
}

}  // namespace

std::string Mistyped(const Surface& surface, std::span<const char* const> words) {
  const Surface* here = &surface;
  for (const char* raw : words) {
    const std::string word = raw;
    if (here->passes_on || word == "--") break;
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      if (!Has(*here, name)) return NoOption(*here, name);
      continue;
    }
    if (here->commands.empty() || word.starts_with('-')) continue;
    const auto next =
        std::find_if(here->commands.begin(), here->commands.end(),
                     [&](const Surface& command) { return command.name == word; });
    if (next == here->commands.end()) return NoCommand(*here, word);
    here = &*next;
  }
  return {};
}

}  // namespace torpor::command
