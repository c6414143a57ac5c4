#include "command/manual.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace torpor::command {
namespace {

// Text of ours as roff prints it: a hyphen that can be copied, no control line by
// accident.
std::string Roff(const std::string& text) {
  std::string escaped;
  bool first = true;
  for (const char c : text) {
    if (first && (c == '.' || c == '\'')) escaped += "\\&";
    first = c == '\n';
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string PageName(const Surface& surface) {
  std::string name = surface.path;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string Head(const std::string& name, const std::string& what,
                 const ManualFacts& facts) {
  return ".TH " + Upper(Roff(name)) + " " + std::to_string(facts.section) + " \"" +
         facts.date + "\" \"torpor " + facts.version + "\" \"" +
         (facts.section == 8 ? "System administration" : "User commands") +
         "\"\n.SH NAME\n" + Roff(name) + " \\- " + Roff(what) + "\n";
}

std::string ValueName(const SurfaceOption& option) {
  return option.choices.empty() ? option.type : "WORD";
}

std::string Synopsis(const Surface& surface) {
  std::string text = ".B " + Roff(surface.path) + "\n";
  bool others = false;
  std::string positionals;
  for (const SurfaceOption& option : surface.options) {
    if (option.hidden) continue;
    if (option.names.empty()) {
      const std::string name = "\\fI" + Roff(option.positional) + "\\fR";
      positionals += option.required ? name + "\n" : "[" + name + "]\n";
    } else if (option.required) {
      text += "\\fB" + Roff(option.names.back()) + "\\fR \\fI" + Roff(ValueName(option)) +
              "\\fR\n";
    } else {
      others = true;
    }
  }
  if (others) text += "[\\fIOPTIONS\\fR]\n";
  text += positionals;
  if (!surface.commands.empty()) text += "\\fICOMMAND\\fR ...\n";
  if (surface.passes_on) text += "\\&...\n";
  return text;
}

std::string OptionText(const SurfaceOption& option) {
  std::string text = ".TP\n";
  if (option.names.empty()) {
    text += "\\fI" + Roff(option.positional) + "\\fR\n";
  } else {
    std::string names;
    for (const std::string& name : option.names) {
      names += (names.empty() ? "" : ", ") + ("\\fB" + Roff(name) + "\\fR");
    }
    text +=
        names + (option.flag() ? "" : " \\fI" + Roff(ValueName(option)) + "\\fR") + "\n";
  }
  text += Roff(option.what.empty() ? "As its name says." : option.what);
  if (!option.choices.empty()) {
    std::string words;
    for (const std::string& word : option.choices)
      words += (words.empty() ? "" : ", ") + word;
    text += "\n.br\nOne of: " + Roff(words) + ".";
  }
  if (!option.standard.empty())
    text += "\n.br\nWithout it: " + Roff(option.standard) + ".";
  return text + "\n";
}

std::string Options(const Surface& surface) {
  std::string text;
  for (const SurfaceOption& option : surface.options) {
    if (!option.hidden) text += OptionText(option);
  }
  return text;
}

// Notes in prose; what is indented is shown as it stands.
std::string Notes(const std::string& footer) {
  std::istringstream lines(footer);
  std::string text, line;
  bool shown = false;
  while (std::getline(lines, line)) {
    const bool show = line.starts_with("  ");
    if (show != shown) text += show ? ".PP\n.nf\n" : ".fi\n.PP\n";
    shown = show;
    if (!line.empty()) text += Roff(line) + "\n";
  }
  return text + (shown ? ".fi\n" : "");
}

std::string ExitStatus(const ManualFacts& facts) {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCode& code : facts.codes) {
    text +=
        ".TP\n\\fB" + std::to_string(code.code) + "\\fR\n" + Roff(code.meaning) + "\n";
  }
  return text;
}

std::string CommandText(const Surface& surface) {
  std::string text = ".SS " + Roff(surface.path) + "\n" + Roff(surface.what) +
                     ".\n.PP\n" + Synopsis(surface) + Options(surface);
  if (!surface.footer.empty()) text += ".PP\n" + Notes(surface.footer);
  for (const Surface& command : surface.commands) text += CommandText(command);
  return text;
}

ManualPage CommandPage(const Surface& surface, const std::string& program,
                       const ManualFacts& facts) {
  const std::string name = PageName(surface);
  std::string text =
      Head(name, surface.what, facts) + ".SH SYNOPSIS\n" + Synopsis(surface);
  for (const Surface& command : surface.commands) text += ".br\n" + Synopsis(command);
  text += ".SH OPTIONS\n" + Options(surface);
  if (!surface.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const Surface& command : surface.commands) text += CommandText(command);
  }
  if (!surface.footer.empty()) text += ".SH NOTES AND EXAMPLES\n" + Notes(surface.footer);
  text += ExitStatus(facts) + ".SH SEE ALSO\n.BR " + Roff(program) + " (" +
          std::to_string(facts.section) + ")\n";
  return {name, text};
}

ManualPage ProgramPage(const Surface& surface, const ManualFacts& facts) {
  std::string text =
      Head(surface.name, surface.what, facts) + ".SH SYNOPSIS\n" + Synopsis(surface);
  if (!facts.description.empty()) {
    text += ".SH DESCRIPTION\n" + Roff(facts.description) + "\n";
  }
  text += ".SH OPTIONS\n" + Options(surface);
  std::string also;
  if (!surface.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const Surface& command : surface.commands) {
      const std::string page = Roff(PageName(command));
      text += ".TP\n\\fB" + page + "\\fR(" + std::to_string(facts.section) + ")\n" +
              Roff(command.what) + ".\n";
    }
  }
  if (!surface.footer.empty()) text += ".SH NOTES AND EXAMPLES\n" + Notes(surface.footer);
  return {surface.name, text + ExitStatus(facts)};
}

}  // namespace

std::vector<ManualPage> Manual(const Surface& surface, const ManualFacts& facts) {
  std::vector<ManualPage> pages{ProgramPage(surface, facts)};
  for (const Surface& command : surface.commands) {
    pages.push_back(CommandPage(command, surface.name, facts));
  }
  return pages;
}

}  // namespace torpor::command
