#include "command/command.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "command/surface.h"

namespace torpor::command {

Option Option::Required() const {
  option_->required();
  return *this;
}

Option Option::OneOf(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

Option Option::Between(int low, int high) const {
  option_->check(CLI::Range(low, high));
  return *this;
}

Option Option::Between(double low, double high) const {
  option_->check(CLI::Range(low, high));
  return *this;
}

Option Option::NotNegative() const {
  option_->check(CLI::NonNegativeNumber);
  return *this;
}

Option Option::ExistingFolder() const {
  option_->check(CLI::ExistingDirectory);
  return *this;
}

Option Option::Checked(std::function<std::string(const std::string&)> why_not,
                       const std::string& type_name) const {
  option_->check(CLI::Validator(
      [why_not = std::move(why_not)](const std::string& word) { return why_not(word); },
      type_name));
  return *this;
}

Option Option::Default(const std::string& value) const {
  option_->default_val(value);
  return *this;
}

Option Option::ShowDefault() const {
  option_->capture_default_str();
  return *this;
}

Option Option::SplitAt(char separator) const {
  option_->delimiter(separator);
  return *this;
}

Option Option::LastWins() const {
  option_->take_last();
  return *this;
}

Option Option::Needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::Excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::Hidden() const {
  option_->group("");
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Command Command::Add(const std::string& name, const std::string& what) const {
  return Command(app_->add_subcommand(name, what));
}

void Command::NeedsSubcommand() const { app_->require_subcommand(1); }

template <class T>
Option Command::Value(const std::string& names, T& into, const std::string& what) const {
  return Option(app_->add_option(names, into, what));
}
template Option Command::Value(const std::string&, std::string&,
                               const std::string&) const;
template Option Command::Value(const std::string&, std::filesystem::path&,
                               const std::string&) const;
template Option Command::Value(const std::string&, std::vector<std::string>&,
                               const std::string&) const;
template Option Command::Value(const std::string&, std::vector<std::filesystem::path>&,
                               const std::string&) const;
template Option Command::Value(const std::string&, double&, const std::string&) const;
template Option Command::Value(const std::string&, int&, const std::string&) const;
template Option Command::Value(const std::string&, std::uint32_t&,
                               const std::string&) const;
template Option Command::Value(const std::string&, std::optional<std::uint64_t>&,
                               const std::string&) const;
template Option Command::Value(const std::string&, std::uint64_t&,
                               const std::string&) const;

Option Command::Flag(const std::string& names, bool& into,
                     const std::string& what) const {
  return Option(app_->add_flag(names, into, what));
}

Option Command::Word(const std::string& names, const std::vector<std::string>& words,
                     const std::string& what,
                     std::function<void(std::size_t)> take) const {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [words, take = std::move(take)](const std::string& word) {
        for (std::size_t i = 0; i < words.size(); ++i) {
          if (CLI::detail::to_lower(word) == words[i]) return take(i);
        }
      },
      what);
  option->check(CLI::IsMember(words, CLI::ignore_case));
  return Option(option);
}

Option Command::Find(const std::string& name) const {
  return Option(app_->get_option(name));
}

void Command::Footer(const std::string& text) const { app_->footer(text); }

void Command::Run(std::function<void()> act) const { app_->callback(std::move(act)); }

void Command::PassOn() const {
  app_->set_help_flag();  // the other program has its own
  app_->prefix_command();
}

std::vector<std::string> Command::Rest() const { return app_->remaining(); }

namespace {

// The words of "TEXT:{host,qemu}", as a check for membership describes itself.
std::vector<std::string> ChoicesOf(const std::string& type) {
  const auto from = type.find('{');
  const auto to = type.find('}', from);
  if (from == std::string::npos || to == std::string::npos) return {};
  return CLI::detail::split(type.substr(from + 1, to - from - 1), ',');
}

SurfaceOption DescribeOption(const CLI::Option& option) {
  SurfaceOption described;
  for (const std::string& name : option.get_snames())
    described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    described.names.push_back("--" + name);
  if (described.names.empty()) described.positional = option.get_single_name();
  described.what = option.get_description();
  if (option.get_items_expected_max() > 0) {
    const std::string type = option.get_type_name();
    described.type = type.substr(0, type.find(':'));
    described.choices = ChoicesOf(type);
    described.folder = type.find("DIR") != std::string::npos;
    described.standard = option.get_default_str();
    described.repeatable = option.get_items_expected_max() > 1;
  }
  described.required = option.get_required();
  described.hidden = option.get_group().empty();
  return described;
}

Surface DescribeApp(const CLI::App& app, const std::string& before) {
  Surface surface;
  surface.name = app.get_name();
  surface.path = before + surface.name;
  surface.what = app.get_description();
  surface.footer = app.get_footer();
  surface.passes_on = app.get_prefix_command();
  for (const CLI::Option* option : app.get_options()) {
    surface.options.push_back(DescribeOption(*option));
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    surface.commands.push_back(DescribeApp(*command, surface.path + " "));
  }
  return surface;
}

}  // namespace

Surface Command::Describe() const { return DescribeApp(*app_, ""); }

}  // namespace torpor::command
