// A mistyped sub-command is answered with the one that was probably meant.
#pragma once

#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace torpor::cli {

// What to say when a word on the command line names no sub-command where one is due;
// empty when the words are good.
std::string Mistyped(const CLI::App& app, std::span<const char* const> words);

}  // namespace torpor::cli
