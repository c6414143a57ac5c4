// What the sub-commands of torpor contract share.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "contract/finding.h"
#include "contract/terms.h"
#include "contract/verify.h"
#include "core/result.h"

namespace torpor::cli {

struct ContractOptions {
  std::string base, fleet, name, gateway;
  std::vector<std::string> robots, groups;
  bool list = false, expanded = false, explain = false, json = false;
  std::string file, key, out, previous;
  std::vector<std::string> keyring;
  std::string robot;
};

// The sub-commands that make something, and those that look at what is there.
void AddContractMaking(CLI::App& group, const std::shared_ptr<ContractOptions>& options,
                       Outcome& outcome);
void AddContractChecking(CLI::App& group, const std::shared_ptr<ContractOptions>& options,
                         Outcome& outcome);

CLI::App* ContractCommand(CLI::App& group, const char* name, const char* what,
                          const std::shared_ptr<ContractOptions>& options,
                          Outcome& outcome,
                          void (*act)(const ContractOptions&, Outcome&));

// Unix seconds.
std::uint64_t Now();

void PrintJson(const nlohmann::ordered_json& json);

// The source's terms, or every mistake in it, the place first, as editors jump to it.
Result<contract::Terms> ReadSourceOrSay(const std::string& path, Outcome& outcome);

void SayFindings(const contract::Findings& findings, Outcome& outcome);

// What the bundle says, checked with the keyring.
Result<contract::VerifiedTerms> VerifyOrSay(const ContractOptions& options,
                                            Outcome& outcome);

// As people know a contract: its short digest in hex.
std::string IdOf(const contract::VerifiedTerms& verified);

}  // namespace torpor::cli
