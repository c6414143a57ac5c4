#include "command/completion.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace torpor::command {
namespace {

void Walk(const Surface& surface, const std::function<void(const Surface&)>& visit) {
  visit(surface);
  for (const Surface& command : surface.commands) Walk(command, visit);
}

std::string Join(const std::vector<std::string>& words, const char* between) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : between) + word;
  return joined;
}

// In single quotes, on one line, as all three shells read it; `doubled` characters of
// theirs stand for themselves behind a backslash.
std::string Quoted(const std::string& text, const std::string& escaped = {}) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else if (c == '\n') {
      quoted += ' ';
    } else {
      if (escaped.find(c) != std::string::npos) quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "'";
}

// What an option does, short enough for a menu: its first clause.
std::string Brief(const std::string& what) {
  return what.substr(0, what.find_first_of(";:\n"));
}

std::vector<const SurfaceOption*> Named(const Surface& surface) {
  std::vector<const SurfaceOption*> named;
  for (const SurfaceOption& option : surface.options) {
    if (!option.names.empty() && !option.hidden) named.push_back(&option);
  }
  return named;
}

// --- bash
// -------------------------------------------------------------------------------

// What the shell should offer for the value of an option or of a positional argument.
std::string BashValue(const SurfaceOption& option) {
  if (!option.choices.empty()) {
    return "COMPREPLY=($(compgen -W " + Quoted(Join(option.choices, " ")) +
           " -- \"$word\"))";
  }
  if (option.folder) return "COMPREPLY=($(compgen -d -- \"$word\"))";
  return "compopt -o default; COMPREPLY=()";
}

std::string BashCase(const Surface& surface) {
  std::vector<std::string> words;
  std::string values;
  for (const SurfaceOption* option : Named(surface)) {
    words.insert(words.end(), option->names.begin(), option->names.end());
    if (option->flag()) continue;
    values += "        " + Join(option->names, "|") + ") " + BashValue(*option) +
              "; return ;;\n";
  }
  for (const Surface& command : surface.commands) words.push_back(command.name);
  std::string text = "    " + Quoted(surface.path) + ")\n";
  if (!values.empty()) text += "      case $before in\n" + values + "      esac\n";
  return text + "      words=" + Quoted(Join(words, " ")) + " ;;\n";
}

std::string Bash(const Surface& surface) {
  const std::string function = "_" + surface.name;
  std::vector<std::string> paths;
  std::string cases;
  Walk(surface, [&](const Surface& at) {
    cases += BashCase(at);
    if (!at.commands.empty()) {
      std::vector<std::string> names;
      for (const Surface& command : at.commands) names.push_back(command.name);
      paths.push_back("      " + Quoted(at.path) +
                      ") deeper=" + Quoted(Join(names, " ")) + " ;;\n");
    }
  });
  return "# bash completion of " + surface.name + ", made by " + surface.name +
         " --completion bash\n" + function +
         "() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "  local at=" +
         Quoted(surface.name) +
         " words='' deeper i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    deeper=''\n"
         "    case $at in\n" +
         Join(paths, "") +
         "    esac\n"
         "    [[ \" $deeper \" == *\" ${COMP_WORDS[i]} \"* ]] && at+=\" "
         "${COMP_WORDS[i]}\"\n"
         "  done\n"
         "  case $at in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o default\n"
         "}\n"
         "complete -F " +
         function + " " + surface.name + "\n";
}

// --- zsh
// --------------------------------------------------------------------------------

constexpr const char* kZshSpecial = "[]:\\";

std::string ZshValue(const SurfaceOption& option) {
  const std::string name = option.names.empty() ? option.positional : option.type;
  if (!option.choices.empty()) return ":" + name + ":(" + Join(option.choices, " ") + ")";
  return ":" + name + (option.folder ? ":_files -/" : ":_files");
}

std::string ZshFunction(const Surface& surface) {
  std::string name = surface.path;
  std::replace(name.begin(), name.end(), ' ', '_');
  std::string text = "_" + name + "() {\n  local line state\n  _arguments -s -C";
  for (const SurfaceOption* option : Named(surface)) {
    // Brackets in a description would end it.
    for (const std::string& spelled : option->names) {
      std::string inside;
      for (const char c : Brief(option->what)) {
        if (std::string(kZshSpecial).find(c) != std::string::npos) inside += '\\';
        inside += c;
      }
      std::string spec = option->repeatable ? "*" : "";
      spec += spelled;
      spec += "[";
      spec += inside;
      spec += "]";
      if (!option->flag()) spec += ZshValue(*option);
      text += " \\\n    ";
      text += Quoted(spec);
    }
  }
  if (surface.commands.empty()) {
    return text + " \\\n    '*:file:_files'\n}\n";
  }
  text +=
      " \\\n    '1: :->command' \\\n    '*:: :->rest'\n  case $state in\n  command)\n"
      "    local -a commands=(\n";
  for (const Surface& command : surface.commands) {
    text += "      " + Quoted(command.name + ":" + Brief(command.what)) + "\n";
  }
  text += "    )\n    _describe command commands ;;\n  rest)\n    case ${line[1]} in\n";
  for (const Surface& command : surface.commands) {
    text += "    " + command.name + ") _" + name + "_" + command.name + " ;;\n";
  }
  return text + "    esac ;;\n  esac\n}\n";
}

std::string Zsh(const Surface& surface) {
  std::string text =
      "#compdef " + surface.name + "\n# made by " + surface.name + " --completion zsh\n";
  Walk(surface, [&](const Surface& at) { text += ZshFunction(at); });
  return text + "if [ \"$funcstack[1]\" = \"_" + surface.name + "\" ]; then _" +
         surface.name + " \"$@\"; else compdef _" + surface.name + " " + surface.name +
         "; fi\n";
}

// --- fish
// -------------------------------------------------------------------------------

// True where the words so far are those of this command and of none below it.
std::string FishCondition(const Surface& surface, const std::string& program) {
  std::string condition = surface.path == program
                              ? "__fish_use_subcommand"
                              : "__fish_seen_subcommand_from " + surface.name;
  if (surface.path == program) return surface.commands.empty() ? "true" : condition;
  // Of `torpor contract show` both words are asked for: `show` alone is also a keyring's.
  const std::string above = surface.path.substr(0, surface.path.rfind(' '));
  if (above != program) {
    condition +=
        "; and __fish_seen_subcommand_from " + above.substr(above.rfind(' ') + 1);
  }
  for (const Surface& command : surface.commands) {
    condition += "; and not __fish_seen_subcommand_from " + command.name;
  }
  return condition;
}

std::string Fish(const Surface& surface) {
  std::string text = "# fish completion of " + surface.name + ", made by " +
                     surface.name + " --completion fish\n";
  Walk(surface, [&](const Surface& at) {
    const std::string head =
        "complete -c " + surface.name + " -n " + Quoted(FishCondition(at, surface.name));
    for (const Surface& command : at.commands) {
      text += head + " -f -a " + command.name + " -d " +
              Quoted(Brief(command.what), "\\") + "\n";
    }
    for (const SurfaceOption* option : Named(at)) {
      text += head;
      for (const std::string& name : option->names) {
        text +=
            name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (!option->choices.empty()) {
        text += " -x -a " + Quoted(Join(option->choices, " "));
      } else if (option->folder) {
        text += " -x -a '(__fish_complete_directories)'";
      } else if (!option->flag()) {
        text += " -r";
      }
      text += " -d " + Quoted(Brief(option->what), "\\") + "\n";
    }
  });
  return text;
}

}  // namespace

std::string Completion(const Surface& surface, std::string_view shell) {
  if (shell == "bash") return Bash(surface);
  if (shell == "zsh") return Zsh(surface);
  if (shell == "fish") return Fish(surface);
  return {};
}

}  // namespace torpor::command
